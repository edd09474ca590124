// What a host name tells: the service, the Region, and what stands before them (a bucket, an account).
import type { Directory, DirectoryEntry } from './directory.ts';

export interface HostName {
  readonly services: readonly DirectoryEntry[];
  readonly region: string | undefined;
  /** What stands before the service's name: `bucket` of `bucket.s3.localhost`. */
  readonly before: string | undefined;
}

const suffixes = ['.localhost.localstack.cloud', '.localhost', '.amazonaws.com.cn', '.amazonaws.com', '.api.aws'];
const regionLabel = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/;
const nothing: HostName = { services: [], region: undefined, before: undefined };

const parse = (host: string, directory: Directory): HostName => {
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
  const suffix = suffixes.find((known) => name.endsWith(known) && name.length > known.length);
  if (suffix === undefined) return nothing;
  // A bucket's name keeps its case nowhere, so lower case loses nothing.
  const labels: string[] = [];
  let region: string | undefined;
  const given = name.slice(0, -suffix.length).split('.');
  given.forEach((label, i) => {
    // `s3-us-west-2` and `s3-website…` are old forms of S3 alone.
    const dashed = /^(s3)[-.]((?!control|website|accesspoint|outposts|express).+)$/.exec(label);
    if (dashed?.[2] !== undefined && regionLabel.test(dashed[2])) {
      labels.push('s3');
      region = dashed[2];
    } else if (i > 0 && regionLabel.test(label)) region = label;
    else if (i === 0 && regionLabel.test(label) && given[1] === 'queue') region = label;
    else if (label !== 'dualstack') labels.push(label.replace(/-fips$/, ''));
  });
  if (labels.at(-1) === 'queue' && labels.length === 1) labels[0] = 'sqs';
  for (let from = 0; from < labels.length; from++) {
    const services = directory.byHostName(labels.slice(from).join('.'));
    if (services.length > 0)
      return { services, region, before: from === 0 ? undefined : labels.slice(0, from).join('.') };
  }
  return { services: [], region, before: labels.length === 0 ? undefined : labels.join('.') };
};

const known = new Map<string, HostName>();

/** Reads a `Host` header. */
export const readHostName = (host: string | undefined, directory: Directory): HostName => {
  if (host === undefined || host.length > 400) return nothing;
  let found = known.get(host);
  if (found === undefined) {
    found = parse(host, directory);
    if (known.size > 1_000) known.clear();
    known.set(host, found);
  }
  return found;
};

// Request metrics of buckets: counted for each metrics configuration whose filter a request passes. A bucket without one costs a look.
//
// Differs: a filter by access point takes no request.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-configurations.html
import type { MetricsFilter } from '@aws-sdk/client-s3';
import { key } from '../../../kernel/key.ts';
import type { Witness, Witnessed } from '../../../kernel/witness.ts';
import { nameOf } from './access-log.ts';
import { findBucket } from './bucket-find.ts';
import type { S3Context } from './operation.ts';
import type { BucketRow, ConfigurationRow, S3State, Tag } from './state.ts';
import { findCurrent } from './version.ts';

export const requestMetrics: Readonly<Record<string, string>> = {
  AllRequests: 'Count',
  GetRequests: 'Count',
  PutRequests: 'Count',
  DeleteRequests: 'Count',
  HeadRequests: 'Count',
  PostRequests: 'Count',
  ListRequests: 'Count',
  BytesDownloaded: 'Bytes',
  BytesUploaded: 'Bytes',
  '4xxErrors': 'Count',
  '5xxErrors': 'Count',
  FirstByteLatency: 'Milliseconds',
  TotalRequestLatency: 'Milliseconds',
};

/** Under this name the meter counts what passes a filter. */
export const subjectOfFilter = ({ partition, name }: BucketRow, id: string): string => `s3/${partition}/${name}/${id}`;

export const metricsConfigurations = ({ state }: S3Context, { partition, name }: BucketRow): ConfigurationRow[] =>
  state.configurations.list({ prefix: key(partition, name, 'metrics') });

interface SdkTag {
  readonly Key?: string;
  readonly Value?: string;
}

const has = (tags: readonly Tag[] | undefined, wanted: SdkTag): boolean =>
  (tags ?? []).some(({ key: name, value }) => name === wanted.Key && value === wanted.Value);

function passes(filter: MetricsFilter | undefined, objectKey: string, tags: () => readonly Tag[] | undefined): boolean {
  if (filter === undefined) return true;
  const {
    Prefix,
    Tag: tag,
    AccessPointArn,
    And,
  } = filter as {
    readonly Prefix?: string;
    readonly Tag?: SdkTag;
    readonly AccessPointArn?: string;
    readonly And?: { readonly Prefix?: string; readonly Tags?: readonly SdkTag[]; readonly AccessPointArn?: string };
  };
  if ((AccessPointArn ?? And?.AccessPointArn) !== undefined) return false;
  if (!objectKey.startsWith(Prefix ?? And?.Prefix ?? '')) return false;
  return [...(tag === undefined ? [] : [tag]), ...(And?.Tags ?? [])].every((wanted) => has(tags(), wanted));
}

/** The kind of a request, where it has a metric of its own. */
function kindOf({ request: { method }, operation = '' }: Witnessed, objectKey: string): string | undefined {
  if (operation.startsWith('List')) return 'ListRequests';
  if (objectKey === '' && operation !== 'DeleteObjects') return undefined;
  const kinds: Readonly<Record<string, string>> = {
    GET: 'GetRequests',
    PUT: 'PutRequests',
    DELETE: 'DeleteRequests',
    HEAD: 'HeadRequests',
    POST: 'PostRequests',
  };
  return kinds[method];
}

function count(context: S3Context, subject: string, seen: Witnessed, objectKey: string): void {
  const { parts, clock } = context;
  const now = clock.now();
  const meter = (quantity: string, value: number): void => parts.meter.count(subject, now, quantity, value);
  const { status, bytesSent, tookMs, request } = seen;
  meter('AllRequests', 1);
  const kind = kindOf(seen, objectKey);
  if (kind !== undefined) meter(kind, 1);
  meter('4xxErrors', status >= 400 && status < 500 ? 1 : 0);
  meter('5xxErrors', status >= 500 ? 1 : 0);
  if (bytesSent !== undefined && bytesSent > 0) meter('BytesDownloaded', bytesSent);
  const sent = request.body.lengthBytes ?? 0;
  if (sent > 0) meter('BytesUploaded', sent);
  meter('FirstByteLatency', Math.max(0, tookMs));
  meter('TotalRequestLatency', Math.max(0, tookMs));
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Hears of each request. */
export const meterRequest: Witness<S3State> = (seen, context) => {
  if (context.state.configurations.size === 0) return;
  const named = nameOf(seen);
  const bucket = named.bucket === '' ? undefined : findBucket(context, named.bucket);
  if (bucket === undefined) return;
  const objectKey = decoded(named.key);
  const tags = (): readonly Tag[] | undefined => findCurrent(context.state, bucket, objectKey)?.tags;
  for (const { id, value } of metricsConfigurations(context, bucket))
    if (passes((value as { readonly Filter?: MetricsFilter }).Filter, objectKey, tags))
      count(context, subjectOfFilter(bucket, id), seen, objectKey);
};

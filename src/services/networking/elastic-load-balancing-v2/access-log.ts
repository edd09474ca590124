// Access logs: what was asked of a load balancer, line by line, put into the user's bucket every few minutes. Lines are gathered in memory
// and written by a job, which is there only while there are lines; a crash loses what was not written yet. AWS's delivery is best effort, too.
//
// Who writes is AWS: the account of load balancers in the Region, or the service that delivers logs. The bucket's policy must admit one
// of the two, which is tried when logging is switched on.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
import { gzipSync } from 'node:zlib';
import { AwsError } from '../../../kernel/errors.ts';
import type { Parts } from '../../../kernel/parts.ts';
import { findRegion } from '../../../kernel/region.ts';
import type { Context, Principal } from '../../../kernel/service.ts';
import { type Instant, instant, secondsPerMinute } from '../../../kernel/units.ts';

/** Where the logs of a load balancer go. */
export interface LogPlace {
  readonly bucket: string;
  readonly prefix: string;
}

/** Which service of AWS delivers. */
export type Deliverer = 'logdelivery.elasticloadbalancing.amazonaws.com' | 'delivery.logs.amazonaws.com';

type Writer = Pick<Context, 'aws' | 'account' | 'region' | 'partition'>;

/** Load balancer → address of a node → lines. */
type Book = Map<string, Map<string, string[]>>;
const books = new WeakMap<Parts, Book>();

/** Keeps a line. True for the first one since the last file: then somebody must see to the next. */
export function keepLine(parts: Parts, subject: string, nodeIp: string, line: string): boolean {
  let book = books.get(parts);
  if (book === undefined) books.set(parts, (book = new Map()));
  let nodes = book.get(subject);
  const isFirst = nodes === undefined;
  if (nodes === undefined) book.set(subject, (nodes = new Map()));
  const lines = nodes.get(nodeIp);
  if (lines === undefined) nodes.set(nodeIp, [line]);
  else lines.push(line);
  return isFirst;
}

/** The lines of a load balancer, by node; they are kept no longer. */
export function takeLines(parts: Parts, subject: string): ReadonlyMap<string, readonly string[]> {
  const nodes = books.get(parts)?.get(subject);
  books.get(parts)?.delete(subject);
  return nodes ?? new Map<string, string[]>();
}

/** The end of the interval in which an instant lies. */
export function endOfInterval(at: Instant, everyMinutes: number): Instant {
  const everyMs = everyMinutes * secondsPerMinute * 1000;
  return instant((Math.floor(at / everyMs) + 1) * everyMs);
}

const folderOf = ({ prefix }: LogPlace, { account }: Writer): string =>
  `${prefix === '' ? '' : `${prefix}/`}AWSLogs/${account}`;

/** `20260302T0905Z` of an instant. */
const compact = (at: Instant): string => `${new Date(at).toISOString().slice(0, 16).replaceAll(/[-:]/g, '')}Z`;

export interface LogFile {
  readonly place: LogPlace;
  /** `app.web.50dc6c495c0c9188`; for a classic load balancer its name. */
  readonly label: string;
  readonly endsAt: Instant;
  /** Empty where files of nodes are not told apart. */
  readonly nodeIp: string;
  /** Letters and digits that tell files of one node and time apart. */
  readonly random: string;
  readonly lines: readonly string[];
  readonly compressed: boolean;
}

/** Key of a log file. */
export function keyOfLog(file: LogFile, context: Writer): string {
  const { account, region } = context;
  const day = new Date(file.endsAt).toISOString().slice(0, 10).replaceAll('-', '/');
  const name = [account, 'elasticloadbalancing', region, file.label, compact(file.endsAt), file.nodeIp, file.random];
  const folder = `${folderOf(file.place, context)}/elasticloadbalancing/${region}/${day}`;
  return `${folder}/${name.filter((part) => part !== '').join('_')}.log${file.compressed ? '.gz' : ''}`;
}

/** Those as whom AWS may write, in the order in which they are tried. */
function writersOf({ region, partition }: Writer, deliverer: Deliverer): (Principal | { readonly service: string })[] {
  const account = findRegion(region)?.loadBalancerAccount;
  const service = { service: deliverer };
  if (account === undefined || deliverer === 'delivery.logs.amazonaws.com') return [service];
  // With a session it is asked for what the bucket's policy says; a root user without one is not.
  return [
    { kind: 'root', arn: `arn:${partition}:iam::${account}:root`, account, userId: account, session: {} },
    service,
  ];
}

interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly body: Uint8Array;
  readonly deliverer: Deliverer;
  readonly sourceArn: string;
}

async function upload(context: Writer, { bucket, key, body, deliverer, sourceArn }: Upload): Promise<void> {
  const object = { Bucket: bucket, Key: key, Body: body, ContentLength: body.byteLength };
  let refusal: unknown;
  for (const as of writersOf(context, deliverer)) {
    const input = 'service' in as ? { ...object, ACL: 'bucket-owner-full-control' } : object;
    try {
      await context.aws.call('s3', 'PutObject', input, { as, sourceArn, sourceAccount: context.account });
      return;
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

/** Writes the file that shows that logs can be written. Undefined when all is well; else AWS's refusal. */
export async function tryPlace(
  context: Writer,
  place: LogPlace,
  deliverer: Deliverer,
  sourceArn: string,
): Promise<string | undefined> {
  const body = Buffer.from(`Enable AccessLog for ELB: ${sourceArn} at ${place.bucket}\n`);
  const key = `${folderOf(place, context)}/ELBAccessLogTestFile`;
  try {
    await upload(context, { bucket: place.bucket, key, body, deliverer, sourceArn });
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return `Access Denied for bucket: ${place.bucket}. Please check S3bucket permission`;
  }
}

/** Writes a log file. One that the bucket does not take any more is lost, as with AWS. */
export async function writeLog(context: Writer, file: LogFile, deliverer: Deliverer, sourceArn: string): Promise<void> {
  const text = Buffer.from(`${file.lines.join('\n')}\n`);
  const body = file.compressed ? gzipSync(text) : text;
  try {
    await upload(context, { bucket: file.place.bucket, key: keyOfLog(file, context), body, deliverer, sourceArn });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

const seconds = (value: number): string => (value < 0 ? '-1' : value.toFixed(3));

/** Text between quotation marks; a `-` for none. */
export const quoted = (text: string | undefined): string =>
  `"${text === undefined || text === '' ? '-' : text.replaceAll('"', '\\"').replaceAll(/[\r\n]/g, ' ')}"`;

/** `2026-03-02T09:00:00.000000Z`. */
export const moment = (at: Instant): string => new Date(at).toISOString().replace('Z', '000Z');

/** Times of a request at the load balancer, at the target, and back: -1 for what did not happen. */
export const times = (targetSeconds: number | undefined): string =>
  targetSeconds === undefined ? '-1 -1 -1' : `${seconds(0)} ${seconds(targetSeconds)} ${seconds(0)}`;

// Signature Version 2, which S3 still takes in us-east-1: older clients, and boto3 for presigned URLs unless told otherwise.
//
// Differs: AWS takes it only in Regions launched before 2014; here it is taken in all.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
import { createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from '../../kernel/errors.ts';
import type { HttpRequest } from '../../kernel/http.ts';

type Query = readonly (readonly [string, string])[];

export interface Version2Request {
  readonly request: Pick<HttpRequest, 'method' | 'headers'>;
  /** As it stands in the target. */
  readonly path: string;
  readonly query: Query;
  /** The bucket of a virtual host. */
  readonly hostBucket: string | undefined;
}

/** Parameters of the query that are signed. */
const signedParameters = new Set(
  [
    'accelerate acl analytics cors defaultObjectAcl delete encryption intelligent-tiering inventory legal-hold lifecycle location logging',
    'metrics notification object-lock ownershipControls partNumber policy policyStatus publicAccessBlock replication requestPayment',
    'response-cache-control response-content-disposition response-content-encoding response-content-language response-content-type',
    'response-expires restore retention select select-type storageClass tagging torrent uploadId uploads versionId versioning versions website',
  ].flatMap((line) => line.split(' ')),
);

const find = (query: Query, name: string): string | undefined => query.find(([given]) => given === name)?.[1];

function resourceOf({ path, query, hostBucket }: Version2Request): string {
  const signed = query
    .filter(([name]) => signedParameters.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  return `${hostBucket === undefined ? '' : `/${hostBucket}`}${path}${signed.length === 0 ? '' : `?${signed.join('&')}`}`;
}

function textToSign(given: Version2Request, date: string): string {
  const { method, headers } = given.request;
  const own = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-amz-'))
    .concat(given.query.filter(([name]) => name.toLowerCase().startsWith('x-amz-')) as [string, string][])
    .map(([name, value]) => `${name.toLowerCase()}:${value?.trim()}\n`)
    .sort();
  const lines = [method, headers['content-md5'] ?? '', headers['content-type'] ?? '', date];
  return `${lines.join('\n')}\n${own.join('')}${resourceOf(given)}`;
}

const refuse = (code: string, message: string, members: Readonly<Record<string, unknown>> = {}): AwsError =>
  new AwsError(code, 403, message, members);

/** Header forms carry the signature behind the key, query forms beside it. */
const signatureOf = ({ request, query }: Version2Request): string =>
  request.headers.authorization?.replace(/^AWS [^:]*:/, '') ?? find(query, 'Signature') ?? '';

/**
 * Why a request with a signature of Version 2 is refused; undefined when it is not. A key without a secret here is anybody's, but
 * a presigned URL still ends when it says.
 *
 * @param ageMs how long ago an instant was, on the cloud's clock
 */
export function refuseVersion2(
  given: Version2Request,
  accessKeyId: string,
  secretAccessKey: string | undefined,
  ageMs: (epochMs: number) => number,
): AwsError | undefined {
  const { request, query } = given;
  const { headers } = request;
  const presigned = headers.authorization === undefined;
  const expires = find(query, 'Expires');
  if (presigned) {
    if (expires === undefined || find(query, 'Signature') === undefined)
      return refuse(
        'AccessDenied',
        'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
      );
    if (!/^\d{1,11}$/.test(expires))
      return refuse('AccessDenied', `Invalid date (should be seconds since epoch): ${expires}`);
    const endsMs = Number(expires) * 1000;
    if (ageMs(endsMs) > 0)
      return refuse('AccessDenied', 'Request has expired', {
        Expires: new Date(endsMs).toISOString().replace('.000', ''),
      });
  }
  if (secretAccessKey === undefined) return undefined;
  const date = presigned ? (expires ?? '') : headers['x-amz-date'] === undefined ? (headers.date ?? '') : '';
  const text = textToSign(given, date);
  const expected = createHmac('sha1', secretAccessKey).update(text).digest();
  const shown = Buffer.from(signatureOf(given), 'base64');
  if (shown.length === expected.length && timingSafeEqual(shown, expected)) return undefined;
  return refuse(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { AWSAccessKeyId: accessKeyId, StringToSign: text, SignatureProvided: signatureOf(given) },
  );
}

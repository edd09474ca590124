// What browsers ask: whether they may (preflight), and the headers by which they let a page read the answer.
import type { Front } from '../../../kernel/front.ts';
import { findBucket } from './bucket-find.ts';
import { corsHeaders, findCorsRule, judgePreflight } from './cors.ts';
import { errors } from './errors.ts';
import type { S3Context } from './operation.ts';
import type { S3State } from './state.ts';

interface PreflightInput {
  readonly Bucket: string;
  readonly Key?: string | undefined;
  readonly Origin?: string | undefined;
  readonly AccessControlRequestMethod?: string | undefined;
  readonly AccessControlRequestHeaders?: string | undefined;
}

/**
 * Answers a browser's preflight by the bucket's CORS rules.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
 */
export function OptionsObject(input: PreflightInput, context: S3Context) {
  const headers: Record<string, string> = {};
  if (input.Origin !== undefined) headers['origin'] = input.Origin;
  if (input.AccessControlRequestMethod !== undefined)
    headers['access-control-request-method'] = input.AccessControlRequestMethod;
  if (input.AccessControlRequestHeaders !== undefined)
    headers['access-control-request-headers'] = input.AccessControlRequestHeaders;
  const bucket = findBucket(context, input.Bucket);
  if (bucket === undefined) throw errors.noSuchBucket(input.Bucket);
  const answer = judgePreflight(
    bucket.cors,
    headers,
    input.Key === undefined || input.Key === '' ? 'BUCKET' : 'OBJECT',
  );
  const maxAge = answer['access-control-max-age'];
  return {
    AllowOrigin: answer['access-control-allow-origin'],
    AllowMethods: answer['access-control-allow-methods'],
    AllowHeaders: answer['access-control-allow-headers'],
    ExposeHeaders: answer['access-control-expose-headers'],
    ...(maxAge === undefined ? {} : { MaxAgeSeconds: Number(maxAge) }),
    AllowCredentials: answer['access-control-allow-credentials'],
    Vary: answer['vary'],
  };
}

const bucketOf = (path: string, hostBucket: string | undefined): string =>
  hostBucket ?? decodeURIComponent(path.split('/')[1] ?? '');

/** Headers for the answer to a page of another site: those of the rule that allows it, else none. */
export const front: Front<S3State> = {
  crossOrigin: ({ request, path, hostBucket }, context) => {
    const { origin } = request.headers;
    if (origin === undefined || request.method === 'OPTIONS') return {};
    let bucket: ReturnType<typeof findBucket>;
    try {
      bucket = findBucket(context, bucketOf(path, hostBucket));
    } catch {
      return {}; // a path that is no text
    }
    const asked = { origin, method: request.method, headers: [] };
    const rule = findCorsRule(bucket?.cors ?? [], asked);
    return rule === undefined ? {} : corsHeaders(rule, asked);
  },
};

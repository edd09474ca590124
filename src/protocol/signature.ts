// Verifies Signature Version 4: header, query, the seed of signed chunks, and the asymmetric variant (SigV4A). Pure: no clock,
// no state but a bounded cache of derived keys.
//
// On the road: `parseCredential` (every request), then, for keys that the cloud issued, `verifySignature` with the secret and
// the hash of the payload.
import { timingSafeEqual, verify } from 'node:crypto';
import type { AwsError } from '../kernel/errors.ts';
import type { Instant } from '../kernel/units.ts';
import type { ChunkSigning } from './aws-chunked.ts';
import type { HttpRequest } from '../kernel/http.ts';
import { canonicalRequest } from './signature/canonical.ts';
import type { Credential } from './signature/credential.ts';
import { asymmetricPublicKey, scopeText, signText } from './signature/key.ts';
import {
  malformed,
  mismatch,
  missingPayloadHash,
  presignedEarly,
  presignedExpired,
  sha256Hex,
  type SignatureStyle,
  skewed,
  skewMinutes,
} from './signature/refusal.ts';

export { type Credential, parseCredential } from './signature/credential.ts';
export { refuseVersion2 } from './signature/version2.ts';
export { scopeText, signText } from './signature/key.ts';
export {
  expiredToken,
  inStyle,
  missingToken,
  type SignatureStyle,
  signatureStyleOf,
  unknownKey,
} from './signature/refusal.ts';

type Signed = Pick<HttpRequest, 'method' | 'target' | 'headers'>;

export const unsignedPayload = 'UNSIGNED-PAYLOAD';
/** The SHA-256 of nothing. */
export const emptyPayloadHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * The payload hash that the request itself states, for `verifySignature`; undefined when the body must be hashed.
 *
 * It may be a word (`UNSIGNED-PAYLOAD`, `STREAMING-…`). When it is a hash, whoever reads the body must see that it is the body's.
 */
export function statedPayloadHash(request: Signed, credential: Credential, style: SignatureStyle): string | undefined {
  const stated = request.headers['x-amz-content-sha256'];
  if (stated !== undefined) return stated;
  return style === 's3' && credential.place === 'query' ? unsignedPayload : undefined;
}

export const payloadHashOf = (body: Uint8Array): string => sha256Hex(body);

const sameText = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
};

const secondsPerMinute = 60;

/** What is wrong with the age of a credential, judged at `now`; undefined when nothing is. S3's presigned URLs live as long as they say, other presigned ones as long as headers. */
export function untimely(credential: Credential, nowMs: number, style: SignatureStyle): AwsError | undefined {
  const madeMs = credential.timestamp?.epochMs ?? 0;
  const skewMs = skewMinutes(style) * secondsPerMinute * 1000;
  if (style === 's3' && credential.place === 'query') {
    if (nowMs > madeMs + (credential.expiresSeconds ?? 0) * 1000) return presignedExpired(credential, nowMs);
    return madeMs > nowMs + skewMs ? presignedEarly(credential, nowMs) : undefined;
  }
  return Math.abs(nowMs - madeMs) > skewMs ? skewed(credential, nowMs, style) : undefined;
}

const isGenuine = (credential: Credential, secretAccessKey: string, toSign: string): boolean => {
  if (credential.algorithm === 'AWS4-HMAC-SHA256')
    return sameText(signText(secretAccessKey, credential, toSign), credential.signature);
  if (!/^[0-9a-f]{16,}$/.test(credential.signature)) return false;
  const key = asymmetricPublicKey(credential.accessKeyId, secretAccessKey);
  return verify('sha256', Buffer.from(toSign), { key, dsaEncoding: 'der' }, Buffer.from(credential.signature, 'hex'));
};

/**
 * Says what is wrong with a request's signature, in the words of the style; undefined when it is genuine and in time.
 *
 * `now` is the time that the client's clock should show; undefined: age is not judged (a clock that was moved makes every
 * signature old).
 */
export function verifySignature(
  request: Signed,
  credential: Credential,
  secretAccessKey: string,
  payloadHash: string,
  now: Instant | undefined,
  style: SignatureStyle,
): AwsError | undefined {
  const refusal =
    malformed(credential, request.headers.authorization, style) ??
    (now === undefined ? undefined : untimely(credential, now, style));
  if (refusal !== undefined) return refusal;
  if (style === 's3' && credential.place === 'header' && request.headers['x-amz-content-sha256'] === undefined)
    return missingPayloadHash();
  const isS3 = style === 's3' || credential.service === 's3' || credential.service === 's3-outposts';
  const canonical = canonicalRequest(request, credential.signedHeaders, payloadHash, isS3);
  const scope =
    credential.algorithm === 'AWS4-HMAC-SHA256'
      ? scopeText(credential)
      : `${credential.date}/${credential.service}/aws4_request`;
  const toSign = `${credential.algorithm}\n${credential.timestamp?.text ?? ''}\n${scope}\n${sha256Hex(canonical)}`;
  return isGenuine(credential, secretAccessKey, toSign) ? undefined : mismatch(credential, canonical, toSign, style);
}

/** What is wrong with a credential as it is written, for keys whose signature is not verified. */
export const findMalformed = (
  credential: Credential,
  request: Pick<HttpRequest, 'headers'>,
  style: SignatureStyle,
): AwsError | undefined => malformed(credential, request.headers.authorization, style);

/**
 * How the chunks of a body with `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` (or `-TRAILER`) are signed, the first chained to the request.
 *
 * Differs: chunks signed with SigV4A (`STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD`) are not verified: there is none for them.
 */
export function chunkSigning(credential: Credential, secretAccessKey: string): ChunkSigning | undefined {
  if (credential.algorithm !== 'AWS4-HMAC-SHA256' || credential.timestamp === undefined) return undefined;
  return {
    timestamp: credential.timestamp.text,
    scope: scopeText(credential),
    seedSignature: credential.signature,
    sign: (text) => signText(secretAccessKey, credential, text),
  };
}

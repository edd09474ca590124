// Who sent a request. Keys that the cloud issued must have signed it; any other key is taken as it comes.
import { createHash } from 'node:crypto';
import type { Cloud } from '../cloud.ts';
import type { Credential, Identity } from '../kernel/authority.ts';
import { AwsError } from '../kernel/errors.ts';
import { type HttpBody, type HttpRequest, bodyOf } from '../kernel/http.ts';
import { instant } from '../kernel/units.ts';
import { awsChunkedBody, isAwsChunked } from '../protocol/aws-chunked.ts';
import {
  chunkSigning,
  findMalformed,
  inStyle,
  parseCredential,
  payloadHashOf,
  refuseVersion2,
  type SignatureStyle,
  signatureStyleOf,
  statedPayloadHash,
  untimely,
  verifySignature,
} from '../protocol/signature.ts';
import type { Identification } from '../protocol/wire.ts';

export interface Authenticated {
  readonly identity: Identity;
  /** The request with the body that was meant: without the frame of `aws-chunked`, and held against its hash as it is read. */
  readonly trusted: HttpRequest;
}

/** @throws AwsError in the words of the service's protocol. */
export function authenticate(
  request: HttpRequest,
  identification: Identification,
  cloud: Cloud,
): Authenticated | Promise<Authenticated> {
  const { service, protocol, accessKeyId } = identification;
  const style = signatureStyleOf(service, protocol);
  const inHeader = request.headers['authorization'] !== undefined;
  const shown =
    accessKeyId === undefined ? undefined : { accessKeyId, sessionToken: sessionTokenOf(request, identification) };
  const identity = identify(cloud, shown, service, style);
  if (service === 's3' && shown !== undefined && identification.scope?.algorithm === 'sigv2') {
    const ageMs = (epochMs: number) => cloud.clock.ageOf(epochMs);
    const given = { request, ...identification };
    const refused = refuseVersion2(given, shown.accessKeyId, identity.secretAccessKey, ageMs);
    if (refused !== undefined) throw refused;
    return { identity, trusted: hashed(unframed(request), request) };
  }
  const hasSecret = identity.secretAccessKey !== undefined;
  // Most requests end here: a key that is anybody's, in a header. Its signature says nothing.
  const simple = shown === undefined ? !inHeader : inHeader && !hasSecret;
  const credential = simple ? undefined : parseCredential(request);
  if (credential === undefined)
    return { identity, trusted: service === 's3' ? hashed(unframed(request), request) : unframed(request) };
  const malformed = findMalformed(credential, request, style);
  if (malformed !== undefined) throw malformed;

  const now = instant((credential.timestamp?.epochMs ?? 0) + cloud.clock.ageOf(credential.timestamp?.epochMs ?? 0));
  if (identity.secretAccessKey === undefined) {
    // The key is anybody's, but a presigned URL still ends when it says.
    const expired =
      credential.place === 'query' && credential.timestamp !== undefined ? untimely(credential, now, style) : undefined;
    if (expired !== undefined) throw expired;
    return { identity, trusted: service === 's3' ? hashed(unframed(request), request) : unframed(request) };
  }
  const { secretAccessKey } = identity;
  const verified = (whole: HttpRequest, hash: string): Authenticated => {
    const refused = verifySignature(whole, credential, secretAccessKey, hash, now, style);
    if (refused !== undefined) throw refused;
    return { identity, trusted: hashed(unframed(whole, chunkSigning(credential, secretAccessKey)), request) };
  };
  const stated = statedPayloadHash(request, credential, style);
  if (stated !== undefined) return verified(request, stated);
  const verifiedBytes = (bytes: Uint8Array): Authenticated =>
    verified({ ...request, body: bodyOf(bytes) }, payloadHashOf(bytes));
  const bytes = request.body.bytes(longestHashedBytes);
  return bytes instanceof Promise ? bytes.then(verifiedBytes) : verifiedBytes(bytes);
}

const sessionTokenOf = (request: HttpRequest, { query }: Identification): string | undefined =>
  request.headers['x-amz-security-token'] ?? query.find(([name]) => name.toLowerCase() === 'x-amz-security-token')?.[1];

function identify(cloud: Cloud, credential: Credential | undefined, service: string, style: SignatureStyle): Identity {
  try {
    return cloud.authority.authenticate(credential, service);
  } catch (error) {
    throw error instanceof AwsError ? inStyle(error, style, credential) : error;
  }
}

const longestHashedBytes = 70 * 1_048_576;

const unframed = (request: HttpRequest, signing?: ReturnType<typeof chunkSigning>): HttpRequest =>
  isAwsChunked(request.headers)
    ? { ...request, body: awsChunkedBody(request.body, request.headers, signing) }
    : request;

const hexHash = /^[0-9a-f]{64}$/;

/** A body whose stated SHA-256 is checked while it is read. */
function hashed(request: HttpRequest, { headers }: HttpRequest): HttpRequest {
  const stated = headers['x-amz-content-sha256'];
  if (stated === undefined || !hexHash.test(stated)) return request;
  const { body } = request;
  const check = (actual: string): void => {
    if (actual !== stated) throw contentMismatch(stated, actual);
  };
  const checked: HttpBody = {
    lengthBytes: body.lengthBytes,
    inMemory: body.inMemory,
    trailers: body.trailers,
    bytes: (limitBytes) => {
      const judge = (bytes: Uint8Array): Uint8Array => {
        check(payloadHashOf(bytes));
        return bytes;
      };
      const bytes = body.bytes(limitBytes);
      return bytes instanceof Promise ? bytes.then(judge) : judge(bytes);
    },
    stream: async function* stream() {
      const hash = createHash('sha256');
      for await (const chunk of body.stream()) {
        hash.update(chunk);
        yield chunk;
      }
      check(hash.digest('hex'));
    },
  };
  return { ...request, body: checked };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const contentMismatch = (stated: string, actual: string): AwsError =>
  new AwsError(
    'XAmzContentSHA256Mismatch',
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { ClientComputedContentSHA256: stated, S3ComputedContentSHA256: actual },
  );

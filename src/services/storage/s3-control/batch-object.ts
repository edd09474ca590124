// Reading and writing the objects that belong to a batch job itself: manifests and reports.
import type { Principal } from '../../../kernel/service.ts';
import type { ControlContext } from './operation.ts';

/** An object to be read whole. */
export interface Whole {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly etag?: string | undefined;
}

/** The bytes of an object, read in that name. @throws what S3 says */
export async function textOf(at: Whole, actor: Principal, context: ControlContext): Promise<Uint8Array> {
  const { Body: body } = await context.aws.call<object, { readonly Body: AsyncIterable<Uint8Array> | Uint8Array }>(
    's3',
    'GetObject',
    { Bucket: at.bucket, Key: at.key, VersionId: at.versionId, IfMatch: at.etag },
    { as: actor },
  );
  if (body instanceof Uint8Array) return body;
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Puts a small object, in that name. @throws what S3 says */
export const putText = (
  at: Whole,
  text: string,
  actor: Principal,
  context: ControlContext,
): Promise<{ readonly ETag: string }> =>
  context.aws.call('s3', 'PutObject', { Bucket: at.bucket, Key: at.key, Body: Buffer.from(text) }, { as: actor });

// For tests only: a cloud with a client and a bucket.
import { CreateBucketCommand, type GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { type CloudOptions, type RunningCloud, startCloud } from '../../../embed/index.ts';

export interface Bench extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly s3: S3Client;
  readonly Bucket: string;
}

/** A frozen cloud at the start of 2026, a client of its default account, and an empty bucket. */
export async function withBucket(options: CloudOptions = {}): Promise<Bench> {
  const cloud = await startCloud({
    seed: 1,
    strict: true,
    clock: { kind: 'frozen' },
    startAt: new Date('2026-01-01T10:00:00Z'),
    ...options,
  });
  const s3 = cloud.client(S3Client);
  const Bucket = 'a-bucket';
  await s3.send(new CreateBucketCommand({ Bucket }));
  return { cloud, s3, Bucket, [Symbol.asyncDispose]: () => cloud.close() };
}

/** The body of an answer as text. */
export const textOf = async ({ Body }: GetObjectCommandOutput): Promise<string> =>
  (await Body?.transformToString()) ?? '';

/** What a refused call says: code, status, and the members of the error's XML. */
export async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    const {
      name,
      message,
      $metadata,
      $response: _response,
      ...members
    } = error as Error & {
      $metadata?: { httpStatusCode?: number };
      $response?: unknown;
    };
    return { ...members, code: name, message, status: $metadata?.httpStatusCode };
  }
  throw new Error('the call was not refused');
}

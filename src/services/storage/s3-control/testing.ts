// For tests only: a bucket with a client of S3 Control beside that of S3.
import { S3ControlClient } from '@aws-sdk/client-s3-control';
import { type Bench, withBucket } from '../s3/testing.ts';

export interface ControlBench extends Bench {
  readonly control: S3ControlClient;
  readonly AccountId: string;
}

/** As `withBucket`, with S3 Control and the account to be named. */
export async function withControl(): Promise<ControlBench> {
  const bench = await withBucket();
  return { ...bench, control: bench.cloud.client(S3ControlClient), AccountId: '000000000000' };
}

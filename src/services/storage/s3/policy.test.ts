import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusal, withBucket } from './testing.ts';

const policyOf = (...statements: object[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::123456789012:root' },
      ...statement,
    })),
  });

async function answersTo(policies: readonly string[]): Promise<unknown[]> {
  await using bench = await withBucket();
  const answers: unknown[] = [];
  for (const Policy of policies) {
    const call = bench.s3.send(new PutBucketPolicyCommand({ Bucket: bench.Bucket, Policy }));
    answers.push(
      await call.then(
        () => 'put',
        async () => (await refusal(call))['message'],
      ),
    );
  }
  return answers;
}

const bucket = 'arn:aws:s3:::a-bucket';

test('PutBucketPolicy: a resource that cannot be of this bucket is refused, also with a wildcard', async () => {
  const resources = ['arn:aws:s3:::other/*', 'arn:aws:s3:::a-bucket-2*', `${bucket}x/*`, 'a-bucket/*'];
  const refused = await answersTo(resources.map((Resource) => policyOf({ Action: 's3:GetObject', Resource })));
  expect(refused).toEqual(resources.map(() => 'Policy has invalid resource'));
  const ours = ['*', `${bucket}/*`, 'arn:aws:s3:::a-*', 'arn:*:s3:::a-bucket/*', `${bucket}/home/$\{aws:username}/*`];
  const put = await answersTo(ours.map((Resource) => policyOf({ Action: 's3:GetObject', Resource })));
  expect(put).toEqual(ours.map(() => 'put'));
});

test('PutBucketPolicy: an action that applies to none of its resources is refused', async () => {
  const refused = await answersTo([
    policyOf({ Action: 's3:GetObject', Resource: bucket }),
    policyOf({ Action: ['s3:GetObject', 's3:ListBucket'], Resource: `${bucket}/*` }),
    policyOf({ Action: 's3:GetEncryptionConfiguration', Resource: [`${bucket}/*`] }),
  ]);
  expect(refused).toEqual(Array(3).fill('Action does not apply to any resource(s) in statement'));
  const put = await answersTo([
    policyOf({ Action: ['s3:GetObject', 's3:ListBucket'], Resource: [bucket, `${bucket}/*`] }),
    policyOf({ Action: 's3:*', Resource: bucket }),
    policyOf({ Action: 's3:GetObject', Resource: `${bucket}*` }),
  ]);
  expect(put).toEqual(['put', 'put', 'put']);
});

test('PutBucketPolicy: a policy without statements is refused', async () => {
  expect(await answersTo([policyOf()])).toEqual(['Could not parse the policy: Statement is empty!']);
});

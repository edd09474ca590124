import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand as OpenBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateAccessPointCommand,
  DeleteAccessPointCommand,
  DeleteAccessPointPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetAccessPointCommand,
  GetAccessPointPolicyCommand,
  GetAccessPointPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  ListAccessPointsCommand,
  ListTagsForResourceCommand,
  PutAccessPointPolicyCommand,
  PutPublicAccessBlockCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-s3-control';
import { expect, test } from 'vitest';
import { refusal, textOf } from '../s3/testing.ts';
import { withControl } from './testing.ts';

const publicPolicy = (Resource: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource }],
  });

test('PutPublicAccessBlock: the block of an account is in force for all its buckets (S3-35, S3-36)', async () => {
  await using bench = await withControl();
  const { control, s3, Bucket, AccountId } = bench;
  expect(await refusal(control.send(new GetPublicAccessBlockCommand({ AccountId })))).toMatchObject({
    code: 'NoSuchPublicAccessBlockConfiguration',
    status: 404,
    message: 'The public access block configuration was not found',
  });
  await s3.send(new OpenBucketCommand({ Bucket }));
  const PublicAccessBlockConfiguration = { BlockPublicPolicy: true };
  await control.send(new PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration }));
  const policy = new PutBucketPolicyCommand({ Bucket, Policy: publicPolicy(`arn:aws:s3:::${Bucket}/*`) });
  expect(await refusal(s3.send(policy))).toMatchObject({ code: 'AccessDenied', status: 403 });
  expect(
    (await control.send(new GetPublicAccessBlockCommand({ AccountId }))).PublicAccessBlockConfiguration,
  ).toStrictEqual({
    BlockPublicAcls: false,
    IgnorePublicAcls: false,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: false,
  });
  const deleted = await control.send(new DeletePublicAccessBlockCommand({ AccountId }));
  expect(deleted.$metadata.httpStatusCode).toBe(204);
  await control.send(new DeletePublicAccessBlockCommand({ AccountId }));
  expect((await s3.send(policy)).$metadata.httpStatusCode).toBe(204);
});

test('PutPublicAccessBlock: says something, and of its own account', async () => {
  await using bench = await withControl();
  const { control, AccountId } = bench;
  expect(
    await refusal(control.send(new PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration: {} }))),
  ).toMatchObject({ code: 'InvalidRequest', status: 400, message: 'Must specify at least one configuration.' });
  expect(await refusal(control.send(new GetPublicAccessBlockCommand({ AccountId: '999999999999' })))).toMatchObject({
    code: 'AccessDenied',
    status: 403,
  });
});

test('CreateAccessPoint: shows all of itself, and lets data through by ARN and alias', async () => {
  await using bench = await withControl();
  const { cloud, control, s3, Bucket, AccountId } = bench;
  const created = await control.send(new CreateAccessPointCommand({ AccountId, Name: 'my-door', Bucket }));
  expect(created.AccessPointArn).toBe(`arn:aws:s3:us-east-1:${AccountId}:accesspoint/my-door`);
  expect(created.Alias).toMatch(/^my-door-[a-z0-9]{34}-s3alias$/);
  const shown = await control.send(new GetAccessPointCommand({ AccountId, Name: 'my-door' }));
  expect(shown).toMatchObject({
    Name: 'my-door',
    Bucket,
    NetworkOrigin: 'Internet',
    BucketAccountId: AccountId,
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    CreationDate: new Date('2026-01-01T10:00:00Z'),
    Endpoints: {
      ipv4: 's3-accesspoint.us-east-1.amazonaws.com',
      dualstack: 's3-accesspoint.dualstack.us-east-1.amazonaws.com',
      fips: 's3-accesspoint-fips.us-east-1.amazonaws.com',
      fips_dualstack: 's3-accesspoint-fips.dualstack.us-east-1.amazonaws.com',
    },
  });
  await s3.send(new PutObjectCommand({ Bucket: created.Alias, Key: 'k', Body: 'by alias' }));
  const virtual = cloud.client(S3Client, { forcePathStyle: false });
  expect(await textOf(await virtual.send(new GetObjectCommand({ Bucket: created.AccessPointArn, Key: 'k' })))).toBe(
    'by alias',
  );
  const listed = await virtual.send(new ListObjectsV2Command({ Bucket: created.AccessPointArn }));
  expect(listed.Contents?.map(({ Key }) => Key)).toStrictEqual(['k']);
});

test('CreateAccessPoint: refuses bad names, absent buckets and a name that is taken', async () => {
  await using bench = await withControl();
  const { control, Bucket, AccountId } = bench;
  const create = (Name: string, bucket = Bucket) =>
    control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket: bucket }));
  expect(await refusal(create('xn-_test-alias'))).toMatchObject({
    code: 'InvalidURI',
    status: 400,
    URI: 'accesspoint/xn-_test-alias',
  });
  expect(await refusal(create('door', 'no-such-bucket-here'))).toMatchObject({
    code: 'InvalidRequest',
    message: 'Amazon S3 AccessPoint can only be created for existing bucket',
  });
  await create('door');
  expect(await refusal(create('door'))).toMatchObject({
    code: 'AccessPointAlreadyOwnedByYou',
    status: 409,
    message: 'Your previous request to create the named accesspoint succeeded and you already own it.',
  });
  await control.send(new DeleteAccessPointCommand({ AccountId, Name: 'door' }));
  expect(await refusal(control.send(new DeleteAccessPointCommand({ AccountId, Name: 'door' })))).toMatchObject({
    code: 'NoSuchAccessPoint',
    status: 404,
    AccessPointName: 'door',
  });
});

test('ListAccessPoints: pages by name, and by bucket', async () => {
  await using bench = await withControl();
  const { control, s3, Bucket, AccountId } = bench;
  await s3.send(new CreateBucketCommand({ Bucket: 'b-bucket' }));
  for (const [Name, bucket] of [
    ['c-door', Bucket],
    ['a-door', Bucket],
    ['b-door', 'b-bucket'],
  ] as const)
    await control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket: bucket }));
  const first = await control.send(new ListAccessPointsCommand({ AccountId, MaxResults: 2 }));
  expect(first.AccessPointList?.map(({ Name }) => Name)).toStrictEqual(['a-door', 'b-door']);
  const second = await control.send(new ListAccessPointsCommand({ AccountId, NextToken: first.NextToken }));
  expect(second.AccessPointList?.map(({ Name }) => Name)).toStrictEqual(['c-door']);
  expect(second.NextToken).toBeUndefined();
  const ofBucket = await control.send(new ListAccessPointsCommand({ AccountId, Bucket, MaxResults: 1 }));
  expect(ofBucket.AccessPointList?.map(({ Name }) => Name)).toStrictEqual(['a-door']);
  expect(ofBucket.NextToken).toBeDefined();
});

test('PutAccessPointPolicy: is kept, tells whether it is public, and no public one passes the block', async () => {
  await using bench = await withControl();
  const { control, Bucket, AccountId } = bench;
  const Name = 'door';
  const { AccessPointArn } = await control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket }));
  expect(await refusal(control.send(new GetAccessPointPolicyCommand({ AccountId, Name })))).toMatchObject({
    code: 'NoSuchAccessPointPolicy',
    status: 404,
  });
  const open = publicPolicy(`${AccessPointArn}/object/*`);
  expect(await refusal(control.send(new PutAccessPointPolicyCommand({ AccountId, Name, Policy: open })))).toMatchObject(
    { code: 'AccessDenied', status: 403 },
  );
  const Policy = open.replace('"*"', `{"AWS":"${AccountId}"}`);
  await control.send(new PutAccessPointPolicyCommand({ AccountId, Name, Policy }));
  expect((await control.send(new GetAccessPointPolicyCommand({ AccountId, Name }))).Policy).toBe(Policy);
  const status = await control.send(new GetAccessPointPolicyStatusCommand({ AccountId, Name }));
  expect(status.PolicyStatus).toStrictEqual({ IsPublic: false });
  await control.send(new DeleteAccessPointPolicyCommand({ AccountId, Name }));
  expect(await refusal(control.send(new GetAccessPointPolicyCommand({ AccountId, Name })))).toMatchObject({
    code: 'NoSuchAccessPointPolicy',
  });
});

test('TagResource: tags buckets and access points by ARN, in order of their keys', async () => {
  await using bench = await withControl();
  const { control, Bucket, AccountId } = bench;
  const point = await control.send(
    new CreateAccessPointCommand({ AccountId, Name: 'door', Bucket, Tags: [{ Key: 'z', Value: '0' }] }),
  );
  for (const ResourceArn of [`arn:aws:s3:::${Bucket}`, point.AccessPointArn ?? '']) {
    const Tags = [
      { Key: 'z', Value: '1' },
      { Key: 'a', Value: '2' },
    ];
    const tagged = await control.send(new TagResourceCommand({ AccountId, ResourceArn, Tags }));
    expect(tagged.$metadata.httpStatusCode).toBe(204);
    const listed = await control.send(new ListTagsForResourceCommand({ AccountId, ResourceArn }));
    expect(listed.Tags).toStrictEqual(Tags.toReversed());
    await control.send(new UntagResourceCommand({ AccountId, ResourceArn, TagKeys: ['a', 'absent'] }));
    const left = await control.send(new ListTagsForResourceCommand({ AccountId, ResourceArn }));
    expect(left.Tags).toStrictEqual([{ Key: 'z', Value: '1' }]);
  }
  const absent = { AccountId, ResourceArn: 'arn:aws:s3:::no-such-bucket-here' };
  expect(await refusal(control.send(new ListTagsForResourceCommand(absent)))).toMatchObject({
    code: 'NoSuchResource',
    status: 404,
    message: "The specified resource doesn't exist.",
  });
});

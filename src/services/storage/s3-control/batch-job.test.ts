import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, GetObjectTaggingCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateJobCommand,
  type CreateJobRequest,
  DescribeJobCommand,
  GetJobTaggingCommand,
  ListJobsCommand,
  UpdateJobPriorityCommand,
  UpdateJobStatusCommand,
} from '@aws-sdk/client-s3-control';
import { expect, test } from 'vitest';
import { refusal, textOf } from '../s3/testing.ts';
import { type ControlBench, withControl } from './testing.ts';

/** A bucket with objects and a manifest that names them, and a role that may do all in S3. */
async function prepare(bench: ControlBench, keys: readonly string[]): Promise<CreateJobRequest> {
  const { cloud, s3, Bucket, AccountId } = bench;
  const iam = cloud.client(IAMClient);
  const trust = (Service: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
    });
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'batch',
      AssumeRolePolicyDocument: trust('batchoperations.s3.amazonaws.com'),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'batch',
      PolicyName: 'all',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
      }),
    }),
  );
  for (const Key of keys)
    if (!Key.startsWith('absent')) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const Body = keys.map((key) => `${Bucket},${encodeURIComponent(key)}\n`).join('');
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: 'manifest.csv', Body }));
  return {
    AccountId,
    Priority: 10,
    RoleArn: Role?.Arn ?? '',
    ConfirmationRequired: false,
    Operation: { S3PutObjectTagging: { TagSet: [{ Key: 'done', Value: 'yes' }] } },
    Report: {
      Enabled: true,
      Bucket: `arn:aws:s3:::${Bucket}`,
      Format: 'Report_CSV_20180820',
      ReportScope: 'AllTasks',
      Prefix: 'reports',
    },
    ClientRequestToken: 'a-token',
    Manifest: {
      Spec: { Format: 'S3BatchOperations_CSV_20180820', Fields: ['Bucket', 'Key'] },
      Location: { ObjectArn: `arn:aws:s3:::${Bucket}/manifest.csv`, ETag: ETag.replaceAll('"', '') },
    },
  };
}

test('CreateJob: tags every object of the manifest in the name of the role, and reports what came of each', async () => {
  await using bench = await withControl();
  const { cloud, control, s3, Bucket, AccountId } = bench;
  const request = await prepare(bench, ['one', 'with space/ü', 'absent']);
  const { JobId = '' } = await control.send(new CreateJobCommand({ ...request, Tags: [{ Key: 't', Value: 'v' }] }));
  const describe = async () => (await control.send(new DescribeJobCommand({ AccountId, JobId }))).Job;
  expect(await describe()).toMatchObject({ JobId, Status: 'New', Priority: 10, ConfirmationRequired: false });
  await cloud.clock.advance(1);
  expect((await describe())?.Status).toBe('Preparing');
  await cloud.clock.advance(60);
  expect(await describe()).toMatchObject({
    Status: 'Complete',
    JobArn: `arn:aws:s3:us-east-1:${AccountId}:job/${JobId}`,
    ProgressSummary: { TotalNumberOfTasks: 3, NumberOfTasksSucceeded: 2, NumberOfTasksFailed: 1 },
  });
  const tags = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'with space/ü' }));
  expect(tags.TagSet).toStrictEqual([{ Key: 'done', Value: 'yes' }]);
  const read = async (Key: string) => textOf(await s3.send(new GetObjectCommand({ Bucket, Key })));
  const manifest = JSON.parse(await read(`reports/job-${JobId}/manifest.json`)) as {
    Results: { TaskExecutionStatus: string; Key: string }[];
  };
  expect(manifest.Results.map(({ TaskExecutionStatus }) => TaskExecutionStatus)).toStrictEqual(['succeeded', 'failed']);
  expect(await read(manifest.Results[0]?.Key ?? '')).toBe(
    `${Bucket},one,,succeeded,200,,Successful\n${Bucket},with+space/%C3%BC,,succeeded,200,,Successful\n`,
  );
  expect(await read(manifest.Results[1]?.Key ?? '')).toBe(
    `${Bucket},absent,,failed,404,NoSuchKey,The specified key does not exist.\n`,
  );
  const jobTags = await control.send(new GetJobTaggingCommand({ AccountId, JobId }));
  expect(jobTags.Tags).toStrictEqual([{ Key: 't', Value: 'v' }]);
});

test('CreateJob: copies into another bucket, from a generated manifest', async () => {
  await using bench = await withControl();
  const { cloud, control, s3, Bucket, AccountId } = bench;
  const { Manifest: _, ...request } = await prepare(bench, ['a/1', 'a/2', 'b/1']);
  await s3.send(new CreateBucketCommand({ Bucket: 'b-bucket' }));
  const { JobId = '' } = await control.send(
    new CreateJobCommand({
      ...request,
      Report: { Enabled: false },
      Operation: { S3PutObjectCopy: { TargetResource: 'arn:aws:s3:::b-bucket', TargetKeyPrefix: 'copies' } },
      ManifestGenerator: {
        S3JobManifestGenerator: {
          SourceBucket: `arn:aws:s3:::${Bucket}`,
          EnableManifestOutput: false,
          Filter: { KeyNameConstraint: { MatchAnyPrefix: ['a/'] } },
        },
      },
    }),
  );
  await cloud.clock.advance(60);
  const { Job } = await control.send(new DescribeJobCommand({ AccountId, JobId }));
  expect(Job).toMatchObject({ Status: 'Complete', ProgressSummary: { NumberOfTasksSucceeded: 2 } });
  expect(await textOf(await s3.send(new GetObjectCommand({ Bucket: 'b-bucket', Key: 'copies/a/2' })))).toBe('a/2');
});

test('UpdateJobStatus: a job that needs a confirmation waits for it, and a cancelled one does nothing more', async () => {
  await using bench = await withControl();
  const { cloud, control, AccountId } = bench;
  const request = { ...(await prepare(bench, ['one'])), ConfirmationRequired: true };
  const first = await control.send(new CreateJobCommand(request));
  expect((await control.send(new CreateJobCommand(request))).JobId).toBe(first.JobId);
  expect(await refusal(control.send(new CreateJobCommand({ ...request, Priority: 1 })))).toMatchObject({
    code: 'IdempotencyException',
    status: 400,
  });
  const second = await control.send(new CreateJobCommand({ ...request, ClientRequestToken: 'another' }));
  await cloud.clock.advance(3600);
  const statusOf = async (JobId: string | undefined) =>
    (await control.send(new DescribeJobCommand({ AccountId, JobId }))).Job?.Status;
  expect(await statusOf(first.JobId)).toBe('Suspended');
  const move = (JobId: string | undefined, RequestedJobStatus: 'Ready' | 'Cancelled') =>
    control.send(new UpdateJobStatusCommand({ AccountId, JobId, RequestedJobStatus }));
  expect((await move(first.JobId, 'Ready')).Status).toBe('Ready');
  expect((await move(second.JobId, 'Cancelled')).Status).toBe('Cancelled');
  await cloud.clock.advance(60);
  expect(await statusOf(first.JobId)).toBe('Complete');
  expect(await statusOf(second.JobId)).toBe('Cancelled');
  expect(await refusal(move(second.JobId, 'Ready'))).toMatchObject({ code: 'JobStatusException' });
  const changed = new UpdateJobPriorityCommand({ AccountId, JobId: first.JobId, Priority: 5 });
  expect(await refusal(control.send(changed))).toMatchObject({ code: 'BadRequestException', status: 400 });
});

test('CreateJob: fails when the manifest has changed or the role trusts somebody else', async () => {
  await using bench = await withControl();
  const { cloud, control, AccountId } = bench;
  const request = await prepare(bench, ['one']);
  const spoilt = {
    ...request,
    ClientRequestToken: 'one',
    Manifest: { ...request.Manifest, Location: { ...request.Manifest?.Location, ETag: 'another' } },
  } as CreateJobRequest;
  const stale = await control.send(new CreateJobCommand(spoilt));
  const foreign = await control.send(
    new CreateJobCommand({ ...request, ClientRequestToken: 'two', RoleArn: `arn:aws:iam::${AccountId}:role/absent` }),
  );
  await cloud.clock.advance(60);
  const failureOf = async (JobId: string | undefined) => {
    const { Job } = await control.send(new DescribeJobCommand({ AccountId, JobId }));
    return [Job?.Status, Job?.FailureReasons?.[0]?.FailureCode];
  };
  expect(await failureOf(stale.JobId)).toStrictEqual(['Failed', 'PreconditionFailed']);
  expect(await failureOf(foreign.JobId)).toStrictEqual(['Failed', 'AccessDenied']);
});

test('ListJobs: the newest first, by status and page', async () => {
  await using bench = await withControl();
  const { cloud, control, AccountId } = bench;
  const request = await prepare(bench, ['one']);
  const ids: (string | undefined)[] = [];
  for (const ClientRequestToken of ['one', 'two', 'three']) {
    ids.unshift((await control.send(new CreateJobCommand({ ...request, ClientRequestToken }))).JobId);
    await cloud.clock.advance(60);
  }
  const first = await control.send(new ListJobsCommand({ AccountId, MaxResults: 2 }));
  expect(first.Jobs?.map(({ JobId }) => JobId)).toStrictEqual(ids.slice(0, 2));
  expect(first.Jobs?.[0]).toMatchObject({ Operation: 'S3PutObjectTagging', Status: 'Complete' });
  const second = await control.send(new ListJobsCommand({ AccountId, NextToken: first.NextToken }));
  expect(second.Jobs?.map(({ JobId }) => JobId)).toStrictEqual(ids.slice(2));
  const none = await control.send(new ListJobsCommand({ AccountId, JobStatuses: ['Active'] }));
  expect(none.Jobs ?? []).toStrictEqual([]);
  expect(await refusal(control.send(new DescribeJobCommand({ AccountId, JobId: 'absent' })))).toMatchObject({
    code: 'NotFoundException',
  });
});

// Jobs of S3 Batch Operations: asking for them, looking at them, changing their course.
//
//   New → Preparing → Ready → Active → Completing → Complete
//                  ↘ Suspended ↗ (when they wait for a confirmation)
//
// What a job does is in `batch-run.ts`.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-job-status.html
import type { CreateJobRequest, OperationName as WorkName } from '@aws-sdk/client-s3-control';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { secondsBetween, toDate } from '../../../kernel/units.ts';
import { readToken, writeToken } from '../s3/listing.ts';
import type { BatchJobRow, BatchStatus } from '../s3/state.ts';
import { writeTags } from '../s3/tag.ts';
import { beginPreparing, beginWork, isOver, removeTasks } from './batch-run.ts';
import { errors } from './errors.ts';
import { limits } from './limits.ts';
import type { ControlContext, Input, Operation } from './operation.ts';
import { readTags } from './tag-rule.ts';

/** Work that needs what is not here yet. */
const absent: readonly string[] = ['S3ReplicateObject', 'S3ComputeObjectChecksum', 'S3UpdateObjectEncryption'];

/** The one operation that a job does. */
export const workOf = (request: CreateJobRequest): WorkName => {
  const [name] = Object.entries(request.Operation ?? {}).find(([, value]) => value !== undefined) ?? [];
  return name as WorkName;
};

function checkWork({ Operation: work }: Input<'CreateJob'>): void {
  const named = Object.entries(work).filter(([, value]) => value !== undefined);
  const [name] = named[0] ?? [];
  if (named.length !== 1 || name === undefined)
    throw errors.badJob('Exactly one operation must be specified for the job');
  if (absent.includes(name))
    throw new AwsError('NotImplemented', 501, `Hakoniwa does not implement batch jobs of ${name} yet.`);
  if (name === 'S3PutObjectCopy' && work.S3PutObjectCopy?.TargetResource === undefined)
    throw errors.badJob('TargetResource must be specified for S3PutObjectCopy');
  const restore = work.S3InitiateRestoreObject;
  if (restore !== undefined && (restore.ExpirationInDays ?? 0) < 1)
    throw errors.badJob('ExpirationInDays must be at least 1');
}

function checkManifest({ Manifest: manifest, ManifestGenerator: generator }: Input<'CreateJob'>): void {
  if ((manifest === undefined) === (generator === undefined))
    throw errors.badJob('Either a Manifest or a ManifestGenerator must be specified');
  if (generator?.S3JobManifestGenerator?.EnableManifestOutput === true)
    throw new AwsError('NotImplemented', 501, 'Hakoniwa does not write generated manifests yet.');
  if (manifest === undefined) return;
  const { Format: format, Fields: fields } = manifest.Spec;
  if (format !== 'S3BatchOperations_CSV_20180820') {
    if (fields !== undefined) throw errors.badJob('Fields can only be specified for S3BatchOperations_CSV_20180820');
    return;
  }
  if (fields?.includes('Bucket') !== true || !fields.includes('Key'))
    throw errors.badJob('Fields must contain Bucket and Key');
}

function checkReport({ Report: report }: Input<'CreateJob'>): void {
  if (!report.Enabled) return;
  if (report.Bucket === undefined || report.Format === undefined || report.ReportScope === undefined)
    throw errors.badJob('Bucket, Format and ReportScope must be specified for an enabled report');
}

/**
 * Makes a job. The same token with the same parameters answers the job that it made.
 *
 * Differs: jobs run side by side; their priority is kept and orders nothing.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html
 */
export const CreateJob: Operation<'CreateJob'> = (input, context) => {
  const { state, account, region, clock, ids } = context;
  checkWork(input);
  checkManifest(input);
  checkReport(input);
  const { ClientRequestToken: token = ids.uuid(), Tags, ...request } = input;
  const known = state.batchJobs.index('token').first({ prefix: key(account, region, token) });
  if (known !== undefined) {
    if (JSON.stringify(known.request) !== JSON.stringify(request)) throw errors.idempotency();
    return { JobId: known.id };
  }
  const job: BatchJobRow = {
    account,
    region,
    id: ids.uuid(),
    token,
    request,
    priority: input.Priority,
    status: 'New',
    createdAt: clock.now(),
    total: 0,
    succeeded: 0,
    failed: 0,
    tags: readTags(Tags ?? []),
  };
  state.batchJobs.put(job);
  beginPreparing(job, context);
  return { JobId: job.id };
};

/** @throws NotFoundException */
function getJob(id: string, { state, account, region }: ControlContext): BatchJobRow {
  const job = state.batchJobs.find(key(account, region, id));
  if (job === undefined) throw errors.noSuchJob(id);
  return job;
}

const progressOf = (job: BatchJobRow, { clock }: ControlContext) => ({
  TotalNumberOfTasks: job.total,
  NumberOfTasksSucceeded: job.succeeded,
  NumberOfTasksFailed: job.failed,
  Timers: {
    ElapsedTimeInActiveSeconds:
      job.activeAt === undefined ? 0 : Math.floor(secondsBetween(job.activeAt, job.endedAt ?? clock.now())),
  },
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeJob.html */
export const DescribeJob: Operation<'DescribeJob'> = (input, context) => {
  const job = getJob(input.JobId, context);
  const { request, failure } = job;
  return {
    Job: {
      JobId: job.id,
      ConfirmationRequired: request.ConfirmationRequired ?? false,
      Description: request.Description,
      JobArn: `arn:${context.partition}:s3:${job.region}:${job.account}:job/${job.id}`,
      Status: job.status,
      Manifest: request.Manifest,
      ManifestGenerator: request.ManifestGenerator,
      Operation: request.Operation,
      Priority: job.priority,
      ProgressSummary: progressOf(job, context),
      StatusUpdateReason: job.statusReason,
      FailureReasons: failure === undefined ? [] : [{ FailureCode: failure.code, FailureReason: failure.reason }],
      Report: request.Report,
      CreationTime: toDate(job.createdAt),
      TerminationDate: job.endedAt === undefined ? undefined : toDate(job.endedAt),
      RoleArn: request.RoleArn,
      ...(job.suspendedAt === undefined
        ? {}
        : { SuspendedDate: toDate(job.suspendedAt), SuspendedCause: 'Awaiting confirmation' }),
    },
  };
};

/**
 * Jobs of this account and Region, the newest first.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListJobs.html
 */
export const ListJobs: Operation<'ListJobs'> = (input, context) => {
  const { state, account, region } = context;
  const index = state.batchJobs.index('created');
  const token = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  const after = token === undefined ? undefined : state.batchJobs.find(key(account, region, token));
  if (input.NextToken !== undefined && after === undefined) throw errors.invalidNextToken();
  const wanted: readonly string[] = input.JobStatuses ?? [];
  const limit = Math.min(input.MaxResults ?? limits.pageMax, limits.pageMax);
  const page: BatchJobRow[] = [];
  let more = false;
  const range = {
    prefix: key(account, region),
    reverse: true,
    after: after === undefined ? undefined : index.keyOf(after, key(account, region, after.id)),
  };
  for (const job of index.each(range)) {
    if (wanted.length > 0 && !wanted.includes(job.status)) continue;
    if (page.length === limit) {
      more = true;
      break;
    }
    page.push(job);
  }
  const last = page.at(-1);
  return {
    Jobs: page.map((job) => ({
      JobId: job.id,
      Description: job.request.Description,
      Operation: workOf(job.request),
      Priority: job.priority,
      Status: job.status,
      CreationTime: toDate(job.createdAt),
      TerminationDate: job.endedAt === undefined ? undefined : toDate(job.endedAt),
      ProgressSummary: progressOf(job, context),
    })),
    ...(more && last !== undefined ? { NextToken: writeToken(last.id) } : {}),
  };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateJobPriority.html */
export const UpdateJobPriority: Operation<'UpdateJobPriority'> = (input, context) => {
  const job = getJob(input.JobId, context);
  if (isOver(job)) throw errors.badJob(`The priority of a job in status ${job.status} cannot be changed`);
  context.state.batchJobs.put({ ...job, priority: input.Priority });
  return { JobId: job.id, Priority: input.Priority };
};

/**
 * Confirms a job that waits for it, or cancels one.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateJobStatus.html
 */
export const UpdateJobStatus: Operation<'UpdateJobStatus'> = (input, context) => {
  const job = getJob(input.JobId, context);
  const { RequestedJobStatus: wanted, StatusUpdateReason: statusReason } = input;
  if (isOver(job) || job.status === 'Completing' || (wanted === 'Ready' && job.status !== 'Suspended'))
    throw errors.jobStatus(`A job in status ${job.status} cannot become ${wanted}`);
  const ended = wanted === 'Cancelled';
  const status: BatchStatus = ended ? 'Cancelled' : 'Ready';
  const changed: BatchJobRow = {
    ...job,
    status,
    statusReason,
    ...(ended ? { endedAt: context.clock.now() } : {}),
  };
  context.state.batchJobs.put(changed);
  if (ended) removeTasks(changed, context);
  else beginWork(changed, context);
  return { JobId: job.id, Status: status, StatusUpdateReason: statusReason };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetJobTagging.html */
export const GetJobTagging: Operation<'GetJobTagging'> = (input, context) => ({
  Tags: writeTags(getJob(input.JobId, context).tags),
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutJobTagging.html */
export const PutJobTagging: Operation<'PutJobTagging'> = (input, context) => {
  const job = getJob(input.JobId, context);
  const tags = readTags(input.Tags);
  if (tags.length > limits.tagsMax) throw errors.tooManyTags();
  context.state.batchJobs.put({ ...job, tags });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteJobTagging.html */
export const DeleteJobTagging: Operation<'DeleteJobTagging'> = (input, context) => {
  context.state.batchJobs.put({ ...getJob(input.JobId, context), tags: [] });
  return {};
};

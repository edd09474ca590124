// How a batch job runs on the cloud's clock: its manifest becomes one row per object, rows are treated some at a time in the name
// of the job's role, and at the end a report says what came of each.
//
// Unknown: how long each status lasts, and how many objects a second are treated; the figures below are ours.
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import type { Principal } from '../../../kernel/service.ts';
import { later, secondsPerDay } from '../../../kernel/units.ts';
import type { BatchJobRow, BatchStatus, BatchTaskRow } from '../s3/state.ts';
import { readManifest } from './batch-manifest.ts';
import { writeReport } from './batch-report.ts';
import { doTask } from './batch-task.ts';
import { limits } from './limits.ts';
import type { ControlContext } from './operation.ts';

const preparingAfterSeconds = 1;
const readyAfterSeconds = 2;
const activeAfterSeconds = 2;
/** Objects treated in one second. */
const stepTasks = 100;

const over: readonly BatchStatus[] = ['Complete', 'Cancelled', 'Failed'];

export const isOver = (job: BatchJobRow): boolean => over.includes(job.status);

interface JobName {
  readonly id: string;
}

/** The job, as long as it is in that status: it may have been cancelled since this was planned. */
function findIn(status: BatchStatus, { id }: JobName, { state, account, region }: ControlContext) {
  const job = state.batchJobs.find(key(account, region, id));
  return job?.status === status ? job : undefined;
}

/** Inside a transaction. */
export function beginPreparing(job: BatchJobRow, { jobs, clock }: ControlContext): void {
  jobs.at(later(clock.now(), preparingAfterSeconds), 'startPreparing', { id: job.id });
}

/** Inside a transaction: a job that is ready starts soon. */
export function beginWork(job: BatchJobRow, { jobs, clock }: ControlContext): void {
  jobs.at(later(clock.now(), activeAfterSeconds), 'startJob', { id: job.id });
}

/** Inside a transaction. */
export const removeTasks = ({ id }: BatchJobRow, { state }: ControlContext): number =>
  state.batchTasks.deleteAll({ prefix: key(id) });

function end(job: BatchJobRow, change: Partial<BatchJobRow>, context: ControlContext): void {
  const { state, clock, jobs } = context;
  state.batchJobs.put({ ...job, ...change, endedAt: clock.now() });
  removeTasks(job, context);
  jobs.at(later(clock.now(), limits.jobKeptDays * secondsPerDay), 'forgetJob', { id: job.id });
}

/** Job: the manifest is being read. */
export function startPreparing(name: JobName, context: ControlContext): void {
  const job = findIn('New', name, context);
  if (job === undefined) return;
  context.state.batchJobs.put({ ...job, status: 'Preparing' });
  context.jobs.at(later(context.clock.now(), readyAfterSeconds), 'finishPreparing', { id: job.id });
}

/** Who does a job's work: a session of its role. @throws AwsError when the role does not trust S3 Batch Operations */
async function actorOf({ request, account, id }: BatchJobRow, context: ControlContext): Promise<Principal> {
  interface Session {
    readonly Credentials: { readonly AccessKeyId: string; readonly SessionToken: string };
  }
  const { Credentials: credentials } = await context.aws.call<object, Session>(
    'sts',
    'AssumeRole',
    { RoleArn: request.RoleArn, RoleSessionName: `s3-batch-${id.slice(0, 8)}` },
    { as: { service: 'batchoperations.s3.amazonaws.com' }, account },
  );
  return context.identify({ accessKeyId: credentials.AccessKeyId, sessionToken: credentials.SessionToken }).principal;
}

const failureOf = (error: unknown) => {
  if (!(error instanceof AwsError)) throw error;
  return { code: error.code, reason: error.message };
};

/** Job: reads the manifest; then the job is ready, or waits for its confirmation. */
export async function finishPreparing(name: JobName, context: ControlContext): Promise<void> {
  const job = findIn('Preparing', name, context);
  if (job === undefined) return;
  const read = await actorOf(job, context)
    .then((actor) => readManifest(job, actor, context))
    .catch(failureOf);
  await context.transact(() => {
    const current = findIn('Preparing', name, context);
    if (current === undefined) return;
    if ('code' in read) {
      end(current, { status: 'Failed', failure: read }, context);
      return;
    }
    for (const [number, object] of read.entries()) context.state.batchTasks.put({ ...object, jobId: job.id, number });
    prepared({ ...current, total: read.length }, context);
  });
}

function prepared(job: BatchJobRow, context: ControlContext): void {
  const { state, clock, jobs } = context;
  if (job.request.ConfirmationRequired === true) {
    state.batchJobs.put({ ...job, status: 'Suspended', suspendedAt: clock.now() });
    jobs.at(later(clock.now(), limits.confirmationDays * secondsPerDay), 'abandonJob', { id: job.id });
    return;
  }
  const ready: BatchJobRow = { ...job, status: 'Ready' };
  state.batchJobs.put(ready);
  beginWork(ready, context);
}

/** Job: nobody confirmed it in time. */
export function abandonJob(name: JobName, context: ControlContext): void {
  const job = findIn('Suspended', name, context);
  if (job === undefined) return;
  const failure = { code: 'ConfirmationTimeout', reason: 'The job was not confirmed within 30 days.' };
  end(job, { status: 'Failed', failure }, context);
}

/** Job: the work begins. */
export function startJob(name: JobName, context: ControlContext): void {
  const job = findIn('Ready', name, context);
  if (job === undefined) return;
  context.state.batchJobs.put({ ...job, status: 'Active', activeAt: context.clock.now() });
  context.jobs.at(context.clock.now(), 'runTasks', { id: job.id, from: 0 });
}

/** Job: treats some objects. When it is interrupted, it treats them again. */
export async function runTasks(step: JobName & { readonly from: number }, context: ControlContext): Promise<void> {
  const job = findIn('Active', step, context);
  if (job === undefined) return;
  const tasks = context.state.batchTasks.list({
    prefix: key(job.id),
    from: key(job.id, step.from),
    limit: stepTasks,
  });
  const actor = await actorOf(job, context).catch(failureOf);
  const done: BatchTaskRow[] = [];
  if ('kind' in actor) for (const task of tasks) done.push({ ...task, error: await doTask(job, task, actor, context) });
  await context.transact(() => {
    const current = findIn('Active', step, context);
    if (current === undefined) return;
    if ('kind' in actor) record(current, done, step.from + tasks.length, context);
    else end(current, { status: 'Failed', failure: actor }, context);
  });
}

function record(job: BatchJobRow, done: readonly BatchTaskRow[], next: number, context: ControlContext): void {
  const { state, jobs, clock } = context;
  for (const task of done) state.batchTasks.put(task);
  const failed = job.failed + done.filter(({ error }) => error !== undefined).length;
  const counted: BatchJobRow = { ...job, failed, succeeded: next - failed };
  const hopeless = next >= limits.failureSample && failed * 2 > next;
  if (next >= job.total || hopeless) {
    const reason = 'Job failure rate exceeded the threshold of 50%.';
    const failure = hopeless ? { code: 'JobFailureThresholdExceeded', reason } : undefined;
    state.batchJobs.put({ ...counted, status: 'Completing', failure });
    jobs.at(clock.now(), 'finishJob', { id: job.id });
    return;
  }
  state.batchJobs.put(counted);
  jobs.at(later(clock.now(), 1), 'runTasks', { id: job.id, from: next });
}

/** Job: writes the report, and ends. */
export async function finishJob(name: JobName, context: ControlContext): Promise<void> {
  const job = findIn('Completing', name, context);
  if (job === undefined) return;
  const refused = await actorOf(job, context)
    .then((actor) => writeReport(job, actor, context))
    .catch(failureOf);
  await context.transact(() => {
    const current = findIn('Completing', name, context);
    if (current === undefined) return;
    const failure = refused ?? current.failure;
    end(current, { status: failure === undefined ? 'Complete' : 'Failed', failure }, context);
  });
}

/** Job: what ended long ago is no longer listed. */
export const forgetJob = ({ id }: JobName, { state, account, region }: ControlContext): boolean =>
  state.batchJobs.delete(key(account, region, id));

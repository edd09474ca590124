// An experiment runs: its targets are resolved, its actions begin as others end, and whatever ends it takes back what was broken.
//
//   initiating ─▶ running ─▶ completed
//        │           ├─ stop condition, StopExperiment ─▶ stopping ─▶ stopped
//        └───────────┴─ an action or a target fails ────────────────▶ failed
//
// Each step is a job, so an experiment goes on over a restart, and a moved clock runs all of it in order.
import { later } from '../../../kernel/units.ts';
import type { AlarmStateChanged } from '../../management/cloudwatch/facts.ts';
import { type ActionCall, runners } from './action-runner.ts';
import { alarmStateOf } from './alarm-state.ts';
import { readSeconds } from './duration.ts';
import type { ExperimentStateChanged } from './facts.ts';
import type { FisContext } from './operation.ts';
import { type Actor, actorOf, ExperimentFailure, failureOf } from './role.ts';
import { type ActionRun, type ExperimentRow, type Failure, isOver } from './state.ts';
import { resolveTargets } from './target.ts';

interface ActionName {
  readonly id: string;
  readonly name: string;
}

const isDone = ({ status }: ActionRun): boolean => status === 'completed' || status === 'skipped';
const isLive = ({ status }: ActionRun): boolean =>
  status === 'initiating' || status === 'running' || status === 'stopping';

function change(context: FisContext, row: ExperimentRow, name: string, run: Partial<ActionRun>): ExperimentRow {
  const before = row.runs[name];
  if (before === undefined) return row;
  const changed = { ...row, runs: { ...row.runs, [name]: { ...before, ...run } } };
  context.state.experiments.put(changed);
  return changed;
}

/** Puts an experiment in another state, and tells. */
function enter(context: FisContext, before: ExperimentRow, row: ExperimentRow): void {
  context.state.experiments.put(row);
  const fact: ExperimentStateChanged = {
    experimentId: row.id,
    experimentTemplateId: row.templateId,
    oldState: { status: before.status, reason: before.reason },
    newState: { status: row.status, reason: row.reason },
  };
  context.facts.publish('fis.ExperimentStateChanged', fact);
}

function finish(
  context: FisContext,
  row: ExperimentRow,
  status: 'completed' | 'stopped' | 'failed',
  reason: string,
): void {
  enter(context, row, { ...row, status, reason, endedAt: context.clock.now() });
}

/** Begins what nothing keeps waiting, or ends the experiment when all is done. */
function goOn(context: FisContext, row: ExperimentRow): void {
  const runs = Object.values(row.runs);
  if (row.status === 'stopping') {
    if (runs.some(isLive)) return;
    finish(context, row, row.failure === undefined ? 'stopped' : 'failed', row.reason);
    return;
  }
  if (runs.every(isDone)) {
    finish(context, row, 'completed', 'Experiment completed.');
    return;
  }
  let current = row;
  for (const [name, run] of Object.entries(row.runs)) {
    if (run.status !== 'pending') continue;
    if (!(run.startAfter ?? []).every((other) => isDone(row.runs[other] as ActionRun))) continue;
    current = change(context, current, name, { status: 'initiating', reason: 'Action is initiating.' });
    context.jobs.at(context.clock.now(), 'startAction', { id: row.id, name } satisfies ActionName);
  }
}

/** Inside a transaction: no action begins any more, and those that run end now. With a failure the experiment is failed then. */
export function stopExperiment(
  context: FisContext,
  row: ExperimentRow,
  { reason, failure, code }: { readonly reason: string; readonly failure?: Failure; readonly code?: string },
): ExperimentRow {
  const runs: Record<string, ActionRun> = {};
  for (const [name, run] of Object.entries(row.runs)) {
    if (run.status === 'pending') runs[name] = { ...run, status: 'cancelled', reason: 'Action was cancelled.' };
    else if (run.status === 'running' || run.status === 'initiating') {
      if (run.endJob !== undefined) context.jobs.cancel(run.endJob);
      // One that is just beginning ends as soon as it has begun.
      if (run.status === 'running') context.jobs.at(context.clock.now(), 'endAction', { id: row.id, name });
      runs[name] = { ...run, status: 'stopping', reason: 'Action is stopping.' };
    } else runs[name] = run;
  }
  const stopping: ExperimentRow = {
    ...row,
    status: 'stopping',
    reason,
    failure: failure ?? (code === undefined ? undefined : { code, reason }),
    runs,
  };
  enter(context, row, stopping);
  if (!Object.values(runs).some(isLive)) context.jobs.at(context.clock.now(), 'endExperiment', { id: row.id });
  return stopping;
}

/** Job: nothing was running when the experiment was stopped. */
export function endExperiment({ id }: { readonly id: string }, context: FisContext): void {
  const row = context.state.experiments.find(id);
  if (row?.status === 'stopping') goOn(context, row);
}

/** No experiment begins while an alarm that would stop it is in ALARM. */
async function checkAlarms({ stopConditions }: ExperimentRow, actor: Actor): Promise<void> {
  for (const arn of stopConditions.flatMap(({ value }) => value ?? [])) {
    const state = await alarmStateOf(actor, arn);
    if (state === undefined)
      throw new ExperimentFailure('ConfigurationFailure', `Stop condition alarm does not exist: ${arn}`);
    if (state === 'ALARM')
      throw new ExperimentFailure('PreconditionFailure', `Stop condition alarm is in ALARM: ${arn}`);
  }
}

/** Looks at alarms and finds the targets, all as the role. */
async function prepare(row: ExperimentRow, context: FisContext): Promise<ExperimentRow['resolved']> {
  const actor = await actorOf(row, context);
  await checkAlarms(row, actor);
  return resolveTargets(row, actor, context);
}

/** Job: resolves targets; then the first actions begin. */
export async function initiate({ id }: { readonly id: string }, context: FisContext): Promise<void> {
  const row = context.state.experiments.find(id);
  if (row?.status !== 'initiating') return;
  const outcome = await prepare(row, context)
    .then((resolved) => ({ resolved }))
    .catch((error: unknown) => ({ failure: failureOf(error, undefined) }));
  await context.transact(() => {
    const current = context.state.experiments.find(id);
    if (current?.status !== 'initiating') return;
    if ('failure' in outcome) {
      const { failure } = outcome;
      stopExperiment(context, current, { reason: failure.reason, failure });
      return;
    }
    const { resolved } = outcome;
    const running: ExperimentRow = {
      ...current,
      status: 'running',
      reason: 'Experiment is running.',
      startedAt: context.clock.now(),
      resolved,
      runs: Object.fromEntries(
        Object.entries(current.runs).map(([name, run]) => [name, skipped(current, run, resolved)]),
      ),
    };
    enter(context, current, running);
    goOn(context, running);
  });
}

/** An action is skipped when the experiment skips all of them, or when one of its targets is nothing. */
function skipped(row: ExperimentRow, run: ActionRun, resolved: ExperimentRow['resolved']): ActionRun {
  const isEmpty = Object.values(run.targets ?? {}).some((target) => resolved[target]?.length === 0);
  if (row.actionsMode === 'run-all' && !isEmpty) return run;
  return { ...run, status: 'skipped', reason: 'Action was skipped.' };
}

async function callOf({ id, name }: ActionName, context: FisContext): Promise<ActionCall> {
  const row = context.state.experiments.find(id) as ExperimentRow;
  const run = row.runs[name] as ActionRun;
  const { parameters = {}, targets = {} } = run;
  return {
    context,
    actor: await actorOf(row, context),
    experimentId: id,
    name,
    parameters,
    seconds: readSeconds(parameters['duration'] ?? '') ?? 0,
    arns: (target) => row.resolved[targets[target] ?? ''] ?? [],
  };
}

/** Job: does what an action does. */
export async function startAction({ id, name }: ActionName, context: FisContext): Promise<void> {
  const run = context.state.experiments.find(id)?.runs[name];
  if (run?.status !== 'initiating') {
    // Stopped before it began: there is nothing to take back.
    if (run?.status === 'stopping') await endAction({ id, name }, context);
    return;
  }
  const outcome = await callOf({ id, name }, context)
    .then((call) => {
      const runner = runners[run.actionId];
      if (runner !== undefined) return runner.start(call);
      throw new ExperimentFailure(
        'ConfigurationFailure',
        `Hakoniwa does not run ${run.actionId}. See docs/faults.md for the actions that it runs.`,
      );
    })
    .then((effect) => ({ effect }))
    .catch((error: unknown) => ({ failure: failureOf(error, `actions.${name}`) }));
  await context.transact(() => {
    const row = context.state.experiments.find(id);
    const current = row?.runs[name];
    if (row === undefined || current === undefined) return;
    if ('failure' in outcome) {
      fail(context, row, name, outcome.failure);
      return;
    }
    const { undo, seconds } = outcome.effect;
    const now = context.clock.now();
    const at = current.status === 'stopping' ? now : later(now, seconds);
    const endJob = context.jobs.at(at, 'endAction', { id, name } satisfies ActionName);
    const begun = { startedAt: now, undo, endJob };
    const running = { ...begun, status: 'running', reason: 'Action was started.' } as const;
    change(context, row, name, current.status === 'stopping' ? begun : running);
  });
}

function fail(context: FisContext, row: ExperimentRow, name: string, failure: Failure): void {
  const endedAt = context.clock.now();
  const changed = change(context, row, name, { status: 'failed', reason: failure.reason, endedAt, undo: undefined });
  if (changed.status === 'stopping') {
    const failed = { ...changed, failure: changed.failure ?? failure };
    context.state.experiments.put(failed);
    goOn(context, failed);
  } else stopExperiment(context, changed, { reason: failure.reason, failure });
}

/** Job: an action's time is over, or its experiment's; it takes back what it did. */
export async function endAction({ id, name }: ActionName, context: FisContext): Promise<void> {
  const run = context.state.experiments.find(id)?.runs[name];
  if (run === undefined || !isLive(run)) return;
  const failure = await end({ id, name }, run, context)
    .then(() => undefined)
    .catch((error: unknown) => failureOf(error, `actions.${name}`));
  await context.transact(() => {
    const row = context.state.experiments.find(id);
    const current = row?.runs[name];
    if (row === undefined || current === undefined || !isLive(current)) return;
    if (failure !== undefined) {
      fail(context, row, name, failure);
      return;
    }
    const isStopped = current.status === 'stopping';
    goOn(
      context,
      change(context, row, name, {
        status: isStopped ? 'stopped' : 'completed',
        reason: isStopped ? 'Action was stopped.' : 'Action was completed.',
        endedAt: context.clock.now(),
        undo: undefined,
        endJob: undefined,
      }),
    );
  });
}

async function end(name: ActionName, { actionId, undo }: ActionRun, context: FisContext): Promise<void> {
  const runner = runners[actionId];
  if (undo !== undefined && runner?.end !== undefined) await runner.end(await callOf(name, context), undo);
}

/** An alarm that is a stop condition went to ALARM. */
export function followAlarm({ alarmArn, detail }: AlarmStateChanged, context: FisContext): void {
  if (detail.state.value !== 'ALARM') return;
  for (const row of context.state.experiments.index('live').list()) {
    if (row.status === 'stopping' || isOver(row.status)) continue;
    if (row.stopConditions.some(({ value }) => value === alarmArn))
      stopExperiment(context, row, { reason: 'Experiment halted by stop condition.' });
  }
}

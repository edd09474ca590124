// An experiment runs: its targets are resolved, its actions begin as others end, and whatever ends it takes back what was broken.
//
//   initiating ─▶ running ─▶ completed
//        │           ├─ stop condition, StopExperiment ─▶ stopping ─▶ stopped
//        └───────────┴─ an action or a target fails ────────────────▶ failed
//
// Each step is a job, so an experiment goes on over a restart, and a moved clock runs all of it in order.
import { later } from '../../../kernel/units.ts';
import type { AlarmStateChanged } from '../../management/cloudwatch/facts.ts';
import { type ActionName, callsOf, start, takeBack } from './action-call.ts';
import { alarmStateOf } from './alarm-state.ts';
import type { ExperimentStateChanged } from './facts.ts';
import type { FisContext } from './operation.ts';
import { logTime, noted, openLog } from './log.ts';
import { accountOf, type Actor, actorsOf, ExperimentFailure, failureOf } from './role.ts';
import { type ActionRun, type ExperimentRow, type Failure, isOver, type TargetSpec } from './state.ts';
import { resolveTargets } from './target.ts';

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
  const endedAt = context.clock.now();
  const state = { status, reason, error_code: status === 'failed' ? row.failure?.code : undefined };
  enter(
    context,
    row,
    noted({ ...row, status, reason, endedAt }, context, 'experiment-end', {
      completed_time: logTime(endedAt),
      experiment_state: state,
    }),
  );
  if (row.log !== undefined) context.jobs.at(endedAt, 'deliverLog', { id: row.id });
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
  const [own, ...actors] = await actorsOf(row, context);
  await openLog(row, own, context);
  await checkAlarms(row, own);
  return resolveTargets(row, actors, context);
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
    const begun = noteTargets(current, resolved, context);
    const running: ExperimentRow = {
      ...begun,
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

/** What the log says of a beginning. */
function noteTargets(row: ExperimentRow, resolved: ExperimentRow['resolved'], context: FisContext): ExperimentRow {
  let current = noted(row, context, 'experiment-start', {
    experiment_template_id: row.templateId,
    experiment_start_time: logTime(context.clock.now()),
  });
  const tell = (type: string, details: object): void => {
    current = noted(current, context, type, details);
  };
  for (const [target_name, arns] of Object.entries(resolved)) {
    const { resourceType } = row.targets[target_name] as TargetSpec;
    const target_resolution_start_time = logTime(context.clock.now());
    tell('target-resolution-start', { target_resolution_start_time, target_name });
    arns.forEach((resolved_target, index) =>
      tell('target-resolution-detail', {
        target_resolution_end_time: target_resolution_start_time,
        target_name,
        target_type: resourceType,
        account: accountOf(resolved_target),
        page: index + 1,
        total_pages: arns.length,
        resolved_targets: [{ arn: resolved_target }],
      }),
    );
    tell('target-resolution-end', { target_resolution_end_time: target_resolution_start_time, target_name });
  }
  return current;
}

/** An action is skipped when the experiment skips all of them, or when one of its targets is nothing. */
function skipped(row: ExperimentRow, run: ActionRun, resolved: ExperimentRow['resolved']): ActionRun {
  const isEmpty = Object.values(run.targets ?? {}).some((target) => resolved[target]?.length === 0);
  if (row.actionsMode === 'run-all' && !isEmpty) return run;
  return { ...run, status: 'skipped', reason: 'Action was skipped.' };
}

/** Job: does what an action does. */
export async function startAction({ id, name }: ActionName, context: FisContext): Promise<void> {
  const run = context.state.experiments.find(id)?.runs[name];
  if (run?.status !== 'initiating') {
    // Stopped before it began: there is nothing to take back.
    if (run?.status === 'stopping') await endAction({ id, name }, context);
    return;
  }
  const outcome = await callsOf({ id, name }, context)
    .then((calls) => start(run.actionId, calls))
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
    const told = noted(row, context, 'action-start', {
      ...aboutAction(name, current),
      action_start_time: logTime(now),
      resolved_targets: Object.values(current.targets ?? {}).flatMap((target) => row.resolved[target] ?? []),
    });
    change(context, told, name, current.status === 'stopping' ? begun : running);
  });
}

const aboutAction = (name: string, { actionId, parameters = {} }: ActionRun) => ({
  action_name: name,
  action_id: actionId,
  parameters,
});

function fail(context: FisContext, before: ExperimentRow, name: string, failure: Failure): void {
  const endedAt = context.clock.now();
  const row = noted(before, context, 'action-error', {
    ...aboutAction(name, before.runs[name] as ActionRun),
    action_end_time: logTime(endedAt),
    action_state: { status: 'failed', reason: failure.reason },
  });
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
    const state = {
      status: isStopped ? ('stopped' as const) : ('completed' as const),
      reason: isStopped ? 'Action was stopped.' : 'Action was completed.',
    };
    const told = noted(row, context, 'action-end', {
      ...aboutAction(name, current),
      action_end_time: logTime(context.clock.now()),
      action_state: state,
    });
    goOn(
      context,
      change(context, told, name, {
        ...state,
        endedAt: context.clock.now(),
        undo: undefined,
        endJob: undefined,
      }),
    );
  });
}

async function end(name: ActionName, { actionId, undo }: ActionRun, context: FisContext): Promise<void> {
  if (undo !== undefined && Object.keys(undo).length > 0) await takeBack(actionId, undo, await callsOf(name, context));
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

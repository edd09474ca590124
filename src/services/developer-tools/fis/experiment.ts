// Experiments: runs of a template, as users see them.
import { key } from '../../../kernel/key.ts';
import { later, secondsPerDay, toDate } from '../../../kernel/units.ts';
import { arnOf } from './arn.ts';
import { errors } from './errors.ts';
import { experimentDays, liveExperimentsMax } from './limits.ts';
import type { FisContext, Operation } from './operation.ts';
import { pageOf } from './page.ts';
import { stopExperiment } from './run.ts';
import { isEngaged } from './safety-lever.ts';
import { type ActionRun, type ExperimentRow, isOver, type TargetAccount } from './state.ts';
import { checkTags } from './tag.ts';
import { plainAccount } from './target-account.ts';
import { getTemplate, showPlan, targetAccountsOf } from './template.ts';

/** Unknown: AWS states no time; it takes a moment until targets are resolved. */
const initiatingSeconds = 1;

function getExperiment({ state }: FisContext, id: string): ExperimentRow {
  const row = state.experiments.find(id);
  if (row === undefined) throw errors.noExperiment(id);
  return row;
}

const showRun = ({ actionId, description, parameters, targets, startAfter, ...run }: ActionRun) => ({
  actionId,
  description,
  parameters,
  targets,
  startAfter,
  state: { status: run.status, reason: run.reason },
  startTime: run.startedAt === undefined ? undefined : toDate(run.startedAt),
  endTime: run.endedAt === undefined ? undefined : toDate(run.endedAt),
});

const showState = ({ status, reason, failure }: ExperimentRow, { account }: FisContext) => ({
  status,
  reason,
  error:
    failure === undefined || status !== 'failed'
      ? undefined
      : { accountId: failure.accountId ?? account, code: failure.code, location: failure.location },
});

const showOptions = (row: ExperimentRow) => ({
  accountTargeting: row.accountTargeting,
  emptyTargetResolutionMode: row.emptyTargetResolutionMode,
  actionsMode: row.actionsMode,
});

const show = (row: ExperimentRow, context: FisContext) => ({
  id: row.id,
  arn: arnOf(context, 'experiment', row.id),
  experimentTemplateId: row.templateId,
  state: showState(row, context),
  actions: Object.fromEntries(Object.entries(row.runs).map(([name, run]) => [name, showRun(run)])),
  ...showPlan(row),
  experimentOptions: showOptions(row),
  creationTime: toDate(row.createdAt),
  startTime: row.startedAt === undefined ? undefined : toDate(row.startedAt),
  endTime: row.endedAt === undefined ? undefined : toDate(row.endedAt),
  targetAccountConfigurationsCount: row.targetAccounts?.length ?? 0,
  tags: row.tags,
});

/** Members that the API has, and older SDKs do not know. */
interface Newer {
  readonly experimentOptions?: { readonly actionsMode?: ExperimentRow['actionsMode'] };
}

/** @see https://docs.aws.amazon.com/fis/latest/APIReference/API_StartExperiment.html */
export const StartExperiment: Operation<'StartExperiment'> = (input, context) => {
  const { state, clock, ids, jobs } = context;
  const clientToken = input.clientToken ?? ids.uuid();
  const known = state.experiments.index('token').first({ prefix: key(clientToken) });
  if (known !== undefined) return { experiment: show(known, context) };
  const {
    id: templateId,
    createdAt: _made,
    updatedAt: _changed,
    ...template
  } = getTemplate(context, input.experimentTemplateId);
  if (isEngaged(context)) throw errors.conflict('The experiment cannot start because the safety lever is engaged.');
  const isMulti = template.accountTargeting === 'multi-account';
  const targetAccounts = isMulti ? targetAccountsOf(context, templateId).map(plainAccount) : undefined;
  if (targetAccounts?.length === 0)
    throw errors.invalid('A multi-account experiment needs at least one target account configuration.');
  if (state.experiments.index('live').list().length >= liveExperimentsMax)
    throw errors.quota(`You have reached the limit of ${liveExperimentsMax} active experiments.`);
  const now = clock.now();
  const row: ExperimentRow = {
    ...template,
    id: `EXP${ids.token(14)}`,
    templateId,
    actionsMode: (input as Newer).experimentOptions?.actionsMode ?? 'run-all',
    status: 'initiating',
    reason: 'Experiment is initiating.',
    runs: Object.fromEntries(
      Object.entries(template.actions).map(([name, action]) => [
        name,
        { ...action, status: 'pending', reason: 'Initial state' },
      ]),
    ),
    resolved: {},
    targetAccounts,
    log: template.logConfiguration === undefined ? undefined : [],
    createdAt: now,
    tags: checkTags(input.tags ?? {}),
    clientToken,
  };
  state.experiments.put(row);
  jobs.at(later(now, initiatingSeconds), 'initiate', { id: row.id });
  jobs.at(later(now, experimentDays * secondsPerDay), 'forget', { id: row.id });
  return { experiment: show(row, context) };
};

export const GetExperiment: Operation<'GetExperiment'> = ({ id }, context) => ({
  experiment: show(getExperiment(context, id), context),
});

/** Stops an experiment: what it broke is mended as at its end. */
export const StopExperiment: Operation<'StopExperiment'> = ({ id }, context) => {
  const row = getExperiment(context, id);
  if (isOver(row.status)) throw errors.invalid(`Experiment ${id} is not running: it is ${row.status}.`);
  const stopped =
    row.status === 'stopping' ? row : stopExperiment(context, row, { reason: 'Experiment stopped by user.' });
  return { experiment: show(stopped, context) };
};

export const ListExperiments: Operation<'ListExperiments'> = (input, context) => {
  const { state } = context;
  const { experimentTemplateId: of } = input as { readonly experimentTemplateId?: string };
  const rows =
    of === undefined
      ? state.experiments.index('order').list()
      : state.experiments.index('template').list({ prefix: key(of) });
  const { items, nextToken } = pageOf(input, rows);
  return {
    experiments: items.map((row) => ({
      id: row.id,
      arn: arnOf(context, 'experiment', row.id),
      experimentTemplateId: row.templateId,
      state: showState(row, context),
      creationTime: toDate(row.createdAt),
      tags: row.tags,
      experimentOptions: showOptions(row),
    })),
    nextToken,
  };
};

/** The resources that the targets of an experiment came to be. */
export const ListExperimentResolvedTargets: Operation<'ListExperimentResolvedTargets'> = (input, context) => {
  const row = getExperiment(context, input.experimentId);
  const all = Object.entries(row.resolved)
    .filter(([name]) => input.targetName === undefined || input.targetName === name)
    .flatMap(([targetName, arns]) =>
      arns.map((arn) => ({
        resourceType: row.targets[targetName]?.resourceType,
        targetName,
        targetInformation: { arn },
      })),
    );
  const { items, nextToken } = pageOf(input, all);
  return { resolvedTargets: items, nextToken };
};

function targetAccountsFor(context: FisContext, experimentId: string): readonly TargetAccount[] {
  return getExperiment(context, experimentId).targetAccounts ?? [];
}

/** The target accounts as they were when the experiment started. */
export const GetExperimentTargetAccountConfiguration: Operation<'GetExperimentTargetAccountConfiguration'> = (
  { experimentId, accountId },
  context,
) => {
  const found = targetAccountsFor(context, experimentId).find((one) => one.accountId === accountId);
  if (found === undefined) throw errors.noTargetAccount(accountId);
  return { targetAccountConfiguration: found };
};

export const ListExperimentTargetAccountConfigurations: Operation<'ListExperimentTargetAccountConfigurations'> = (
  input,
  context,
) => {
  const { items, nextToken } = pageOf(input, targetAccountsFor(context, input.experimentId));
  return { targetAccountConfigurations: items, nextToken };
};

/** Job: an experiment that ended long ago is forgotten. */
export function forget({ id }: { readonly id: string }, { state }: FisContext): void {
  state.experiments.delete(id);
}

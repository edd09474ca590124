// Experiment templates: what to break, how, and when to stop.
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { arnOf } from './arn.ts';
import { errors } from './errors.ts';
import { templatesMax } from './limits.ts';
import type { FisContext, Operation } from './operation.ts';
import { pageOf } from './page.ts';
import type { Plan, TargetAccountRow, TemplateRow } from './state.ts';
import { checkTags } from './tag.ts';
import { checkPlan } from './template-check.ts';

/** Members that the API has, and older SDKs do not know. */
interface Newer {
  readonly experimentReportConfiguration?: object;
}

export function getTemplate({ state }: FisContext, id: string): TemplateRow {
  const row = state.templates.find(id);
  if (row === undefined) throw errors.noTemplate(id);
  return row;
}

export const targetAccountsOf = ({ state }: FisContext, templateId: string): TargetAccountRow[] =>
  state.targetAccounts.list({ prefix: key(templateId) });

/** What templates and experiments show alike. */
export const showPlan = ({ targets, stopConditions, roleArn, logConfiguration, reportConfiguration }: Plan) => ({
  targets,
  stopConditions,
  roleArn,
  logConfiguration,
  experimentReportConfiguration: reportConfiguration,
});

function showTemplate(row: TemplateRow, context: FisContext) {
  const { id, description, createdAt, updatedAt, tags } = row;
  return {
    id,
    arn: arnOf(context, 'experiment-template', id),
    description,
    actions: row.actions,
    ...showPlan(row),
    experimentOptions: {
      accountTargeting: row.accountTargeting,
      emptyTargetResolutionMode: row.emptyTargetResolutionMode,
    },
    creationTime: toDate(createdAt),
    lastUpdateTime: toDate(updatedAt),
    targetAccountConfigurationsCount: targetAccountsOf(context, id).length,
    tags,
  };
}

/** @see https://docs.aws.amazon.com/fis/latest/APIReference/API_CreateExperimentTemplate.html */
export const CreateExperimentTemplate: Operation<'CreateExperimentTemplate'> = (input, context) => {
  const { state, clock, ids } = context;
  const clientToken = input.clientToken ?? ids.uuid();
  const known = state.templates.index('token').first({ prefix: key(clientToken) });
  if (known !== undefined) return { experimentTemplate: showTemplate(known, context) };
  if (state.templates.size >= templatesMax)
    throw errors.quota(`You have reached the limit of ${templatesMax} experiment templates.`);
  const plan: Plan = {
    description: input.description,
    targets: input.targets ?? {},
    actions: input.actions,
    stopConditions: input.stopConditions,
    roleArn: input.roleArn,
    logConfiguration: input.logConfiguration,
    reportConfiguration: (input as Newer).experimentReportConfiguration,
    accountTargeting: input.experimentOptions?.accountTargeting ?? 'single-account',
    emptyTargetResolutionMode: input.experimentOptions?.emptyTargetResolutionMode ?? 'fail',
  };
  checkPlan(plan);
  const now = clock.now();
  const row: TemplateRow = {
    ...plan,
    id: `EXT${ids.token(14)}`,
    createdAt: now,
    updatedAt: now,
    tags: checkTags(input.tags ?? {}),
    clientToken,
  };
  state.templates.put(row);
  return { experimentTemplate: showTemplate(row, context) };
};

export const GetExperimentTemplate: Operation<'GetExperimentTemplate'> = ({ id }, context) => ({
  experimentTemplate: showTemplate(getTemplate(context, id), context),
});

/** Changes what is given, each part as a whole. Experiments that run go on as they were. */
export const UpdateExperimentTemplate: Operation<'UpdateExperimentTemplate'> = (input, context) => {
  const row = getTemplate(context, input.id);
  const actions = input.actions as Plan['actions'] | undefined;
  for (const [name, action] of Object.entries(actions ?? {}))
    if (action.actionId === undefined) throw errors.invalid(`Action ${name} is missing its actionId.`);
  const changed: TemplateRow = {
    ...row,
    description: input.description ?? row.description,
    targets: input.targets ?? row.targets,
    actions: actions ?? row.actions,
    stopConditions: input.stopConditions ?? row.stopConditions,
    roleArn: input.roleArn ?? row.roleArn,
    logConfiguration: input.logConfiguration ?? row.logConfiguration,
    reportConfiguration: (input as Newer).experimentReportConfiguration ?? row.reportConfiguration,
    emptyTargetResolutionMode: input.experimentOptions?.emptyTargetResolutionMode ?? row.emptyTargetResolutionMode,
    updatedAt: context.clock.now(),
  };
  checkPlan(changed);
  context.state.templates.put(changed);
  return { experimentTemplate: showTemplate(changed, context) };
};

export const DeleteExperimentTemplate: Operation<'DeleteExperimentTemplate'> = ({ id }, context) => {
  const row = getTemplate(context, id);
  const experimentTemplate = showTemplate(row, context);
  context.state.targetAccounts.deleteAll({ prefix: key(id) });
  context.state.templates.delete(id);
  return { experimentTemplate };
};

export const ListExperimentTemplates: Operation<'ListExperimentTemplates'> = (input, context) => {
  const { items, nextToken } = pageOf(input, context.state.templates.index('order').list());
  return {
    experimentTemplates: items.map(({ id, description, createdAt, updatedAt, tags }) => ({
      id,
      arn: arnOf(context, 'experiment-template', id),
      description,
      creationTime: toDate(createdAt),
      lastUpdateTime: toDate(updatedAt),
      tags,
    })),
    nextToken,
  };
};

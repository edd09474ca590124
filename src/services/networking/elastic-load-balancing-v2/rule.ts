// Rules of an application load balancer's listener: conditions, actions, in the order of their priorities. The last, default rule is the
// listener's own actions.
import type { Rule, RuleTransform } from '@aws-sdk/client-elastic-load-balancing-v2';
import { checkActions, showAction } from './action.ts';
import { groupsOfActions } from './action-group.ts';
import { checkConditions } from './condition.ts';
import { errors } from './errors.ts';
import {
  arnOf,
  checkTags,
  dropTags,
  getBalancer,
  getListener,
  getRule,
  listenersOf,
  page,
  putTags,
  rulesOf,
} from './find.ts';
import { watchAll } from './health-checker.ts';
import { priorityMax, quotas } from './limits.ts';
import type { ElbContext, ListenerRow, Operation, RuleRow } from './state.ts';

export const showRule = (row: RuleRow): Rule => ({
  RuleArn: row.arn,
  Priority: String(row.priority),
  Conditions: [...row.conditions],
  Actions: row.actions.map(showAction),
  IsDefault: false,
  Transforms: [...row.transforms],
});

/** The ARN of a listener's default rule: made of the listener's own, so that it needs no row. */
const defaultArn = ({ arn }: ListenerRow): string => {
  const id = arn.split('/').at(-1) ?? '';
  return `${arn.replace(':listener/', ':listener-rule/')}/${id.split('').reverse().join('')}`;
};

const showDefault = (listener: ListenerRow): Rule => ({
  RuleArn: defaultArn(listener),
  Priority: 'default',
  Conditions: [],
  Actions: listener.actions.map(showAction),
  IsDefault: true,
  Transforms: [],
});

/** The listener whose default rule this is. */
function listenerOfDefault({ state }: ElbContext, ruleArn: string): ListenerRow | undefined {
  const listener = state.listeners.find(ruleArn.replace(':listener-rule/', ':listener/').replace(/\/[^/]+$/, ''));
  return listener !== undefined && defaultArn(listener) === ruleArn ? listener : undefined;
}

function getOwnRule(context: ElbContext, arn: string, deed: string): RuleRow {
  if (listenerOfDefault(context, arn) !== undefined)
    throw errors.notPermitted(`Default rule '${arn}' cannot be ${deed}`);
  return getRule(context, arn);
}

function checkPriority(priority: number): void {
  if (priority < 1 || priority > priorityMax)
    throw errors.validation(`The priority '${priority}' must be within '1-${priorityMax}' inclusive`);
}

function checkTransforms(transforms: readonly RuleTransform[] | undefined): readonly RuleTransform[] {
  const given = transforms ?? [];
  if (new Set(given.map(({ Type }) => Type)).size < given.length)
    throw errors.validation('Each transform type can be specified only once per rule');
  return given;
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html */
export const CreateRule: Operation<'CreateRule'> = (input, context) => {
  const { state, ids } = context;
  const listener = getListener(context, input.ListenerArn);
  const balancer = getBalancer(context, listener.balancerArn);
  checkTags(input.Tags);
  if (balancer.type !== 'application')
    throw errors.unsupportedProtocol(`Rules are not supported for listeners with the protocol '${listener.protocol}'`);
  checkPriority(input.Priority);
  if (rulesOf(context, listener.arn).some(({ priority }) => priority === input.Priority))
    throw errors.priorityInUse(input.Priority);
  const count = listenersOf(context, balancer.arn).reduce((sum, { arn }) => sum + rulesOf(context, arn).length, 0);
  if (count >= quotas['rules-per-application-load-balancer']) throw errors.tooManyRules();
  const row: RuleRow = {
    arn: `${arnOf(context, `listener-rule/${balancer.path}`)}/${listener.arn.split('/').at(-1)}/${ids.hex(16)}`,
    listenerArn: listener.arn,
    priority: input.Priority,
    conditions: checkConditions(input.Conditions),
    actions: checkActions(context, balancer, listener.protocol, input.Actions),
    transforms: checkTransforms(input.Transforms),
  };
  state.rules.put(row);
  watchAll(context, groupsOfActions(row.actions));
  putTags(context, row.arn, input.Tags);
  return { Rules: [showRule(row)] };
};

export const DescribeRules: Operation<'DescribeRules'> = (input, context) => {
  const { ListenerArn, RuleArns = [] } = input;
  if (ListenerArn === undefined && RuleArns.length === 0)
    throw errors.validation('You must specify either listener rule ARNs or a listener ARN');
  if (ListenerArn !== undefined && RuleArns.length > 0)
    throw errors.validation('You cannot specify both listener rule ARNs and a listener ARN');
  const rules =
    ListenerArn === undefined
      ? RuleArns.map((arn) => {
          const listener = listenerOfDefault(context, arn);
          return listener === undefined ? showRule(getRule(context, arn)) : showDefault(listener);
        })
      : rulesOfListener(context, getListener(context, ListenerArn));
  const { rows, NextMarker } = page(rules, input, ({ RuleArn = '' }) => RuleArn);
  return { Rules: [...rows], NextMarker };
};

const rulesOfListener = (context: ElbContext, listener: ListenerRow): Rule[] => [
  ...rulesOf(context, listener.arn).map(showRule),
  showDefault(listener),
];

export const ModifyRule: Operation<'ModifyRule'> = (input, context) => {
  const row = getOwnRule(context, input.RuleArn, 'modified');
  const listener = getListener(context, row.listenerArn);
  const balancer = getBalancer(context, listener.balancerArn);
  const changedRow: RuleRow = {
    ...row,
    conditions: input.Conditions === undefined ? row.conditions : checkConditions(input.Conditions),
    actions:
      input.Actions === undefined ? row.actions : checkActions(context, balancer, listener.protocol, input.Actions),
    transforms:
      input.ResetTransforms === true
        ? []
        : input.Transforms === undefined
          ? row.transforms
          : checkTransforms(input.Transforms),
  };
  context.state.rules.put(changedRow);
  watchAll(context, groupsOfActions(changedRow.actions));
  return { Rules: [showRule(changedRow)] };
};

export const DeleteRule: Operation<'DeleteRule'> = ({ RuleArn }, context) => {
  const row = getOwnRule(context, RuleArn, 'deleted');
  context.state.rules.delete(row.arn);
  dropTags(context, row.arn);
  return {};
};

/** Gives rules other priorities, all at once: two may change places. */
export const SetRulePriorities: Operation<'SetRulePriorities'> = ({ RulePriorities }, context) => {
  const { state } = context;
  const wanted = RulePriorities.map(({ RuleArn = '', Priority = 0 }) => {
    checkPriority(Priority);
    return { ...getOwnRule(context, RuleArn, 'reordered'), priority: Priority };
  });
  for (const { arn, listenerArn, priority } of wanted) {
    const others = [
      ...rulesOf(context, listenerArn).filter((rule) => !wanted.some((one) => one.arn === rule.arn)),
      ...wanted,
    ];
    if (others.some((rule) => rule.arn !== arn && rule.listenerArn === listenerArn && rule.priority === priority))
      throw errors.priorityInUse(priority);
  }
  for (const row of wanted) state.rules.put(row);
  return { Rules: wanted.map(showRule) };
};

// Whether a template makes sense, before anything runs by it.
import { actions, type ParameterSpec } from './action-catalog.ts';
import { readSeconds } from './duration.ts';
import { errors } from './errors.ts';
import { actionsMax, resourceArnsMax, stopConditionsMax } from './limits.ts';
import type { ActionSpec, Plan, StopCondition, TargetSpec } from './state.ts';
import { targetTypes } from './target-catalog.ts';

const selectionForm = /^(?:ALL|COUNT\(([1-9]\d*)\)|PERCENT\(([1-9]\d?|100)\))$/;

function checkTarget(name: string, target: TargetSpec): void {
  const type = Object.hasOwn(targetTypes, target.resourceType) ? targetTypes[target.resourceType] : undefined;
  if (type === undefined)
    throw errors.invalid(`Target ${name} has a resource type that is not supported: ${target.resourceType}.`);
  const { resourceArns = [], resourceTags, filters = [], parameters = {}, selectionMode } = target;
  const byTags = resourceTags !== undefined && Object.keys(resourceTags).length > 0;
  const byParameters = Object.keys(parameters).length > 0;
  if (resourceArns.length === 0 && !byTags && !byParameters && filters.length === 0)
    throw errors.invalid(`Target ${name} must specify at least one resource ARN, resource tag, filter or parameter.`);
  if (resourceArns.length > 0 && byTags)
    throw errors.invalid(`Target ${name} can specify resource ARNs or resource tags, not both.`);
  if (resourceArns.length > resourceArnsMax)
    throw errors.invalid(`Target ${name} has more than ${resourceArnsMax} resource ARNs.`);
  for (const parameter of Object.keys(parameters))
    if (!Object.hasOwn(type.parameters ?? {}, parameter))
      throw errors.invalid(`Target ${name} has a parameter that is not supported: ${parameter}.`);
  if (!selectionForm.test(selectionMode))
    throw errors.invalid(`Target ${name} has a selection mode that is not valid: ${selectionMode}.`);
}

function checkParameter(action: string, name: string, value: string, spec: ParameterSpec): void {
  const wrong = (why: string) => errors.invalid(`Action ${action} has a value for ${name} that is not valid: ${why}.`);
  if (spec.values !== undefined && !spec.values.includes(value))
    throw wrong(`${value} is none of ${spec.values.join(', ')}`);
  if (spec.seconds !== undefined) {
    const seconds = readSeconds(value);
    if (seconds === undefined) throw wrong(`${value} is no duration`);
    const [least, most] = spec.seconds;
    if (seconds < least || seconds > most) throw wrong(`${value} is not between ${least} and ${most} seconds`);
  }
  if (spec.range !== undefined) {
    const [least, most] = spec.range;
    if (!/^\d{1,9}$/.test(value) || Number(value) < least || Number(value) > most)
      throw wrong(`${value} is not between ${least} and ${most}`);
  }
}

function checkAction(name: string, action: ActionSpec, { targets, actions: all }: Plan): void {
  const known = Object.hasOwn(actions, action.actionId) ? actions[action.actionId] : undefined;
  if (known === undefined)
    throw errors.invalid(`Action ${name} has an actionId that does not exist: ${action.actionId}.`);
  const { parameters = {}, targets: named = {}, startAfter = [] } = action;
  for (const [parameter, value] of Object.entries(parameters)) {
    const spec = Object.hasOwn(known.parameters, parameter) ? known.parameters[parameter] : undefined;
    if (spec === undefined) throw errors.invalid(`Action ${name} has a parameter that is not supported: ${parameter}.`);
    checkParameter(name, parameter, value, spec);
  }
  for (const [parameter, { required }] of Object.entries(known.parameters))
    if (required === true && parameters[parameter] === undefined)
      throw errors.invalid(`Action ${name} is missing the required parameter ${parameter}.`);
  for (const [kind, target] of Object.entries(named)) {
    const type = Object.hasOwn(known.targets, kind) ? known.targets[kind] : undefined;
    if (type === undefined) throw errors.invalid(`Action ${name} does not take a target named ${kind}.`);
    const found = Object.hasOwn(targets, target) ? targets[target] : undefined;
    if (found === undefined) throw errors.invalid(`Action ${name} refers to a target that does not exist: ${target}.`);
    if (found.resourceType !== type)
      throw errors.invalid(
        `Action ${name} needs a target of type ${type}; ${target} is of type ${found.resourceType}.`,
      );
  }
  for (const kind of Object.keys(known.targets))
    if (named[kind] === undefined) throw errors.invalid(`Action ${name} is missing the target ${kind}.`);
  for (const other of startAfter)
    if (!Object.hasOwn(all, other) || other === name)
      throw errors.invalid(`Action ${name} starts after an action that does not exist: ${other}.`);
}

/** No action may wait for itself, also not by way of others. */
function checkOrder(all: Plan['actions']): void {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) throw errors.invalid(`Actions wait for each other: ${[...way, name].join(', ')}.`);
    if (done.has(name)) return;
    for (const other of all[name]?.startAfter ?? []) visit(other, [...way, name]);
    done.add(name);
  };
  for (const name of Object.keys(all)) visit(name, []);
}

function checkStopConditions(conditions: readonly StopCondition[]): void {
  if (conditions.length === 0) throw errors.invalid('At least one stop condition is required.');
  if (conditions.length > stopConditionsMax)
    throw errors.invalid(`An experiment template can have up to ${stopConditionsMax} stop conditions.`);
  for (const { source, value } of conditions) {
    if (source !== 'none' && source !== 'aws:cloudwatch:alarm')
      throw errors.invalid(`The stop condition source is not valid: ${source}.`);
    if (source === 'none' && (value !== undefined || conditions.length > 1))
      throw errors.invalid('The stop condition none takes no value, and no other stop conditions.');
    if (source === 'aws:cloudwatch:alarm' && !/^arn:[^:]+:cloudwatch:[^:]+:\d{12}:alarm:.+$/.test(value ?? ''))
      throw errors.invalid('A stop condition of the source aws:cloudwatch:alarm needs the ARN of an alarm.');
  }
}

/** @throws ValidationException */
export function checkPlan(plan: Plan): void {
  const names = Object.keys(plan.actions);
  if (names.length === 0) throw errors.invalid('At least one action is required.');
  if (names.length > actionsMax) throw errors.invalid(`An experiment template can have up to ${actionsMax} actions.`);
  if (!/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(plan.roleArn))
    throw errors.invalid(`The roleArn is not the ARN of an IAM role: ${plan.roleArn}.`);
  checkStopConditions(plan.stopConditions);
  for (const [name, target] of Object.entries(plan.targets)) checkTarget(name, target);
  for (const [name, action] of Object.entries(plan.actions)) checkAction(name, action, plan);
  checkOrder(plan.actions);
}

// What IAM must allow for an operation, where the service does not say so itself: action and resources made of AWS's service
// authorization reference and the operation's input.
//
// Limit: what the input does not tell stays open. A path of a role, the random end of a secret's ARN, the instances behind a tag
// filter: services that know more give their own `permissions`.
import { partitionOf } from '../../../kernel/region.ts';
import type { Place } from '../../../kernel/place.ts';
import type { Permission } from '../../../kernel/service.ts';
import { actionOf, arnPatternsOf } from './authorization-table.ts';
import { apiGatewayPermissions } from './permission-apigateway.ts';
import { type ArnPattern, fillPattern, NamingMembers, parseArnPattern } from './permission-arn.ts';
import { dynamodbPermissions } from './permission-dynamodb.ts';
import { actionPrefixOf } from './permission-prefix.ts';
import { renamedActions } from './permission-action.ts';
import { s3Permissions } from './permission-s3.ts';
import { tagConditions } from './permission-tag.ts';

export interface Call extends Place {
  /** Folder name. */
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
}

interface PlannedAction {
  readonly prefix: string;
  /** `sqs:SendMessage`. */
  readonly name: string;
  readonly required: readonly (readonly ArnPattern[])[];
  readonly optional: readonly (readonly ArnPattern[])[];
}

const plans = new Map<string, readonly PlannedAction[]>();

const planAction = (prefix: string, action: string): PlannedAction => {
  const known = actionOf(prefix, action);
  const patterns = (isRequired: boolean) =>
    (known?.resources ?? [])
      .filter((row) => row.isRequired === isRequired)
      .map(({ resourceType }) =>
        arnPatternsOf(prefix, resourceType).map((pattern) => parseArnPattern(pattern, resourceType)),
      );
  return { prefix, name: `${prefix}:${known?.name ?? action}`, required: patterns(true), optional: patterns(false) };
};

/** The actions of an operation, with what they act on; worked out once. */
function planOf(service: string, operation: string): readonly PlannedAction[] {
  const key = `${service}:${operation}`;
  const planned = plans.get(key);
  if (planned !== undefined) return planned;
  const names = renamedActions(service, operation) ?? [operation];
  const plan = names.map((name) => {
    const [action = '', prefix = actionPrefixOf(service)] = name.split(':').reverse();
    return planAction(prefix, action);
  });
  plans.set(key, plan);
  return plan;
}

/** An ARN below another (a table's index) stands for both. */
const withoutParents = (arns: readonly string[]): string[] => {
  const distinct = [...new Set(arns)];
  return distinct.filter((arn) => !distinct.some((other) => other.startsWith(`${arn}/`)));
};

function resourcesOf(action: PlannedAction, members: NamingMembers, place: Place): string[] {
  const fill = (pattern: ArnPattern) => fillPattern(pattern, members, place, action.prefix);
  const best = (patterns: readonly ArnPattern[]) => patterns.map(fill).reduce((a, b) => (b.found > a.found ? b : a));
  const required = action.required.filter((patterns) => patterns.length > 0).map(best);
  const optional = action.optional
    .flatMap((patterns) => patterns.map(fill))
    .filter(({ found, isComplete }) => isComplete && found > 0);
  // Where no resource is a must, they are alternatives: the one that most is known of.
  const most = Math.max(0, ...optional.map(({ found }) => found));
  const chosen = required.length > 0 ? [...required, ...optional] : optional.filter(({ found }) => found === most);
  // When the resource's ARN is in the input, types of which nothing is known are others that it could have been.
  const isSettled = chosen.some(({ isGiven }) => isGiven);
  const arns = withoutParents(chosen.flatMap(({ arns, found }) => (isSettled && found === 0 ? [] : arns)));
  return arns.length > 0 ? arns : ['*'];
}

/** A rule is of the default bus also when that is named. */
const withoutDefaultBus = ({ service, input }: Call): unknown =>
  service === 'eventbridge' && typeof input === 'object' && input !== null && 'EventBusName' in input
    ? { ...input, ...(input.EventBusName === 'default' ? { EventBusName: undefined } : {}) }
    : input;

/** The permissions of any operation of any service. Never empty; `*` where nothing tells the resource. */
export function permissionsOf(call: Call): Permission[] {
  const own =
    s3Permissions(call) ??
    dynamodbPermissions(call) ??
    apiGatewayPermissions(call, partitionOf(call.region).name) ??
    [];
  const members = new NamingMembers(withoutDefaultBus(call));
  const permissions: Permission[] =
    own.length > 0
      ? own
      : planOf(call.service, call.operation).flatMap((action) =>
          resourcesOf(action, members, call).map((resource) => ({ action: action.name, resource })),
        );
  const conditions = tagConditions(call.input);
  if (conditions === undefined) return permissions;
  return permissions.map((permission) => ({ ...permission, conditions: { ...conditions, ...permission.conditions } }));
}

// Service-linked roles: made for one service, changed and removed by it only.
//
// Roles and policies are those recorded of AWS (service-linked-role-table.json), and more that documentation names.
// Unknown: what AWS says to a service that has none.
import { later, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { getRole } from './find.ts';
import { roleSession } from './limits.ts';
import { findManagedPolicy } from './managed-policy-lookup.ts';
import { arnOf, makeId } from './name.ts';
import { key } from '../../../kernel/key.ts';
import { removeRole, roleSummary } from './role.ts';
import table from './service-linked-role-table.json' with { type: 'json' };
import { entityKey, lower, type Operation, type Role } from './state.ts';

interface LinkedRole {
  readonly role: string;
  readonly policy: string;
  readonly description?: string;
  /** May one account have several, told apart by a suffix? */
  readonly suffix?: boolean;
}

const linkedRoles: Readonly<Record<string, LinkedRole>> = table;

/** Seconds until a deletion is done. */
const deletionSeconds = 5;

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html */
export const CreateServiceLinkedRole: Operation<'CreateServiceLinkedRole'> = (input, context) => {
  const { state, clock, ids, partition } = context;
  const { AWSServiceName: service, CustomSuffix: suffix } = input;
  const linked = Object.hasOwn(linkedRoles, service) ? linkedRoles[service] : undefined;
  if (linked === undefined) throw errors.invalidInput(`Service role template for ${service} cannot be found.`);
  if (suffix !== undefined && linked.suffix !== true)
    throw errors.invalidInput(`Custom suffix is not allowed for ${service}`);
  const name = suffix === undefined ? linked.role : `${linked.role}_${suffix}`;
  if (state.roles.has(lower(name)))
    throw errors.invalidInput(
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    );
  const path = `/aws-service-role/${service}/`;
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  };
  const role: Role = {
    name,
    path,
    id: makeId(ids, 'role'),
    arn: arnOf(context, 'role', path, name),
    createdAt: clock.now(),
    trust: JSON.stringify(trust),
    description: input.Description ?? linked.description,
    maxSessionSeconds: roleSession.usual,
    tags: [],
    linkedService: service,
  };
  state.roles.put(role);
  const policyArn = `arn:${partition}:iam::aws:policy/aws-service-role/${linked.policy}`;
  const policy = findManagedPolicy(state, policyArn);
  if (policy !== undefined) state.attachments.put({ kind: 'role', owner: name, policyArn, policyName: policy.name });
  return {
    Role: { ...roleSummary(role), ...(role.description === undefined ? {} : { Description: role.description }) },
  };
};

/**
 * Begins a deletion; the role goes with the task.
 *
 * Differs: AWS refuses while resources of the service still use the role; here the task always succeeds.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
 */
export const DeleteServiceLinkedRole: Operation<'DeleteServiceLinkedRole'> = (input, { state, clock, ids, jobs }) => {
  const role = getRole(state, input.RoleName);
  if (role.linkedService === undefined) throw errors.invalidInput(`Role ${role.name} is not a service-linked role.`);
  const id = `task/aws-service-role/${role.linkedService}/${role.name}/${ids.uuid()}`;
  const doneAt = later(clock.now(), deletionSeconds);
  state.deletionTasks.put({ id, role: role.name, doneAt });
  jobs.at(doneAt, 'deleteServiceLinkedRole', { role: role.name, id: role.id });
  return { DeletionTaskId: id };
};

/** The end of a deletion task. */
export const deleteServiceLinkedRole = (
  { role: name, id }: { readonly role: string; readonly id: string },
  { state }: Parameters<Operation<'DeleteServiceLinkedRole'>>[1],
): void => {
  const role = state.roles.find(lower(name));
  if (role?.id !== id) return;
  for (const { policyArn } of state.attachments.list({ prefix: entityKey('role', name) }))
    state.attachments.delete(key('role', lower(name), policyArn));
  removeRole(state, role);
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html */
export const GetServiceLinkedRoleDeletionStatus: Operation<'GetServiceLinkedRoleDeletionStatus'> = (input, context) => {
  const { state } = context;
  const task = state.deletionTasks.find(input.DeletionTaskId);
  if (task === undefined) throw errors.noSuch(`Deletion id ${input.DeletionTaskId} cannot be found.`);
  return { Status: toDate(task.doneAt) <= toDate(context.clock.now()) ? 'SUCCEEDED' : 'IN_PROGRESS' };
};

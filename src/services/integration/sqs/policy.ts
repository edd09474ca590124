// The queue's policy: AddPermission and RemovePermission write statements into it, as one could with SetQueueAttributes.
import { getQueue } from './address.ts';
import { readJson } from './attribute.ts';
import { errors } from './errors.ts';
import { policyActionsPerStatementMax } from './limits.ts';
import type { Operation, Queue, SqsContext } from './state.ts';

interface Statement {
  readonly Sid?: string;
  readonly Action?: unknown;
}

interface Policy {
  readonly Statement: readonly Statement[];
}

function readPolicy(text: string | undefined): Policy | undefined {
  const policy = text === undefined ? undefined : readJson(text);
  if (policy === undefined) return undefined;
  const { Statement: statement } = policy;
  return { ...policy, Statement: Array.isArray(statement) ? statement : [statement] };
}

/** Limit: 7 actions in a statement. */
export function checkPolicy(text: string): void {
  for (const { Action } of readPolicy(text)?.Statement ?? [])
    if (Array.isArray(Action) && Action.length > policyActionsPerStatementMax)
      throw errors.tooManyActionsInPolicy(Action.length);
}

/** Actions that a queue can let another account do. Batches are allowed with the action that they are a batch of. */
const grantable = new Set([
  '*',
  'SendMessage',
  'ReceiveMessage',
  'DeleteMessage',
  'ChangeMessageVisibility',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
]);

/** Actions that only the owner's account can ever do. */
const ownersOnly = new Set([
  'AddPermission',
  'CancelMessageMoveTask',
  'CreateQueue',
  'DeleteQueue',
  'ListMessageMoveTasks',
  'ListQueues',
  'ListQueueTags',
  'RemovePermission',
  'SetQueueAttributes',
  'StartMessageMoveTask',
  'TagQueue',
  'UntagQueue',
]);

const oneOrMany = (list: readonly string[]): string | readonly string[] =>
  list.length === 1 ? (list[0] as string) : list;

/**
 * Adds a statement to the queue's policy that lets other accounts call actions on it.
 *
 * Limit: 7 actions. Differs: account ids are not looked up; any twelve digits will do.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
 */
export const AddPermission: Operation<'AddPermission'> = (input, from) => {
  const { QueueUrl, Label, AWSAccountIds, Actions } = input;
  const { queue, context } = getQueue(QueueUrl, from);
  checkGrant(Label, AWSAccountIds, Actions);
  const policy = readPolicy(queue.attributes['Policy']);
  if (policy?.Statement.some(({ Sid }) => Sid === Label)) throw errors.invalidValue(Label, 'Label', 'Already exists.');
  const statement = {
    Sid: Label,
    Effect: 'Allow',
    Principal: { AWS: oneOrMany(AWSAccountIds.map((account) => `arn:${context.partition}:iam::${account}:root`)) },
    Action: oneOrMany(Actions.map((action) => `SQS:${action}`)),
    Resource: queue.arn,
  };
  const base = policy ?? { Version: '2008-10-17', Id: `${queue.arn}/SQSDefaultPolicy`, Statement: [] };
  putPolicy(context, queue, { ...base, Statement: [...base.Statement, statement] });
  return {};
};

function checkGrant(label: string, accounts: readonly string[], actions: readonly string[]): void {
  if (!/^[\w-]{1,80}$/.test(label))
    throw errors.invalidValue(
      label,
      'Label',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.',
    );
  if (accounts.length === 0) throw errors.missingParameter('AWSAccountIds');
  if (actions.length === 0) throw errors.missingParameter('Actions');
  if (actions.length > policyActionsPerStatementMax) throw errors.tooManyActions(actions.length);
  for (const action of actions) {
    if (ownersOnly.has(action))
      throw errors.invalidValue(
        `SQS:${action}`,
        'ActionName',
        'Only the queue owner is allowed to invoke this action.',
      );
    if (!grantable.has(action))
      throw errors.invalidValue(
        `SQS:${action}`,
        'ActionName',
        'Please refer to the appropriate WSDL for a list of valid actions.',
      );
  }
  const unknown = accounts.filter((account) => !/^\d{12}$/.test(account));
  if (unknown.length > 0) throw errors.invalidValue(`[${unknown.join(', ')}]`, 'PrincipalId', 'Unable to verify.');
}

/**
 * Takes a statement out of the queue's policy by its label; with the last one the policy goes.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html
 */
export const RemovePermission: Operation<'RemovePermission'> = ({ QueueUrl, Label }, from) => {
  const { queue, context } = getQueue(QueueUrl, from);
  const policy = readPolicy(queue.attributes['Policy']);
  const kept = policy?.Statement.filter(({ Sid }) => Sid !== Label) ?? [];
  if (policy === undefined || kept.length === policy.Statement.length)
    throw errors.invalidValue(Label, 'Label', "can't find label.");
  putPolicy(context, queue, kept.length === 0 ? undefined : { ...policy, Statement: kept });
  return {};
};

function putPolicy({ state, clock }: SqsContext, queue: Queue, policy: Policy | undefined): void {
  const { Policy: _, ...rest } = queue.attributes;
  const attributes = policy === undefined ? rest : { ...rest, Policy: JSON.stringify(policy) };
  state.queues.put({ ...queue, attributes, modifiedAt: clock.now() });
}

// What IAM must allow for each operation: the queue's ARN, and the queue's own policy where AWS lets other accounts in.
import type { Permission, Permissions } from '../../../kernel/service.ts';
import { ownerOf, queueArn } from './address.ts';
import type { SqsContext, State } from './state.ts';

/** One action on one queue, judged by its policy too. */
function onQueue(action: string, url: string, from: SqsContext): Permission {
  const { name, context } = ownerOf(url, from);
  const resourcePolicy = context.state.queues.find(name)?.attributes['Policy'];
  return { action: `sqs:${action}`, resource: queueArn(context, name), resourcePolicy, owner: context.account };
}

type ByUrl = { readonly QueueUrl: string };

/** Actions that a queue's policy can grant to other accounts. */
const shared =
  (action: string): Permissions<State> =>
  ({ QueueUrl }: ByUrl, context) => [onQueue(action, QueueUrl, context)];

/**
 * Actions that are the owning account's alone, whatever the queue's policy says.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html
 */
const owners =
  (action: string): Permissions<State> =>
  ({ QueueUrl }: ByUrl, context) => {
    const permission = onQueue(action, QueueUrl, context);
    return [permission.owner === context.caller.account ? permission : { ...permission, resourcePolicy: undefined }];
  };

const onArn =
  (action: string): Permissions<State> =>
  ({ SourceArn }: { readonly SourceArn: string }) => [{ action: `sqs:${action}`, resource: SourceArn }];

export const permissions: Readonly<Record<string, Permissions<State>>> = {
  AddPermission: owners('AddPermission'),
  ChangeMessageVisibility: shared('ChangeMessageVisibility'),
  ChangeMessageVisibilityBatch: shared('ChangeMessageVisibility'),
  CreateQueue: ({ QueueName, tags }, context) => {
    const resource = queueArn(context, QueueName);
    const create = { action: 'sqs:CreateQueue', resource };
    return tags && Object.keys(tags).length > 0 ? [create, { action: 'sqs:TagQueue', resource }] : [create];
  },
  DeleteMessage: shared('DeleteMessage'),
  DeleteMessageBatch: shared('DeleteMessage'),
  DeleteQueue: owners('DeleteQueue'),
  GetQueueAttributes: shared('GetQueueAttributes'),
  GetQueueUrl: ({ QueueName, QueueOwnerAWSAccountId }, context) => {
    const account = QueueOwnerAWSAccountId ?? context.account;
    return [onQueue('GetQueueUrl', `/${account}/${QueueName}`, context)];
  },
  ListDeadLetterSourceQueues: shared('ListDeadLetterSourceQueues'),
  ListMessageMoveTasks: onArn('ListMessageMoveTasks'),
  ListQueueTags: owners('ListQueueTags'),
  ListQueues: (_input, context) => [{ action: 'sqs:ListQueues', resource: queueArn(context, '*') }],
  PurgeQueue: shared('PurgeQueue'),
  ReceiveMessage: shared('ReceiveMessage'),
  RemovePermission: owners('RemovePermission'),
  SendMessage: shared('SendMessage'),
  SendMessageBatch: shared('SendMessage'),
  SetQueueAttributes: owners('SetQueueAttributes'),
  StartMessageMoveTask: onArn('StartMessageMoveTask'),
  TagQueue: owners('TagQueue'),
  UntagQueue: owners('UntagQueue'),
};

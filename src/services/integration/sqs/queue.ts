// Operations on a queue as a whole.
import { key, textPrefix } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import { getQueue, queueArn, writeQueueUrl } from './address.ts';
import * as attribute from './attribute.ts';
import { change, empty, settle, tallyOf } from './backlog.ts';
import { checkRedriveAllowPolicy, readRedrivePolicy, writeRedrivePolicy } from './dead-letter.ts';
import { errors } from './errors.ts';
import { forgetFifo } from './fifo.ts';
import * as limits from './limits.ts';
import { pageOf } from './page.ts';
import { meter } from './queue-metric.ts';
import { checkPolicy } from './policy.ts';
import type { Operation, Queue, SqsContext } from './state.ts';
import { checkTags } from './tag.ts';

/**
 * Makes a queue. A second call with the same name gives the same queue, unless an attribute that it names has another value.
 *
 * Limit: names of 1–80 letters, digits, hyphens and underscores; of a FIFO queue, `.fifo` at the end.
 * Limit: for 60 s after `DeleteQueue` the name is taken.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
 */
export const CreateQueue: Operation<'CreateQueue'> = (input, context) => {
  const { QueueName: name, Attributes: given = {}, tags = {} } = input;
  const { state, clock } = context;
  const fifo = given.FifoQueue === 'true';
  checkName(name, fifo);
  const wanted = readSettings(given, { arn: queueArn(context, name), fifo }, context);
  checkTags(tags);

  const existing = state.queues.find(name);
  if (existing !== undefined) {
    const differing = attribute.differingAttribute(existing.attributes, wanted.attributes);
    if (differing !== undefined) throw errors.queueNameExists(differing);
    return { QueueUrl: writeQueueUrl(context, name) };
  }
  const deletedAt = state.deletedQueues.find(name)?.deletedAt;
  const now = clock.now();
  if (deletedAt !== undefined && now < later(deletedAt, limits.deletedNameSeconds)) throw errors.queueDeletedRecently();

  state.deletedQueues.delete(name);
  state.queues.put({
    name,
    arn: queueArn(context, name),
    fifo,
    tags,
    createdAt: now,
    modifiedAt: now,
    attributes: attribute.mergeAttributes(attribute.defaultAttributes(fifo), wanted.attributes),
    redrive: wanted.redrive,
  });
  return { QueueUrl: writeQueueUrl(context, name) };
};

function checkName(name: string, fifo: boolean): void {
  if (fifo && !(/^[\w-]+\.fifo$/.test(name) && name.length <= 80))
    throw errors.invalidParameter(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  if (!fifo && !/^[\w-]{1,80}$/.test(name))
    throw errors.invalidParameter(
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
}

/** Given attributes, checked, and in the words in which AWS gives them back. */
function readSettings(
  given: Readonly<Record<string, string | undefined>>,
  queue: Pick<Queue, 'arn' | 'fifo'>,
  context: SqsContext,
): { attributes: attribute.Attributes; redrive: Queue['redrive'] } {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) if (value !== undefined) attributes[name] = value;
  attribute.checkAttributes(attributes, queue.fifo);
  const { Policy, RedrivePolicy, RedriveAllowPolicy } = attributes;
  if (Policy) checkPolicy(Policy);
  if (RedriveAllowPolicy) checkRedriveAllowPolicy(RedriveAllowPolicy);
  const redrive = RedrivePolicy ? readRedrivePolicy(RedrivePolicy, queue, context) : undefined;
  return { attributes: { ...attributes, ...(redrive && { RedrivePolicy: writeRedrivePolicy(redrive) }) }, redrive };
}

/**
 * Changes attributes of a queue, at once.
 *
 * Differs: AWS takes up to 60 s (15 min for retention).
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
export const SetQueueAttributes: Operation<'SetQueueAttributes'> = (input, from) => {
  const { queue, context } = getQueue(input.QueueUrl, from);
  const { attributes: given, redrive } = readSettings(input.Attributes, queue, context);
  const attributes = attribute.mergeAttributes(queue.attributes, given);
  const changed: Queue = {
    ...queue,
    attributes,
    redrive: given['RedrivePolicy'] === undefined ? queue.redrive : redrive,
    modifiedAt: context.clock.now(),
  };
  context.state.queues.put(changed);
  if (queue.fifo && given['DelaySeconds'] !== undefined) delayAnew(context, changed);
  context.wake(queue.name);
  return {};
};

/** A FIFO queue's delay holds for the messages in it too, until they are received for the first time. */
function delayAnew({ state, clock }: SqsContext, queue: Queue): void {
  const now = clock.now();
  const delaySeconds = Number(queue.attributes['DelaySeconds']);
  for (const message of state.messages.list({ prefix: key(queue.name) })) {
    if (message.receives > 0) continue;
    const hiddenUntil = later(message.sentAt, delaySeconds);
    if (hiddenUntil > now) change(state, message, { ...message, standing: 'delayed', hiddenUntil }, now);
    else change(state, message, { ...message, standing: 'ready', hiddenUntil: undefined }, now);
  }
}

/**
 * Gives the attributes asked for, and none when none is. Numbers of messages are exact.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
 */
export const GetQueueAttributes: Operation<'GetQueueAttributes'> = (input, from) => {
  const { queue, context } = getQueue(input.QueueUrl, from);
  const asked = attribute.askedAttributes(input.AttributeNames ?? []);
  settle(context.state, queue, context.clock.now());
  meter(context, queue, 'Accesses', 1);
  const { ready, delayed, inflight } = tallyOf(context.state, queue);
  const all = {
    ...attribute.visibleAttributes(queue.attributes),
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(ready),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ApproximateNumberOfMessagesNotVisible: String(inflight),
    CreatedTimestamp: epochSeconds(queue.createdAt),
    LastModifiedTimestamp: epochSeconds(queue.modifiedAt),
  };
  const Attributes = Object.fromEntries(Object.entries(all).filter(([name]) => asked.has(name)));
  return Object.keys(Attributes).length === 0 ? {} : { Attributes };
};

const epochSeconds = (at: number): string => String(Math.floor(at / 1_000));

/**
 * Deletes a queue with all its messages, at once.
 *
 * Differs: AWS takes up to 60 s, in which requests may still succeed.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
 */
export const DeleteQueue: Operation<'DeleteQueue'> = (input, from) => {
  const { queue, context } = getQueue(input.QueueUrl, from);
  const { state, clock } = context;
  empty(state, queue, clock.now());
  forgetFifo(state, queue);
  state.tallies.delete(queue.name);
  state.levels.deleteAll({ prefix: key(queue.name) });
  state.queues.delete(queue.name);
  state.deletedQueues.put({ name: queue.name, deletedAt: clock.now() });
  context.wake(queue.name);
  return {};
};

/**
 * Deletes every message of a queue, in flight or not, at once.
 *
 * Limit: once in 60 s.
 * Differs: AWS takes up to 60 s. Unknown: whether it forgets deduplication ids; here it does.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
 */
export const PurgeQueue: Operation<'PurgeQueue'> = (input, from) => {
  const { queue, context } = getQueue(input.QueueUrl, from);
  const { state, clock } = context;
  const now = clock.now();
  if (queue.purgedAt !== undefined && now < later(queue.purgedAt, limits.purgeSeconds))
    throw errors.purgeInProgress(queue.name);
  empty(state, queue, now);
  forgetFifo(state, queue);
  state.queues.put({ ...queue, purgedAt: now });
  return {};
};

/**
 * Finds the URL of a queue by name, also another account's.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html
 */
export const GetQueueUrl: Operation<'GetQueueUrl'> = ({ QueueName, QueueOwnerAWSAccountId }, from) => {
  // Unknown: AWS's words for an account that is none; there is no such queue either way.
  if (QueueOwnerAWSAccountId && !/^\d{12}$/.test(QueueOwnerAWSAccountId)) throw errors.queueDoesNotExist();
  const context = QueueOwnerAWSAccountId ? from.elsewhere(QueueOwnerAWSAccountId, from.region) : from;
  if (!context.state.queues.has(QueueName)) throw errors.queueDoesNotExist();
  return { QueueUrl: writeQueueUrl(context, QueueName) };
};

/**
 * Lists the account's queues of the Region in order of name.
 *
 * Limit: 1,000 at a time; only with `MaxResults` is there a `NextToken`.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
 */
export const ListQueues: Operation<'ListQueues'> = (input, context) => {
  const prefix = textPrefix(input.QueueNamePrefix ?? '');
  const { items, NextToken } = pageOf(input, (range) => context.state.queues.list({ ...range, prefix }));
  if (items.length === 0) return {};
  return { QueueUrls: items.map(({ name }) => writeQueueUrl(context, name)), NextToken };
};

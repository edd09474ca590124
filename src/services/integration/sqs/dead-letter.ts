// Dead-letter queues: which queue gives its failed messages to which, who may, and the giving.
import { key } from '../../../kernel/key.ts';
import { getQueue, readLocalArn, writeQueueUrl } from './address.ts';
import { readJson } from './attribute.ts';
import { arrive, change } from './backlog.ts';
import { errors } from './errors.ts';
import * as limits from './limits.ts';
import { pageOf } from './page.ts';
import type { Message, Operation, Queue, SqsContext } from './state.ts';

const parameter = 'RedrivePolicy';

/**
 * Reads and checks a `RedrivePolicy`: the target must be a queue of the same account, Region and type that allows it.
 *
 * Unknown: AWS's words for a target of the other type, and for one whose `RedriveAllowPolicy` says no.
 */
export function readRedrivePolicy(
  text: string,
  source: Pick<Queue, 'arn' | 'fifo'>,
  context: SqsContext,
): Queue['redrive'] {
  const refuse = (reason: string) => errors.invalidValue(text, parameter, reason);
  const policy = readJson(text);
  if (policy === undefined) throw refuse('Redrive policy is not a valid JSON map.');
  for (const name of ['maxReceiveCount', 'deadLetterTargetArn'])
    if (policy[name] === undefined) throw refuse(`Redrive policy does not contain mandatory attribute: ${name}.`);

  const { deadLetterTargetArn: target, maxReceiveCount } = policy;
  const receivesMax = Number(maxReceiveCount);
  if (!(Number.isInteger(receivesMax) && receivesMax >= 1 && receivesMax <= limits.redriveReceivesMax))
    throw refuse(
      `Invalid value for maxReceiveCount: ${String(maxReceiveCount)}, valid values are from 1 to ${limits.redriveReceivesMax} both inclusive.`,
    );

  const name = typeof target === 'string' ? readLocalArn(context, target) : undefined;
  const deadLetterQueue = name === undefined ? undefined : context.state.queues.find(name);
  if (deadLetterQueue === undefined) throw refuse('Dead letter target does not exist.');
  if (deadLetterQueue.fifo !== source.fifo) throw refuse('Dead-letter queue must be same type of queue as the source.');
  if (!allowsSource(deadLetterQueue, source.arn))
    throw refuse('The dead-letter queue does not allow this queue to be its source.');
  return { target: deadLetterQueue.arn, receivesMax };
}

/** How AWS gives a `RedrivePolicy` back: compact, the count as a number. */
export const writeRedrivePolicy = ({ target, receivesMax }: NonNullable<Queue['redrive']>): string =>
  JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: receivesMax });

/** Refuses a `RedriveAllowPolicy` that AWS would not understand. */
export function checkRedriveAllowPolicy(text: string): void {
  const refuse = (reason: string) => errors.invalidValue(text, 'RedriveAllowPolicy', reason);
  const policy = readJson(text);
  if (policy === undefined)
    throw refuse('Amazon SQS cannot create the redrive allow policy. The policy is not in JSON format.');
  const { redrivePermission, sourceQueueArns } = policy;
  if (redrivePermission !== 'allowAll' && redrivePermission !== 'denyAll' && redrivePermission !== 'byQueue')
    throw refuse('Amazon SQS cannot create the redrive allow policy. Value of redrivePermission is invalid.');
  const listed = Array.isArray(sourceQueueArns) ? sourceQueueArns.length : 0;
  if (redrivePermission === 'byQueue' ? listed < 1 || listed > limits.redriveSourcesMax : sourceQueueArns !== undefined)
    throw refuse('Amazon SQS cannot create the redrive allow policy. Value of sourceQueueArns is invalid.');
}

/** Default: every queue of the account and Region. */
function allowsSource(deadLetterQueue: Queue, sourceArn: string): boolean {
  const policy = readJson(deadLetterQueue.attributes['RedriveAllowPolicy'] ?? '');
  if (policy?.['redrivePermission'] === 'denyAll') return false;
  if (policy?.['redrivePermission'] !== 'byQueue') return true;
  const { sourceQueueArns } = policy;
  return Array.isArray(sourceQueueArns) && sourceQueueArns.includes(sourceArn);
}

/** True when the message was received as often as its queue allows, and must go the next time somebody would get it. */
export const isExhausted = (queue: Queue, message: Message): boolean =>
  queue.redrive !== undefined && message.receives - message.receivesBefore >= queue.redrive.receivesMax;

/**
 * Gives a message up to the dead-letter queue. In a standard queue it keeps its enqueue time; in a FIFO queue that starts anew, and its
 * id becomes its deduplication id. A message whose dead-letter queue is no more stays where it is.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
 */
export function giveUp(context: SqsContext, queue: Queue, message: Message): boolean {
  const { state, clock } = context;
  const target = state.queues.find(readLocalArn(context, queue.redrive?.target ?? '') ?? '');
  if (target === undefined) return false;
  const now = clock.now();
  change(state, message, undefined, now);
  arrive(
    state,
    target,
    {
      ...message,
      deadLetterSource: queue.arn,
      receivesBefore: message.receives,
      ...(target.fifo && { sentAt: now, deduplicationId: message.id }),
    },
    now,
  );
  context.wake(target.name);
  return true;
}

/** Queues that name this one as their dead-letter queue, in order of name. */
export const sourcesOf = (context: SqsContext, deadLetterQueue: Queue): Queue[] =>
  context.state.queues.index('deadLetterTarget').list({ prefix: key(deadLetterQueue.arn) });

/**
 * Lists the queues whose `RedrivePolicy` names this one.
 *
 * Limit: 1,000 at a time; only with `MaxResults` is there a `NextToken`.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
 */
export const ListDeadLetterSourceQueues: Operation<'ListDeadLetterSourceQueues'> = (input, context) => {
  const place = getQueue(input.QueueUrl, context);
  const { items, NextToken } = pageOf(input, ({ after, limit }) =>
    sourcesOf(place.context, place.queue)
      .filter(({ name }) => after === undefined || name > after)
      .slice(0, limit),
  );
  return { queueUrls: items.map(({ name }) => writeQueueUrl(place.context, name)), NextToken };
};

// ReceiveMessage: choose what is next, hide it, hand it out; or wait until there is something.
import { key } from '../../../kernel/key.ts';
import type { InputOf, OutputOf } from '../../../kernel/service.ts';
import { type Instant, instant, later } from '../../../kernel/units.ts';
import { getQueue, type Place } from './address.ts';
import { change, nextChange, settle, tallyOf } from './backlog.ts';
import { md5OfAttributes, selectAttributes } from './content.ts';
import { giveUp, isExhausted } from './dead-letter.ts';
import { errors } from './errors.ts';
import { nextFairly } from './fairness.ts';
import { checkToken, countCall, findAttempt, rememberAttempt, sequenceNumber } from './fifo.ts';
import * as limits from './limits.ts';
import { meter } from './queue-metric.ts';
import { writeReceipt } from './receipt.ts';
import type { Attribute, Message, Operation, Queue, Sdk, SqsContext } from './state.ts';

type Input = InputOf<Sdk, 'ReceiveMessage'>;
type Output = OutputOf<Sdk, 'ReceiveMessage'>;

/**
 * Hands out up to ten messages and hides them for the visibility timeout. With `WaitTimeSeconds` it answers as soon as there is a
 * message, or empty when the time is over; without, at once.
 *
 * Limit: 120,000 messages in flight; above, a short poll of a standard queue is `OverLimit`, others find nothing.
 * Differs: a short poll sees every message, where AWS asks a sample of its servers.
 * Differs: a FIFO queue looks at all its messages for a free group, where AWS looks at the first 120,000.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
export const ReceiveMessage: Operation<'ReceiveMessage'> = (input, context) => {
  const place = getQueue(input.QueueUrl, context);
  checkInput(input, place.queue);
  const waitSeconds = input.WaitTimeSeconds ?? Number(place.queue.attributes['ReceiveMessageWaitTimeSeconds']);
  if (waitSeconds > 0) return waitForMessages(input, context, waitSeconds);
  countCall(place.context.state, place.queue, 'ReceiveMessage', context.clock.now());
  if (!place.queue.fifo && room(place) === 0) throw errors.tooManyInflight();
  const messages = take(place, input);
  meterReceive(place, messages.length);
  return answer(input, place.queue, messages);
};

const meterReceive = ({ context, queue }: Place, count: number): void =>
  count === 0
    ? meter(context, queue, 'NumberOfEmptyReceives', 1)
    : meter(context, queue, 'NumberOfMessagesReceived', count);

function checkInput(input: Input, queue: Queue): void {
  const { MaxNumberOfMessages: count = 1, WaitTimeSeconds: wait = 0, VisibilityTimeout: visibility = 0 } = input;
  const { receiveMessagesMax, waitSecondsMax, visibilitySecondsMax } = limits;
  if (count < 1 || count > receiveMessagesMax)
    throw errors.invalidValue(
      count,
      'MaxNumberOfMessages',
      `Must be between 1 and ${receiveMessagesMax}, if provided.`,
    );
  if (wait < 0 || wait > waitSecondsMax)
    throw errors.invalidValue(wait, 'WaitTimeSeconds', `Must be >= 0 and <= ${waitSecondsMax}, if provided.`);
  if (visibility < 0 || visibility > visibilitySecondsMax)
    throw errors.invalidValue(
      visibility,
      'VisibilityTimeout',
      `Must be between 0 and ${visibilitySecondsMax}, if provided.`,
    );
  if (input.ReceiveRequestAttemptId !== undefined) checkToken(input.ReceiveRequestAttemptId, 'ReceiveRequestAttemptId');
  for (const name of askedNames(input))
    if (name !== 'All' && !Object.hasOwn(systemAttributes, name)) throw errors.unknownAttribute(name);
  if (!queue.fifo && input.ReceiveRequestAttemptId !== undefined)
    throw errors.invalidValue(
      input.ReceiveRequestAttemptId,
      'ReceiveRequestAttemptId',
      'The request include parameter that is not valid for this queue type.',
    );
}

// ── Waiting ────────────────────────────────────────────────────────────────────────────────────

/** Costs nothing while it waits: it sleeps until a message is sent or freed, or until the clock frees one. */
async function waitForMessages(input: Input, context: SqsContext, waitSeconds: number): Promise<Output> {
  const until = later(context.clock.now(), waitSeconds);
  await Promise.resolve(); // each look below is a transaction of its own
  for (let first = true; ; first = false) {
    const { place, messages } = await context.transact(() => {
      const place = getQueue(input.QueueUrl, context); // it may have changed meanwhile, or be deleted
      if (first) countCall(place.context.state, place.queue, 'ReceiveMessage', context.clock.now());
      return { place, messages: take(place, input) };
    });
    if (messages.length > 0 || context.clock.now() >= until) {
      meterReceive(place, messages.length);
      return answer(input, place.queue, messages);
    }
    if (hasMessage(place)) continue; // it came while the transaction was being made durable
    const how = await place.context.wait(wakeTime(place, until), place.queue.name);
    if (how === 'gone') return {}; // nobody is there to get a message
  }
}

const wakeTime = ({ queue, context }: Place, until: Instant): Instant =>
  instant(Math.min(until, nextChange(context.state, queue) ?? until));

const hasMessage = (place: Place): boolean =>
  room(place) > 0 &&
  (place.queue.fifo
    ? place.context.state.groups.index('turn').first({ prefix: key(place.queue.name) })
    : nextFairly(place.context.state, place.queue)) !== undefined;

/** How many more messages may be in flight. */
const room = ({ queue, context }: Place): number =>
  Math.max(0, limits.inflightMax - tallyOf(context.state, queue).inflight);

// ── Taking ─────────────────────────────────────────────────────────────────────────────────────

function take(place: Place, input: Input): readonly Message[] {
  const { queue, context } = place;
  const { state } = context;
  const now = context.clock.now();
  settle(state, queue, now);
  const hiddenUntil = later(now, input.VisibilityTimeout ?? Number(queue.attributes['VisibilityTimeout']));
  const attempt = input.ReceiveRequestAttemptId;

  const again = attempt === undefined ? undefined : findAttempt(state, queue, attempt, now);
  const taken = again
    ? again.map((message) => replace(state, message, { ...message, hiddenUntil }, now))
    : takeNext(place, Math.min(input.MaxNumberOfMessages ?? 1, room(place)), (message) =>
        replace(
          state,
          message,
          {
            ...message,
            standing: 'inflight',
            hiddenUntil,
            receives: message.receives + 1,
            receivedAt: now,
            firstReceivedAt: message.firstReceivedAt ?? now,
          },
          now,
        ),
      );
  if (attempt !== undefined && taken.length > 0) rememberAttempt(state, queue, attempt, taken, now);
  return taken;
}

function replace(state: SqsContext['state'], before: Message, after: Message, now: Instant): Message {
  change(state, before, after, now);
  return after;
}

type Deliver = (message: Message) => Message;

/** Delivers up to `count` messages; those that were received too often go to the dead-letter queue instead. */
function takeNext({ queue, context }: Place, count: number, deliver: Deliver): readonly Message[] {
  const taken: Message[] = [];
  const deliverOrGiveUp = (message: Message): void => {
    if (isExhausted(queue, message) && giveUp(context, queue, message)) return;
    taken.push(deliver(message));
  };
  while (taken.length < count) {
    const line = queue.fifo ? nextLine(context.state, queue, count - taken.length) : nextOne(context.state, queue);
    if (line.length === 0) break;
    line.forEach(deliverOrGiveUp);
  }
  return taken;
}

const nextOne = (state: SqsContext['state'], queue: Queue): readonly Message[] => {
  const next = nextFairly(state, queue);
  return next === undefined ? [] : [next];
};

/** The first messages of the free group whose turn it is: AWS gives as many of one group as it can. */
function nextLine(state: SqsContext['state'], queue: Queue, count: number): readonly Message[] {
  const group = state.groups.index('turn').first({ prefix: key(queue.name) });
  if (group === undefined) return [];
  const line = state.messages.index('group').list({ prefix: key(queue.name, group.name), limit: count });
  const end = line.findIndex((message) => message.standing !== 'ready');
  return end < 0 ? line : line.slice(0, end);
}

// ── Answering ──────────────────────────────────────────────────────────────────────────────────

/** What `MessageSystemAttributeNames` can ask for. */
const systemAttributes: Readonly<Record<string, (message: Message) => string | undefined>> = {
  SenderId: (message) => message.senderId,
  SentTimestamp: (message) => String(message.sentAt),
  ApproximateReceiveCount: (message) => String(message.receives),
  ApproximateFirstReceiveTimestamp: (message) => String(message.firstReceivedAt),
  SequenceNumber: (message) => (message.fifo ? sequenceNumber(message) : undefined),
  MessageDeduplicationId: (message) => message.deduplicationId,
  MessageGroupId: (message) => message.group,
  AWSTraceHeader: (message) => message.trace,
  DeadLetterQueueSourceArn: (message) => message.deadLetterSource,
};

/** The current name of the parameter and the older one. */
const askedNames = (input: Input): readonly string[] => [
  ...(input.AttributeNames ?? []),
  ...(input.MessageSystemAttributeNames ?? []),
];

function answer(input: Input, queue: Queue, messages: readonly Message[]): Output {
  if (messages.length === 0) return {};
  const names = askedNames(input);
  return {
    Messages: messages.map((message) => {
      const selected = selectAttributes(message.attributes, input.MessageAttributeNames ?? []);
      return {
        MessageId: message.id,
        ReceiptHandle: writeReceipt(queue, message),
        MD5OfBody: message.md5,
        Body: message.body,
        ...(names.length > 0 && { Attributes: systemAttributesOf(message, names) }),
        ...(selected && {
          MD5OfMessageAttributes: md5OfAttributes(selected),
          MessageAttributes: Object.fromEntries(
            Object.entries(selected).map(([name, value]) => [name, writeAttribute(value)]),
          ),
        }),
      };
    }),
  };
}

function systemAttributesOf(message: Message, names: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, read] of Object.entries(systemAttributes)) {
    const value = names.includes('All') || names.includes(name) ? read(message) : undefined;
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}

const writeAttribute = ({ type, value }: Attribute) =>
  typeof value === 'string' ? { DataType: type, StringValue: value } : { DataType: type, BinaryValue: value };

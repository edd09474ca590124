// SendMessage and SendMessageBatch: a message is looked at, perhaps recognised, and put into the queue.
import { getQueue, type Place } from './address.ts';
import { arrive, settle } from './backlog.ts';
import { checkEntries, eachEntry } from './batch.ts';
import * as content from './content.ts';
import { errors } from './errors.ts';
import {
  checkToken,
  countCall,
  deduplicationIdOf,
  findDuplicate,
  rememberDeduplication,
  sequenceNumber,
} from './fifo.ts';
import * as limits from './limits.ts';
import { meter } from './queue-metric.ts';
import type { Attribute, Operation, Queue, SqsContext } from './state.ts';

/**
 * Puts one message into a queue, where it waits until a consumer asks for it.
 *
 * Limit: 1 MiB with its attributes, or the queue's `MaximumMessageSize`.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export const SendMessage: Operation<'SendMessage'> = (input, context) => {
  const place = getQueue(input.QueueUrl, context);
  countCall(place.context.state, place.queue, 'SendMessage', context.clock.now());
  const sent = send(place, context, input, readContent(input));
  place.context.wake(place.queue.name);
  return sent;
};

/**
 * Sends up to ten messages; each is accepted or refused by itself.
 *
 * Limit: 1 MiB in all.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export const SendMessageBatch: Operation<'SendMessageBatch'> = (input, context) => {
  const place = getQueue(input.QueueUrl, context);
  checkEntries('SendMessageBatch', input.Entries);
  checkBatchBytes(input.Entries);
  countCall(place.context.state, place.queue, 'SendMessageBatch', context.clock.now());
  const answer = eachEntry(input.Entries, (entry) => send(place, context, entry, readContent(entry)));
  place.context.wake(place.queue.name);
  return answer;
};

/** What SendMessage and an entry of SendMessageBatch have in common. */
interface MessageInput {
  readonly MessageBody: string;
  readonly DelaySeconds?: number | undefined;
  readonly MessageAttributes?: Readonly<Record<string, content.AttributeInput>> | undefined;
  readonly MessageSystemAttributes?: Readonly<Record<string, content.AttributeInput>> | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly MessageGroupId?: string | undefined;
}

interface Content {
  readonly body: string;
  readonly attributes: Readonly<Record<string, Attribute>> | undefined;
  readonly trace: string | undefined;
}

function readContent({ MessageBody, MessageAttributes, MessageSystemAttributes }: MessageInput): Content {
  content.checkBody(MessageBody);
  return {
    body: MessageBody,
    attributes: content.readAttributes(MessageAttributes),
    trace: content.readTrace(MessageSystemAttributes),
  };
}

function checkBatchBytes(entries: readonly MessageInput[]): void {
  let bytes = 0;
  for (const { MessageBody, MessageAttributes = {} } of entries) {
    bytes += Buffer.byteLength(MessageBody);
    for (const [name, { DataType = '', StringValue, BinaryValue }] of Object.entries(MessageAttributes))
      bytes +=
        Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue ?? BinaryValue ?? '');
  }
  if (bytes > limits.batchBytesMax) throw errors.batchTooLong(bytes);
}

/** Answers the size. */
function checkBytes(queue: Queue, { body, attributes }: Content): number {
  const bytesMax = Number(queue.attributes['MaximumMessageSize']);
  const bytes = content.contentBytes(body, attributes);
  if (bytes > bytesMax)
    throw errors.invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes.`,
    );
  return bytes;
}

/** The delay of one message: its own, else the queue's. A FIFO queue has only its own. */
function delayOf(queue: Queue, asked: number | undefined): number {
  if (asked === undefined || (queue.fifo && asked === 0)) return Number(queue.attributes['DelaySeconds']);
  if (asked < 0 || asked > limits.delaySecondsMax)
    throw errors.invalidValue(asked, 'DelaySeconds', `DelaySeconds must be >= 0 and <= ${limits.delaySecondsMax}.`);
  if (queue.fifo) throw notForThisType(asked, 'DelaySeconds');
  return asked;
}

const notForThisType = (value: unknown, parameter: string) =>
  errors.invalidValue(value, parameter, 'The request include parameter that is not valid for this queue type.');

/** Group and deduplication id: what a FIFO queue must have, and a standard queue may (group) or may not (id). */
function readOrder(queue: Queue, { MessageGroupId, MessageDeduplicationId, MessageBody }: MessageInput) {
  if (MessageGroupId !== undefined) checkToken(MessageGroupId, 'MessageGroupId');
  if (!queue.fifo) {
    if (MessageDeduplicationId !== undefined) throw notForThisType(MessageDeduplicationId, 'MessageDeduplicationId');
    return { group: MessageGroupId, deduplicationId: undefined };
  }
  if (MessageGroupId === undefined) throw errors.missingParameter('MessageGroupId');
  return { group: MessageGroupId, deduplicationId: deduplicationIdOf(queue, MessageDeduplicationId, MessageBody) };
}

function send({ queue, context }: Place, sender: SqsContext, input: MessageInput, message: Content) {
  const { state } = context;
  const bytes = checkBytes(queue, message);
  const delaySeconds = delayOf(queue, input.DelaySeconds);
  const { group, deduplicationId } = readOrder(queue, input);
  const now = sender.clock.now();
  const { body, attributes, trace } = message;
  const md5 = content.md5OfBody(body);

  const duplicate = deduplicationId && group && findDuplicate(state, queue, group, deduplicationId, now);
  if (duplicate) {
    meter(context, queue, 'NumberOfDeduplicatedSentMessages', 1);
    return writeSent(queue, message, md5, duplicate.messageId, duplicate.sequence);
  }

  settle(state, queue, now);
  const id = sender.ids.uuid();
  const senderId = sender.caller.userId;
  const sent = arrive(
    state,
    queue,
    { id, body, md5, attributes, trace, group, deduplicationId, senderId, sentAt: now, receives: 0, receivesBefore: 0 },
    now,
    delaySeconds,
  );
  if (queue.fifo) rememberDeduplication(state, queue, sent, now);
  meter(context, queue, 'NumberOfMessagesSent', 1);
  meter(context, queue, 'SentMessageSize', bytes);
  return writeSent(queue, message, md5, id, sent.sequence);
}

const writeSent = (queue: Queue, { attributes, trace }: Content, md5: string, id: string, sequence: number) => ({
  MessageId: id,
  MD5OfMessageBody: md5,
  MD5OfMessageAttributes: attributes && content.md5OfAttributes(attributes),
  MD5OfMessageSystemAttributes: trace === undefined ? undefined : content.md5OfTrace(trace),
  SequenceNumber: queue.fifo ? sequenceNumber({ sequence }) : undefined,
});

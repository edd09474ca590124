// What a consumer does with a message that it holds: delete it, or change how long it stays hidden; by its receipt handle.
import { later } from '../../../kernel/units.ts';
import { getQueue, type Place } from './address.ts';
import { change, settle, show } from './backlog.ts';
import { checkEntries, eachEntry } from './batch.ts';
import { errors } from './errors.ts';
import { countCall } from './fifo.ts';
import { visibilitySecondsMax } from './limits.ts';
import { meter } from './queue-metric.ts';
import { type Receipt, readReceipt } from './receipt.ts';
import type { Message, Operation } from './state.ts';

/**
 * Deletes a message for good. One that is gone already, or of a standard queue with an older receipt handle, is no error.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
 */
export const DeleteMessage: Operation<'DeleteMessage'> = (input, context) => {
  const place = getQueue(input.QueueUrl, context);
  countCall(place.context.state, place.queue, 'DeleteMessage', context.clock.now());
  remove(place, input.ReceiptHandle);
  return {};
};

/**
 * Deletes up to ten messages.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
 */
export const DeleteMessageBatch: Operation<'DeleteMessageBatch'> = (input, context) => {
  const place = getQueue(input.QueueUrl, context);
  checkEntries('DeleteMessageBatch', input.Entries);
  countCall(place.context.state, place.queue, 'DeleteMessageBatch', context.clock.now());
  return eachEntry(input.Entries, ({ ReceiptHandle }) => remove(place, ReceiptHandle));
};

/**
 * Hides an in-flight message for `VisibilityTimeout` seconds, counted from now; zero shows it at once.
 *
 * Limit: 12 h in all since the message was received, however many times it is extended.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
export const ChangeMessageVisibility: Operation<'ChangeMessageVisibility'> = (input, context) => {
  const place = getQueue(input.QueueUrl, context);
  countCall(place.context.state, place.queue, 'ChangeMessageVisibility', context.clock.now());
  changeVisibility(place, input.ReceiptHandle, input.VisibilityTimeout);
  return {};
};

/**
 * Changes the visibility of up to ten messages.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
 */
export const ChangeMessageVisibilityBatch: Operation<'ChangeMessageVisibilityBatch'> = (input, context) => {
  const place = getQueue(input.QueueUrl, context);
  checkEntries('ChangeMessageVisibilityBatch', input.Entries);
  countCall(place.context.state, place.queue, 'ChangeMessageVisibilityBatch', context.clock.now());
  return eachEntry(input.Entries, ({ ReceiptHandle, VisibilityTimeout }) =>
    changeVisibility(place, ReceiptHandle, VisibilityTimeout),
  );
};

/** The message of a receipt, after the past has happened to its queue. */
function findReceived({ queue, context }: Place, receipt: Receipt): Message | undefined {
  settle(context.state, queue, context.clock.now());
  const message = context.state.messages.find(receipt.messageKey);
  return message?.id === receipt.messageId ? message : undefined;
}

/** True when this receive is the message's latest, and its visibility timeout is not over. */
const holds = (receipt: Receipt, message: Message): boolean =>
  message.standing === 'inflight' && message.receives === receipt.receives;

function remove(place: Place, handle: string): object {
  const { queue, context } = place;
  const receipt = readReceipt(queue, handle);
  const message = findReceived(place, receipt);
  if (message === undefined) {
    meter(context, queue, 'NumberOfMessagesDeleted', 1);
    return {};
  }
  // A FIFO queue must not lose a message that somebody else holds or will get next; a standard queue does not mind.
  if (queue.fifo && !holds(receipt, message))
    throw errors.invalidValue(handle, 'ReceiptHandle', 'The receipt handle has expired.');
  change(context.state, message, undefined, context.clock.now());
  meter(context, queue, 'NumberOfMessagesDeleted', 1);
  context.wake(queue.name); // its group may be free now
  return {};
}

/** Unknown: what AWS says to a message that is visible again; this is what its model says. */
function changeVisibility(place: Place, handle: string, timeoutSeconds: number | undefined): object {
  const { queue, context } = place;
  const { state, clock } = context;
  if (timeoutSeconds === undefined) throw errors.missingParameter('VisibilityTimeout');
  if (timeoutSeconds < 0 || timeoutSeconds > visibilitySecondsMax)
    throw errors.invalidValue(timeoutSeconds, 'VisibilityTimeout', `Must be between 0 and ${visibilitySecondsMax}.`);
  const receipt = readReceipt(queue, handle);
  const message = findReceived(place, receipt);
  if (message?.receivedAt === undefined || (queue.fifo && message.receives !== receipt.receives))
    throw errors.invalidValue(
      handle,
      'ReceiptHandle',
      'Message does not exist or is not available for visibility timeout change.',
    );
  if (message.standing !== 'inflight') throw errors.messageNotInflight();

  const hiddenUntil = later(clock.now(), timeoutSeconds);
  if (hiddenUntil > later(message.receivedAt, visibilitySecondsMax))
    throw errors.invalidValue(
      timeoutSeconds,
      'VisibilityTimeout',
      `Total VisibilityTimeout for the message is beyond the limit [${visibilitySecondsMax} seconds]`,
    );
  if (timeoutSeconds === 0) show(state, message, clock.now());
  else change(state, message, { ...message, hiddenUntil }, clock.now());
  context.wake(queue.name);
  return {};
}

// Every number that AWS states for SQS, with its unit in the name.
// @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html
import { mebibyte } from '../../../kernel/units.ts';

export const messageBytesMax = mebibyte;
export const batchBytesMax = mebibyte;
export const batchEntriesMax = 10;
export const messageAttributesMax = 10;
export const attributeNameLengthMax = 256;

/** The longest a message may stay hidden, counted from its receive (12 h). */
export const visibilitySecondsMax = 43_200;
export const delaySecondsMax = 900;
export const waitSecondsMax = 20;
export const receiveMessagesMax = 10;

/** Standard and FIFO alike since November 2024. */
export const inflightMax = 120_000;

export const deduplicationSeconds = 300;
export const receiveAttemptSeconds = 300;
/** Calls a second of one action on one FIFO queue; a batch of ten counts once, hence 3,000 messages. */
export const fifoCallsPerSecond = 300;

/** After `PurgeQueue`, until the next; after `DeleteQueue`, until the name is free. */
export const purgeSeconds = 60;
export const deletedNameSeconds = 60;

export const listResultsMax = 1_000;
export const tagsMax = 50;

export const moveTasksListedMax = 10;
export const moveTaskPerSecondMax = 500;

export const policyActionsPerStatementMax = 7;
export const redriveReceivesMax = 1_000;
export const redriveSourcesMax = 10;

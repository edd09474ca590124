// The errors of SQS. Names and statuses of modelled ones come from the SDK, as do their older query codes.
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './state.ts';
import * as limits from './limits.ts';

const { modelled, unmodelled } = errorsOf<Sdk>();
const commonErrors = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html';

export const errors = {
  // Queues
  queueDoesNotExist: modelled('QueueDoesNotExist', () => 'The specified queue does not exist.'),
  queueNameExists: modelled(
    'QueueNameExists',
    (attribute: string) => `A queue already exists with the same name and a different value for attribute ${attribute}`,
  ),
  queueDeletedRecently: modelled(
    'QueueDeletedRecently',
    () => 'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  ),
  purgeInProgress: modelled(
    'PurgeQueueInProgress',
    (queue: string) => `Only one PurgeQueue operation on ${queue} is allowed every ${limits.purgeSeconds} seconds.`,
  ),
  invalidAddress: modelled('InvalidAddress', (url: string) => `The address ${url} is not valid for this endpoint.`),

  // Attributes of a queue
  unknownAttribute: modelled('InvalidAttributeName', (name: string) => `Unknown Attribute ${name}.`),
  invalidAttribute: modelled('InvalidAttributeValue', (name: string) => `Invalid value for the parameter ${name}.`),
  attributeNeedsFifo: modelled(
    'InvalidAttributeValue',
    (name: string) => `You can specify the ${name} only when FifoQueue is set to true.`,
  ),
  throughputNeedsScope: modelled(
    'InvalidAttributeValue',
    () => 'You can set FifoThroughputLimit to perMessageGroupId only when DeduplicationScope is set to messageGroup.',
  ),
  twoEncryptions: modelled(
    'InvalidAttributeValue',
    () => 'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
  ),
  tooManyActionsInPolicy: modelled(
    'OverLimit',
    (actions: number) =>
      `${actions} actions were found in a statement from the submitted policy, max allowed is ${limits.policyActionsPerStatementMax}`,
  ),
  tooManyActions: modelled(
    'OverLimit',
    (actions: number) => `${actions} Actions were found, maximum allowed is ${limits.policyActionsPerStatementMax}.`,
  ),

  // Messages
  invalidCharacter: modelled(
    'InvalidMessageContents',
    (codePoint: number) =>
      `Invalid binary character '#x${codePoint.toString(16).toUpperCase()}' was found in the message body, the set of allowed characters is ` +
      '#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].',
  ),
  receiptHandleIsInvalid: modelled(
    'ReceiptHandleIsInvalid',
    (handle: string) => `The input receipt handle "${handle}" is not a valid receipt handle.`,
  ),
  receiptHandleOfOtherQueue: modelled(
    'ReceiptHandleIsInvalid',
    (handle: string) => `The receipt handle "${handle}" is not valid for this queue.`,
  ),
  messageNotInflight: modelled('MessageNotInflight', () => "The specified message isn't in flight."),
  tooManyInflight: modelled('OverLimit', () => 'Too many messages in flight for this queue.'),
  requestThrottled: modelled('RequestThrottled', () => 'Request is throttled.'),

  // Batches
  emptyBatch: modelled(
    'EmptyBatchRequest',
    (operation: string) => `There should be at least one ${operation}RequestEntry in the request.`,
  ),
  tooManyEntries: modelled(
    'TooManyEntriesInBatchRequest',
    (entries: number) =>
      `Maximum number of entries per request are ${limits.batchEntriesMax}. You have sent ${entries}.`,
  ),
  entryIdRepeated: modelled('BatchEntryIdsNotDistinct', (id: string) => `Id ${id} repeated.`),
  invalidEntryId: modelled(
    'InvalidBatchEntryId',
    () =>
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
  ),
  batchTooLong: modelled(
    'BatchRequestTooLong',
    (bytes: number) =>
      `Batch requests cannot be longer than ${limits.batchBytesMax} bytes. You have sent ${bytes} bytes.`,
  ),

  // Move tasks
  sourceDoesNotExist: modelled(
    'ResourceNotFoundException',
    () => "The resource that you specified for the SourceArn parameter doesn't exist.",
  ),
  destinationDoesNotExist: modelled(
    'ResourceNotFoundException',
    () => "The resource that you specified for the DestinationArn parameter doesn't exist.",
  ),
  taskDoesNotExist: modelled('ResourceNotFoundException', () => 'Task does not exist.'),
  taskNotRunning: modelled('UnsupportedOperation', () => 'Only active tasks can be cancelled.'),

  // Parameters: `InvalidParameterValue` and `MissingParameter` are in no model, yet most refusals of SQS are one of them.
  invalidParameter: unmodelled('InvalidParameterValue', 400, commonErrors, (message: string) => message),
  /** The usual wording. */
  invalidValue: unmodelled(
    'InvalidParameterValue',
    400,
    commonErrors,
    (value: unknown, parameter: string, reason: string) =>
      `Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`,
  ),
  missingParameter: unmodelled(
    'MissingParameter',
    400,
    commonErrors,
    (parameter: string) => `The request must contain the parameter ${parameter}.`,
  ),
};

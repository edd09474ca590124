// Kinesis streams as destinations of changes.
//
// Differs: no stream of Kinesis exists here, so none can be a destination.
import { errors } from './errors.ts';
import { getTable } from './reference.ts';
import type { Operation } from './state.ts';

const arnPattern = /^arn:aws[a-zA-Z-]*:kinesis:[a-z0-9-]+:[0-9]{12}:stream\/[a-zA-Z0-9_.-]+$/;

const checkStream = (arn: string): void => {
  if (!arnPattern.test(arn)) throw errors.validation(`Invalid StreamArn: ${arn}`);
};

/**
 * Sends changes of a table to a Kinesis stream; refused, as there is no such stream.
 *
 * Unknown: AWS's words for a stream that does not exist.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_EnableKinesisStreamingDestination.html
 */
export const EnableKinesisStreamingDestination: Operation<'EnableKinesisStreamingDestination'> = (input, request) => {
  checkStream(input.StreamArn);
  getTable(request, input.TableName);
  throw errors.resourceNotFound(`Requested resource not found: Stream: ${input.StreamArn} not found`);
};

/**
 * Stops sending changes to a Kinesis stream; refused, as none is a destination.
 *
 * Unknown: AWS's words for a stream that is no destination.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DisableKinesisStreamingDestination.html
 */
export const DisableKinesisStreamingDestination: Operation<'DisableKinesisStreamingDestination'> = (input, request) => {
  checkStream(input.StreamArn);
  getTable(request, input.TableName);
  throw errors.validation(
    'Table is not in a valid state to disable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.',
  );
};

/**
 * Tells to which Kinesis streams changes go: none.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeKinesisStreamingDestination.html
 */
export const DescribeKinesisStreamingDestination: Operation<'DescribeKinesisStreamingDestination'> = (
  input,
  request,
) => ({ TableName: getTable(request, input.TableName).table.name, KinesisDataStreamDestinations: [] });

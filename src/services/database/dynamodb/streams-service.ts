// Amazon DynamoDB Streams: a service of its own to clients, which reads DynamoDB's tables.
import { defineService } from '../../../kernel/service.ts';
import { definitions } from './state.ts';
import { DescribeStream, GetRecords, GetShardIterator, ListStreams } from './stream-read.ts';

export default defineService({
  name: 'dynamodb-streams',
  stateOf: 'dynamodb',
  state: definitions,
  operations: { ListStreams, DescribeStream, GetShardIterator, GetRecords },
});

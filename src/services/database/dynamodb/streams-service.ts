// Amazon DynamoDB Streams: a service of its own to clients, which reads DynamoDB's tables.
import { defineService } from '../../../kernel/service.ts';
import { permissions } from './streams-access.ts';
import { definitions } from './state.ts';
import { DescribeStream, GetRecords, GetShardIterator, ListStreams } from './stream-read.ts';

export default defineService({
  name: 'dynamodb-streams',
  stateOf: 'dynamodb',
  state: definitions,
  permissions,
  operations: { ListStreams, DescribeStream, GetShardIterator, GetRecords },
});

// What IAM must allow for DynamoDB Streams: the stream's ARN, judged by the stream's own policy too.
import type { Permission, Permissions } from '../../../kernel/service.ts';
import { type DynamoContext, type State, tableArn } from './state.ts';

const arnPattern = /^arn:aws[a-zA-Z-]*:dynamodb:([a-z0-9-]+):([0-9]{12}):table\/([^/]+)\/stream\//;

function onStream(action: string, arn: string, context: DynamoContext): Permission {
  const [, region = context.region, account = context.account, name = ''] = arnPattern.exec(arn) ?? [];
  const table = context.elsewhere(account, region).state.tables.find(name);
  const resourcePolicy =
    table?.streamLabel !== undefined && arn.endsWith(table.streamLabel) ? table.streamPolicy : undefined;
  return { action: `dynamodb:${action}`, resource: arn, resourcePolicy: resourcePolicy?.text, owner: account };
}

const byArn =
  (action: string): Permissions<State> =>
  ({ StreamArn }: { readonly StreamArn: string }, context) => [onStream(action, StreamArn, context)];

export const permissions: Readonly<Record<string, Permissions<State>>> = {
  DescribeStream: byArn('DescribeStream'),
  GetShardIterator: byArn('GetShardIterator'),
  // An iterator begins with its stream's ARN.
  GetRecords: ({ ShardIterator }: { readonly ShardIterator: string }, context) => [
    onStream('GetRecords', ShardIterator.split('|')[0] ?? '', context),
  ],
  ListStreams: ({ TableName = '*' }: { readonly TableName?: string }, context) => [
    { action: 'dynamodb:ListStreams', resource: `${tableArn(context, TableName)}/stream/*` },
  ],
};

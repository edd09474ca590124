import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { createTable, type Fixture, startFixture } from './fixture.ts';

const owner = '000000000000';
const stranger = '111111111111';
const TableArn = `arn:aws:dynamodb:us-east-1:${owner}:table/table`;
const denied = { name: expect.stringMatching(/^AccessDenied/) };

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action: string | string[];
  readonly Resource: string;
  readonly Condition?: unknown;
}
const document = (...statements: Statement[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements.map((each) => ({ Effect: 'Allow', ...each })) });

/** A client of a fresh IAM user of an account, who may do what the statements say. */
async function userOf({ cloud }: Fixture, account: string, ...statements: Statement[]): Promise<DynamoDB> {
  const iam = cloud.client(IAMClient, { credentials: { accessKeyId: account, secretAccessKey: 'test' } });
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const PolicyDocument = document(...statements);
  await iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
  return cloud.client(DynamoDB, { credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } });
}

const Key = (pk: string) => ({ pk: { S: pk }, sk: { S: 's' } });

test('PutResourcePolicy: revisions, and what is expected of them', async () => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  await createTable(t);
  const ResourceArn = TableArn;
  const policy = (Action: string) => document({ Principal: '*', Action, Resource: TableArn });
  await expect(db.getResourcePolicy({ ResourceArn })).rejects.toMatchObject({ name: 'PolicyNotFoundException' });
  const first = await db.putResourcePolicy({ ResourceArn, Policy: policy('dynamodb:GetItem') });
  expect(await db.putResourcePolicy({ ResourceArn, Policy: policy('dynamodb:GetItem') })).toMatchObject({
    RevisionId: first.RevisionId,
  });
  const put = (ExpectedRevisionId: string | undefined) =>
    db.putResourcePolicy({ ResourceArn, Policy: policy('dynamodb:PutItem'), ExpectedRevisionId });
  await expect(put('NO_POLICY')).rejects.toMatchObject({ name: 'PolicyNotFoundException' });
  const second = await put(first.RevisionId);
  expect(second.RevisionId).not.toBe(first.RevisionId);
  expect(await db.getResourcePolicy({ ResourceArn })).toMatchObject({
    Policy: policy('dynamodb:PutItem'),
    RevisionId: second.RevisionId,
  });
  expect(await db.deleteResourcePolicy({ ResourceArn })).toMatchObject({ RevisionId: second.RevisionId });
  expect((await db.deleteResourcePolicy({ ResourceArn })).RevisionId).toBeUndefined();
  await expect(db.putResourcePolicy({ ResourceArn, Policy: 'nonsense' })).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test("PutResourcePolicy: another account gets in by the table's policy", async () => {
  await using t = await startFixture();
  const db = t.cloud.client(DynamoDB);
  await createTable(t);
  const user = await userOf(t, stranger, { Action: 'dynamodb:*', Resource: '*' });
  const get = () => user.getItem({ TableName: TableArn, Key: Key('a') });
  await expect(get()).rejects.toMatchObject(denied);
  const Principal = { AWS: `arn:aws:iam::${stranger}:root` };
  const Policy = document({ Principal, Action: 'dynamodb:GetItem', Resource: TableArn });
  await db.putResourcePolicy({ ResourceArn: TableArn, Policy });
  await db.putItem({ TableName: 'table', Item: Key('a') });
  expect((await get()).Item).toEqual(Key('a'));
  await expect(user.putItem({ TableName: TableArn, Item: Key('a') })).rejects.toMatchObject(denied);
  const deny = { Effect: 'Deny', Principal: '*', Action: 'dynamodb:*', Resource: TableArn };
  await db.putResourcePolicy({ ResourceArn: TableArn, Policy: document(deny) });
  await expect(get()).rejects.toMatchObject(denied);
});

test('a policy admits to the table, the index and the parts of a transaction by their own names', async () => {
  await using t = await startFixture();
  await createTable(t);
  await createTable(t, 'other');
  const user = await userOf(t, owner, {
    Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:BatchGetItem'],
    Resource: TableArn,
  });
  await user.putItem({ TableName: 'table', Item: Key('a') });
  await expect(user.putItem({ TableName: 'other', Item: Key('a') })).rejects.toMatchObject(denied);
  await user.transactWriteItems({ TransactItems: [{ Put: { TableName: 'table', Item: Key('a') } }] });
  await expect(
    user.transactWriteItems({ TransactItems: [{ Delete: { TableName: 'table', Key: Key('a') } }] }),
  ).rejects.toMatchObject(denied);
  await user.batchGetItem({ RequestItems: { table: { Keys: [Key('a')] } } });
  await expect(user.batchGetItem({ RequestItems: { other: { Keys: [Key('a')] } } })).rejects.toMatchObject(denied);
  await expect(user.describeTable({ TableName: 'table' })).rejects.toMatchObject(denied);
});

test('dynamodb:LeadingKeys and dynamodb:Attributes admit to some items and attributes', async () => {
  await using t = await startFixture();
  await createTable(t);
  const user = await userOf(t, owner, {
    Action: ['dynamodb:GetItem', 'dynamodb:Query'],
    Resource: TableArn,
    Condition: {
      'ForAllValues:StringEquals': {
        'dynamodb:LeadingKeys': ['mine'],
        'dynamodb:Attributes': ['pk', 'sk', 'shown'],
      },
      StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    },
  });
  const get = (pk: string, ProjectionExpression?: string) =>
    user.getItem({ TableName: 'table', Key: Key(pk), ProjectionExpression });
  await get('mine', 'pk, shown');
  await expect(get('theirs', 'pk, shown')).rejects.toMatchObject(denied);
  await expect(get('mine', 'pk, kept')).rejects.toMatchObject(denied);
  await expect(get('mine')).rejects.toMatchObject(denied);
  const query = (pk: string) =>
    user.query({
      TableName: 'table',
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': 'pk' },
      ExpressionAttributeValues: { ':p': { S: pk } },
      ProjectionExpression: '#p',
    });
  await query('mine');
  await expect(query('theirs')).rejects.toMatchObject(denied);
});

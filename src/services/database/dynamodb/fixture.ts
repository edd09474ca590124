// A cloud with a frozen clock and a table or two, for tests.
import { type CreateTableCommandInput, CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { type RunningCloud, startCloud } from '../../../embed/index.ts';

export interface Fixture extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly dynamodb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
}

export async function startFixture(): Promise<Fixture> {
  const cloud = await startCloud({
    seed: 1,
    strict: true,
    clock: { kind: 'frozen' },
    startAt: new Date('2026-01-01T00:00:00Z'),
    report: (message) => {
      throw new Error(message);
    },
  });
  return {
    cloud,
    dynamodb: cloud.client(DynamoDBClient),
    streams: cloud.client(DynamoDBStreamsClient),
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

type Extra = Partial<CreateTableCommandInput>;

/** Makes a table `TableName` with keys `pk` and `sk` (strings), on demand, and waits until it is there. */
export async function createTable(fixture: Fixture, name = 'table', extra: Extra = {}): Promise<void> {
  const { AttributeDefinitions = [], ...rest } = extra;
  await fixture.dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        ...AttributeDefinitions,
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      ...rest,
    }),
  );
  await fixture.cloud.clock.advance(2);
}

/** An index of a table: `index('by-owner', 'owner', 'age')`. */
export const index = (name: string, hash: string, range?: string) => ({
  IndexName: name,
  KeySchema: [
    { AttributeName: hash, KeyType: 'HASH' as const },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' as const }]),
  ],
  Projection: { ProjectionType: 'ALL' as const },
});

export const text = (name: string) => ({ AttributeName: name, AttributeType: 'S' as const });
export const number = (name: string) => ({ AttributeName: name, AttributeType: 'N' as const });

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Chance, Ledger, type Worker } from './ledger.ts';

const TableName = 'things';
const keyOf = (id: string) => ({ id: { S: id } });

/** Single items; pairs written by transactions; fives written by batches. */
export function makeDynamoWorker(client: DynamoDBClient, chance: Chance, name: string): Worker {
  const items = new Ledger<number>();
  const groups = new Ledger<number>();
  let next = 1;
  const membersOf = (group: string): string[] =>
    Array.from({ length: group.startsWith('pair') ? 2 : 5 }, (_, at) => `${name}-${group}-${at}`);

  const changeItem = async (): Promise<void> => {
    const id = `${name}-${chance(20)}`;
    const value = next++;
    const Key = keyOf(id);
    const values = { ':n': { N: String(value) } };
    const kind = chance(4);
    if (kind === 0) await items.change(id, undefined, () => client.send(new DeleteItemCommand({ TableName, Key })));
    else if (kind === 1) {
      const UpdateExpression = 'SET n = :n';
      await items.change(id, value, () =>
        client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues: values })),
      );
    } else {
      const Item = { ...Key, n: { N: String(value) }, text: { S: 'x'.repeat(chance(2_000)) } };
      await items.change(id, value, () => client.send(new PutItemCommand({ TableName, Item })));
    }
  };

  const changePair = async (): Promise<void> => {
    const group = `pair${chance(5)}`;
    const value = next++;
    const TransactItems = membersOf(group).map((id) => ({
      Put: { TableName, Item: { ...keyOf(id), n: { N: String(value) } } },
    }));
    await groups.change(group, value, () => client.send(new TransactWriteItemsCommand({ TransactItems })));
  };

  const changeFive = async (): Promise<void> => {
    const group = `five${chance(5)}`;
    const value = next++;
    const Items = membersOf(group).map((id) => ({ PutRequest: { Item: { ...keyOf(id), n: { N: String(value) } } } }));
    await groups.change(group, value, () =>
      client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: Items } })),
    );
  };

  return {
    name,
    prepare: async () => {
      const definition = {
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      } as const;
      const known = await client.send(new DescribeTableCommand({ TableName })).catch(() => undefined);
      if (known === undefined)
        await client.send(
          new CreateTableCommand({
            ...definition,
            AttributeDefinitions: [...definition.AttributeDefinitions],
            KeySchema: [...definition.KeySchema],
          }),
        );
    },
    work: async () => {
      const kind = chance(3);
      await (kind === 0 ? changePair() : kind === 1 ? changeFive() : changeItem());
    },
    check: async () => {
      for (const id of items.touched) {
        const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(id), ConsistentRead: true }));
        items.check(id, Item === undefined ? undefined : Number(Item['n']?.N));
      }
      for (const group of groups.touched) {
        const Keys = membersOf(group).map(keyOf);
        const { Responses } = await client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
        const found = (Responses?.[TableName] ?? []).map((item) => Number(item['n']?.N));
        const [first] = found;
        const whole = found.length === 0 || (found.length === Keys.length && found.every((value) => value === first));
        if (!whole) throw new Error(`${name} ${group} is half done: ${JSON.stringify(found)}`);
        groups.check(group, first);
      }
      items.touched.clear();
      groups.touched.clear();
    },
  };
}

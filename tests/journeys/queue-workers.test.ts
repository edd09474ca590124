// Workers on a queue, as in examples/queue-workers: one crashes, one order cannot be done, and nothing is lost or done twice.
import { ConditionalCheckFailedException, DynamoDB } from '@aws-sdk/client-dynamodb';
import { SQS } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';

interface Order {
  readonly customer: string;
  readonly order: number;
  readonly goods?: string;
}

const visibilitySeconds = 300;

async function openShop(cloud: RunningCloud) {
  const sqs = cloud.client(SQS);
  const db = cloud.client(DynamoDB);
  const make = async (QueueName: string, Attributes: Record<string, string>): Promise<string> =>
    (await sqs.createQueue({ QueueName, Attributes: { FifoQueue: 'true', ...Attributes } })).QueueUrl as string;
  const dead = await make('order-dead.fifo', {});
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: dead, AttributeNames: ['QueueArn'] });
  const QueueUrl = await make('order.fifo', {
    VisibilityTimeout: String(visibilitySeconds),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 3 }),
  });
  await db.createTable({
    TableName: 'order-done',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'customer', AttributeType: 'S' },
      { AttributeName: 'order', AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: 'customer', KeyType: 'HASH' },
      { AttributeName: 'order', KeyType: 'RANGE' },
    ],
  });
  await cloud.clock.advance(10);

  const order = async (one: Order): Promise<string | undefined> => {
    const { SequenceNumber } = await sqs.sendMessage({
      QueueUrl,
      MessageBody: JSON.stringify(one),
      MessageGroupId: one.customer,
      MessageDeduplicationId: `${one.customer}-${one.order}`,
    });
    return SequenceNumber;
  };

  /** Does one order and says what came of it; undefined when none is to be had. */
  const work = async (crash = false): Promise<string | undefined> => {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 1 });
    const message = Messages[0];
    if (message === undefined) return undefined;
    const { customer, order: number, goods } = JSON.parse(message.Body ?? '') as Order;
    const name = `${customer} ${number}`;
    if (goods === undefined) return `${name} failed`;
    let outcome = 'done';
    await db
      .putItem({
        TableName: 'order-done',
        Item: { customer: { S: customer }, order: { N: String(number) }, goods: { S: goods } },
        ConditionExpression: 'attribute_not_exists(customer)',
      })
      .catch((error: unknown) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        outcome = 'was done';
      });
    if (crash) return `${name} crashed`;
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
    return `${name} ${outcome}`;
  };

  const workAll = async (): Promise<string[]> => {
    const outcomes: string[] = [];
    for (let outcome = await work(); outcome !== undefined; outcome = await work()) outcomes.push(outcome);
    return outcomes;
  };
  const buried = async (): Promise<(string | undefined)[]> =>
    ((await sqs.receiveMessage({ QueueUrl: dead, MaxNumberOfMessages: 10 })).Messages ?? []).map(({ Body }) => Body);
  return { order, work, workAll, buried };
}

test('FIFO orders: each customer keeps the order, a resend is no second order, a crash no loss, a poison message no plug (DRL-20)', async () => {
  await using cloud = await startCloud({
    clock: { kind: 'frozen' },
    startAt: new Date('2026-05-04T09:00:00Z'),
    seed: 'queue',
  });
  const { order, work, workAll, buried } = await openShop(cloud);
  await order({ customer: 'ann', order: 1, goods: 'moss' });
  await order({ customer: 'bob', order: 1, goods: 'gravel' });
  await order({ customer: 'ann', order: 2, goods: 'lantern' });
  await order({ customer: 'bob', order: 2 });
  const sent = await order({ customer: 'ann', order: 3, goods: 'bridge' });
  expect(await order({ customer: 'ann', order: 3, goods: 'bridge' })).toBe(sent);
  await order({ customer: 'bob', order: 3, goods: 'maple' });

  expect(await work(true)).toBe('ann 1 crashed');
  // The rest of ann's wait for the one in the crashed worker's hands, the rest of bob's for the one that failed.
  expect(await workAll()).toEqual(['bob 1 done', 'bob 2 failed']);
  await cloud.clock.advance(visibilitySeconds - 1);
  expect(await workAll()).toEqual([]);
  await cloud.clock.advance(1);
  const next = await workAll();
  // Between customers there is no order.
  expect(next.filter((outcome) => outcome.startsWith('ann'))).toEqual(['ann 1 was done', 'ann 2 done', 'ann 3 done']);
  expect(next.filter((outcome) => outcome.startsWith('bob'))).toEqual(['bob 2 failed']);
  await cloud.clock.advance(visibilitySeconds);
  expect(await workAll()).toEqual(['bob 2 failed']);
  expect(await buried()).toEqual([]);
  await cloud.clock.advance(visibilitySeconds);
  expect(await workAll()).toEqual(['bob 3 done']);
  expect(await buried()).toEqual([JSON.stringify({ customer: 'bob', order: 2 })]);
  const { Items = [] } = await cloud.client(DynamoDB).scan({ TableName: 'order-done' });
  expect(Items.map(({ customer, order: number }) => `${customer?.S} ${number?.N}`).sort()).toEqual([
    'ann 1',
    'ann 2',
    'ann 3',
    'bob 1',
    'bob 3',
  ]);
});

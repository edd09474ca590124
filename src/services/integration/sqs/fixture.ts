// What the tests of SQS share: a fresh cloud with a frozen clock, and a client of it.
import type { SQS } from '@aws-sdk/client-sqs';
import { type Cloud, openCloud } from '../../../cloud.ts';

export interface Fixture {
  readonly cloud: Cloud;
  readonly sqs: SQS;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A cloud whose clock stands still until the test moves it. */
export async function startFixture(): Promise<Fixture> {
  const cloud = await openCloud({ strict: true, seed: 1, clock: { kind: 'frozen' }, startAt: new Date('2026-01-01') });
  return { cloud, sqs: clientOf(cloud), [Symbol.asyncDispose]: () => cloud.close() };
}

export const clientOf = (cloud: Cloud, account?: string): SQS =>
  new Proxy({} as SQS, {
    get: (_target, method: string) => (input: object) =>
      cloud.call('sqs', method[0]?.toUpperCase() + method.slice(1), input ?? {}, { account }),
  });

export async function createQueue(sqs: SQS, name: string, attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl } = await sqs.createQueue({ QueueName: name, Attributes: attributes });
  return QueueUrl as string;
}

export const createFifo = (sqs: SQS, name: string, attributes: Record<string, string> = {}): Promise<string> =>
  createQueue(sqs, name, { FifoQueue: 'true', ...attributes });

/** Attributes of a queue, all of them. */
export async function attributesOf(sqs: SQS, QueueUrl: string): Promise<Record<string, string>> {
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  return Attributes as Record<string, string>;
}

/** How many messages are ready, delayed and in flight. */
export async function counts(sqs: SQS, QueueUrl: string): Promise<readonly number[]> {
  const all = await attributesOf(sqs, QueueUrl);
  return ['', 'Delayed', 'NotVisible'].map((suffix) => Number(all[`ApproximateNumberOfMessages${suffix}`]));
}

export async function bodiesOf(sqs: SQS, QueueUrl: string, count = 10): Promise<(string | undefined)[]> {
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: count });
  return Messages.map(({ Body }) => Body);
}

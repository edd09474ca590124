// What the tests of SQS share: a fresh cloud with a frozen clock, and a real SDK client of it.
import { SQS } from '@aws-sdk/client-sqs';
import { type RunningCloud, startCloud } from '../../../embed/index.ts';

export interface Fixture {
  readonly cloud: RunningCloud;
  readonly sqs: SQS;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A cloud whose clock stands still until the test moves it. */
export async function startFixture(): Promise<Fixture> {
  const cloud = await startCloud({ strict: true, seed: 1, clock: { kind: 'frozen' }, startAt: new Date('2026-01-01') });
  return { cloud, sqs: clientOf(cloud), [Symbol.asyncDispose]: () => cloud.close() };
}

/** An SDK client of the root user of an account. Its answers come without `$metadata`, so that a test can compare them whole. */
export function clientOf(cloud: RunningCloud, account = '000000000000'): SQS {
  const sqs = cloud.client(SQS, { credentials: { accessKeyId: account, secretAccessKey: 'test' } });
  sqs.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      Reflect.deleteProperty(result.output, '$metadata');
      return result;
    },
    { step: 'initialize' },
  );
  return sqs;
}

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

// SQS against a small model: a list of messages, searched from the front. Whatever is sent, received, deleted, hidden and waited for,
// both must hand out the same messages in the same order and count the same.
import type { SQS } from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunningCloud } from '../../../embed/index.ts';
import { counts, createFifo, createQueue, startFixture } from './fixture.ts';

interface ModelMessage {
  readonly body: string;
  readonly group: string;
  /** Seconds on the model's clock: until then nobody sees it. */
  hiddenUntil: number;
  isDelayed: boolean;
  receives: number;
}

/** A receipt of the model: the message, and which of its receives. */
interface ModelReceipt {
  readonly message: ModelMessage;
  readonly receives: number;
}

class Model {
  now = 0;
  messages: ModelMessage[] = [];
  receipts: ModelReceipt[] = [];
  readonly accepted = new Map<string, number>();
  readonly fifo: boolean;

  constructor(fifo: boolean) {
    this.fifo = fifo;
  }

  send(body: string, group: string, deduplicationId: string, delay: number): void {
    if (this.fifo) {
      if ((this.accepted.get(deduplicationId) ?? 0) > this.now) return;
      this.accepted.set(deduplicationId, this.now + 300);
    }
    this.messages.push({ body, group, hiddenUntil: this.now + delay, isDelayed: delay > 0, receives: 0 });
  }

  isHidden = (message: ModelMessage): boolean => message.hiddenUntil > this.now;

  /** The messages that a receive gives, in order. */
  receive(count: number, timeout: number): string[] {
    const taken: ModelMessage[] = [];
    const closed = new Set(this.messages.filter(this.isHidden).map(({ group }) => group));
    while (taken.length < count) {
      const next = this.messages.find(
        (message) => !this.isHidden(message) && !taken.includes(message) && !(this.fifo && closed.has(message.group)),
      );
      if (next === undefined) break;
      const line = this.fifo ? this.messages.filter(({ group }) => group === next.group) : [next];
      taken.push(...line.slice(0, count - taken.length));
      closed.add(next.group);
    }
    for (const message of taken) {
      message.hiddenUntil = this.now + timeout;
      message.isDelayed = false;
      message.receives += 1;
      this.receipts.push({ message, receives: message.receives });
    }
    return taken.map(({ body }) => body);
  }

  /** True when the receipt is still good. */
  holds = ({ message, receives }: ModelReceipt): boolean =>
    this.messages.includes(message) && this.isHidden(message) && message.receives === receives;

  counts(): number[] {
    const hidden = this.messages.filter(this.isHidden);
    const delayed = hidden.filter(({ isDelayed }) => isDelayed).length;
    return [this.messages.length - hidden.length, delayed, hidden.length - delayed];
  }
}

type Step = (
  real: { cloud: RunningCloud; sqs: SQS; QueueUrl: string; handles: string[] },
  model: Model,
) => Promise<void>;

const send = fc.record({ group: fc.constantFrom('a', 'b'), id: fc.nat(60), delay: fc.constantFrom(0, 0, 3) }).map(
  ({ group, id, delay }): Step =>
    async ({ sqs, QueueUrl }, model) => {
      const body = `${group}${id}@${model.messages.length}`;
      const fifo = { MessageGroupId: group, MessageDeduplicationId: `${id}` };
      await sqs.sendMessage({ QueueUrl, MessageBody: body, ...(model.fifo ? fifo : { DelaySeconds: delay }) });
      model.send(body, group, `${id}`, model.fifo ? 0 : delay);
    },
);

const receive = fc.record({ count: fc.integer({ min: 1, max: 10 }), timeout: fc.integer({ min: 1, max: 8 }) }).map(
  ({ count, timeout }): Step =>
    async ({ sqs, QueueUrl, handles }, model) => {
      const answer = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: count, VisibilityTimeout: timeout });
      const messages = answer.Messages ?? [];
      expect(messages.map(({ Body }) => Body)).toEqual(model.receive(count, timeout));
      handles.push(...messages.map(({ ReceiptHandle }) => ReceiptHandle as string));
    },
);

const remove = fc.nat().map(
  (pick): Step =>
    async ({ sqs, QueueUrl, handles }, model) => {
      if (handles.length === 0) return;
      const at = pick % handles.length;
      const receipt = model.receipts[at] as ModelReceipt;
      const call = sqs.deleteMessage({ QueueUrl, ReceiptHandle: handles[at] as string });
      if (model.fifo && model.messages.includes(receipt.message) && !model.holds(receipt)) {
        await expect(call).rejects.toMatchObject({ name: 'InvalidParameterValue' });
        return;
      }
      await call;
      model.messages = model.messages.filter((message) => message !== receipt.message);
    },
);

const hide = fc.record({ pick: fc.nat(), timeout: fc.constantFrom(0, 0, 1, 4, 8) }).map(
  ({ pick, timeout }): Step =>
    async ({ sqs, QueueUrl, handles }, model) => {
      if (handles.length === 0) return;
      const at = pick % handles.length;
      const receipt = model.receipts[at] as ModelReceipt;
      const ReceiptHandle = handles[at] as string;
      const call = sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout: timeout });
      const current = !model.fifo || receipt.message.receives === receipt.receives;
      if (!model.messages.includes(receipt.message) || !current || !model.isHidden(receipt.message)) {
        await expect(call).rejects.toMatchObject({
          name: expect.stringMatching('InvalidParameterValue|MessageNotInflight'),
        });
        return;
      }
      await call;
      receipt.message.hiddenUntil = model.now + timeout;
    },
);

const wait = fc.constantFrom(1, 1, 2, 2, 5, 301).map(
  (seconds): Step =>
    async ({ cloud }, model) => {
      await cloud.clock.advance(seconds);
      model.now += seconds;
    },
);

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: send },
    { weight: 4, arbitrary: receive },
    { weight: 3, arbitrary: remove },
    { weight: 2, arbitrary: hide },
    { weight: 2, arbitrary: wait },
  ),
  { minLength: 20, maxLength: 80 },
);

for (const fifo of [true, false])
  test(`property: a ${fifo ? 'FIFO' : 'standard'} queue does what a list does (SQS-08, SQS-12, SQS-13, SQS-15)`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (todo) => {
        await using fixture = await startFixture();
        const { cloud, sqs } = fixture;
        const QueueUrl = fifo ? await createFifo(sqs, 'q.fifo') : await createQueue(sqs, 'q');
        const model = new Model(fifo);
        const handles: string[] = [];
        for (const step of todo) {
          await step({ cloud, sqs, QueueUrl, handles }, model);
        }
        expect(await counts(sqs, QueueUrl)).toEqual(model.counts());
      }),
      { numRuns: 60, seed: 20260101 },
    );
  });

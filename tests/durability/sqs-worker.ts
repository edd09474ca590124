import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { answered, type Chance, type Worker } from './ledger.ts';

/** Messages sent one by one and in tens, received and deleted; of a FIFO queue their order too. */
export function makeSqsWorker(client: SQSClient, chance: Chance, name: string, fifo: boolean): Worker {
  let QueueUrl = '';
  let next = 1;
  /** Acknowledged and not deleted. */
  const there = new Set<string>();
  /** Sent or deleted without an answer: they may be there. Sets of a batch are there together or not. */
  const unsure: string[][] = [];
  const extra = (body: string) => (fifo ? { MessageGroupId: 'g', MessageDeduplicationId: body } : {});

  const send = async (): Promise<void> => {
    const bodies = Array.from({ length: chance(2) === 0 ? 1 : 10 }, () => String(next++));
    unsure.push(bodies);
    const Entries = bodies.map((body) => ({ Id: body, MessageBody: body, ...extra(body) }));
    const [only = ''] = bodies;
    if (bodies.length === 1)
      await answered(client.send(new SendMessageCommand({ QueueUrl, MessageBody: only, ...extra(only) })));
    else {
      const { Failed } = await answered(client.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
      if (Failed !== undefined && Failed.length > 0) throw new Error(`${name}: ${JSON.stringify(Failed)}`);
    }
    unsure.splice(unsure.indexOf(bodies), 1);
    for (const body of bodies) there.add(body);
  };

  const remove = async (): Promise<void> => {
    const { Messages: [message] = [] } = await answered(
      client.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: fifo ? 30 : 0 })),
    );
    if (message?.Body === undefined) return;
    const { Body, ReceiptHandle } = message;
    if (!there.delete(Body) && !unsure.some((bodies) => bodies.includes(Body)))
      throw new Error(`${name}: message ${Body} was received after it was deleted`);
    const bodies = [Body];
    unsure.push(bodies);
    await answered(client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
    unsure.splice(unsure.indexOf(bodies), 1);
  };

  /** Takes everything out of the queue. */
  const drain = async (): Promise<string[]> => {
    const found: string[] = [];
    for (;;) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
      );
      if (Messages.length === 0) return found;
      found.push(...Messages.map((message: Message) => message.Body ?? ''));
      const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  };

  return {
    name,
    prepare: async () => {
      const QueueName = `${name}${fifo ? '.fifo' : ''}`;
      const Attributes = fifo ? { FifoQueue: 'true' } : {};
      ({ QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName, Attributes })));
    },
    // What a FIFO queue hands out blocks its group, so it is only sent to; a check takes everything out.
    work: () => (!fifo && chance(3) === 0 ? remove() : send()),
    check: async () => {
      const found = await drain();
      const all = new Set(found);
      if (all.size !== found.length) throw new Error(`${name}: a message came twice`);
      for (const body of there) if (!all.has(body)) throw new Error(`${name}: message ${body} was lost`);
      for (const bodies of unsure) {
        const count = bodies.filter((body) => all.has(body)).length;
        if (count !== 0 && count !== bodies.length)
          throw new Error(`${name}: half of a batch is there: ${bodies.join()}`);
      }
      const known = new Set([...there, ...unsure.flat()]);
      const invented = found.filter((body) => !known.has(body));
      if (invented.length > 0) throw new Error(`${name}: messages came back: ${invented.join()}`);
      const ordered = found.every((body, at) => at === 0 || Number(body) > Number(found[at - 1]));
      if (fifo && !ordered) throw new Error(`${name}: the order was lost: ${found.join()}`);
      there.clear();
      unsure.length = 0;
    },
  };
}

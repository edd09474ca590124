// The library in one process: start, reset, and a call through a real SDK client, in milliseconds.
import { SQSClient, SendMessageCommand, CreateQueueCommand } from '@aws-sdk/client-sqs';
import { startCloud } from '../dist/embed/index.js';

const timed = async (work) => {
  const from = performance.now();
  const result = await work();
  return [performance.now() - from, result];
};
const [startMs, cloud] = await timed(() => startCloud());
const client = cloud.client(SQSClient);
const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'q' }));
const send = () => client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
for (let i = 0; i < 500; i++) await send();
const [total] = await timed(async () => {
  for (let i = 0; i < 1_000; i++) await send();
});
const resets = [];
for (let i = 0; i < 9; i++) {
  await client.send(new CreateQueueCommand({ QueueName: 'q' }));
  for (let n = 0; n < 50; n++) await send();
  resets.push((await timed(() => cloud.reset()))[0]);
}
await cloud.close();
console.log(JSON.stringify({ startMs, callMs: total / 1_000, resetMs: resets.sort((a, b) => a - b)[4] }));

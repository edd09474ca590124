import { expect, test } from 'vitest';
import { bodiesOf, createQueue, startFixture } from './fixture.ts';

test('fair queues: messages of quiet tenants go before those of a noisy one, which waits and is not lost', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q', { VisibilityTimeout: '600' });
  const send = (MessageBody: string, MessageGroupId?: string) =>
    sqs.sendMessage({ QueueUrl, MessageBody, ...(MessageGroupId && { MessageGroupId }) });
  for (let i = 0; i < 40; i++) await send(`noisy ${i}`, 'noisy');
  await send('quiet 1', 'quiet');
  await send('of nobody');
  await send('quiet 2', 'quiet');
  for (let i = 0; i < 29; i++) expect(await bodiesOf(sqs, QueueUrl, 1)).toEqual([`noisy ${i}`]);
  // With the thirtieth in flight the tenant is noisy, even within one call.
  expect(await bodiesOf(sqs, QueueUrl, 10)).toEqual([
    'noisy 29',
    'quiet 1',
    'of nobody',
    'quiet 2',
    'noisy 30',
    'noisy 31',
    'noisy 32',
    'noisy 33',
    'noisy 34',
    'noisy 35',
  ]);
});

test('fair queues: of several noisy tenants the one with the fewest messages in flight goes first', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q', { VisibilityTimeout: '600' });
  for (let i = 0; i < 31; i++) await sqs.sendMessage({ QueueUrl, MessageBody: 'a', MessageGroupId: 'a' });
  for (let i = 0; i < 3; i++) await bodiesOf(sqs, QueueUrl, 10);
  await bodiesOf(sqs, QueueUrl, 1); // a: 31 in flight
  for (let i = 0; i < 30; i++) await sqs.sendMessage({ QueueUrl, MessageBody: 'b', MessageGroupId: 'b' });
  for (let i = 0; i < 3; i++) await bodiesOf(sqs, QueueUrl, 10); // b: 30 in flight
  for (const group of ['a', 'a', 'b', 'b'])
    await sqs.sendMessage({ QueueUrl, MessageBody: group, MessageGroupId: group });
  expect(await bodiesOf(sqs, QueueUrl, 2)).toEqual(['b', 'a']); // 30 < 31, then both have 31 and the tie goes by name
  expect((await bodiesOf(sqs, QueueUrl, 2)).toSorted()).toEqual(['a', 'b']);
});

test('a standard queue hands out messages of one group side by side', async () => {
  await using fixture = await startFixture();
  const { sqs } = fixture;
  const QueueUrl = await createQueue(sqs, 'q');
  for (const MessageBody of ['1', '2', '3']) await sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId: 'g' });
  expect(await bodiesOf(sqs, QueueUrl, 1)).toEqual(['1']);
  expect(await bodiesOf(sqs, QueueUrl, 10)).toEqual(['2', '3']);
});

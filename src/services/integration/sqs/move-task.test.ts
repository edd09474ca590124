import { expect, test } from 'vitest';
import { bodiesOf, counts, createQueue, startFixture, type Fixture } from './fixture.ts';

const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

/** A source with `count` messages that all ended in its dead-letter queue, and a queue to move them to. */
async function startWithDead(count: number): Promise<Fixture & { source: string; dead: string; other: string }> {
  const fixture = await startFixture();
  const { sqs } = fixture;
  const dead = await createQueue(sqs, 'dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn('dead'), maxReceiveCount: 1 });
  const source = await createQueue(sqs, 'source', { RedrivePolicy, VisibilityTimeout: '0' });
  const other = await createQueue(sqs, 'other');
  for (let i = 0; i < count; i++) await sqs.sendMessage({ QueueUrl: source, MessageBody: `m${i}` });
  while ((await counts(sqs, dead))[0] !== count) await bodiesOf(sqs, source);
  return { ...fixture, source, dead, other };
}

test('StartMessageMoveTask: moves messages to a queue of choice, as new ones (recorded, SQS-10)', async () => {
  const { sqs, cloud, dead, other } = await startWithDead(2);
  const { TaskHandle } = await sqs.startMessageMoveTask({ SourceArn: arn('dead'), DestinationArn: arn('other') });
  expect(TaskHandle).toBeTruthy();
  await cloud.clock.advance(1);
  expect(await sqs.listMessageMoveTasks({ SourceArn: arn('dead') })).toEqual({
    Results: [
      {
        Status: 'COMPLETED',
        SourceArn: arn('dead'),
        DestinationArn: arn('other'),
        ApproximateNumberOfMessagesMoved: 2,
        ApproximateNumberOfMessagesToMove: 2,
        StartedTimestamp: 1_767_225_600_000,
      },
    ],
  });
  expect(await counts(sqs, dead)).toEqual([0, 0, 0]);
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: other, MessageSystemAttributeNames: ['All'] });
  expect(Messages[0]?.Attributes).toEqual({
    SenderId: '000000000000',
    SentTimestamp: '1767225600000',
    ApproximateReceiveCount: '1',
    ApproximateFirstReceiveTimestamp: '1767225601000',
  });
  await cloud.close();
});

test('StartMessageMoveTask: without a destination, back to where they came from (recorded)', async () => {
  const { sqs, cloud, source } = await startWithDead(2);
  await sqs.startMessageMoveTask({ SourceArn: arn('dead') });
  await cloud.clock.advance(1);
  expect(await counts(sqs, source)).toEqual([2, 0, 0]);
  const { Results = [] } = await sqs.listMessageMoveTasks({ SourceArn: arn('dead') });
  expect(Results[0]).toMatchObject({ Status: 'COMPLETED' });
  expect(Results[0]).not.toHaveProperty('DestinationArn');
  await cloud.close();
});

test('StartMessageMoveTask: a message that no queue gave up has nowhere to go back to', async () => {
  const { sqs, cloud, dead } = await startWithDead(0);
  await sqs.sendMessage({ QueueUrl: dead, MessageBody: 'sent here' });
  await sqs.startMessageMoveTask({ SourceArn: arn('dead') });
  await cloud.clock.advance(1);
  const { Results = [] } = await sqs.listMessageMoveTasks({ SourceArn: arn('dead') });
  expect(Results[0]).toMatchObject({ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' });
  expect(await counts(sqs, dead)).toEqual([1, 0, 0]);
  await cloud.close();
});

test('move tasks: at the rate asked for, one at a time, until cancelled (recorded)', async () => {
  const { sqs, cloud, dead, other } = await startWithDead(10);
  const task = { SourceArn: arn('dead'), DestinationArn: arn('other'), MaxNumberOfMessagesPerSecond: 1 };
  const { TaskHandle } = await sqs.startMessageMoveTask(task);
  await cloud.clock.advance(1);
  await expect(sqs.startMessageMoveTask(task)).rejects.toMatchObject({
    name: 'InvalidParameterValue',
    message: 'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
  });
  const list = async () => (await sqs.listMessageMoveTasks({ SourceArn: arn('dead') })).Results?.[0];
  expect(await list()).toMatchObject({
    Status: 'RUNNING',
    TaskHandle,
    ApproximateNumberOfMessagesMoved: 2,
    ApproximateNumberOfMessagesToMove: 10,
    MaxNumberOfMessagesPerSecond: 1,
  });
  expect(await sqs.cancelMessageMoveTask({ TaskHandle })).toEqual({ ApproximateNumberOfMessagesMoved: 2 });
  await cloud.clock.advance(60);
  expect(await list()).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: 2 });
  expect(await list()).not.toHaveProperty('TaskHandle');
  expect([await counts(sqs, dead), await counts(sqs, other)]).toEqual([
    [8, 0, 0],
    [2, 0, 0],
  ]);
  await cloud.close();
});

test('move tasks: fail when the destination is deleted meanwhile (recorded)', async () => {
  const { sqs, cloud, other } = await startWithDead(10);
  await sqs.startMessageMoveTask({
    SourceArn: arn('dead'),
    DestinationArn: arn('other'),
    MaxNumberOfMessagesPerSecond: 1,
  });
  await cloud.clock.advance(2);
  await sqs.deleteQueue({ QueueUrl: other });
  await cloud.clock.advance(1);
  expect((await sqs.listMessageMoveTasks({ SourceArn: arn('dead') })).Results).toMatchObject([
    {
      Status: 'FAILED',
      FailureReason: 'AWS.SimpleQueueService.NonExistentQueue',
      ApproximateNumberOfMessagesMoved: 3,
      ApproximateNumberOfMessagesToMove: 10,
    },
  ]);
  await cloud.close();
});

test('move tasks: what is refused, in the words of AWS (recorded)', async () => {
  const { sqs, cloud } = await startWithDead(0);
  const refused = (call: Promise<object>, name: string, message: string) =>
    expect(call).rejects.toMatchObject({ name, message });
  const noSource = "The resource that you specified for the SourceArn parameter doesn't exist.";
  await refused(sqs.startMessageMoveTask({ SourceArn: arn('nowhere') }), 'ResourceNotFoundException', noSource);
  await refused(
    sqs.startMessageMoveTask({ SourceArn: arn('dead'), DestinationArn: arn('nowhere') }),
    'ResourceNotFoundException',
    "The resource that you specified for the DestinationArn parameter doesn't exist.",
  );
  await refused(
    sqs.startMessageMoveTask({ SourceArn: arn('other') }),
    'InvalidParameterValue',
    'Source queue must be configured as a Dead Letter Queue.',
  );
  const handle = (taskId: string, sourceArn: string) =>
    Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64');
  const cancel = (TaskHandle: string) => sqs.cancelMessageMoveTask({ TaskHandle });
  await refused(cancel('foobared'), 'InvalidParameterValue', 'Value for parameter TaskHandle is invalid.');
  await refused(cancel(handle('x', arn('nowhere'))), 'ResourceNotFoundException', noSource);
  await refused(cancel(handle('x', arn('dead'))), 'ResourceNotFoundException', 'Task does not exist.');
  await cloud.close();
});

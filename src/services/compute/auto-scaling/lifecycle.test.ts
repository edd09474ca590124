import { IAM } from '@aws-sdk/client-iam';
import { SQS } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { startFixture } from './fixture.ts';

const launching = 'autoscaling:EC2_INSTANCE_LAUNCHING';
const terminating = 'autoscaling:EC2_INSTANCE_TERMINATING';
const group = { AutoScalingGroupName: 'web' };

test('lifecycle hooks: a launch waits until somebody completes it (ASG-19)', async () => {
  await using fixture = await startFixture();
  const { scaling, cloud } = fixture;
  const sqs = cloud.client(SQS);
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName: 'hooks' });
  const statement = (more: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
  const iam = cloud.client(IAM);
  await iam.createRole({
    RoleName: 'hooks',
    AssumeRolePolicyDocument: statement({
      Principal: { Service: 'autoscaling.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
  });
  await iam.putRolePolicy({
    RoleName: 'hooks',
    PolicyName: 'send',
    PolicyDocument: statement({ Action: 'sqs:SendMessage', Resource: '*' }),
  });
  await fixture.makeGroup({
    DesiredCapacity: 1,
    LifecycleHookSpecificationList: [
      {
        LifecycleHookName: 'prepare',
        LifecycleTransition: launching,
        NotificationTargetARN: 'arn:aws:sqs:us-east-1:000000000000:hooks',
        NotificationMetadata: 'blue',
        RoleARN: 'arn:aws:iam::000000000000:role/hooks',
      },
    ],
  });
  expect((await fixture.members()).map(({ state }) => state)).toEqual(['Pending:Wait']);
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl });
  const message = JSON.parse(Messages[0]?.Body ?? '{}') as Record<string, string>;
  expect(message).toMatchObject({
    Service: 'AWS Auto Scaling',
    LifecycleHookName: 'prepare',
    LifecycleTransition: launching,
    NotificationMetadata: 'blue',
    EC2InstanceId: (await fixture.members())[0]?.id,
  });
  await scaling.completeLifecycleAction({
    ...group,
    LifecycleHookName: 'prepare',
    LifecycleActionToken: message.LifecycleActionToken,
    LifecycleActionResult: 'CONTINUE',
  });
  await fixture.advance(1);
  expect((await fixture.members()).map(({ state }) => state)).toEqual(['InService']);
});

test('lifecycle hooks: without an answer the default result counts; an abandoned launch is ended and tried again (ASG-20)', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 0 });
  await scaling.putLifecycleHook({
    ...group,
    LifecycleHookName: 'prepare',
    LifecycleTransition: launching,
    HeartbeatTimeout: 60,
  });
  await scaling.setDesiredCapacity({ ...group, DesiredCapacity: 1 });
  await fixture.advance(10);
  const [first] = await fixture.members();
  await fixture.advance(40);
  await scaling.recordLifecycleActionHeartbeat({ ...group, LifecycleHookName: 'prepare', InstanceId: first?.id });
  await fixture.advance(50);
  expect((await fixture.members()).map(({ id, state }) => `${id} ${state}`)).toEqual([`${first?.id} Pending:Wait`]);
  await fixture.advance(30);
  const members = await fixture.members();
  expect(members.map(({ state }) => state)).toEqual(['Pending:Wait']);
  expect(members[0]?.id).not.toBe(first?.id);
  const { Activities = [] } = await scaling.describeScalingActivities(group);
  const cancelled = Activities.find(({ StatusCode }) => StatusCode === 'Cancelled');
  expect(cancelled?.StatusMessage).toMatch(
    /^Instance failed to complete user's Lifecycle Action: Lifecycle Action with token [0-9a-f-]{36} was abandoned: Heartbeat Timeout$/,
  );
  const hooks = await scaling.describeLifecycleHooks(group);
  expect(hooks.LifecycleHooks?.[0]).toMatchObject({
    HeartbeatTimeout: 60,
    GlobalTimeout: 6_000,
    DefaultResult: 'ABANDON',
  });
});

test('lifecycle hooks: a termination waits, and goes on whatever the result (ASG-19)', async () => {
  await using fixture = await startFixture();
  const { scaling } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 1 });
  await scaling.putLifecycleHook({ ...group, LifecycleHookName: 'save', LifecycleTransition: terminating });
  const [member] = await fixture.members();
  await scaling.terminateInstanceInAutoScalingGroup({
    InstanceId: member?.id as string,
    ShouldDecrementDesiredCapacity: true,
  });
  await fixture.advance(60);
  expect((await fixture.members()).map(({ state }) => state)).toEqual(['Terminating:Wait']);
  await expect(
    scaling.completeLifecycleAction({
      ...group,
      LifecycleHookName: 'save',
      InstanceId: 'i-00000000000000000',
      LifecycleActionResult: 'CONTINUE',
    }),
  ).rejects.toMatchObject({ message: 'No active Lifecycle Action found with instance ID i-00000000000000000' });
  await scaling.completeLifecycleAction({
    ...group,
    LifecycleHookName: 'save',
    InstanceId: member?.id,
    LifecycleActionResult: 'ABANDON',
  });
  await fixture.advance(10);
  expect(await fixture.members()).toEqual([]);
});

test('PutLifecycleHook: heartbeat timeouts are from 30 to 7,200 seconds (ASG-20)', async () => {
  await using fixture = await startFixture();
  await fixture.makeGroup({ DesiredCapacity: 0 });
  const put = (HeartbeatTimeout: number) =>
    fixture.scaling.putLifecycleHook({
      ...group,
      LifecycleHookName: 'a',
      LifecycleTransition: launching,
      HeartbeatTimeout,
    });
  await expect(put(29)).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(put(7_201)).rejects.toMatchObject({ name: 'ValidationError' });
  await put(7_200);
  const { LifecycleHooks } = await fixture.scaling.describeLifecycleHooks(group);
  expect(LifecycleHooks?.[0]?.GlobalTimeout).toBe(172_800);
});

test('warm pool: prepared instances are stopped, join the group as it grows, and are filled up again', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await fixture.makeGroup({ DesiredCapacity: 1, MaxSize: 3 });
  await scaling.putWarmPool({ ...group, MinSize: 1 });
  await fixture.advance(30);
  const pool = async () => (await scaling.describeWarmPool(group)).Instances ?? [];
  expect((await pool()).map(({ LifecycleState }) => LifecycleState)).toEqual(['Warmed:Stopped', 'Warmed:Stopped']);
  const ids = (await pool()).map(({ InstanceId }) => InstanceId as string);
  const { Reservations = [] } = await ec2.describeInstances({ InstanceIds: ids });
  expect(Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name))).toEqual([
    'stopped',
    'stopped',
  ]);
  await scaling.setDesiredCapacity({ ...group, DesiredCapacity: 3 });
  await fixture.advance(30);
  const members = await fixture.members();
  expect(members.map(({ state }) => state)).toEqual(['InService', 'InService', 'InService']);
  expect(members.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  expect(await pool()).toHaveLength(1);
  await scaling.deleteWarmPool({ ...group, ForceDelete: true });
  await fixture.advance(30);
  const { AutoScalingGroups } = await scaling.describeAutoScalingGroups({});
  expect(AutoScalingGroups?.[0]?.WarmPoolConfiguration).toBeUndefined();
});

test('InstanceLifecyclePolicy: an instance whose termination was abandoned is kept until somebody ends it', async () => {
  await using fixture = await startFixture();
  const { scaling, ec2 } = fixture;
  await fixture.makeGroup({
    DesiredCapacity: 1,
    InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' } },
    LifecycleHookSpecificationList: [
      {
        LifecycleHookName: 'drain',
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: 60,
        DefaultResult: 'ABANDON',
      },
    ],
  });
  const id = (await fixture.members())[0]?.id as string;
  await scaling.setDesiredCapacity({ AutoScalingGroupName: 'web', DesiredCapacity: 0 });
  await fixture.advance(120);
  expect((await fixture.members()).map(({ state }) => state)).toEqual(['Terminating:Retained']);
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [id] });
  expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe('running');
  await scaling.terminateInstanceInAutoScalingGroup({ InstanceId: id, ShouldDecrementDesiredCapacity: false });
  await fixture.advance(30);
  expect(await fixture.members()).toEqual([]);
});

import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import type { ExperimentAction } from '@aws-sdk/client-fis';
import { expect, test } from 'vitest';
import { refusal } from '../../networking/vpc/ec2.fixture.ts';
import { arn, startFixture, statesOf } from './fixture.ts';

const wait = (startAfter?: string[]) => ({
  actionId: 'aws:fis:wait',
  parameters: { duration: 'PT1M' },
  ...(startAfter === undefined ? {} : { startAfter }),
});

const statuses = (actions: Record<string, ExperimentAction> | undefined): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(actions ?? {}).map(([name, { state }]) => [name, state?.status]));

const web = (selectionMode: string) => ({
  web: { resourceType: 'aws:ec2:instance', resourceTags: { role: 'web' }, selectionMode },
});

test('StartExperiment: actions begin after those that they wait for, on the clock, and the experiment is completed', async () => {
  await using fixture = await startFixture();
  const { fis, cloud, roleArn } = fixture;
  const actions = { first: wait(), second: wait(['first']), beside: wait() };
  const { experimentTemplate } = await fis.createExperimentTemplate({
    description: 'order',
    roleArn,
    stopConditions: [{ source: 'none' }],
    actions,
  });
  const input = { experimentTemplateId: experimentTemplate?.id as string, clientToken: 'once', tags: { run: '1' } };
  const { experiment: started } = await fis.startExperiment(input);
  expect(started).toMatchObject({
    state: { status: 'initiating', reason: 'Experiment is initiating.' },
    actions: { first: { state: { status: 'pending', reason: 'Initial state' } } },
    tags: { run: '1' },
  });
  expect((await fis.startExperiment(input)).experiment?.id).toBe(started?.id);
  await cloud.clock.advance(1);
  const running = await fixture.experiment(started?.id);
  expect(running.state?.status).toBe('running');
  expect(statuses(running.actions)).toEqual({ first: 'running', second: 'pending', beside: 'running' });
  await cloud.clock.advance(60);
  expect(statuses((await fixture.experiment(started?.id)).actions)).toEqual({
    first: 'completed',
    second: 'running',
    beside: 'completed',
  });
  await cloud.clock.advance(60);
  const ended = await fixture.experiment(started?.id);
  expect(ended).toMatchObject({ state: { status: 'completed' }, endTime: cloud.clock.now() });
  expect(ended.actions?.['second']).toMatchObject({
    state: { status: 'completed', reason: 'Action was completed.' },
    endTime: cloud.clock.now(),
  });
  expect((await fis.listExperiments({})).experiments).toMatchObject([
    { id: started?.id, state: { status: 'completed' } },
  ]);
  expect((await refusal(fis.stopExperiment({ id: started?.id as string })))[0]).toBe('ValidationException');
});

test('aws:ec2:stop-instances: stops chosen instances, and starts them after the duration', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2, fis } = fixture;
  const ids = await fixture.launch(0, 4);
  const { id } = await fixture.start({
    targets: {
      web: {
        ...web('PERCENT(50)').web,
        filters: [
          { path: 'State.Name', values: ['running'] },
          { path: 'Placement.AvailabilityZone', values: ['us-east-1a'] },
        ],
      },
    },
    actions: {
      stop: {
        actionId: 'aws:ec2:stop-instances',
        parameters: { startInstancesAfterDuration: 'PT10M' },
        targets: { Instances: 'web' },
      },
    },
  });
  await cloud.clock.advance(30);
  const stopped = Object.entries(await statesOf(ec2)).flatMap(([one, state]) => (state === 'stopped' ? one : []));
  expect(stopped).toHaveLength(2);
  const { resolvedTargets = [] } = await fis.listExperimentResolvedTargets({ experimentId: id as string });
  expect(resolvedTargets.map(({ targetInformation }) => targetInformation?.['arn']).sort()).toEqual(
    stopped.map((one) => arn('instance', one)).sort(),
  );
  await cloud.clock.advance(600);
  expect(Object.values(await statesOf(ec2))).toEqual(ids.map(() => 'running'));
  expect((await fixture.experiment(id)).state?.status).toBe('completed');
});

test('StopExperiment: running actions are taken back, pending ones are cancelled', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2, fis } = fixture;
  await fixture.launch(0, 1);
  const { id } = await fixture.start({
    targets: web('ALL'),
    actions: {
      stop: {
        actionId: 'aws:ec2:stop-instances',
        parameters: { startInstancesAfterDuration: 'PT1H' },
        targets: { Instances: 'web' },
      },
      later: wait(['stop']),
    },
  });
  await cloud.clock.advance(60);
  expect(Object.values(await statesOf(ec2))).toEqual(['stopped']);
  const { experiment } = await fis.stopExperiment({ id: id as string });
  expect(experiment?.state?.status).toBe('stopping');
  await cloud.clock.advance(10);
  const ended = await fixture.experiment(id);
  expect(ended.state).toMatchObject({ status: 'stopped', reason: 'Experiment stopped by user.' });
  expect(statuses(ended.actions)).toEqual({ stop: 'stopped', later: 'cancelled' });
  expect(Object.values(await statesOf(ec2))).toEqual(['running']);
});

test('Stop condition: an alarm that goes to ALARM stops the experiment, and one that is there lets none begin', async () => {
  await using fixture = await startFixture();
  const { cloud } = fixture;
  const cloudwatch = cloud.client(CloudWatch);
  await cloudwatch.putMetricAlarm({
    AlarmName: 'errors',
    Namespace: 'mine',
    MetricName: 'errors',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
  });
  const setState = (StateValue: 'OK' | 'ALARM') =>
    cloudwatch.setAlarmState({ AlarmName: 'errors', StateValue, StateReason: 'drill' });
  await setState('OK');
  const stopConditions = [
    { source: 'aws:cloudwatch:alarm', value: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors' },
  ];
  const { id, state } = await fixture.start({ stopConditions, actions: { wait: wait() } });
  expect(state?.status).toBe('running');
  await setState('ALARM');
  await cloud.clock.advance(1);
  expect((await fixture.experiment(id)).state).toMatchObject({
    status: 'stopped',
    reason: 'Experiment halted by stop condition.',
  });
  const second = await fixture.start({ stopConditions, actions: { wait: wait() } });
  await cloud.clock.advance(1);
  expect((await fixture.experiment(second.id)).state).toMatchObject({ status: 'failed' });
});

test('emptyTargetResolutionMode: nothing to act on fails the experiment, or skips the action', async () => {
  await using fixture = await startFixture();
  const actions = {
    stop: { actionId: 'aws:ec2:terminate-instances', targets: { Instances: 'web' } },
    wait: wait(['stop']),
  };
  const failed = await fixture.start({ targets: web('ALL'), actions });
  expect(failed.state).toMatchObject({ status: 'failed', reason: 'Target resolution returned empty set' });
  const skipping = await fixture.start({
    targets: web('ALL'),
    actions,
    experimentOptions: { emptyTargetResolutionMode: 'skip' },
  });
  expect(statuses(skipping.actions)).toEqual({ stop: 'skipped', wait: 'running' });
});

test('Actions act as the experiment’s role: what it may not do fails the experiment, and takes back what runs', async () => {
  await using fixture = await startFixture(['ec2:DescribeInstances', 'ec2:StopInstances', 'ec2:StartInstances']);
  const { cloud, ec2 } = fixture;
  await fixture.launch(0, 1);
  const { id } = await fixture.start({
    targets: web('ALL'),
    actions: {
      stop: {
        actionId: 'aws:ec2:stop-instances',
        parameters: { startInstancesAfterDuration: 'PT1H' },
        targets: { Instances: 'web' },
      },
      wait: wait(),
      end: { actionId: 'aws:ec2:terminate-instances', targets: { Instances: 'web' }, startAfter: ['wait'] },
    },
  });
  await cloud.clock.advance(90);
  const ended = await fixture.experiment(id);
  expect(ended.state?.status).toBe('failed');
  expect(ended.state?.reason).toContain('UnauthorizedOperation');
  expect(statuses(ended.actions)).toEqual({ stop: 'stopped', wait: 'completed', end: 'failed' });
  expect(Object.values(await statesOf(ec2))).toEqual(['running']);
});

test('StartExperiment: a role that does not trust FIS, or is not there, fails the experiment', async () => {
  await using fixture = await startFixture();
  const { state } = await fixture.start({
    roleArn: 'arn:aws:iam::000000000000:role/nobody',
    actions: { wait: wait() },
  });
  expect(state).toMatchObject({ status: 'failed' });
  expect(state?.reason).toContain('AccessDenied');
});

test('Safety lever: engaged, it stops what runs and lets nothing start', async () => {
  await using fixture = await startFixture();
  const { cloud, fis } = fixture;
  const { id, experimentTemplateId } = await fixture.start({ actions: { wait: wait() } });
  const lever = (status: string) =>
    cloud.inside.call<object, { safetyLever: object }>('fis', 'UpdateSafetyLeverState', {
      id: 'default',
      state: { status, reason: 'an incident' },
    });
  expect((await lever('engaged')).safetyLever).toMatchObject({ state: { status: 'engaged' } });
  await cloud.clock.advance(1);
  expect((await fixture.experiment(id)).state).toMatchObject({ status: 'failed' });
  const again = { experimentTemplateId: experimentTemplateId as string };
  expect((await refusal(fis.startExperiment(again)))[0]).toBe('ConflictException');
  await lever('disengaged');
  expect((await fis.startExperiment(again)).experiment?.state?.status).toBe('initiating');
});

test('Actions that are not built here fail, and say so', async () => {
  await using fixture = await startFixture();
  await fixture.launch(0, 1);
  const { state } = await fixture.start({
    targets: web('ALL'),
    actions: {
      send: {
        actionId: 'aws:ssm:send-command',
        parameters: { documentArn: 'arn:aws:ssm:us-east-1::document/AWSFIS-Run-CPU-Stress', duration: 'PT1M' },
        targets: { Instances: 'web' },
      },
    },
  });
  expect(state).toMatchObject({ status: 'failed' });
  expect(state?.reason).toContain('Hakoniwa does not run aws:ssm:send-command');
});

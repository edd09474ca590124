import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import type { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import {
  type Fixture,
  launchIn,
  makeSubnet,
  makeVpc,
  refusal,
  startFixture,
} from '../../networking/vpc/ec2.fixture.ts';

const statusOf = async (ec2: EC2, id: string) =>
  (await ec2.describeInstanceStatus({ InstanceIds: [id] })).InstanceStatuses?.[0];

const instanceOf = async (ec2: EC2, id: string) =>
  (await ec2.describeInstances({ InstanceIds: [id] })).Reservations?.[0]?.Instances?.[0];

/** A server that has run for some minutes. */
async function makeServer(fixture: Fixture, recovers = true): Promise<string> {
  const vpcId = await makeVpc(fixture.ec2);
  const subnetId = await makeSubnet(fixture.ec2, vpcId, '10.0.1.0/24');
  const { Attachment, NetworkInterfaceId } = await launchIn(fixture, subnetId, {
    MaintenanceOptions: { AutoRecovery: recovers ? 'default' : 'disabled' },
  });
  expect(Attachment?.Status).toBe('attached');
  const { NetworkInterfaces } = await fixture.ec2.describeNetworkInterfaces({
    NetworkInterfaceIds: [NetworkInterfaceId as string],
  });
  await fixture.cloud.clock.advance(60);
  return NetworkInterfaces?.[0]?.Attachment?.InstanceId as string;
}

test('Auto recovery: an instance leaves a failed host by itself, with the same ID, address and volumes (EC2-20)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const instance = await makeServer(fixture);
  const before = await instanceOf(ec2, instance);
  const { bootedAt } = await cloud.guests.find(instance);
  const fault = cloud.faults.add({ kind: 'instance', instance, status: 'system' });
  expect(await statusOf(ec2, instance)).toMatchObject({
    SystemStatus: { Status: 'impaired', Details: [{ ImpairedSince: new Date(fault.from) }] },
    Events: [],
  });
  await cloud.clock.advance(299);
  expect((await statusOf(ec2, instance))?.SystemStatus?.Status).toBe('impaired');
  await cloud.clock.advance(1);
  expect(await statusOf(ec2, instance)).toMatchObject({
    SystemStatus: { Status: 'ok' },
    InstanceStatus: { Status: 'ok' },
  });
  expect(await instanceOf(ec2, instance)).toEqual(before);
  expect((await cloud.guests.find(instance)).bootedAt > bootedAt).toBe(true);
  expect(cloud.faults.list()).toMatchObject([{ id: fault.id, state: 'ended' }]);
});

test('Auto recovery: one that is turned off stays on its host and is told to leave it; a stop and start does (EC2-20)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const instance = await makeServer(fixture, false);
  cloud.faults.add({ kind: 'instance', instance, status: 'system' });
  await cloud.clock.advance(3_600);
  expect(await statusOf(ec2, instance)).toMatchObject({
    SystemStatus: { Status: 'impaired' },
    Events: [{ Code: 'instance-stop', Description: 'The instance is running on degraded hardware' }],
  });
  const filter = { Name: 'event.code', Values: ['instance-stop'] };
  expect((await ec2.describeInstanceStatus({ Filters: [filter] })).InstanceStatuses).toHaveLength(1);
  await ec2.stopInstances({ InstanceIds: [instance] });
  await cloud.clock.advance(10);
  await ec2.startInstances({ InstanceIds: [instance] });
  await cloud.clock.advance(120);
  expect(await statusOf(ec2, instance)).toMatchObject({ SystemStatus: { Status: 'ok' }, Events: [] });
});

test('Auto recovery: an alarm on StatusCheckFailed_System with ec2:recover does it, and comes first (EC2-20)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const instance = await makeServer(fixture, false);
  await cloud.client(CloudWatch).putMetricAlarm({
    AlarmName: 'recover',
    Namespace: 'AWS/EC2',
    MetricName: 'StatusCheckFailed_System',
    Dimensions: [{ Name: 'InstanceId', Value: instance }],
    Statistic: 'Maximum',
    Period: 60,
    EvaluationPeriods: 2,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    AlarmActions: ['arn:aws:automate:us-east-1:ec2:recover'],
  });
  await cloud.clock.advance(60);
  cloud.faults.add({ kind: 'instance', instance, status: 'system' });
  await cloud.clock.advance(240);
  expect((await statusOf(ec2, instance))?.SystemStatus?.Status).toBe('ok');
  expect(cloud.faults.list()[0]?.state).toBe('ended');
});

test('Auto recovery: nothing moves out of a zone that is lost (EC2-20, RGN-03)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const instance = await makeServer(fixture);
  cloud.faults.add({ kind: 'zone', zone: 'us-east-1a', lost: 'power', for: '1h' });
  await cloud.clock.advance(3_000);
  expect((await statusOf(ec2, instance))?.SystemStatus?.Status).toBe('impaired');
  await cloud.clock.advance(600);
  expect((await statusOf(ec2, instance))?.SystemStatus?.Status).toBe('ok');
});

test('StartInstances: finds no room in a zone without capacity (EC2-22)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const instance = await makeServer(fixture);
  await ec2.stopInstances({ InstanceIds: [instance] });
  await cloud.clock.advance(10);
  cloud.faults.add({ kind: 'capacity', zone: 'us-east-1a', for: '10m' });
  expect((await refusal(ec2.startInstances({ InstanceIds: [instance] })))[0]).toBe('InsufficientInstanceCapacity');
  await cloud.clock.advance(600);
  expect((await ec2.startInstances({ InstanceIds: [instance] })).StartingInstances).toHaveLength(1);
});

test('DescribeInstanceStatus: a volume that pauses fails the attached EBS check of its instance alone', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const instance = await makeServer(fixture);
  const volume = (await instanceOf(ec2, instance))?.BlockDeviceMappings?.[0]?.Ebs?.VolumeId as string;
  expect((await statusOf(ec2, instance))?.AttachedEbsStatus?.Status).toBe('ok');
  cloud.faults.add({ kind: 'volume', volume, for: '5m' });
  expect(await statusOf(ec2, instance)).toMatchObject({
    AttachedEbsStatus: { Status: 'impaired', Details: [{ Status: 'failed' }] },
    InstanceStatus: { Status: 'ok' },
    SystemStatus: { Status: 'ok' },
  });
  const filter = { Name: 'attached-ebs-status.status', Values: ['impaired'] };
  expect((await ec2.describeInstanceStatus({ Filters: [filter] })).InstanceStatuses).toHaveLength(1);
  await cloud.clock.advance(300);
  expect((await statusOf(ec2, instance))?.AttachedEbsStatus?.Status).toBe('ok');
});

test('Volume loss: the content is gone, the volume is in error, and only a snapshot brings it back (EBS-17)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { VolumeId = '' } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 1 });
  await cloud.clock.advance(10);
  const disks = await cloud.inside.part('disks');
  const place = { account: '000000000000', region: 'us-east-1' };
  await disks.open(place, VolumeId)?.write(0, new TextEncoder().encode('hello'));
  const { SnapshotId } = await ec2.createSnapshot({ VolumeId });
  await cloud.clock.advance(120);
  const { id } = cloud.faults.add({ kind: 'volume', volume: VolumeId, effect: 'lost' });
  await cloud.clock.advance(60);
  cloud.faults.end(id);
  expect((await ec2.describeVolumes({ VolumeIds: [VolumeId] })).Volumes?.[0]?.State).toBe('error');
  expect((await ec2.describeVolumeStatus({ VolumeIds: [VolumeId] })).VolumeStatuses?.[0]?.VolumeStatus?.Status).toBe(
    'impaired',
  );
  await expect(disks.open(place, VolumeId)?.read(0, 5)).rejects.toThrow('does not answer');
  const restored = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', SnapshotId });
  await cloud.clock.advance(10);
  const bytes = await disks.open(place, restored.VolumeId ?? '')?.read(0, 5);
  expect(new TextDecoder().decode(bytes)).toBe('hello');
});

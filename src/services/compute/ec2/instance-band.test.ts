import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import type { EC2, RunInstancesCommandInput, Tag } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { startFixture } from '../../networking/vpc/ec2.fixture.ts';
import { bandOf, passing } from './instance-band.ts';
import { findType } from './instance-type.ts';

const gigabyte = 1_000_000_000;
type Fixture = Awaited<ReturnType<typeof startFixture>>;

async function launch(ec2: EC2, tags: Tag[], more: Partial<RunInstancesCommandInput>): Promise<string> {
  const { Instances } = await ec2.runInstances({
    ImageId: 'ami-0ed094fb1304fd857',
    MinCount: 1,
    MaxCount: 1,
    Monitoring: { Enabled: true },
    Placement: { AvailabilityZone: 'us-east-1a' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: tags }],
    ...more,
  });
  return Instances?.[0]?.InstanceId as string;
}

/** The latest minute's value. */
async function latest({ cloud }: Fixture, Namespace: string, MetricName: string, id: string): Promise<number> {
  const now = cloud.clock.now().getTime();
  const { Datapoints = [] } = await cloud.client(CloudWatch).getMetricStatistics({
    Namespace,
    MetricName,
    Dimensions: [{ Name: id.startsWith('i-') ? 'InstanceId' : 'VolumeId', Value: id }],
    StartTime: new Date(now - 180_000),
    EndTime: new Date(now),
    Period: 60,
    Statistics: ['Sum', 'Average'],
  });
  const last = Datapoints.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).at(-1);
  return (MetricName === 'CPUUtilization' ? last?.Average : last?.Sum) ?? Number.NaN;
}

const perMinute = (mbps: number): number => (mbps / 8) * 60 * 1_000_000;

test('A transfer grows to the band of its type while the CPU idles, and a wider type lifts it (EC2-11)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const id = await launch(ec2, [{ Key: 'hakoniwa:network-mbps', Value: '4000' }], { InstanceType: 'm5.large' });
  const ask = (Value: string) => ec2.createTags({ Resources: [id], Tags: [{ Key: 'hakoniwa:network-mbps', Value }] });
  const sent = () => latest(fixture, 'AWS/EC2', 'NetworkOut', id);
  await cloud.clock.advance(300);
  expect((await sent()) / gigabyte).toBeCloseTo(perMinute(4_000) / gigabyte, 2);
  await ask('20000');
  await cloud.clock.advance(300);
  expect((await sent()) / gigabyte).toBeCloseTo(perMinute(10_000) / gigabyte, 2);
  expect(await latest(fixture, 'AWS/EC2', 'CPUUtilization', id)).toBeLessThan(5);
  await ec2.stopInstances({ InstanceIds: [id] });
  await cloud.clock.advance(120);
  await ec2.modifyInstanceAttribute({ InstanceId: id, InstanceType: { Value: 'c5n.9xlarge' } });
  await ec2.startInstances({ InstanceIds: [id] });
  await cloud.clock.advance(300);
  expect((await sent()) / gigabyte).toBeCloseTo(perMinute(20_000) / gigabyte, 2);
});

/** An instance that sends 2,800 Mbit/s and asks 1,000 I/Os a second of 64 KiB of a volume: what of both it gets. */
async function loadBoth(fixture: Fixture, EbsOptimized: boolean): Promise<{ sentMbps: number; ios: number }> {
  const { ec2, cloud } = fixture;
  const tags = [{ Key: 'hakoniwa:network-mbps', Value: '2800' }];
  const id = await launch(ec2, tags, { InstanceType: 'm1.large', EbsOptimized });
  await cloud.clock.advance(60);
  const { VolumeId = '' } = await ec2.createVolume({
    AvailabilityZone: 'us-east-1a',
    Size: 100,
    VolumeType: 'gp3',
    TagSpecifications: [
      {
        ResourceType: 'volume',
        Tags: [
          { Key: 'hakoniwa:iops', Value: '800' },
          { Key: 'hakoniwa:io-kib', Value: '64' },
        ],
      },
    ],
  });
  await cloud.clock.advance(10);
  await ec2.attachVolume({ VolumeId, InstanceId: id, Device: '/dev/sdf' });
  await cloud.clock.advance(300);
  const sent = await latest(fixture, 'AWS/EC2', 'NetworkOut', id);
  const reads = await latest(fixture, 'AWS/EBS', 'VolumeReadOps', VolumeId);
  return { sentMbps: (sent * 8) / 60 / 1_000_000, ios: (reads * 2) / 60 };
}

test('EbsOptimized: volumes have a band of their own; without it network and volumes slow each other down (EC2-10)', async () => {
  await using fixture = await startFixture();
  const alone = await loadBoth(fixture, true);
  const shared = await loadBoth(fixture, false);
  // 800 I/Os of 64 KiB are 50 MiB/s, or 419 Mbit/s: within the 500 of the volumes' own band.
  expect(alone.sentMbps).toBeCloseTo(2_800, 0);
  expect(alone.ios).toBeCloseTo(800, 0);
  const share = 2_800 / (2_800 + 419.43);
  expect(shared.sentMbps).toBeCloseTo(2_800 * share, -1);
  expect(shared.ios).toBeCloseTo(800 * share, -1);
});

test('EBSReadOps: an instance of the Nitro System tells what its volumes do, within the band of its type', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const id = await launch(ec2, [], { InstanceType: 't3.micro' });
  await cloud.clock.advance(60);
  for (const letter of ['f', 'g']) {
    const { VolumeId = '' } = await ec2.createVolume({
      AvailabilityZone: 'us-east-1a',
      Size: 500,
      VolumeType: 'io2',
      Iops: 10_000,
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'hakoniwa:iops', Value: '10000' }] }],
    });
    await cloud.clock.advance(10);
    await ec2.attachVolume({ VolumeId, InstanceId: id, Device: `/dev/sd${letter}` });
  }
  await cloud.clock.advance(300);
  // A t3.micro moves at most 11,800 I/Os a second, half of which read.
  expect(await latest(fixture, 'AWS/EC2', 'EBSReadOps', id)).toBeCloseTo((11_800 * 60) / 2, -2);
  expect(await latest(fixture, 'AWS/EC2', 'EBSWriteBytes', id)).toBeCloseTo(((11_800 * 60) / 2) * 16 * 1_024, -6);
});

test('passing: what fits passes whole, and of a type that is not known everything does', () => {
  const band = bandOf(findType('m5.large'), false);
  expect(passing(band, { networkMbps: 10_000, volumeIops: 18_750, volumeMibps: 100 })).toEqual({
    network: 1,
    volumes: 1,
  });
  expect(passing(band, { networkMbps: 40_000, volumeIops: 37_500, volumeMibps: 100 })).toEqual({
    network: 0.25,
    volumes: 0.5,
  });
  expect(passing(bandOf(undefined, false), { networkMbps: 1e9, volumeIops: 1e9, volumeMibps: 1e9 })).toEqual({
    network: 1,
    volumes: 1,
  });
});

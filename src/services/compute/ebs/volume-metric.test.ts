import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { startFixture } from '../../networking/vpc/ec2.fixture.ts';

test('BurstBalance: runs down under a load beyond the baseline, and refills without one (EBS-07)', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2 } = fixture;
  const watch = cloud.client(CloudWatch);
  const { Instances } = await ec2.runInstances({
    ImageId: 'ami-0ed094fb1304fd857',
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    Placement: { AvailabilityZone: 'us-east-1a' },
  });
  await cloud.clock.advance(30);
  const { VolumeId = '' } = await ec2.createVolume({
    AvailabilityZone: 'us-east-1a',
    Size: 100,
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'hakoniwa:iops', Value: '3000' }] }],
  });
  await cloud.clock.advance(2);
  await ec2.attachVolume({ VolumeId, InstanceId: Instances?.[0]?.InstanceId as string, Device: '/dev/sdf' });
  const values = async (MetricName: string, statistic: 'Average' | 'Sum'): Promise<number[]> => {
    const { Datapoints = [] } = await watch.getMetricStatistics({
      Namespace: 'AWS/EBS',
      MetricName,
      Dimensions: [{ Name: 'VolumeId', Value: VolumeId }],
      StartTime: new Date('2026-01-01T00:00:00Z'),
      EndTime: new Date('2026-01-02T00:00:00Z'),
      Period: 600,
      Statistics: [statistic],
    });
    const ordered = Datapoints.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp));
    return ordered.map((point) => Math.round(point[statistic] ?? 0));
  };
  await cloud.clock.advance(3_600 - 32);
  const drained = await values('BurstBalance', 'Average');
  expect(drained[0]).toBeLessThan(100);
  expect(drained.at(-1)).toBe(0);
  const reads = await values('VolumeReadOps', 'Sum');
  expect(reads[1]).toBe((3_000 * 600) / 2);
  expect(reads.at(-1)).toBe((300 * 600) / 2);
  await ec2.deleteTags({ Resources: [VolumeId], Tags: [{ Key: 'hakoniwa:iops' }] });
  await cloud.clock.advance(5 * 3_600);
  expect((await values('BurstBalance', 'Average')).at(-1)).toBeGreaterThan(90);
});

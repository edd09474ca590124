import { expect, test } from 'vitest';
import { type Fixture, refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

async function makeVolume({ ec2, cloud }: Fixture, input: object): Promise<string> {
  const { VolumeId = '' } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', ...input });
  await cloud.clock.advance(2);
  return VolumeId;
}

test('ModifyVolume: modifying, then optimizing with the new values, then completed; a TiB takes six hours (EBS-15, EBS-16)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VolumeId = await makeVolume(fixture, { Size: 512 });
  const { VolumeModification } = await ec2.modifyVolume({ VolumeId, Size: 1_024, VolumeType: 'gp3', Iops: 4_000 });
  expect(VolumeModification).toMatchObject({
    ModificationState: 'modifying',
    OriginalSize: 512,
    OriginalIops: 1_536,
    OriginalVolumeType: 'gp2',
    TargetSize: 1_024,
    TargetIops: 4_000,
    TargetThroughput: 125,
    TargetVolumeType: 'gp3',
    Progress: 0,
  });
  const now = async () => {
    const { VolumesModifications: [found] = [] } = await ec2.describeVolumesModifications({ VolumeIds: [VolumeId] });
    const { Volumes: [volume] = [] } = await ec2.describeVolumes({ VolumeIds: [VolumeId] });
    return [found?.ModificationState, found?.Progress, volume?.Size, volume?.VolumeType];
  };
  expect(await now()).toEqual(['modifying', 0, 512, 'gp2']);
  await cloud.clock.advance(5);
  expect(await now()).toEqual(['optimizing', 0, 1_024, 'gp3']);
  await cloud.clock.advance(3 * 3_600);
  expect(await now()).toEqual(['optimizing', 50, 1_024, 'gp3']);
  await cloud.clock.advance(3 * 3_600);
  expect(await now()).toEqual(['completed', 100, 1_024, 'gp3']);
});

test('ModifyVolume: a volume never shrinks, and the fifth change of a day is refused (EBS-13)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VolumeId = await makeVolume(fixture, { Size: 8, VolumeType: 'gp3' });
  expect(await refusal(ec2.modifyVolume({ VolumeId, Size: 7 }))).toEqual([
    'InvalidParameterValue',
    'New size cannot be smaller than existing size',
  ]);
  await ec2.modifyVolume({ VolumeId, Size: 9 });
  expect((await refusal(ec2.modifyVolume({ VolumeId, Size: 10 })))[0]).toBe('IncorrectModificationState');
  for (const Size of [10, 11, 12]) {
    await cloud.clock.advance(3_600);
    await ec2.modifyVolume({ VolumeId, Size });
  }
  await cloud.clock.advance(3_600);
  expect((await refusal(ec2.modifyVolume({ VolumeId, Size: 13 })))[0]).toBe('VolumeModificationRateExceeded');
  await cloud.clock.advance(20 * 3_600);
  expect((await ec2.modifyVolume({ VolumeId, Size: 13 })).VolumeModification?.TargetSize).toBe(13);
});

test('ModifyVolume: IOPS go up and down; what another type cannot have is refused', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VolumeId = await makeVolume(fixture, { Size: 100, VolumeType: 'io2', Iops: 10_000 });
  await ec2.modifyVolume({ VolumeId, Iops: 500 });
  await cloud.clock.advance(24 * 3_600);
  expect((await ec2.describeVolumes({ VolumeIds: [VolumeId] })).Volumes?.[0]?.Iops).toBe(500);
  expect((await refusal(ec2.modifyVolume({ VolumeId, Throughput: 200 })))[0]).toBe('InvalidParameterCombination');
  expect((await refusal(ec2.modifyVolume({ VolumeId })))[0]).toBe('MissingParameter');
  const untouched = await makeVolume(fixture, { Size: 8 });
  expect(await refusal(ec2.describeVolumesModifications({ VolumeIds: [untouched] }))).toEqual([
    'InvalidVolumeModification.NotFound',
    `Modification for volume '${untouched}' does not exist.`,
  ]);
});

test('CopyVolumes: a clone has size and zone of its source, and says whose it is', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const SourceVolumeId = await makeVolume(fixture, { Size: 20, VolumeType: 'gp3', Encrypted: true });
  const { Volumes: [copy] = [] } = await ec2.copyVolumes({ SourceVolumeId, VolumeType: 'gp3', Iops: 5_000 });
  expect(copy).toMatchObject({
    SourceVolumeId,
    Size: 20,
    VolumeType: 'gp3',
    Iops: 5_000,
    Encrypted: true,
    AvailabilityZone: 'us-east-1a',
  });
  expect((await refusal(ec2.copyVolumes({ SourceVolumeId, Size: 10 })))[0]).toBe('InvalidParameterValue');
});

test('DescribeVolumeStatus: a volume in a zone without power is impaired, those of other zones are not (RGN-03)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const dark = await makeVolume(fixture, { Size: 8, VolumeType: 'gp3' });
  const { VolumeId: lit = '' } = await ec2.createVolume({ AvailabilityZone: 'us-east-1b', Size: 8 });
  const fault = cloud.inside.faults.add({ breakage: { kind: 'zone', zoneId: 'use1-az1', lost: 'power' } });
  const status = async (id: string) =>
    (await ec2.describeVolumeStatus({ VolumeIds: [id] })).VolumeStatuses?.[0]?.VolumeStatus;
  expect(await status(dark)).toEqual({
    Status: 'impaired',
    Details: [
      { Name: 'io-enabled', Status: 'failed' },
      { Name: 'io-performance', Status: 'stalled' },
    ],
  });
  expect((await status(lit))?.Status).toBe('ok');
  cloud.inside.faults.end(fault.id);
  const ok = await ec2.describeVolumeStatus({ Filters: [{ Name: 'volume-status.status', Values: ['ok'] }] });
  expect(ok.VolumeStatuses).toHaveLength(2);
});

test('ModifyVolumeAttribute: AutoEnableIO is kept', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VolumeId = await makeVolume(fixture, { Size: 8 });
  const value = async () =>
    (await ec2.describeVolumeAttribute({ VolumeId, Attribute: 'autoEnableIO' })).AutoEnableIO?.Value;
  expect(await value()).toBe(false);
  await ec2.modifyVolumeAttribute({ VolumeId, AutoEnableIO: { Value: true } });
  expect(await value()).toBe(true);
});

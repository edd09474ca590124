import { expect, test } from 'vitest';
import { refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

test('CreateVolume: a volume is gp2 by default, creating at first, and available two seconds later (EBS-01, EBS-06)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const made = await ec2.createVolume({
    AvailabilityZone: 'us-east-1a',
    Size: 100,
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'data' }] }],
  });
  expect(made).toMatchObject({
    AvailabilityZone: 'us-east-1a',
    State: 'creating',
    VolumeType: 'gp2',
    Size: 100,
    Iops: 300,
    Encrypted: false,
    MultiAttachEnabled: false,
    SnapshotId: '',
    Tags: [{ Key: 'Name', Value: 'data' }],
  });
  expect(made.VolumeId).toMatch(/^vol-[0-9a-f]{17}$/);
  await cloud.clock.advance(2);
  const { Volumes } = await ec2.describeVolumes({ VolumeIds: [made.VolumeId as string] });
  expect(Volumes?.[0]).toMatchObject({ State: 'available', CreateTime: new Date('2026-01-01T00:00:00Z') });
});

test('CreateVolume: each type keeps its own sizes, IOPS, throughput and ratios (EBS-05, EBS-08, EBS-09, EBS-12)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const AvailabilityZone = 'us-east-1b';
  const made = async (input: object) => {
    const { Size, Iops, Throughput } = await ec2.createVolume({ AvailabilityZone, ...input });
    return [Size, Iops, Throughput];
  };
  expect(await made({ VolumeType: 'gp3', Size: 1 })).toEqual([1, 3_000, 125]);
  expect(await made({ VolumeType: 'gp3', Size: 65_536, Iops: 80_000, Throughput: 2_000 })).toEqual([
    65_536, 80_000, 2_000,
  ]);
  expect(await made({ VolumeType: 'io2', Size: 256, Iops: 256_000 })).toEqual([256, 256_000, undefined]);
  expect(await made({ VolumeType: 'st1', Size: 125 })).toEqual([125, undefined, undefined]);
  expect(await made({ Size: 16_384 })).toEqual([16_384, 16_000, undefined]);

  const refused = (input: object) => refusal(ec2.createVolume({ AvailabilityZone, ...input }));
  expect(await refused({})).toEqual(['MissingParameter', 'The request must contain the parameter size/snapshot']);
  expect(await refused({ VolumeType: 'gp3', Size: 20, Iops: 15_000 })).toEqual([
    'InvalidParameterValue',
    'Iops to volume size ratio of 750.000000 is too high; maximum is 500',
  ]);
  expect(await refused({ VolumeType: 'gp3', Size: 100, Throughput: 1_000 })).toEqual([
    'InvalidParameterValue',
    'Throughput (MiBps) to iops ratio of 0.333333 is too high; maximum is 0.250000 MiBps per iops',
  ]);
  expect((await refused({ VolumeType: 'gp2', Size: 16_385 }))[0]).toBe('InvalidParameterValue');
  expect((await refused({ VolumeType: 'st1', Size: 124 }))[0]).toBe('InvalidParameterValue');
  expect((await refused({ VolumeType: 'io1', Size: 100 }))[0]).toBe('MissingParameter');
  expect((await refused({ VolumeType: 'gp2', Size: 100, Iops: 300 }))[0]).toBe('InvalidParameterCombination');
  expect((await refused({ VolumeType: 'gp9', Size: 100 }))[0]).toBe('UnknownVolumeType');
});

test('CreateVolume: a zone of another Region is refused (RGN-06)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  expect(await refusal(ec2.createVolume({ AvailabilityZone: 'eu-west-1a', Size: 1 }))).toEqual([
    'InvalidZone.NotFound',
    "The zone 'eu-west-1a' does not exist.",
  ]);
});

test('CreateVolume: the same client token makes one volume, a dry run none', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const input = { AvailabilityZone: 'us-east-1a', Size: 8, ClientToken: 'once' };
  const first = await ec2.createVolume(input);
  expect((await ec2.createVolume(input)).VolumeId).toBe(first.VolumeId);
  expect((await refusal(ec2.createVolume({ ...input, ClientToken: 'dry', DryRun: true })))[0]).toBe('DryRunOperation');
  expect((await ec2.describeVolumes()).Volumes).toHaveLength(1);
});

test('DeleteVolume: the volume is deleting, then gone', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { VolumeId = '' } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 8 });
  await cloud.clock.advance(2);
  await ec2.deleteVolume({ VolumeId });
  expect((await ec2.describeVolumes({ VolumeIds: [VolumeId] })).Volumes?.[0]?.State).toBe('deleting');
  await cloud.clock.advance(2);
  expect(await refusal(ec2.describeVolumes({ VolumeIds: [VolumeId] }))).toEqual([
    'InvalidVolume.NotFound',
    `The volume '${VolumeId}' does not exist.`,
  ]);
});

test('DescribeVolumes: filters by what a volume is, and pages', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  for (let size = 1; size <= 7; size++)
    await ec2.createVolume({ AvailabilityZone: size % 2 === 0 ? 'us-east-1a' : 'us-east-1b', Size: size });
  const inZone = await ec2.describeVolumes({ Filters: [{ Name: 'availability-zone', Values: ['us-east-1a'] }] });
  expect(inZone.Volumes?.map(({ Size }) => Size).sort()).toEqual([2, 4, 6]);
  const first = await ec2.describeVolumes({ MaxResults: 5 });
  expect(first.Volumes).toHaveLength(5);
  const rest = await ec2.describeVolumes({ MaxResults: 5, NextToken: first.NextToken });
  expect(rest.Volumes).toHaveLength(2);
  expect(rest.NextToken).toBeUndefined();
  expect(await refusal(ec2.describeVolumes({ Filters: [{ Name: 'colour', Values: ['red'] }] }))).toEqual([
    'InvalidParameterValue',
    "The filter 'colour' is invalid",
  ]);
});

test('EnableEbsEncryptionByDefault: from now on new volumes are encrypted, by the default key (EBS-19)', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  expect((await ec2.getEbsEncryptionByDefault()).EbsEncryptionByDefault).toBe(false);
  await ec2.enableEbsEncryptionByDefault();
  expect(await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 8 })).toMatchObject({
    Encrypted: true,
    KmsKeyId: 'arn:aws:kms:us-east-1:000000000000:alias/aws/ebs',
  });
  const KmsKeyId = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';
  await ec2.modifyEbsDefaultKmsKeyId({ KmsKeyId });
  expect((await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 8 })).KmsKeyId).toBe(KmsKeyId);
  await ec2.resetEbsDefaultKmsKeyId();
  expect((await ec2.getEbsDefaultKmsKeyId()).KmsKeyId).toBe('alias/aws/ebs');
  expect((await refusal(ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 8, KmsKeyId: 'my key' })))[0]).toBe(
    'InvalidParameterValue',
  );
});

import { expect, test } from 'vitest';
import { clientOf, type Fixture, refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

async function makeVolume({ ec2, cloud }: Fixture, input: object = {}): Promise<string> {
  const { VolumeId = '' } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 10, ...input });
  await cloud.clock.advance(2);
  return VolumeId;
}

async function makeSnapshot(fixture: Fixture, input: object = {}): Promise<string> {
  const { ec2, cloud } = fixture;
  const { SnapshotId = '' } = await ec2.createSnapshot({ VolumeId: await makeVolume(fixture, input) });
  await cloud.clock.advance(5);
  return SnapshotId;
}

test('CreateSnapshot: pending with progress, then completed; a volume of it has its size (EBS-18)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VolumeId = await makeVolume(fixture);
  const made = await ec2.createSnapshot({
    VolumeId,
    Description: 'nightly',
    TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'Name', Value: 'n1' }] }],
  });
  expect(made).toMatchObject({
    State: 'pending',
    Progress: '',
    VolumeId,
    VolumeSize: 10,
    Description: 'nightly',
    OwnerId: '000000000000',
    Encrypted: false,
    Tags: [{ Key: 'Name', Value: 'n1' }],
  });
  const SnapshotId = made.SnapshotId as string;
  expect(await refusal(ec2.createVolume({ AvailabilityZone: 'us-east-1b', SnapshotId }))).toEqual([
    'IncorrectState',
    `Snapshot '${SnapshotId}' is not 'completed'.`,
  ]);
  await cloud.clock.advance(5);
  const { Snapshots } = await ec2.describeSnapshots({ SnapshotIds: [SnapshotId] });
  expect(Snapshots?.[0]).toMatchObject({ State: 'completed', Progress: '100%', StorageTier: 'standard' });
  expect(await ec2.createVolume({ AvailabilityZone: 'us-east-1b', SnapshotId })).toMatchObject({
    Size: 10,
    SnapshotId,
  });
  expect((await refusal(ec2.createVolume({ AvailabilityZone: 'us-east-1b', SnapshotId, Size: 5 })))[0]).toBe(
    'InvalidBlockDeviceMapping',
  );
});

test('CopySnapshot: encrypts a plain one, and what is made of it stays encrypted (EBS-19, EBS-21)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const plain = await makeSnapshot(fixture);
  const { SnapshotId = '' } = await ec2.copySnapshot({
    SourceRegion: 'us-east-1',
    SourceSnapshotId: plain,
    Encrypted: true,
  });
  await cloud.clock.advance(5);
  const { Snapshots } = await ec2.describeSnapshots({ SnapshotIds: [SnapshotId] });
  expect(Snapshots?.[0]).toMatchObject({
    Encrypted: true,
    VolumeId: 'vol-ffffffff',
    Description: '',
  });
  const volume = await ec2.createVolume({ AvailabilityZone: 'us-east-1b', SnapshotId });
  expect(volume.Encrypted).toBe(true);
  await cloud.clock.advance(2);
  expect((await ec2.createSnapshot({ VolumeId: volume.VolumeId as string })).Encrypted).toBe(true);
  expect((await refusal(ec2.createVolume({ AvailabilityZone: 'us-east-1b', SnapshotId, Encrypted: false })))[0]).toBe(
    'InvalidParameterValue',
  );
});

test('ModifySnapshotAttribute: a shared snapshot can be seen, restored and copied by its account only', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const SnapshotId = await makeSnapshot(fixture);
  const other = clientOf(cloud, '111111111111');
  expect((await refusal(other.describeSnapshots({ SnapshotIds: [SnapshotId] })))[0]).toBe('InvalidSnapshot.NotFound');
  await ec2.modifySnapshotAttribute({ SnapshotId, CreateVolumePermission: { Add: [{ UserId: '111111111111' }] } });
  const attribute = await ec2.describeSnapshotAttribute({ SnapshotId, Attribute: 'createVolumePermission' });
  expect(attribute.CreateVolumePermissions).toEqual([{ UserId: '111111111111' }]);
  const shared = await other.describeSnapshots({ RestorableByUserIds: ['self'] });
  expect(shared.Snapshots?.map((row) => [row.SnapshotId, row.OwnerId])).toEqual([[SnapshotId, '000000000000']]);
  expect((await other.describeSnapshots({ OwnerIds: ['self'] })).Snapshots).toEqual([]);
  expect((await other.createVolume({ AvailabilityZone: 'us-east-1a', SnapshotId })).Size).toBe(10);
  expect((await refusal(other.deleteSnapshot({ SnapshotId })))[0]).toBe('OperationNotPermitted');
  await ec2.resetSnapshotAttribute({ SnapshotId, Attribute: 'createVolumePermission' });
  expect((await other.describeSnapshots({})).Snapshots).toEqual([]);
});

test('EnableSnapshotBlockPublicAccess: nobody can share with everybody, and what was public is hidden', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const SnapshotId = await makeSnapshot(fixture);
  const share = () => ec2.modifySnapshotAttribute({ SnapshotId, OperationType: 'add', GroupNames: ['all'] });
  await share();
  const other = clientOf(cloud, '111111111111');
  expect((await other.describeSnapshots({ RestorableByUserIds: ['all'] })).Snapshots).toHaveLength(1);
  await ec2.enableSnapshotBlockPublicAccess({ State: 'block-all-sharing' });
  expect((await other.describeSnapshots({ RestorableByUserIds: ['all'] })).Snapshots).toEqual([]);
  expect((await refusal(share()))[0]).toBe('OperationNotPermitted');
  await ec2.disableSnapshotBlockPublicAccess();
  expect((await ec2.getSnapshotBlockPublicAccessState()).State).toBe('unblocked');
});

test('ModifySnapshotTier: an archived snapshot must be restored before use, for days or for good', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const SnapshotId = await makeSnapshot(fixture);
  const tier = async () => {
    const { SnapshotTierStatuses: [status] = [] } = await ec2.describeSnapshotTierStatus({});
    return [status?.StorageTier, status?.LastTieringOperationStatus];
  };
  await ec2.modifySnapshotTier({ SnapshotId, StorageTier: 'archive' });
  expect(await tier()).toEqual(['standard', 'archival-in-progress']);
  await cloud.clock.advance(24 * 3_600);
  expect(await tier()).toEqual(['archive', 'archival-completed']);
  expect((await refusal(ec2.createVolume({ AvailabilityZone: 'us-east-1a', SnapshotId })))[0]).toBe('IncorrectState');
  await ec2.restoreSnapshotTier({ SnapshotId, TemporaryRestoreDays: 2 });
  await cloud.clock.advance(24 * 3_600);
  expect((await ec2.createVolume({ AvailabilityZone: 'us-east-1a', SnapshotId })).Size).toBe(10);
  await cloud.clock.advance(2 * 24 * 3_600);
  expect((await tier())[0]).toBe('archive');
});

test('LockSnapshot: a locked snapshot cannot be deleted until its day, and compliance cannot be undone', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const SnapshotId = await makeSnapshot(fixture);
  const lock = await ec2.lockSnapshot({ SnapshotId, LockMode: 'compliance', LockDuration: 2, CoolOffPeriod: 1 });
  expect(lock).toMatchObject({ LockState: 'compliance-cooloff', LockDuration: 2 });
  await cloud.clock.advance(3_600);
  expect((await ec2.describeLockedSnapshots({})).Snapshots?.[0]?.LockState).toBe('compliance');
  expect((await refusal(ec2.unlockSnapshot({ SnapshotId })))[0]).toBe('SnapshotLocked');
  expect((await refusal(ec2.deleteSnapshot({ SnapshotId })))[0]).toBe('SnapshotLocked');
  await cloud.clock.advance(2 * 24 * 3_600);
  expect((await ec2.describeLockedSnapshots({})).Snapshots?.[0]?.LockState).toBe('expired');
  await ec2.deleteSnapshot({ SnapshotId });
  expect((await ec2.describeSnapshots({ OwnerIds: ['self'] })).Snapshots).toEqual([]);
});

test('EnableFastSnapshotRestores: enabled after optimizing, one hour a TiB; volumes made then are fast', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const SnapshotId = await makeSnapshot(fixture, { Size: 1_024 });
  const { Successful } = await ec2.enableFastSnapshotRestores({
    AvailabilityZones: ['us-east-1a'],
    SourceSnapshotIds: [SnapshotId],
  });
  expect(Successful?.[0]?.State).toBe('enabling');
  const state = async () => (await ec2.describeFastSnapshotRestores({})).FastSnapshotRestores?.[0]?.State;
  await cloud.clock.advance(60);
  expect(await state()).toBe('optimizing');
  await cloud.clock.advance(3_600);
  expect(await state()).toBe('enabled');
  expect((await ec2.createVolume({ AvailabilityZone: 'us-east-1a', SnapshotId })).FastRestored).toBe(true);
  expect((await ec2.createVolume({ AvailabilityZone: 'us-east-1b', SnapshotId })).FastRestored).toBeUndefined();
  await ec2.disableFastSnapshotRestores({ AvailabilityZones: ['us-east-1a'], SourceSnapshotIds: [SnapshotId] });
  await cloud.clock.advance(60);
  expect(await state()).toBeUndefined();
});

test('DescribeSnapshots: filters by volume and status', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const VolumeId = await makeVolume(fixture);
  await makeSnapshot(fixture);
  await ec2.createSnapshot({ VolumeId });
  const found = await ec2.describeSnapshots({ Filters: [{ Name: 'volume-id', Values: [VolumeId] }] });
  expect(found.Snapshots?.map((row) => row.State)).toEqual(['pending']);
  const done = await ec2.describeSnapshots({ Filters: [{ Name: 'status', Values: ['completed'] }] });
  expect(done.Snapshots).toHaveLength(1);
});

import { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { startCloud } from '../../../embed/index.ts';

const frozen = { clock: { kind: 'frozen' }, startAt: new Date('2026-01-01T00:00:00Z') } as const;
const imageId = 'ami-0ed094fb1304fd857';

test('Describe: untagged servers, disks, networks and images have no member Tags, as programs expect who ask for it', async () => {
  await using cloud = await startCloud(frozen);
  const ec2 = cloud.client(EC2);
  const { Instances = [] } = await ec2.runInstances({ ImageId: imageId, MinCount: 1, MaxCount: 1 });
  await cloud.clock.advance(60);
  const { Volumes = [] } = await ec2.describeVolumes({});
  const { SnapshotId } = await ec2.createSnapshot({ VolumeId: Volumes[0]?.VolumeId });
  await ec2.allocateAddress({});
  const { Reservations = [] } = await ec2.describeInstances({});
  const lists = {
    launched: Instances,
    instances: Reservations.flatMap((reservation) => reservation.Instances ?? []),
    volumes: Volumes,
    snapshots: (await ec2.describeSnapshots({ SnapshotIds: [SnapshotId ?? ''] })).Snapshots ?? [],
    images: (await ec2.describeImages({ ImageIds: [imageId] })).Images ?? [],
    vpcs: (await ec2.describeVpcs({})).Vpcs ?? [],
    subnets: (await ec2.describeSubnets({})).Subnets ?? [],
    groups: (await ec2.describeSecurityGroups({})).SecurityGroups ?? [],
    addresses: (await ec2.describeAddresses({})).Addresses ?? [],
  };
  for (const [name, items] of Object.entries(lists)) {
    expect(items.length, name).toBeGreaterThan(0);
    for (const item of items) expect(item, name).not.toHaveProperty('Tags');
  }
  await ec2.createTags({ Resources: [Volumes[0]?.VolumeId ?? ''], Tags: [{ Key: 'Name', Value: 'root' }] });
  const tagged = await ec2.describeVolumes({});
  expect(tagged.Volumes?.[0]?.Tags).toEqual([{ Key: 'Name', Value: 'root' }]);
});

test('Create: answers show the empty list of tags of a new VPC, subnet, volume and snapshot', async () => {
  await using cloud = await startCloud(frozen);
  const ec2 = cloud.client(EC2);
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
  const { Subnet } = await ec2.createSubnet({ VpcId: Vpc?.VpcId, CidrBlock: '10.0.0.0/24' });
  const volume = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 1 });
  await cloud.clock.advance(60);
  const snapshot = await ec2.createSnapshot({ VolumeId: volume.VolumeId });
  for (const made of [Vpc, Subnet, volume, snapshot]) expect(made?.Tags).toEqual([]);
  expect(Vpc?.Ipv6CidrBlockAssociationSet).toEqual([]);
});

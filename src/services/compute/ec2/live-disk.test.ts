import { createHash } from 'node:crypto';
import { EBS } from '@aws-sdk/client-ebs';
import { expect, test } from 'vitest';
import { type Fixture, refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

const place = { account: '000000000000', region: 'us-east-1' };
const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const words = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function makeVolume({ ec2, cloud }: Fixture, input: object): Promise<string> {
  const { VolumeId = '' } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', ...input });
  await cloud.clock.advance(2);
  return VolumeId;
}

test('Disks: what a guest writes is in snapshots, in volumes of them, and not in what was made before (EBS-03, EBS-18)', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2 } = fixture;
  const disks = await cloud.inside.part('disks');
  const VolumeId = await makeVolume(fixture, { Size: 1 });
  const disk = disks.open(place, VolumeId);
  const across = 524_288 - 3;
  await Promise.all([disk?.write(across, text('hello')), disk?.write(across + 5, text(' world'))]);
  expect(words((await disk?.read(across, 11)) as Uint8Array)).toBe('hello world');
  expect([...(disk?.written() ?? [])]).toEqual([0, 1]);
  const { SnapshotId = '' } = await ec2.createSnapshot({ VolumeId });
  await disk?.write(across, text('HELLO'));
  await cloud.clock.advance(6);
  const restored = disks.open(place, await makeVolume(fixture, { SnapshotId }));
  expect(words((await restored?.read(across, 11)) as Uint8Array)).toBe('hello world');
  expect(words((await disk?.read(across, 5)) as Uint8Array)).toBe('HELLO');
  expect(await disk?.read(0, 2)).toEqual(new Uint8Array(2));

  const ebs = cloud.client(EBS);
  const { Blocks = [] } = await ebs.listSnapshotBlocks({ SnapshotId });
  expect(Blocks.map(({ BlockIndex }) => BlockIndex)).toEqual([0, 1]);
  const { BlockData, Checksum } = await ebs.getSnapshotBlock({
    SnapshotId,
    BlockIndex: 1,
    BlockToken: Blocks[1]?.BlockToken as string,
  });
  const bytes = (await BlockData?.transformToByteArray()) as Uint8Array;
  expect(words(bytes.subarray(0, 8))).toBe('lo world');
  expect(createHash('sha256').update(bytes).digest('base64')).toBe(Checksum);
});

test('Disks: writes beyond the end are refused, and a volume without power does not answer (EBS-17, RGN-03)', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2 } = fixture;
  const disks = await cloud.inside.part('disks');
  const VolumeId = await makeVolume(fixture, { Size: 1 });
  const lost = await makeVolume(fixture, { Size: 1 });
  const disk = disks.open(place, VolumeId);
  await expect(disk?.write(1_073_741_823, text('ab'))).rejects.toThrow('has 1073741824 bytes');
  const fault = cloud.inside.faults.add({ breakage: { kind: 'volume', volumeId: VolumeId, effect: 'stalled' } });
  await expect(disk?.read(0, 1)).rejects.toThrow('does not answer');
  cloud.inside.faults.end(fault.id);
  cloud.inside.faults.add({ breakage: { kind: 'volume', volumeId: lost, effect: 'lost' } });
  await cloud.clock.advance(1);
  expect((await ec2.describeVolumes({ VolumeIds: [lost] })).Volumes?.[0]?.State).toBe('error');
  expect((await refusal(ec2.createSnapshot({ VolumeId: lost })))[0]).toBe('IncorrectState');
  await ec2.deleteVolume({ VolumeId: lost });
  expect(await disk?.read(0, 1)).toEqual(new Uint8Array(1));
  expect(disks.open(place, 'vol-0123456789abcdef0')).toBeUndefined();
});

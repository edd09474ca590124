import { createHash } from 'node:crypto';
import { EBS } from '@aws-sdk/client-ebs';
import { expect, test } from 'vitest';
import { clientOf, type Fixture, refusal, startFixture } from '../../networking/vpc/ec2.fixture.ts';

const blockBytes = 524_288;

const ebsOf = ({ cloud }: Fixture, account = '000000000000', region = 'us-east-1'): EBS =>
  cloud.client(EBS, { region, credentials: { accessKeyId: account, secretAccessKey: 'test' } });

const filled = (byte: number, length = blockBytes): Uint8Array => {
  const bytes = new Uint8Array(blockBytes);
  bytes.fill(byte, 0, length);
  return bytes;
};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

const digests = (blocks: Readonly<Record<number, Uint8Array>>): Record<number, string> =>
  Object.fromEntries(Object.entries(blocks).map(([index, bytes]) => [index, sha256(bytes)]));

const put = (ebs: EBS, SnapshotId: string, BlockIndex: number, BlockData: Uint8Array) =>
  ebs.putSnapshotBlock({
    SnapshotId,
    BlockIndex,
    BlockData,
    DataLength: blockBytes,
    Checksum: sha256(BlockData),
    ChecksumAlgorithm: 'SHA256',
  });

async function write(fixture: Fixture, blocks: Readonly<Record<number, Uint8Array>>, parent?: string): Promise<string> {
  const ebs = ebsOf(fixture);
  const { SnapshotId = '' } = await ebs.startSnapshot({ VolumeSize: 1, ParentSnapshotId: parent });
  for (const [index, bytes] of Object.entries(blocks)) await put(ebs, SnapshotId, Number(index), bytes);
  await ebs.completeSnapshot({ SnapshotId, ChangedBlocksCount: Object.keys(blocks).length });
  await fixture.cloud.clock.advance(5);
  return SnapshotId;
}

/** The digests of all blocks: half a megabyte each is slow to compare. */
async function read(ebs: EBS, SnapshotId: string): Promise<Record<number, string>> {
  const content: Record<number, string> = {};
  const { Blocks = [] } = await ebs.listSnapshotBlocks({ SnapshotId });
  for (const { BlockIndex = 0, BlockToken = '' } of Blocks) {
    const { BlockData, Checksum } = await ebs.getSnapshotBlock({ SnapshotId, BlockIndex, BlockToken });
    const bytes = (await BlockData?.transformToByteArray()) as Uint8Array;
    expect(Checksum).toBe(sha256(bytes));
    content[BlockIndex] = sha256(bytes);
  }
  return content;
}

test('PutSnapshotBlock: blocks written to a snapshot survive volume, snapshot, other zone and other Region (EBS-03, EBS-18)', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2 } = fixture;
  const content = { 0: filled(7), 3: filled(9, 100), 2_047: filled(0) };
  const written = await write(fixture, content);
  expect(await read(ebsOf(fixture), written)).toEqual(digests(content));

  const { VolumeId } = await ec2.createVolume({ AvailabilityZone: 'us-east-1c', SnapshotId: written });
  await cloud.clock.advance(2);
  const { SnapshotId: again = '' } = await ec2.createSnapshot({ VolumeId: VolumeId as string });
  await ec2.deleteVolume({ VolumeId: VolumeId as string });
  await ec2.deleteSnapshot({ SnapshotId: written });
  await cloud.clock.advance(60);
  expect(await read(ebsOf(fixture), again)).toEqual(digests(content));

  const west = clientOf(cloud, '000000000000', 'us-west-2');
  const { SnapshotId: copy = '' } = await west.copySnapshot({ SourceRegion: 'us-east-1', SourceSnapshotId: again });
  await cloud.clock.advance(60);
  await ec2.deleteSnapshot({ SnapshotId: again });
  expect(await read(ebsOf(fixture, '000000000000', 'us-west-2'), copy)).toEqual(digests(content));
});

test('ListChangedBlocks: names the blocks that differ, with tokens of both sides', async () => {
  await using fixture = await startFixture();
  const ebs = ebsOf(fixture);
  const first = await write(fixture, { 0: filled(1), 1: filled(1) });
  const second = await write(fixture, { 1: filled(2), 5: filled(5) }, first);
  expect(Object.keys(await read(ebs, second))).toEqual(['0', '1', '5']);
  const {
    ChangedBlocks = [],
    VolumeSize,
    BlockSize,
  } = await ebs.listChangedBlocks({
    FirstSnapshotId: first,
    SecondSnapshotId: second,
  });
  expect([VolumeSize, BlockSize]).toEqual([1, blockBytes]);
  const sides = ChangedBlocks.map((block) => [
    block.BlockIndex,
    block.FirstBlockToken !== undefined,
    block.SecondBlockToken !== undefined,
  ]);
  expect(sides).toEqual([
    [1, true, true],
    [5, false, true],
  ]);
});

test('ListSnapshotBlocks: pages of at least a hundred, from any block on', async () => {
  await using fixture = await startFixture();
  const ebs = ebsOf(fixture);
  const blocks = Object.fromEntries(Array.from({ length: 130 }, (_, at) => [at * 2, filled(at, 8)]));
  const SnapshotId = await write(fixture, blocks);
  const first = await ebs.listSnapshotBlocks({ SnapshotId, MaxResults: 100 });
  expect(first.Blocks).toHaveLength(100);
  const rest = await ebs.listSnapshotBlocks({ SnapshotId, MaxResults: 100, NextToken: first.NextToken });
  expect(rest.Blocks?.map(({ BlockIndex }) => BlockIndex)[0]).toBe(200);
  expect([rest.Blocks?.length, rest.NextToken]).toEqual([30, undefined]);
  const from = await ebs.listSnapshotBlocks({ SnapshotId, StartingBlockIndex: 251 });
  expect(from.Blocks?.map(({ BlockIndex }) => BlockIndex)).toEqual([252, 254, 256, 258]);
});

test('PutSnapshotBlock: a wrong checksum, length or index is refused, and so is a snapshot that is closed', async () => {
  await using fixture = await startFixture();
  const ebs = ebsOf(fixture);
  const { SnapshotId = '' } = await ebs.startSnapshot({ VolumeSize: 1 });
  const wrong = { SnapshotId, BlockIndex: 0, BlockData: filled(1), DataLength: blockBytes };
  const refused = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => undefined,
      (reason: { name: string; Reason?: string }) => reason,
    );
    return [error?.name, error?.Reason];
  };
  expect(
    await refused(ebs.putSnapshotBlock({ ...wrong, Checksum: sha256(filled(2)), ChecksumAlgorithm: 'SHA256' })),
  ).toEqual(['ValidationException', 'INVALID_BLOCK']);
  expect(await refused(put(ebs, SnapshotId, 2_048, filled(1)))).toEqual([
    'ValidationException',
    'INVALID_PARAMETER_VALUE',
  ]);
  expect(await refused(ebs.listSnapshotBlocks({ SnapshotId }))).toEqual(['ValidationException', 'INVALID_SNAPSHOT_ID']);
  await ebs.completeSnapshot({ SnapshotId, ChangedBlocksCount: 0 });
  expect(await refused(put(ebs, SnapshotId, 0, filled(1)))).toEqual(['ValidationException', 'INVALID_SNAPSHOT_ID']);
  expect(await refused(ebs.listSnapshotBlocks({ SnapshotId: 'snap-0123456789abcdef0' }))).toEqual([
    'ResourceNotFoundException',
    'SNAPSHOT_NOT_FOUND',
  ]);
});

test('StartSnapshot: one that nobody writes to for its timeout ends in error; a token makes only one', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2 } = fixture;
  const ebs = ebsOf(fixture);
  const first = await ebs.startSnapshot({
    VolumeSize: 1,
    Timeout: 10,
    ClientToken: 'a',
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  const again = await ebs.startSnapshot({
    VolumeSize: 1,
    Timeout: 10,
    ClientToken: 'a',
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  expect(again.SnapshotId).toBe(first.SnapshotId);
  expect(first).toMatchObject({ Status: 'pending', BlockSize: blockBytes, Tags: [{ Key: 'k', Value: 'v' }] });
  await cloud.clock.advance(9 * 60);
  await put(ebs, first.SnapshotId as string, 0, filled(1));
  await cloud.clock.advance(9 * 60);
  const state = async () => (await ec2.describeSnapshots({ OwnerIds: ['self'] })).Snapshots?.[0]?.State;
  expect(await state()).toBe('pending');
  await cloud.clock.advance(60);
  expect(await state()).toBe('error');
});

test('GetSnapshotBlock: another account reads only what is shared with it', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const SnapshotId = await write(fixture, { 0: filled(3) });
  const other = ebsOf(fixture, '111111111111');
  expect((await refusal(other.listSnapshotBlocks({ SnapshotId })))[0]).toBe('ResourceNotFoundException');
  await ec2.modifySnapshotAttribute({ SnapshotId, OperationType: 'add', UserIds: ['111111111111'] });
  expect(await read(other, SnapshotId)).toEqual(digests({ 0: filled(3) }));
});

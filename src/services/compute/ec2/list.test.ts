import { expect, test } from 'vitest';
import { startFixture } from '../../networking/vpc/ec2.fixture.ts';

test('DescribeVolumes: pages follow each other once, also when the last one shown is deleted meanwhile', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const made: string[] = [];
  for (let i = 0; i < 13; i++)
    made.push((await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 1 })).VolumeId as string);
  await cloud.clock.advance(10);
  const sorted = made.toSorted();
  const first = await ec2.describeVolumes({ MaxResults: 5 });
  expect(first.Volumes?.map(({ VolumeId }) => VolumeId)).toEqual(sorted.slice(0, 5));
  await ec2.deleteVolume({ VolumeId: sorted[4] });
  await ec2.deleteVolume({ VolumeId: sorted[7] });
  await cloud.clock.advance(60);
  const left = sorted.filter((_, at) => at !== 4 && at !== 7);
  const second = await ec2.describeVolumes({ MaxResults: 5, NextToken: first.NextToken });
  expect(second.Volumes?.map(({ VolumeId }) => VolumeId)).toEqual(left.slice(4, 9));
  const last = await ec2.describeVolumes({ MaxResults: 5, NextToken: second.NextToken });
  expect(last.Volumes?.map(({ VolumeId }) => VolumeId)).toEqual(left.slice(9));
  expect(last.NextToken).toBeUndefined();

  const two = [left[3], left[1]] as string[];
  const { Volumes } = await ec2.describeVolumes({ VolumeIds: two });
  expect(Volumes?.map(({ VolumeId }) => VolumeId).toSorted()).toEqual(two.toSorted());
  await expect(ec2.describeVolumes({ VolumeIds: [sorted[4] as string] })).rejects.toThrow(/does not exist/);
  await expect(ec2.describeVolumes({ NextToken: 'bm90aGluZw' })).rejects.toThrow(/[Tt]oken/);
});

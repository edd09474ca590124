import { constants, privateDecrypt } from 'node:crypto';
import { expect, test } from 'vitest';
import { startFixture } from '../../networking/vpc/ec2.fixture.ts';

test('GetPasswordData: empty for some minutes, then for whoever has the private key of the launch', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { KeyMaterial = '' } = await ec2.createKeyPair({ KeyName: 'admin' });
  const { Images = [] } = await ec2.describeImages({
    Owners: ['amazon'],
    Filters: [{ Name: 'platform', Values: ['windows'] }],
  });
  const launch = { ImageId: Images[0]?.ImageId, InstanceType: 'm5.large' as const, MinCount: 1, MaxCount: 1 };
  const { Instances } = await ec2.runInstances({ ...launch, KeyName: 'admin' });
  const without = await ec2.runInstances(launch);
  const InstanceId = Instances?.[0]?.InstanceId as string;
  await cloud.clock.advance(120);
  expect((await ec2.getPasswordData({ InstanceId })).PasswordData).toBe('');
  await cloud.clock.advance(180);
  const { PasswordData = '' } = await ec2.getPasswordData({ InstanceId });
  const block = privateDecrypt(
    { key: KeyMaterial, padding: constants.RSA_NO_PADDING },
    Buffer.from(PasswordData, 'base64'),
  );
  expect([block[0], block[1]]).toEqual([0, 2]);
  expect(block.subarray(block.indexOf(0, 2) + 1).toString()).toMatch(/^[!-~]{32}$/);
  expect((await ec2.getPasswordData({ InstanceId })).PasswordData).toBe(PasswordData);
  const other = await ec2.getPasswordData({ InstanceId: without.Instances?.[0]?.InstanceId as string });
  expect(other.PasswordData).toBe('');
});

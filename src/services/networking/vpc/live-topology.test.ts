import { expect, test } from 'vitest';
import type { NetworkView } from '../../../network/view.ts';
import { clientOf, type Fixture, makeSubnet, makeVpc, startFixture } from './ec2.fixture.ts';

const network = ({ cloud }: Fixture): Promise<NetworkView> => cloud.inside.part('network');

async function makeGroup({ ec2 }: Fixture, VpcId: string): Promise<string> {
  return (await ec2.createSecurityGroup({ VpcId, GroupName: 'app', Description: 'app' })).GroupId as string;
}

test('topology: the same object as long as no network changed, whatever else did', async () => {
  await using fixture = await startFixture();
  const view = await network(fixture);
  const VpcId = await makeVpc(fixture.ec2);
  const before = view.topology();
  expect(before.vpcs.get(VpcId)?.cidrs).toEqual(['10.0.0.0/16']);
  expect(before.vpcs.size).toBe(2);
  await fixture.ec2.createTags({ Resources: [VpcId], Tags: [{ Key: 'a', Value: 'b' }] });
  await fixture.ec2.describeVpcs({});
  expect(view.topology()).toBe(before);
});

test('topology: a new rule remakes its group and its VPC, and shares everything else', async () => {
  await using fixture = await startFixture();
  const view = await network(fixture);
  const [VpcId, other] = [await makeVpc(fixture.ec2), await makeVpc(fixture.ec2, '10.1.0.0/16')];
  const SubnetId = await makeSubnet(fixture.ec2, VpcId, '10.0.1.0/24');
  await fixture.ec2.createNetworkInterface({ SubnetId });
  const GroupId = await makeGroup(fixture, VpcId);
  const before = view.topology();
  await fixture.ec2.authorizeSecurityGroupIngress({
    GroupId,
    IpProtocol: 'tcp',
    FromPort: 80,
    ToPort: 80,
    CidrIp: '0.0.0.0/0',
  });
  const after = view.topology();
  expect(after).not.toBe(before);
  expect(after.vpcs.get(other)).toBe(before.vpcs.get(other));
  expect(after.prefixLists).toBe(before.prefixLists);
  const [was, is] = [before.vpcs.get(VpcId), after.vpcs.get(VpcId)];
  expect(is).not.toBe(was);
  expect(is?.interfaces).toBe(was?.interfaces);
  expect(is?.routeTables).toBe(was?.routeTables);
  expect(is?.acls).toBe(was?.acls);
  const groups = is?.groups.filter((group) => was?.groups.includes(group));
  expect(groups?.map(({ name }) => name)).toEqual(['default']);
  expect(is?.groups.find(({ id }) => id === GroupId)?.rules).toHaveLength(2);
});

test('topology: a refused change leaves no trace, a snapshot brings back what was', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2 } = fixture;
  const view = await network(fixture);
  const VpcId = await makeVpc(ec2);
  const before = view.topology();
  await expect(ec2.createSubnet({ VpcId, CidrBlock: '10.0.1.0/24', DryRun: true })).rejects.toThrow('DryRun');
  expect(view.topology()).toBe(before);
  const snapshot = await cloud.snapshot();
  await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  expect(view.topology().vpcs.get(VpcId)?.subnets).toHaveLength(1);
  await cloud.restore(snapshot);
  expect(view.topology().vpcs.get(VpcId)?.subnets).toEqual([]);
});

test('topology: all accounts and Regions are in it (VPC-01)', async () => {
  await using fixture = await startFixture();
  const view = await network(fixture);
  const far = await makeVpc(clientOf(fixture.cloud, '111111111111', 'eu-west-1'));
  expect(view.topology().vpcs.get(far)).toMatchObject({ account: '111111111111', region: 'eu-west-1' });
  await fixture.cloud.reset();
  expect(view.topology().vpcs.size).toBe(0);
});

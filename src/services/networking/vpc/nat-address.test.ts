import type { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

/** A subnet in a VPC with an internet gateway. */
async function makePlace(ec2: EC2): Promise<string> {
  const VpcId = await makeVpc(ec2);
  const InternetGatewayId = (await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId;
  await ec2.attachInternetGateway({ InternetGatewayId, VpcId });
  return makeSubnet(ec2, VpcId, '10.0.1.0/24');
}

const addressesOf = async (ec2: EC2, id: string) =>
  (await ec2.describeNatGateways({ NatGatewayIds: [id] })).NatGateways?.[0]?.NatGatewayAddresses ?? [];

test('CreateNatGateway: a private one takes secondary addresses, named or counted, and gives them back', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const SubnetId = await makePlace(ec2);
  const made = await ec2.createNatGateway({
    SubnetId,
    ConnectivityType: 'private',
    SecondaryPrivateIpAddresses: ['10.0.1.50'],
  });
  const NatGatewayId = made.NatGateway?.NatGatewayId as string;
  expect(made.NatGateway?.NatGatewayAddresses?.[1]).toMatchObject({ PrivateIp: '10.0.1.50', Status: 'assigning' });
  await cloud.clock.advance(120);
  const counted = await ec2.assignPrivateNatGatewayAddress({ NatGatewayId, PrivateIpAddressCount: 2 });
  expect(counted.NatGatewayAddresses).toHaveLength(2);
  await cloud.clock.advance(30);
  expect((await addressesOf(ec2, NatGatewayId)).map(({ Status, IsPrimary }) => [Status, IsPrimary])).toEqual([
    ['succeeded', true],
    ['succeeded', false],
    ['succeeded', false],
    ['succeeded', false],
  ]);
  const { Subnets } = await ec2.describeSubnets({ SubnetIds: [SubnetId] });
  expect(Subnets?.[0]?.AvailableIpAddressCount).toBe(251 - 4);
  expect((await refusal(ec2.assignPrivateNatGatewayAddress({ NatGatewayId, PrivateIpAddressCount: 5 })))[0]).toBe(
    'PrivateIpAddressLimitExceeded',
  );
  const gone = await ec2.unassignPrivateNatGatewayAddress({ NatGatewayId, PrivateIpAddresses: ['10.0.1.50'] });
  expect(gone.NatGatewayAddresses).toMatchObject([{ PrivateIp: '10.0.1.50', Status: 'unassigning' }]);
  expect((await refusal(ec2.assignPrivateNatGatewayAddress({ NatGatewayId, PrivateIpAddressCount: 1 })))[0]).toBe(
    'IncorrectState',
  );
  await cloud.clock.advance(30);
  expect(await addressesOf(ec2, NatGatewayId)).toHaveLength(3);
  await ec2.deleteNatGateway({ NatGatewayId });
  await cloud.clock.advance(120);
  const after = await ec2.describeSubnets({ SubnetIds: [SubnetId] });
  expect(after.Subnets?.[0]?.AvailableIpAddressCount).toBe(251);
});

test('AssociateNatGatewayAddress: a second Elastic address joins a public one, and is bound until it has left', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const SubnetId = await makePlace(ec2);
  const one = await ec2.allocateAddress({});
  const two = await ec2.allocateAddress({});
  const three = await ec2.allocateAddress({});
  const made = await ec2.createNatGateway({ SubnetId, AllocationId: one.AllocationId });
  const NatGatewayId = made.NatGateway?.NatGatewayId as string;
  await cloud.clock.advance(120);
  const joined = await ec2.associateNatGatewayAddress({ NatGatewayId, AllocationIds: [two.AllocationId as string] });
  const [shown] = joined.NatGatewayAddresses ?? [];
  expect(shown).toMatchObject({ PublicIp: two.PublicIp, IsPrimary: false, Status: 'associating' });
  expect(
    (await refusal(ec2.associateNatGatewayAddress({ NatGatewayId, AllocationIds: [three.AllocationId as string] })))[0],
  ).toBe('AddressLimitExceeded');
  const AssociationId = shown?.AssociationId as string;
  expect((await refusal(ec2.disassociateAddress({ AssociationId })))[0]).toBe('AuthFailure');
  const primary = (await addressesOf(ec2, NatGatewayId))[0]?.AssociationId as string;
  expect((await refusal(ec2.disassociateNatGatewayAddress({ NatGatewayId, AssociationIds: [primary] })))[0]).toBe(
    'InvalidParameterValue',
  );
  await ec2.disassociateNatGatewayAddress({ NatGatewayId, AssociationIds: [AssociationId] });
  expect((await addressesOf(ec2, NatGatewayId))[1]?.Status).toBe('disassociating');
  await cloud.clock.advance(30);
  expect(await addressesOf(ec2, NatGatewayId)).toHaveLength(1);
  await ec2.releaseAddress({ AllocationId: two.AllocationId });
});

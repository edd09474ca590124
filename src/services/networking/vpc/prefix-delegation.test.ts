import { expect, test } from 'vitest';
import { launchIn, makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

test('CreateSubnetCidrReservation: nothing is given out of it by chance, and a request may still name what is in it', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const vpc = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, vpc, '10.0.0.0/27');
  const { SubnetCidrReservation: made } = await ec2.createSubnetCidrReservation({
    SubnetId,
    Cidr: '10.0.0.16/28',
    ReservationType: 'explicit',
    Description: 'for appliances',
    TagSpecifications: [{ ResourceType: 'subnet-cidr-reservation', Tags: [{ Key: 'Name', Value: 'kept' }] }],
  });
  expect(made).toMatchObject({ Cidr: '10.0.0.16/28', ReservationType: 'explicit', Tags: [{ Value: 'kept' }] });
  const given = [];
  for (let at = 0; at < 12; at++) {
    const { NetworkInterface } = await ec2.createNetworkInterface({ SubnetId });
    given.push(Number(NetworkInterface?.PrivateIpAddress?.split('.')[3]));
  }
  expect(given.toSorted((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  expect((await refusal(ec2.createNetworkInterface({ SubnetId })))[0]).toBe('InsufficientFreeAddressesInSubnet');
  const named = await ec2.createNetworkInterface({ SubnetId, PrivateIpAddress: '10.0.0.20' });
  expect(named.NetworkInterface?.PrivateIpAddress).toBe('10.0.0.20');
  const again = { SubnetId, ReservationType: 'prefix' as const };
  expect((await refusal(ec2.createSubnetCidrReservation({ ...again, Cidr: '10.0.0.24/29' })))[0]).toBe(
    'InvalidParameterValue',
  );
  expect((await refusal(ec2.createSubnetCidrReservation({ ...again, Cidr: '10.0.1.0/28' })))[0]).toBe(
    'InvalidParameterValue',
  );
  const shown = await ec2.getSubnetCidrReservations({
    SubnetId,
    Filters: [{ Name: 'reservationType', Values: ['explicit'] }],
  });
  expect(shown.SubnetIpv4CidrReservations).toEqual([made]);
  expect(shown.SubnetIpv6CidrReservations).toEqual([]);
  const SubnetCidrReservationId = made?.SubnetCidrReservationId as string;
  const gone = await ec2.deleteSubnetCidrReservation({ SubnetCidrReservationId });
  expect(gone.DeletedSubnetCidrReservation?.SubnetCidrReservationId).toBe(SubnetCidrReservationId);
  expect((await refusal(ec2.deleteSubnetCidrReservation({ SubnetCidrReservationId })))[0]).toBe(
    'InvalidSubnetCidrReservationID.NotFound',
  );
  const free = await ec2.createNetworkInterface({ SubnetId });
  expect(Number(free.NetworkInterface?.PrivateIpAddress?.split('.')[3])).toBeGreaterThan(15);
});

test('CreateNetworkInterface: prefixes of /28 are taken whole, from what is reserved for them first', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const vpc = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, vpc, '10.0.0.0/24');
  const freeCount = async () =>
    (await ec2.describeSubnets({ SubnetIds: [SubnetId] })).Subnets?.[0]?.AvailableIpAddressCount;
  await ec2.createSubnetCidrReservation({ SubnetId, Cidr: '10.0.0.64/28', ReservationType: 'prefix' });
  const { NetworkInterface } = await ec2.createNetworkInterface({ SubnetId, Ipv4PrefixCount: 1 });
  expect(NetworkInterface?.Ipv4Prefixes).toEqual([{ Ipv4Prefix: '10.0.0.64/28' }]);
  expect(await freeCount()).toBe(251 - 17);
  const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId as string;
  const taken = await ec2.assignPrivateIpAddresses({ NetworkInterfaceId, Ipv4Prefixes: ['10.0.0.80/28'] });
  expect(taken.AssignedIpv4Prefixes).toEqual([{ Ipv4Prefix: '10.0.0.80/28' }]);
  const other = (more: object) => ec2.createNetworkInterface({ SubnetId, ...more });
  expect((await refusal(other({ PrivateIpAddress: '10.0.0.85' })))[0]).toBe('InvalidIPAddress.InUse');
  for (const Ipv4Prefix of ['10.0.0.84/28', '10.0.0.0/28', '10.0.0.240/28', '10.0.2.0/28'])
    expect((await refusal(other({ Ipv4Prefixes: [{ Ipv4Prefix }] })))[0]).toBe('InvalidParameterValue');
  expect((await refusal(other({ Ipv4PrefixCount: 14 })))[0]).toBe('InsufficientCidrBlocks');
  await ec2.unassignPrivateIpAddresses({ NetworkInterfaceId, Ipv4Prefixes: ['10.0.0.80/28'] });
  expect(await freeCount()).toBe(251 - 17);
  const [code] = await refusal(ec2.unassignPrivateIpAddresses({ NetworkInterfaceId, Ipv4Prefixes: ['10.0.0.80/28'] }));
  expect(code).toBe('InvalidParameterValue');
  await ec2.deleteNetworkInterface({ NetworkInterfaceId });
  expect(await freeCount()).toBe(251);
});

test('AssignIpv6Addresses: prefixes of /80 are of one interface alone', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true });
  const block = Vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock?.replace('/56', '/64') as string;
  const { Subnet } = await ec2.createSubnet({ VpcId: Vpc?.VpcId, CidrBlock: '10.0.0.0/24', Ipv6CidrBlock: block });
  const SubnetId = Subnet?.SubnetId as string;
  const { NetworkInterface } = await ec2.createNetworkInterface({ SubnetId, Ipv6PrefixCount: 1 });
  const prefix = NetworkInterface?.Ipv6Prefixes?.[0]?.Ipv6Prefix as string;
  expect(prefix).toMatch(/\/80$/);
  const inside = prefix.replace(/:?:?\/80$/, '::5');
  const [code] = await refusal(ec2.createNetworkInterface({ SubnetId, Ipv6Addresses: [{ Ipv6Address: inside }] }));
  expect(code).toBe('InvalidIPAddress.InUse');
  const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId as string;
  const more = await ec2.assignIpv6Addresses({ NetworkInterfaceId, Ipv6PrefixCount: 2 });
  expect(new Set([prefix, ...(more.AssignedIpv6Prefixes ?? [])]).size).toBe(3);
  const gone = await ec2.unassignIpv6Addresses({ NetworkInterfaceId, Ipv6Prefixes: [prefix] });
  expect(gone.UnassignedIpv6Prefixes).toEqual([prefix]);
  const { NetworkInterfaces } = await ec2.describeNetworkInterfaces({ NetworkInterfaceIds: [NetworkInterfaceId] });
  expect(NetworkInterfaces?.[0]?.Ipv6Prefixes?.map(({ Ipv6Prefix }) => Ipv6Prefix)).toEqual(more.AssignedIpv6Prefixes);
});

test('RunInstances: an interface with delegated prefixes, for which there must be room', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const vpc = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, vpc, '10.0.0.0/26');
  const nic = await launchIn(fixture, SubnetId, {
    SubnetId: undefined,
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, Ipv4PrefixCount: 2 }],
  });
  expect(nic.Ipv4Prefixes?.map(({ Ipv4Prefix }) => Ipv4Prefix).toSorted()).toEqual(['10.0.0.16/28', '10.0.0.32/28']);
  const { Subnets } = await ec2.describeSubnets({ SubnetIds: [SubnetId] });
  expect(Subnets?.[0]?.AvailableIpAddressCount).toBe(59 - 33);
});

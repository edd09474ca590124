import type { EC2 } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { launchIn, makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

const mainTable = async (ec2: EC2, VpcId: string) => {
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });
  return RouteTables?.[0];
};

test('gateway endpoint: a prefix-list route in the chosen tables; without it S3 can not be reached (VPC-32, VPC-34)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const nic = await launchIn(fixture, await makeSubnet(ec2, VpcId, '10.0.1.0/24'));
  const walk = () =>
    view.trace({
      from: { kind: 'interface', id: nic.NetworkInterfaceId as string },
      protocol: 'tcp',
      destination: '52.216.0.7',
      destinationPort: 443,
    });
  expect(walk().disposition).toBe('no-route');
  const tableId = (await mainTable(ec2, VpcId))?.RouteTableId as string;
  const ServiceName = 'com.amazonaws.us-east-1.s3';
  const { VpcEndpoint } = await ec2.createVpcEndpoint({ VpcId, ServiceName, RouteTableIds: [tableId] });
  const id = VpcEndpoint?.VpcEndpointId as string;
  expect(VpcEndpoint).toMatchObject({ VpcEndpointType: 'Gateway', State: 'available', RouteTableIds: [tableId] });
  expect((await mainTable(ec2, VpcId))?.Routes?.at(-1)).toEqual({
    DestinationPrefixListId: 'pl-63a5400a',
    GatewayId: id,
    Origin: 'CreateRoute',
    State: 'active',
  });
  expect(walk()).toMatchObject({ disposition: 'delivered', endpointId: id });
  expect(await refusal(ec2.createVpcEndpoint({ VpcId, ServiceName, RouteTableIds: [tableId] }))).toEqual([
    'RouteAlreadyExists',
    `route table ${tableId} already has a route with destination-prefix-list-id pl-63a5400a`,
  ]);
  expect(await refusal(ec2.createVpcEndpoint({ VpcId, ServiceName: 'com.amazonaws.us-east-1.nothing' }))).toEqual([
    'InvalidServiceName',
    "The Vpc Endpoint Service 'com.amazonaws.us-east-1.nothing' does not exist",
  ]);
  expect((await refusal(ec2.createVpcEndpoint({ VpcId, ServiceName: 'com.amazonaws.us-east-1.sqs' })))[1]).toBe(
    'Endpoint type (Gateway) does not match available service types ([Interface]).',
  );
  expect((await refusal(ec2.deleteVpc({ VpcId })))[0]).toBe('DependencyViolation');
  await ec2.modifyVpcEndpoint({ VpcEndpointId: id, RemoveRouteTableIds: [tableId] });
  expect(walk().disposition).toBe('no-route');
  expect((await ec2.deleteVpcEndpoints({ VpcEndpointIds: [id, 'vpce-0123456789abcdef0'] })).Unsuccessful).toEqual([
    {
      ResourceId: 'vpce-0123456789abcdef0',
      Error: {
        Code: 'InvalidVpcEndpointId.NotFound',
        Message: "The Vpc Endpoint Id 'vpce-0123456789abcdef0' does not exist",
      },
    },
  ]);
  expect((await refusal(ec2.describeVpcEndpoints({ VpcEndpointIds: [id] })))[0]).toBe('InvalidVpcEndpointId.NotFound');
});

test('interface endpoint: an interface in each subnet, its security group, private names (VPC-33, VPC-35)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const VpcId = await makeVpc(ec2);
  const SubnetIds = [
    await makeSubnet(ec2, VpcId, '10.0.1.0/24'),
    await makeSubnet(ec2, VpcId, '10.0.2.0/24', 'us-east-1b'),
  ];
  const ServiceName = 'com.amazonaws.us-east-1.sqs';
  const given = { VpcId, ServiceName, VpcEndpointType: 'Interface', SubnetIds } as const;
  expect(await refusal(ec2.createVpcEndpoint({ ...given, PrivateDnsEnabled: true }))).toEqual([
    'InvalidParameter',
    `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${VpcId}`,
  ]);
  await ec2.modifyVpcAttribute({ VpcId, EnableDnsHostnames: { Value: true } });
  const { VpcEndpoint } = await ec2.createVpcEndpoint({ ...given, PrivateDnsEnabled: true });
  const id = VpcEndpoint?.VpcEndpointId as string;
  expect(VpcEndpoint).toMatchObject({
    State: 'pending',
    PrivateDnsEnabled: true,
    SubnetIds,
    Groups: [{ GroupName: 'default' }],
    DnsOptions: { DnsRecordIpType: 'ipv4' },
    PolicyDocument: '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
  });
  const names = VpcEndpoint?.DnsEntries?.map(({ DnsName }) => DnsName) ?? [];
  expect(names).toHaveLength(4);
  expect(names[0]).toMatch(new RegExp(`^${id}-[0-9a-z]{8}\\.sqs\\.us-east-1\\.vpce\\.amazonaws\\.com$`));
  expect(names[1]).toContain('-us-east-1a.sqs.');
  expect(names[3]).toBe('sqs.us-east-1.amazonaws.com');
  await cloud.clock.advance(60);
  const [seen] = (await ec2.describeVpcEndpoints({ VpcEndpointIds: [id] })).VpcEndpoints ?? [];
  expect(seen?.State).toBe('available');
  const { NetworkInterfaces } = await ec2.describeNetworkInterfaces({ NetworkInterfaceIds: seen?.NetworkInterfaceIds });
  expect(NetworkInterfaces?.map((nic) => [nic.InterfaceType, nic.Description, nic.RequesterManaged])).toEqual([
    ['vpc_endpoint', `VPC Endpoint Interface ${id}`, true],
    ['vpc_endpoint', `VPC Endpoint Interface ${id}`, true],
  ]);
  const nic = await launchIn(fixture, SubnetIds[0] as string);
  const walked = view.trace({
    from: { kind: 'interface', id: nic.NetworkInterfaceId as string },
    protocol: 'tcp',
    destination: NetworkInterfaces?.[1]?.PrivateIpAddress as string,
    destinationPort: 443,
  });
  expect(walked).toMatchObject({ disposition: 'delivered', endpointId: id });
  expect((await refusal(ec2.createVpcEndpoint(given)))[1]).toContain(
    'already a conflicting DNS domain for sqs.us-east-1',
  );
  await ec2.modifyVpcEndpoint({
    VpcEndpointId: id,
    RemoveSubnetIds: [SubnetIds[1] as string],
    PrivateDnsEnabled: false,
  });
  const [less] = (await ec2.describeVpcEndpoints({ VpcEndpointIds: [id] })).VpcEndpoints ?? [];
  expect(less?.NetworkInterfaceIds).toHaveLength(1);
  expect(less?.DnsEntries).toHaveLength(2);
  await ec2.deleteVpcEndpoints({ VpcEndpointIds: [id] });
  await cloud.clock.advance(60);
  expect((await ec2.describeVpcEndpoints({})).VpcEndpoints).toEqual([]);
  await ec2.deleteSubnet({ SubnetId: SubnetIds[1] as string });
});

test('DescribeVpcEndpointServices: AWS names in the Region; S3 and DynamoDB with both kinds', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const all = await ec2.describeVpcEndpointServices({});
  expect(all.ServiceNames).toEqual(
    expect.arrayContaining([
      'com.amazonaws.us-east-1.s3',
      'com.amazonaws.us-east-1.ecr.dkr',
      'com.amazonaws.us-east-1.logs',
    ]),
  );
  const { ServiceDetails } = await ec2.describeVpcEndpointServices({
    ServiceNames: ['com.amazonaws.us-east-1.s3'],
    Filters: [{ Name: 'service-type', Values: ['Gateway'] }],
  });
  expect(ServiceDetails).toHaveLength(1);
  expect(ServiceDetails?.[0]).toMatchObject({
    Owner: 'amazon',
    VpcEndpointPolicySupported: true,
    AcceptanceRequired: false,
  });
  const paged = await ec2.describeVpcEndpointServices({ MaxResults: 10 });
  expect([paged.ServiceDetails?.length, typeof paged.NextToken]).toEqual([10, 'string']);
});

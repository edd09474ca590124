import { expect, test } from 'vitest';
import { makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

test('CreateInstanceConnectEndpoint: one in a VPC, with an interface in its subnet, until it is deleted', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VpcId = await makeVpc(ec2);
  const SubnetId = await makeSubnet(ec2, VpcId, '10.0.1.0/24');
  const made = await ec2.createInstanceConnectEndpoint({
    SubnetId,
    TagSpecifications: [{ ResourceType: 'instance-connect-endpoint', Tags: [{ Key: 'a', Value: 'b' }] }],
  });
  const id = made.InstanceConnectEndpoint?.InstanceConnectEndpointId as string;
  expect(made.InstanceConnectEndpoint).toMatchObject({
    State: 'create-in-progress',
    VpcId,
    SubnetId,
    AvailabilityZone: 'us-east-1a',
    PreserveClientIp: false,
    IpAddressType: 'ipv4',
    Tags: [{ Key: 'a', Value: 'b' }],
    InstanceConnectEndpointArn: `arn:aws:ec2:us-east-1:000000000000:instance-connect-endpoint/${id}`,
  });
  expect(made.InstanceConnectEndpoint?.DnsName).toMatch(
    new RegExp(String.raw`^${id}\.[0-9a-f]{8}\.ec2-instance-connect-endpoint\.us-east-1\.amazonaws\.com$`),
  );
  const asked = { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] };
  const seen = async () => (await ec2.describeInstanceConnectEndpoints(asked)).InstanceConnectEndpoints?.[0];
  await cloud.clock.advance(120);
  expect((await seen())?.State).toBe('create-complete');
  expect((await refusal(ec2.createInstanceConnectEndpoint({ SubnetId })))[0]).toBe(
    'InstanceConnectEndpointLimitExceeded',
  );
  const [nic] = made.InstanceConnectEndpoint?.NetworkInterfaceIds ?? [];
  const { NetworkInterfaces } = await ec2.describeNetworkInterfaces({ NetworkInterfaceIds: [nic as string] });
  expect(NetworkInterfaces?.[0]).toMatchObject({
    InterfaceType: 'ec2_instance_connect_endpoint',
    RequesterManaged: true,
  });
  await ec2.modifyInstanceConnectEndpoint({ InstanceConnectEndpointId: id, PreserveClientIp: true });
  expect((await seen())?.PreserveClientIp).toBe(true);
  expect((await refusal(ec2.deleteSubnet({ SubnetId })))[0]).toBe('DependencyViolation');
  const gone = await ec2.deleteInstanceConnectEndpoint({ InstanceConnectEndpointId: id });
  expect(gone.InstanceConnectEndpoint?.State).toBe('delete-in-progress');
  await cloud.clock.advance(120);
  expect((await refusal(ec2.deleteInstanceConnectEndpoint({ InstanceConnectEndpointId: id })))[0]).toBe(
    'InvalidInstanceConnectEndpointId.NotFound',
  );
  await ec2.deleteSubnet({ SubnetId });
});

test('CreateInstanceConnectEndpoint: the type of addresses is that of the subnet, and a client address is kept on IPv4 only', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const SubnetId = await makeSubnet(ec2, await makeVpc(ec2), '10.0.1.0/24');
  const make = (input: object) => refusal(ec2.createInstanceConnectEndpoint({ SubnetId, ...input }));
  expect((await make({ IpAddressType: 'dualstack' }))[0]).toBe('InvalidParameterCombination');
  expect((await make({ IpAddressType: 'ipv6', PreserveClientIp: true }))[0]).toBe('InvalidParameterCombination');
});

// What load balancers, their listeners and target groups do not go together with.
import { expect, test } from 'vitest';
import { makePlace, refusal } from './fixture.ts';

test('CreateListener: a target group serves one load balancer; one has at most 100 of them', async () => {
  await using place = await makePlace('one-balancer');
  const { elb, makeBalancer, makeGroup } = place;
  const [first, second] = [await makeBalancer('first'), await makeBalancer('second')];
  const group = await makeGroup('web');
  const forward = (TargetGroupArn: string) => [{ Type: 'forward', TargetGroupArn } as const];
  const listen = (LoadBalancerArn: string, Port: number, TargetGroupArn: string) =>
    elb.createListener({ LoadBalancerArn, Protocol: 'HTTP', Port, DefaultActions: forward(TargetGroupArn) });
  const { Listeners } = await listen(first, 80, group);
  await listen(first, 81, group);
  await expect(listen(second, 80, group)).rejects.toEqual(
    refusal('TargetGroupAssociationLimitException', `cannot be associated with more than one load balancer: ${group}`),
  );
  const groups: string[] = [];
  for (let at = 0; at < 100; at++) groups.push(await makeGroup(`g-${at}`));
  const rule = (at: number) =>
    elb.createRule({
      ListenerArn: Listeners?.[0]?.ListenerArn,
      Priority: at + 1,
      Conditions: [{ Field: 'path-pattern', Values: [`/${at}`] }],
      Actions: forward(groups[at] as string),
    });
  for (let at = 0; at < 99; at++) await rule(at);
  await expect(rule(99)).rejects.toEqual(
    refusal('TooManyUniqueTargetGroupsPerLoadBalancerException', 'unique target groups per load balancer'),
  );
});

test('SetIpAddressType: dual stack needs subnets with IPv6, and gives each node an address', async () => {
  await using place = await makePlace('dual-stack');
  const { elb, ec2, makeBalancer, vpcId } = place;
  const without = refusal('ValidationError', /^You must specify subnets with an associated IPv6 CIDR block\.$/);
  const plain = await makeBalancer('plain', 'network');
  await expect(elb.setIpAddressType({ LoadBalancerArn: plain, IpAddressType: 'dualstack' })).rejects.toEqual(without);
  await expect(
    elb.createLoadBalancer({ Name: 'b', Subnets: place.subnetIds.slice(0, 2), IpAddressType: 'dualstack' }),
  ).rejects.toEqual(without);

  await ec2.associateVpcCidrBlock({ VpcId: vpcId, AmazonProvidedIpv6CidrBlock: true });
  const { Vpcs } = await ec2.describeVpcs({ VpcIds: [vpcId] });
  const block = Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? '';
  for (const [at, SubnetId] of place.subnetIds.slice(0, 2).entries())
    await ec2.associateSubnetCidrBlock({ SubnetId, Ipv6CidrBlock: block.replace('00::/56', `0${at}::/64`) });
  await elb.setIpAddressType({ LoadBalancerArn: plain, IpAddressType: 'dualstack' });
  const addresses = async (): Promise<number[]> => {
    const { NetworkInterfaces = [] } = await ec2.describeNetworkInterfaces({
      Filters: [{ Name: 'description', Values: ['ELB net/plain/*'] }],
    });
    return NetworkInterfaces.map(({ Ipv6Addresses = [] }) => Ipv6Addresses.length);
  };
  expect(await addresses()).toEqual([1, 1]);
  await elb.setIpAddressType({ LoadBalancerArn: plain, IpAddressType: 'ipv4' });
  expect(await addresses()).toEqual([0, 0]);
});

test('DeleteLoadBalancer: one that an endpoint service leads to stays until that is gone', async () => {
  await using place = await makePlace('in-use');
  const { elb, ec2, makeBalancer } = place;
  const LoadBalancerArn = await makeBalancer('net', 'network');
  await place.cloud.clock.advance(5);
  const { ServiceConfiguration } = await ec2.createVpcEndpointServiceConfiguration({
    NetworkLoadBalancerArns: [LoadBalancerArn],
  });
  await expect(elb.deleteLoadBalancer({ LoadBalancerArn })).rejects.toEqual(
    refusal('ResourceInUseException', 'currently associated with another service'),
  );
  await ec2.deleteVpcEndpointServiceConfigurations({ ServiceIds: [ServiceConfiguration?.ServiceId as string] });
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  const { LoadBalancers } = await elb.describeLoadBalancers({});
  expect(LoadBalancers).toEqual([]);
});

test('CreateListener: QUIC goes with neither UDP nor a second QUIC listener; its targets have an ID each', async () => {
  await using place = await makePlace('quic-refusals');
  const { elb, ec2, makeBalancer, vpcId } = place;
  const LoadBalancerArn = await makeBalancer('net', 'network');
  const groupOf = async (Protocol: 'UDP' | 'QUIC') => {
    const { TargetGroups } = await elb.createTargetGroup({ Name: Protocol, Protocol, Port: 443, VpcId: vpcId });
    return TargetGroups?.[0]?.TargetGroupArn as string;
  };
  const groups = { UDP: await groupOf('UDP'), QUIC: await groupOf('QUIC') };
  const listen = (Protocol: 'UDP' | 'QUIC', Port: number) =>
    elb.createListener({
      LoadBalancerArn,
      Protocol,
      Port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: groups[Protocol] }],
    });
  await listen('QUIC', 443);
  for (const protocol of ['QUIC', 'UDP'] as const)
    await expect(listen(protocol, 444)).rejects.toEqual(
      refusal('InvalidConfigurationRequestException', `Listener protocol '${protocol}' is not supported on`),
    );
  const { Instances } = await ec2.runInstances({ ImageId: 'ami-0ed094fb1304fd857', MinCount: 2, MaxCount: 2 });
  const [one, two] = (Instances ?? []).map(({ InstanceId }) => InstanceId as string);
  const register = (Id: string | undefined, QuicServerId?: string, group = groups.QUIC) =>
    elb.registerTargets({ TargetGroupArn: group, Targets: [{ Id, QuicServerId }] });
  await expect(register(one)).rejects.toEqual(refusal('ValidationError', 'must be specified'));
  await expect(register(one, '0xABC')).rejects.toEqual(refusal('ValidationError', '16 lowercase hexadecimal'));
  await expect(register(one, '0x00000000000000a1', groups.UDP)).rejects.toEqual(
    refusal('ValidationError', 'cannot be specified'),
  );
  await register(one, '0x00000000000000a1');
  await expect(register(two, '0x00000000000000a1')).rejects.toEqual(refusal('InvalidTargetException', 'in use'));
  await expect(register(one, '0x00000000000000a2')).rejects.toEqual(
    refusal('InvalidTargetException', 'cannot be modified'),
  );
});

test('ModifyTargetGroupAttributes: the client’s address cannot be given up for datagrams; draining excludes cutting off', async () => {
  await using place = await makePlace('layer-four-attributes');
  const { elb, makeGroup } = place;
  const set = (TargetGroupArn: string, Attributes: Readonly<Record<string, string>>) =>
    elb.modifyTargetGroupAttributes({
      TargetGroupArn,
      Attributes: Object.entries(Attributes).map(([Key, Value]) => ({ Key, Value })),
    });
  const udp = await makeGroup('udp', 'UDP');
  await expect(set(udp, { 'preserve_client_ip.enabled': 'false' })).rejects.toEqual(
    refusal('ValidationError', 'preserve_client_ip.enabled'),
  );
  const { Attributes } = await elb.describeTargetGroupAttributes({ TargetGroupArn: udp });
  expect(Attributes).toContainEqual({ Key: 'deregistration_delay.connection_termination.enabled', Value: 'true' });
  const tcp = await makeGroup('tcp', 'TCP');
  const drain = { 'target_health_state.unhealthy.draining_interval_seconds': '60' };
  await expect(set(tcp, drain)).rejects.toEqual(
    refusal('InvalidConfigurationRequestException', 'can be set only when'),
  );
  await set(tcp, { ...drain, 'target_health_state.unhealthy.connection_termination.enabled': 'false' });
});

test('RegisterTargets: the zone of an address is that of its subnet', async () => {
  await using place = await makePlace('address-zone');
  const { elb, ec2, vpcId } = place;
  const { TargetGroups } = await elb.createTargetGroup({
    Name: 'ip',
    Protocol: 'TCP',
    Port: 80,
    VpcId: vpcId,
    TargetType: 'ip',
  });
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
  const { Subnets } = await ec2.describeSubnets({ SubnetIds: [place.subnetIds[1] as string] });
  const Id = (Subnets?.[0]?.CidrBlock ?? '').replace(/\.0\/\d+$/, '.77');
  await elb.registerTargets({ TargetGroupArn, Targets: [{ Id }] });
  const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn });
  expect(TargetHealthDescriptions?.[0]?.Target).toMatchObject({ Id, AvailabilityZone: Subnets?.[0]?.AvailabilityZone });
});

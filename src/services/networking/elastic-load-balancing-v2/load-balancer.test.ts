import { expect, test } from 'vitest';
import { makePlace, refusal } from './fixture.ts';

test('CreateLoadBalancer: an answer as AWS gives it, provisioning and then active (ELB-13)', async () => {
  await using place = await makePlace('create');
  const made = await place.elb.createLoadBalancer({
    Name: 'web',
    Subnets: place.subnetIds.slice(0, 2),
    Tags: [{ Key: 'team', Value: 'web' }],
  });
  const [balancer] = made.LoadBalancers ?? [];
  expect(balancer).toMatchObject({
    LoadBalancerArn: expect.stringMatching(
      /^arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer\/app\/web\/[0-9a-f]{16}$/,
    ),
    DNSName: expect.stringMatching(/^web-\d+\.us-east-1\.elb\.localhost$/),
    CanonicalHostedZoneId: 'Z35SXDOTRQ7X7K',
    LoadBalancerName: 'web',
    Scheme: 'internet-facing',
    VpcId: place.vpcId,
    State: { Code: 'provisioning' },
    Type: 'application',
    IpAddressType: 'ipv4',
    AvailabilityZones: [
      { ZoneName: 'us-east-1a', SubnetId: place.subnetIds[0] },
      { ZoneName: 'us-east-1b', SubnetId: place.subnetIds[1] },
    ],
  });
  await place.cloud.clock.advance(10);
  const { LoadBalancers } = await place.elb.describeLoadBalancers({ Names: ['web'] });
  expect(LoadBalancers?.[0]?.State).toEqual({ Code: 'active' });
  const internal = await place.elb.createLoadBalancer({
    Name: 'inner',
    Scheme: 'internal',
    Type: 'network',
    Subnets: place.subnetIds.slice(0, 1),
  });
  expect(internal.LoadBalancers?.[0]?.DNSName).toMatch(/^inner-[0-9a-f]{16}\.elb\.us-east-1\.localhost$/);
});

test('CreateLoadBalancer: names, subnets, groups and schemes are checked', async () => {
  await using place = await makePlace('checks');
  const [first = '', second = ''] = place.subnetIds;
  const make = (more: object) => place.elb.createLoadBalancer({ Name: 'web', Subnets: [first, second], ...more });
  await expect(make({ Name: 'a'.repeat(33) })).rejects.toEqual(
    refusal('ValidationError', `The load balancer name '${'a'.repeat(33)}' cannot be longer than '32' characters`),
  );
  await expect(make({ Name: 'a_b' })).rejects.toEqual(
    refusal('ValidationError', /alphanumeric characters and hyphens/),
  );
  await expect(make({ Name: '-a' })).rejects.toEqual(refusal('ValidationError', /cannot begin or end with a hyphen/));
  await expect(make({ Name: 'internal-a' })).rejects.toEqual(refusal('ValidationError', /'internal-'/));
  await expect(make({ Subnets: [first] })).rejects.toEqual(
    refusal('ValidationError', 'At least two subnets in two different Availability Zones must be specified'),
  );
  await expect(make({ Subnets: [] })).rejects.toEqual(refusal('ValidationError', /subnets/));
  await expect(make({ Subnets: [first, 'subnet-12345678'] })).rejects.toEqual(
    refusal('SubnetNotFoundException', /subnet-12345678/),
  );
  await expect(make({ SecurityGroups: ['sg-12345678'] })).rejects.toEqual(
    refusal('InvalidSecurityGroupException', /sg-12345678/),
  );
  await expect(make({ Tags: [{ Key: 'a' }, { Key: 'a' }] })).rejects.toEqual(refusal('DuplicateTagKeysException', ''));
  await expect(make({ Tags: [{ Key: 'aws:a' }] })).rejects.toEqual(refusal('ValidationError', /reserved/));
  const { Subnet } = await place.ec2.createSubnet({
    VpcId: place.vpcId,
    CidrBlock: '172.31.240.0/24',
    AvailabilityZone: 'us-east-1a',
  });
  await expect(make({ Subnets: [first, Subnet?.SubnetId] })).rejects.toEqual(
    refusal(
      'InvalidConfigurationRequestException',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    ),
  );
  expect((await place.ec2.describeNetworkInterfaces({})).NetworkInterfaces).toEqual([]);
});

test('CreateLoadBalancer: the same again is answered with the first, other settings are refused', async () => {
  await using place = await makePlace('again');
  const arn = await place.makeBalancer('web');
  expect(await place.makeBalancer('web')).toBe(arn);
  await expect(
    place.elb.createLoadBalancer({ Name: 'web', Scheme: 'internal', Subnets: place.subnetIds.slice(0, 2) }),
  ).rejects.toEqual(
    refusal('DuplicateLoadBalancerNameException', 'A load balancer with the same name and different settings exists'),
  );
});

test('CreateLoadBalancer: a network load balancer keeps the Elastic IP that it is given (ELB-08)', async () => {
  await using place = await makePlace('address');
  const { AllocationId, PublicIp } = await place.ec2.allocateAddress({ Domain: 'vpc' });
  const { LoadBalancers } = await place.elb.createLoadBalancer({
    Name: 'net',
    Type: 'network',
    SubnetMappings: [{ SubnetId: place.subnetIds[0], AllocationId }],
  });
  expect(LoadBalancers?.[0]?.AvailabilityZones?.[0]?.LoadBalancerAddresses).toEqual([
    { IpAddress: PublicIp, AllocationId },
  ]);
  await expect(
    place.elb.createLoadBalancer({
      Name: 'app',
      SubnetMappings: place.subnetIds.slice(0, 2).map((SubnetId) => ({ SubnetId, AllocationId })),
    }),
  ).rejects.toEqual(refusal('InvalidConfigurationRequestException', /not supported/));
});

test('DescribeLoadBalancers: by name, by ARN, in pages; one that is not there is an error', async () => {
  await using place = await makePlace('describe');
  const arns = [await place.makeBalancer('a'), await place.makeBalancer('b'), await place.makeBalancer('c')];
  const first = await place.elb.describeLoadBalancers({ PageSize: 2 });
  const second = await place.elb.describeLoadBalancers({ PageSize: 2, Marker: first.NextMarker });
  const seen = [first, second].flatMap(({ LoadBalancers = [] }) => LoadBalancers.map((one) => one.LoadBalancerArn));
  expect(seen.toSorted()).toEqual(arns.toSorted());
  expect(second.NextMarker).toBeUndefined();
  await expect(place.elb.describeLoadBalancers({ Names: ['none'] })).rejects.toEqual(
    refusal('LoadBalancerNotFoundException', 'One or more load balancers not found'),
  );
  await expect(place.elb.describeLoadBalancers({ Names: ['a'], LoadBalancerArns: arns })).rejects.toEqual(
    refusal('ValidationError', /same time/),
  );
});

test('DeleteLoadBalancer: refused under deletion protection, then gone with listeners and interfaces (ELB-17)', async () => {
  await using place = await makePlace('delete');
  const LoadBalancerArn = await place.makeBalancer('web');
  const listenerArn = await place.makeListener(LoadBalancerArn);
  const protect = (Value: string) =>
    place.elb.modifyLoadBalancerAttributes({
      LoadBalancerArn,
      Attributes: [{ Key: 'deletion_protection.enabled', Value }],
    });
  await protect('true');
  await expect(place.elb.deleteLoadBalancer({ LoadBalancerArn })).rejects.toEqual(
    refusal(
      'OperationNotPermittedException',
      `Load balancer '${LoadBalancerArn}' cannot be deleted because deletion protection is enabled`,
    ),
  );
  await protect('false');
  await place.elb.deleteLoadBalancer({ LoadBalancerArn });
  await place.elb.deleteLoadBalancer({ LoadBalancerArn });
  expect((await place.ec2.describeNetworkInterfaces({})).NetworkInterfaces).toEqual([]);
  await expect(place.elb.describeListeners({ ListenerArns: [listenerArn] })).rejects.toEqual(
    refusal('ListenerNotFoundException', 'One or more listeners not found'),
  );
  await expect(place.elb.describeTags({ ResourceArns: [LoadBalancerArn] })).rejects.toEqual(
    refusal('LoadBalancerNotFoundException', /not found$/),
  );
});

test('ModifyLoadBalancerAttributes: unknown, foreign and wrong attributes are refused', async () => {
  await using place = await makePlace('attributes');
  const app = await place.makeBalancer('app');
  const net = await place.makeBalancer('net', 'network');
  const set = (LoadBalancerArn: string, Key: string, Value: string) =>
    place.elb.modifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key, Value }] });
  await expect(set(app, 'no.such.key', 'true')).rejects.toEqual(
    refusal('ValidationError', "Load balancer attribute key 'no.such.key' is not recognized"),
  );
  await expect(set(net, 'idle_timeout.timeout_seconds', '60')).rejects.toEqual(
    refusal(
      'InvalidConfigurationRequestException',
      "Load balancer attribute key 'idle_timeout.timeout_seconds' is not supported on load balancers with type 'network'",
    ),
  );
  await expect(set(app, 'idle_timeout.timeout_seconds', '4001')).rejects.toEqual(refusal('ValidationError', /4001/));
  const { Attributes = [] } = await set(app, 'idle_timeout.timeout_seconds', '4000');
  expect(Attributes).toContainEqual({ Key: 'idle_timeout.timeout_seconds', Value: '4000' });
  expect(Attributes).toContainEqual({ Key: 'routing.http2.enabled', Value: 'true' });
});

test('SetSubnets, SetSecurityGroups, SetIpAddressType: change nodes, groups and addresses', async () => {
  await using place = await makePlace('set');
  const LoadBalancerArn = await place.makeBalancer('web');
  const { AvailabilityZones } = await place.elb.setSubnets({
    LoadBalancerArn,
    Subnets: place.subnetIds.slice(1, 3),
  });
  expect(AvailabilityZones?.map(({ ZoneName }) => ZoneName)).toEqual(['us-east-1b', 'us-east-1c']);
  await expect(place.elb.setSubnets({ LoadBalancerArn, Subnets: place.subnetIds.slice(0, 1) })).rejects.toEqual(
    refusal('ValidationError', /At least two subnets/),
  );
  const { GroupId = '' } = await place.ec2.createSecurityGroup({
    GroupName: 'g',
    Description: 'g',
    VpcId: place.vpcId,
  });
  const groups = await place.elb.setSecurityGroups({ LoadBalancerArn, SecurityGroups: [GroupId] });
  expect(groups.SecurityGroupIds).toEqual([GroupId]);
  const net = await place.makeBalancer('net', 'network');
  await expect(place.elb.setSecurityGroups({ LoadBalancerArn: net, SecurityGroups: [GroupId] })).rejects.toEqual(
    refusal('InvalidConfigurationRequestException', /without security groups/),
  );
});

test('ModifyCapacityReservation: pending, then provisioned in every zone; two decreases a day (ELB-19)', async () => {
  await using place = await makePlace('capacity');
  const LoadBalancerArn = await place.makeBalancer('web');
  const reserve = (CapacityUnits: number) =>
    place.elb.modifyCapacityReservation({ LoadBalancerArn, MinimumLoadBalancerCapacity: { CapacityUnits } });
  await expect(reserve(50)).rejects.toEqual(refusal('InvalidConfigurationRequestException', /100/));
  await expect(reserve(100_000)).rejects.toEqual(refusal('CapacityUnitsLimitExceededException', ''));
  expect((await reserve(1_000)).CapacityReservationState?.map(({ State }) => State?.Code)).toEqual([
    'pending',
    'pending',
  ]);
  await place.cloud.clock.advance(600);
  const ready = await place.elb.describeCapacityReservation({ LoadBalancerArn });
  expect(ready.MinimumLoadBalancerCapacity).toEqual({ CapacityUnits: 1_000 });
  expect(ready.CapacityReservationState).toMatchObject([
    { State: { Code: 'provisioned' }, EffectiveCapacityUnits: 500 },
    { State: { Code: 'provisioned' }, EffectiveCapacityUnits: 500 },
  ]);
  await reserve(800);
  expect((await reserve(700)).DecreaseRequestsRemaining).toBe(0);
  await expect(reserve(600)).rejects.toEqual(refusal('CapacityDecreaseRequestsLimitExceededException', ''));
  await place.cloud.clock.advance(86_400);
  expect((await place.elb.describeCapacityReservation({ LoadBalancerArn })).DecreaseRequestsRemaining).toBe(2);
});

test('Tags: added, replaced, removed, described for up to 20 resources', async () => {
  await using place = await makePlace('tags');
  const arn = await place.makeBalancer('web');
  const group = await place.makeGroup('web');
  await place.elb.addTags({ ResourceArns: [arn, group], Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
  await place.elb.addTags({ ResourceArns: [arn], Tags: [{ Key: 'a', Value: '2' }] });
  await place.elb.removeTags({ ResourceArns: [arn, group], TagKeys: ['b', 'none'] });
  const { TagDescriptions } = await place.elb.describeTags({ ResourceArns: [arn, group] });
  expect(TagDescriptions).toEqual([
    { ResourceArn: arn, Tags: [{ Key: 'a', Value: '2' }] },
    { ResourceArn: group, Tags: [{ Key: 'a', Value: '1' }] },
  ]);
  const many = Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}` }));
  await expect(place.elb.addTags({ ResourceArns: [arn], Tags: many })).rejects.toEqual(
    refusal('TooManyTagsException', ''),
  );
  await expect(place.elb.describeTags({ ResourceArns: ['arn:aws:s3:::bucket'] })).rejects.toEqual(
    refusal('ValidationError', /not a valid/),
  );
});

test('DescribeAccountLimits: the quotas, in pages', async () => {
  await using place = await makePlace('limits');
  const { Limits, NextMarker } = await place.elb.describeAccountLimits({ PageSize: 1 });
  expect(Limits).toEqual([{ Name: 'application-load-balancers', Max: '50' }]);
  const next = await place.elb.describeAccountLimits({ PageSize: 1, Marker: NextMarker });
  expect(next.Limits).toEqual([{ Name: 'network-load-balancers', Max: '50' }]);
});

test('CreateLoadBalancer: one more than the quota is refused, until Service Quotas raises it', async () => {
  await using place = await makePlace('quota');
  const { quotas } = place.cloud.inside.context(
    place.cloud.inside.nobody('elastic-load-balancing-v2', 'quota'),
    (await place.cloud.inside.service('elastic-load-balancing-v2')) as never,
    undefined as never,
  );
  place.cloud.inside.store.transaction(() => quotas.grant('elasticloadbalancing', 'L-53DA6B97', 1));
  await place.makeBalancer('one');
  await expect(place.makeBalancer('two')).rejects.toEqual(refusal('TooManyLoadBalancersException', ''));
  const { Limits } = await place.elb.describeAccountLimits({ PageSize: 1 });
  expect(Limits).toEqual([{ Name: 'application-load-balancers', Max: '1' }]);
});

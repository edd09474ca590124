import { expect, test } from 'vitest';
import { http, makeClassicSite, name } from './fixture.ts';

const refusal = (code: string, message: string | RegExp) =>
  expect.objectContaining({ Code: code, message: expect.stringMatching(message) as string });

test('CreateLoadBalancer: zones of the default VPC, a name under elb, defaults of check and attributes (ELB-02)', async () => {
  await using site = await makeClassicSite('create');
  const { LoadBalancerDescriptions = [] } = await site.elb.describeLoadBalancers({ LoadBalancerNames: [name] });
  const [balancer] = LoadBalancerDescriptions;
  expect(site.host).toMatch(/^web-\d{9,10}\.us-east-1\.elb\.localhost$/);
  expect(balancer).toMatchObject({
    DNSName: site.host,
    CanonicalHostedZoneName: site.host,
    CanonicalHostedZoneNameID: 'Z35SXDOTRQ7X7K',
    AvailabilityZones: ['us-east-1a', 'us-east-1b'],
    Scheme: 'internet-facing',
    HealthCheck: { Target: 'TCP:80', Interval: 30, Timeout: 5, UnhealthyThreshold: 2, HealthyThreshold: 10 },
    ListenerDescriptions: [{ Listener: http, PolicyNames: [] }],
    SourceSecurityGroup: { OwnerAlias: '000000000000', GroupName: expect.stringMatching(/^default_elb_/) },
    Instances: [],
  });
  const { LoadBalancerAttributes } = await site.elb.describeLoadBalancerAttributes({ LoadBalancerName: name });
  expect(LoadBalancerAttributes).toEqual({
    CrossZoneLoadBalancing: { Enabled: false },
    AccessLog: { Enabled: false },
    ConnectionDraining: { Enabled: false, Timeout: 300 },
    ConnectionSettings: { IdleTimeout: 60 },
    AdditionalAttributes: [{ Key: 'elb.http.desyncmitigationmode', Value: 'defensive' }],
  });
});

test('CreateLoadBalancer: the same again is answered, another one of the name is refused', async () => {
  await using site = await makeClassicSite('twice');
  const zones = { AvailabilityZones: ['us-east-1a', 'us-east-1b'] };
  const again = await site.elb.createLoadBalancer({ LoadBalancerName: name, Listeners: [http], ...zones });
  expect(again.DNSName).toBe(site.host);
  await expect(
    site.elb.createLoadBalancer({ LoadBalancerName: name, Listeners: [{ ...http, InstancePort: 8080 }], ...zones }),
  ).rejects.toEqual(
    refusal(
      'DuplicateLoadBalancerName',
      'Load Balancer named web already exists and it is configured with different parameters.',
    ),
  );
});

test('CreateLoadBalancer: names, places, listeners and certificates are checked', async () => {
  await using site = await makeClassicSite('refusals');
  const make = (more: object) =>
    site.elb.createLoadBalancer({
      LoadBalancerName: 'other',
      Listeners: [http],
      AvailabilityZones: ['us-east-1a'],
      ...more,
    });
  await expect(make({ LoadBalancerName: 'a'.repeat(33) })).rejects.toEqual(refusal('ValidationError', /32 characters/));
  await expect(make({ LoadBalancerName: '-a' })).rejects.toEqual(refusal('ValidationError', /hyphen/));
  await expect(make({ AvailabilityZones: [] })).rejects.toEqual(
    refusal('ValidationError', 'Either AvailabilityZones or SubnetIds must be specified'),
  );
  await expect(make({ Subnets: ['subnet-12345678'] })).rejects.toEqual(refusal('ValidationError', /Only one of/));
  await expect(make({ AvailabilityZones: [], Subnets: ['subnet-12345678'] })).rejects.toEqual(
    refusal('SubnetNotFound', /subnet-12345678/),
  );
  await expect(make({ Scheme: 'public' })).rejects.toEqual(refusal('InvalidScheme', /public/));
  await expect(make({ Listeners: [{ ...http, Protocol: 'UDP' }] })).rejects.toEqual(
    refusal('UnsupportedProtocol', /UDP/),
  );
  await expect(make({ Listeners: [{ ...http, InstanceProtocol: 'TCP' }] })).rejects.toEqual(
    refusal('InvalidConfigurationRequest', /same layer/),
  );
  await expect(
    make({
      Listeners: [
        { ...http, Protocol: 'HTTPS', SSLCertificateId: 'arn:aws:iam::000000000000:server-certificate/none' },
      ],
    }),
  ).rejects.toEqual(refusal('CertificateNotFound', /key: arn:aws:iam::000000000000:server-certificate\/none$/));
  await expect(site.elb.describeLoadBalancers({ LoadBalancerNames: ['none'] })).rejects.toEqual(
    refusal('LoadBalancerNotFound', "There is no ACTIVE Load Balancer named 'none'"),
  );
});

test('DescribeLoadBalancers: pages go on where the last one ended', async () => {
  await using site = await makeClassicSite('pages');
  for (const LoadBalancerName of ['aa', 'zz'])
    await site.elb.createLoadBalancer({ LoadBalancerName, Listeners: [http], AvailabilityZones: ['us-east-1a'] });
  const first = await site.elb.describeLoadBalancers({ PageSize: 2 });
  const second = await site.elb.describeLoadBalancers({ PageSize: 2, Marker: first.NextMarker });
  const names = [first, second]
    .flatMap((page) => page.LoadBalancerDescriptions ?? [])
    .map((one) => one.LoadBalancerName);
  expect(names).toEqual(['aa', 'web', 'zz']);
  expect(second.NextMarker).toBeUndefined();
});

test('CreateLoadBalancerListeners: the same again is nothing, another on the port is refused, deleted ones are gone', async () => {
  await using site = await makeClassicSite('listeners');
  const LoadBalancerName = name;
  const tcp = { Protocol: 'TCP', LoadBalancerPort: 22, InstanceProtocol: 'TCP', InstancePort: 22 };
  await site.elb.createLoadBalancerListeners({ LoadBalancerName, Listeners: [http, tcp] });
  await expect(
    site.elb.createLoadBalancerListeners({ LoadBalancerName, Listeners: [{ ...tcp, InstancePort: 2222 }] }),
  ).rejects.toEqual(
    refusal(
      'DuplicateListener',
      'A listener already exists for web with LoadBalancerPort 22, but with a different InstancePort, Protocol, or SSLCertificateId',
    ),
  );
  await site.elb.deleteLoadBalancerListeners({ LoadBalancerName, LoadBalancerPorts: [80, 8080] });
  const { LoadBalancerDescriptions } = await site.elb.describeLoadBalancers({});
  expect(LoadBalancerDescriptions?.[0]?.ListenerDescriptions?.map(({ Listener }) => Listener)).toEqual([tcp]);
});

test('ModifyLoadBalancerAttributes: answers what was asked, and refuses what there is not', async () => {
  await using site = await makeClassicSite('attributes');
  const modify = (LoadBalancerAttributes: object) =>
    site.elb.modifyLoadBalancerAttributes({ LoadBalancerName: name, LoadBalancerAttributes });
  const draining = { ConnectionDraining: { Enabled: true, Timeout: 60 } };
  expect((await modify(draining)).LoadBalancerAttributes).toEqual(draining);
  await modify({ ConnectionDraining: { Enabled: true } });
  const { LoadBalancerAttributes } = await site.elb.describeLoadBalancerAttributes({ LoadBalancerName: name });
  expect(LoadBalancerAttributes).toMatchObject({ ...draining, CrossZoneLoadBalancing: { Enabled: false } });
  await expect(modify({ AdditionalAttributes: [{ Key: 'elb.http.other', Value: 'x' }] })).rejects.toEqual(
    refusal('LoadBalancerAttributeNotFound', /elb\.http\.other/),
  );
  await expect(modify({ ConnectionDraining: { Enabled: true, Timeout: 0 } })).rejects.toEqual(
    refusal('InvalidConfigurationRequest', /between 1 and 3600/),
  );
  await expect(modify({ AccessLog: { Enabled: true, EmitInterval: 7, S3BucketName: 'b' } })).rejects.toEqual(
    refusal('InvalidConfigurationRequest', /5 or 60/),
  );
});

test('AttachLoadBalancerToSubnets: a subnet of another zone is added, one of the same zone refused; the last place stays', async () => {
  await using site = await makeClassicSite('subnets');
  const LoadBalancerName = name;
  const { Subnets = [] } = await site.ec2.describeSubnets({
    Filters: [{ Name: 'availability-zone', Values: ['us-east-1a', 'us-east-1c'] }],
  });
  const idIn = (zone: string) => Subnets.find(({ AvailabilityZone }) => AvailabilityZone === zone)?.SubnetId as string;
  const attached = await site.elb.attachLoadBalancerToSubnets({ LoadBalancerName, Subnets: [idIn('us-east-1c')] });
  expect(attached.Subnets).toHaveLength(3);
  const { Subnet } = await site.ec2.createSubnet({
    VpcId: site.vpcId,
    CidrBlock: '172.31.240.0/24',
    AvailabilityZone: 'us-east-1c',
  });
  await expect(
    site.elb.attachLoadBalancerToSubnets({ LoadBalancerName, Subnets: [Subnet?.SubnetId as string] }),
  ).rejects.toEqual(refusal('InvalidConfigurationRequest', /us-east-1c/));
  const left = await site.elb.detachLoadBalancerFromSubnets({ LoadBalancerName, Subnets: [idIn('us-east-1a')] });
  expect(left.Subnets).toHaveLength(2);
  const zones = await site.elb.disableAvailabilityZonesForLoadBalancer({
    LoadBalancerName,
    AvailabilityZones: ['us-east-1c'],
  });
  expect(zones.AvailabilityZones).toEqual(['us-east-1b']);
  await expect(
    site.elb.disableAvailabilityZonesForLoadBalancer({ LoadBalancerName, AvailabilityZones: ['us-east-1b'] }),
  ).rejects.toEqual(refusal('InvalidConfigurationRequest', /at least one/));
  const enabled = await site.elb.enableAvailabilityZonesForLoadBalancer({
    LoadBalancerName,
    AvailabilityZones: ['us-east-1a', 'us-east-1b'],
  });
  expect(enabled.AvailabilityZones).toEqual(['us-east-1b', 'us-east-1a']);
});

test('DeleteLoadBalancer: it is gone with its interfaces and tags, and a second time is no error', async () => {
  await using site = await makeClassicSite('delete');
  const LoadBalancerName = name;
  await site.elb.addTags({ LoadBalancerNames: [name], Tags: [{ Key: 'team', Value: 'web' }, { Key: 'stage' }] });
  await site.elb.removeTags({ LoadBalancerNames: [name], Tags: [{ Key: 'stage' }] });
  const { TagDescriptions } = await site.elb.describeTags({ LoadBalancerNames: [name] });
  expect(TagDescriptions).toEqual([{ LoadBalancerName, Tags: [{ Key: 'team', Value: 'web' }] }]);
  await expect(site.elb.addTags({ LoadBalancerNames: [name], Tags: [{ Key: 'a' }, { Key: 'a' }] })).rejects.toEqual(
    refusal('DuplicateTagKeys', /unique/),
  );
  await site.elb.deleteLoadBalancer({ LoadBalancerName });
  await site.elb.deleteLoadBalancer({ LoadBalancerName });
  expect((await site.elb.describeLoadBalancers({})).LoadBalancerDescriptions).toEqual([]);
  expect((await site.ec2.describeNetworkInterfaces({})).NetworkInterfaces).toEqual([]);
  const { Limits } = await site.elb.describeAccountLimits({});
  expect(Limits).toContainEqual({ Name: 'classic-load-balancers', Max: '20' });
});

test('ApplySecurityGroupsToLoadBalancer: the groups are those of the nodes, and a foreign one is refused', async () => {
  await using site = await makeClassicSite('groups');
  const { GroupId = '' } = await site.ec2.createSecurityGroup({
    GroupName: 'own',
    Description: 'own',
    VpcId: site.vpcId,
  });
  const applied = await site.elb.applySecurityGroupsToLoadBalancer({
    LoadBalancerName: name,
    SecurityGroups: [GroupId],
  });
  expect(applied.SecurityGroups).toEqual([GroupId]);
  const { NetworkInterfaces = [] } = await site.ec2.describeNetworkInterfaces({});
  expect(NetworkInterfaces.map(({ Description, Groups }) => [Description, Groups?.[0]?.GroupName])).toEqual([
    ['ELB web', 'own'],
    ['ELB web', 'own'],
  ]);
  await expect(
    site.elb.applySecurityGroupsToLoadBalancer({ LoadBalancerName: name, SecurityGroups: ['sg-12345678'] }),
  ).rejects.toEqual(refusal('InvalidSecurityGroup', /sg-12345678/));
});

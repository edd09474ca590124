import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { refusal } from '../../networking/vpc/ec2.fixture.ts';
import { arn, type Fixture, startFixture, statesOf } from './fixture.ts';

const subnetsIn = (vpcId: string, zone?: string) => ({
  resourceType: 'aws:ec2:subnet',
  filters: [{ path: 'VpcId', values: [vpcId] }],
  selectionMode: 'ALL',
  ...(zone === undefined ? {} : { parameters: { availabilityZoneIdentifier: zone } }),
});

const disrupt = (scope: string, more: Record<string, string> = {}) => ({
  actionId: 'aws:network:disrupt-connectivity',
  parameters: { duration: 'PT5M', scope, ...more },
  targets: { Subnets: 'subnets' },
});

/** A role of users’ programs, and clients with its credentials. */
async function makeCaller({ cloud }: Fixture): Promise<{ readonly arn: string; readonly ec2: EC2 }> {
  const iam = cloud.client(IAM);
  const document = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const { Role } = await iam.createRole({
    RoleName: 'program',
    Path: '/apps/',
    AssumeRolePolicyDocument: document({ Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }),
  });
  const PolicyDocument = document({ Action: '*', Resource: '*' });
  await iam.putRolePolicy({ RoleName: 'program', PolicyName: 'all', PolicyDocument });
  const { Credentials: session } = await cloud.client(STS).assumeRole({ RoleArn: Role?.Arn, RoleSessionName: 'one' });
  const credentials = {
    accessKeyId: session?.AccessKeyId as string,
    secretAccessKey: session?.SecretAccessKey as string,
    sessionToken: session?.SessionToken as string,
  };
  return { arn: Role?.Arn as string, ec2: cloud.client(EC2, { credentials }) };
}

const role = (resourceArn: string) => ({
  resourceType: 'aws:iam:role',
  resourceArns: [resourceArn],
  selectionMode: 'ALL',
});

test('aws:network:disrupt-connectivity: a copy of the network ACL cuts subnets off, and the first one is back after it', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2, vpcId, subnetIds } = fixture;
  const [here = ''] = await fixture.launch(0, 1);
  const [there = ''] = await fixture.launch(1, 1);
  const { SecurityGroups } = await ec2.describeSecurityGroups({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
  const open = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await ec2.authorizeSecurityGroupIngress({ GroupId: SecurityGroups?.[0]?.GroupId, IpPermissions: [open] });
  const passes = async () => (await cloud.trace({ from: there, to: `${here}:80` })).delivered;
  const aclOf = async (subnet: string | undefined) => {
    const filter = { Name: 'association.subnet-id', Values: [subnet as string] };
    return (await ec2.describeNetworkAcls({ Filters: [filter] })).NetworkAcls?.[0];
  };
  const before = await aclOf(subnetIds[0]);
  expect(await passes()).toBe(true);
  const { id } = await fixture.start({
    targets: { subnets: subnetsIn(vpcId, 'us-east-1a') },
    actions: { cut: disrupt('all') },
  });
  await cloud.clock.advance(1);
  expect(await passes()).toBe(false);
  const copy = await aclOf(subnetIds[0]);
  expect(copy?.NetworkAclId).not.toBe(before?.NetworkAclId);
  expect(copy?.Tags).toContainEqual({ Key: 'managedByFIS', Value: 'true' });
  expect(copy?.Entries?.every(({ RuleAction }) => RuleAction === 'deny')).toBe(true);
  expect((await aclOf(subnetIds[1]))?.NetworkAclId).toBe(before?.NetworkAclId);
  await cloud.clock.advance(300);
  expect((await fixture.experiment(id)).state?.status).toBe('completed');
  expect(await passes()).toBe(true);
  expect((await aclOf(subnetIds[0]))?.NetworkAclId).toBe(before?.NetworkAclId);
  expect(
    (await ec2.describeNetworkAcls({ Filters: [{ Name: 'tag:managedByFIS', Values: ['*'] }] })).NetworkAcls,
  ).toEqual([]);
});

test('aws:network:disrupt-connectivity: each scope denies what it names, and leaves the rest as it was', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2, subnetIds } = fixture;
  const { PrefixList } = await ec2.createManagedPrefixList({
    PrefixListName: 'partners',
    MaxEntries: 2,
    AddressFamily: 'IPv4',
    Entries: [{ Cidr: '203.0.113.0/24' }],
  });
  await cloud.clock.advance(60);
  const egressOf = async (scope: string, more?: Record<string, string>) => {
    const { id } = await fixture.start({
      targets: {
        subnets: {
          resourceType: 'aws:ec2:subnet',
          resourceArns: [arn('subnet', subnetIds[0])],
          selectionMode: 'ALL',
        },
      },
      actions: { cut: disrupt(scope, more) },
    });
    await cloud.clock.advance(1);
    const { state } = await fixture.experiment(id);
    const filter = { Name: 'association.subnet-id', Values: [subnetIds[0] as string] };
    const { NetworkAcls } = await ec2.describeNetworkAcls({ Filters: [filter] });
    await cloud.clock.advance(300);
    const entries = NetworkAcls?.[0]?.Entries?.filter(({ Egress }) => Egress === true) ?? [];
    return [state?.status, ...entries.map(({ RuleAction, CidrBlock }) => `${RuleAction} ${CidrBlock}`)];
  };
  const rest = ['allow 0.0.0.0/0', 'deny 0.0.0.0/0'];
  expect(await egressOf('availability-zone')).toEqual(['running', 'deny 10.0.1.0/24', ...rest]);
  expect(await egressOf('vpc')).toEqual(['running', 'allow 10.0.0.0/16', 'deny 0.0.0.0/0']);
  expect(await egressOf('prefix-list', { prefixListIdentifier: PrefixList?.PrefixListId as string })).toEqual([
    'running',
    'deny 203.0.113.0/24',
    ...rest,
  ]);
  const dynamodb = await egressOf('dynamodb');
  expect(dynamodb.slice(-2)).toEqual(rest);
  expect(dynamodb.length).toBeGreaterThan(3);
  expect((await egressOf('s3')).slice(-2)).toEqual(rest);
});

test('aws:network:route-table-disrupt-cross-region-connectivity: a copy of the route table leads to the Region no more', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2, vpcId, subnetIds } = fixture;
  const far = cloud.client(EC2, { region: 'eu-west-1' });
  const { Vpc } = await far.createVpc({ CidrBlock: '10.9.0.0/16' });
  const { VpcPeeringConnection } = await ec2.createVpcPeeringConnection({
    VpcId: vpcId,
    PeerVpcId: Vpc?.VpcId,
    PeerRegion: 'eu-west-1',
  });
  const VpcPeeringConnectionId = VpcPeeringConnection?.VpcPeeringConnectionId as string;
  await far.acceptVpcPeeringConnection({ VpcPeeringConnectionId });
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
  const main = RouteTables?.[0]?.RouteTableId;
  const { InternetGateway } = await ec2.createInternetGateway({});
  const GatewayId = InternetGateway?.InternetGatewayId as string;
  await ec2.attachInternetGateway({ VpcId: vpcId, InternetGatewayId: GatewayId });
  await ec2.createRoute({ RouteTableId: main, DestinationCidrBlock: '10.9.0.0/16', VpcPeeringConnectionId });
  await ec2.createRoute({ RouteTableId: main, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  const { RouteTable: own } = await ec2.createRouteTable({ VpcId: vpcId });
  const RouteTableId = own?.RouteTableId as string;
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '10.9.0.0/16', VpcPeeringConnectionId });
  await ec2.associateRouteTable({ RouteTableId, SubnetId: subnetIds[1] });
  const routesOf = async (subnet: string | undefined) => {
    const filter = { Name: 'association.subnet-id', Values: [subnet as string] };
    const [found] = (await ec2.describeRouteTables({ Filters: [filter] })).RouteTables ?? [];
    return found?.Routes?.map(({ DestinationCidrBlock }) => DestinationCidrBlock).sort();
  };
  const { id } = await fixture.start({
    targets: { subnets: subnetsIn(vpcId) },
    actions: {
      isolate: {
        actionId: 'aws:network:route-table-disrupt-cross-region-connectivity',
        parameters: { duration: 'PT5M', region: 'eu-west-1' },
        targets: { Subnets: 'subnets' },
      },
    },
  });
  await cloud.clock.advance(1);
  expect(await routesOf(subnetIds[0])).toEqual(['0.0.0.0/0', '10.0.0.0/16']);
  expect(await routesOf(subnetIds[1])).toEqual(['10.0.0.0/16']);
  await cloud.clock.advance(300);
  expect((await fixture.experiment(id)).state?.status).toBe('completed');
  expect(await routesOf(subnetIds[0])).toBeUndefined();
  expect(await routesOf(subnetIds[1])).toEqual(['10.0.0.0/16', '10.9.0.0/16']);
  expect(
    (await ec2.describeRouteTables({ Filters: [{ Name: 'tag:managedByFIS', Values: ['*'] }] })).RouteTables,
  ).toEqual([]);
});

test('aws:ec2:send-spot-instance-interruptions: two minutes’ notice, then the instance is taken by the experiment (EC2-13)', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2 } = fixture;
  const [spot = ''] = await fixture.launch(0, 1, { InstanceMarketOptions: { MarketType: 'spot' } });
  const [other = ''] = await fixture.launch(0, 1);
  const { id } = await fixture.start({
    targets: {
      spot: {
        resourceType: 'aws:ec2:spot-instance',
        resourceTags: { role: 'web' },
        filters: [{ path: 'State.Name', values: ['running'] }],
        selectionMode: 'COUNT(1)',
      },
    },
    actions: {
      interrupt: {
        actionId: 'aws:ec2:send-spot-instance-interruptions',
        parameters: { durationBeforeInterruption: 'PT3M' },
        targets: { SpotInstances: 'spot' },
      },
    },
  });
  await cloud.clock.advance(1);
  expect((await fixture.experiment(id)).state?.status).toBe('completed');
  const statusOf = async () => (await ec2.describeSpotInstanceRequests()).SpotInstanceRequests?.[0]?.Status?.Code;
  expect(await statusOf()).toBe('fulfilled');
  await cloud.clock.advance(60);
  expect(await statusOf()).toBe('marked-for-termination');
  expect((await statesOf(ec2))[spot]).toBe('running');
  await cloud.clock.advance(130);
  expect(await statusOf()).toBe('instance-terminated-by-experiment');
  expect(await statesOf(ec2)).toEqual({ [spot]: 'terminated', [other]: 'running' });
});

test('aws:ec2:api-insufficient-instance-capacity-error: one role finds no room in a zone, others do (EC2-22)', async () => {
  await using fixture = await startFixture();
  const { cloud } = fixture;
  const caller = await makeCaller(fixture);
  await fixture.start({
    targets: { callers: role(caller.arn) },
    actions: {
      full: {
        actionId: 'aws:ec2:api-insufficient-instance-capacity-error',
        parameters: { duration: 'PT10M', availabilityZoneIdentifiers: 'us-east-1a', percentage: '100' },
        targets: { Roles: 'callers' },
      },
    },
  });
  await cloud.clock.advance(1);
  const launch = (client: EC2, zone: number) =>
    client.runInstances({
      ImageId: 'ami-0ed094fb1304fd857',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: fixture.subnetIds[zone],
    });
  expect((await refusal(launch(caller.ec2, 0)))[0]).toBe('InsufficientInstanceCapacity');
  expect((await launch(caller.ec2, 1)).Instances).toHaveLength(1);
  expect((await launch(fixture.ec2, 0)).Instances).toHaveLength(1);
  await cloud.clock.advance(600);
  expect((await launch(caller.ec2, 0)).Instances).toHaveLength(1);
});

test('aws:fis:inject-api-…-error: calls of a role fail by operation, for the time of the action', async () => {
  await using fixture = await startFixture();
  const { cloud } = fixture;
  const caller = await makeCaller(fixture);
  const inject = (kind: string) => ({
    actionId: `aws:fis:inject-api-${kind}-error`,
    parameters: { duration: 'PT5M', service: 'ec2', operations: 'DescribeInstances,DescribeVpcs', percentage: '100' },
    targets: { Roles: 'callers' },
  });
  for (const [kind, code] of [
    ['throttle', 'RequestLimitExceeded'],
    ['unavailable', 'Unavailable'],
    ['internal', 'InternalError'],
  ] as const) {
    const { id } = await fixture.start({
      targets: { callers: role(caller.arn) },
      actions: { [kind]: inject(kind) },
    });
    await cloud.clock.advance(1);
    expect((await refusal(caller.ec2.describeVpcs()))[0]).toBe(code);
    expect((await caller.ec2.describeSubnets()).Subnets).not.toEqual([]);
    expect((await fixture.ec2.describeInstances()).Reservations).toEqual([]);
    await cloud.clock.advance(300);
    expect((await caller.ec2.describeVpcs()).Vpcs).not.toEqual([]);
    expect((await fixture.experiment(id)).state?.status).toBe('completed');
  }
});

test('Injected faults ask IAM for AWS’s permissions of them', async () => {
  await using fixture = await startFixture(['ec2:Describe*']);
  const { cloud, ec2 } = fixture;
  const { VolumeId } = await ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 1 });
  await cloud.clock.advance(10);
  const { id } = await fixture.start({
    targets: {
      disks: { resourceType: 'aws:ec2:ebs-volume', resourceArns: [arn('volume', VolumeId)], selectionMode: 'ALL' },
    },
    actions: {
      pause: {
        actionId: 'aws:ebs:pause-volume-io',
        parameters: { duration: 'PT1M' },
        targets: { Volumes: 'disks' },
      },
    },
  });
  await cloud.clock.advance(1);
  const { state } = await fixture.experiment(id);
  expect(state?.status).toBe('failed');
  expect(state?.reason).toContain('ec2:PauseVolumeIO');
  expect(cloud.faults.list()).toEqual([]);
});

test('AZ power interruption: stopped servers, no room, no way in, paused disks; all of it comes back (RGN-03)', async () => {
  await using fixture = await startFixture();
  const { cloud, ec2, vpcId } = fixture;
  const caller = await makeCaller(fixture);
  const [here = ''] = await fixture.launch(0, 1);
  const [there = ''] = await fixture.launch(1, 1);
  const scaling = cloud.client(AutoScaling);
  await scaling.createLaunchConfiguration({
    LaunchConfigurationName: 'web',
    ImageId: 'ami-0ed094fb1304fd857',
    InstanceType: 't3.micro',
  });
  await scaling.createAutoScalingGroup({
    AutoScalingGroupName: 'web',
    LaunchConfigurationName: 'web',
    MinSize: 0,
    MaxSize: 4,
    VPCZoneIdentifier: fixture.subnetIds.join(),
    Tags: [{ Key: 'drill', Value: 'yes', PropagateAtLaunch: false }],
  });
  const inZone = { path: 'Placement.AvailabilityZone', values: ['us-east-1a'] };
  const zone = { duration: 'PT30M', availabilityZoneIdentifiers: 'us-east-1a', percentage: '100' };
  const { id } = await fixture.start({
    experimentOptions: { emptyTargetResolutionMode: 'skip' },
    targets: {
      servers: {
        resourceType: 'aws:ec2:instance',
        resourceTags: { role: 'web' },
        filters: [inZone],
        selectionMode: 'ALL',
      },
      subnets: subnetsIn(vpcId, 'us-east-1a'),
      disks: {
        resourceType: 'aws:ec2:ebs-volume',
        filters: [{ path: 'AvailabilityZone', values: ['us-east-1a'] }],
        selectionMode: 'ALL',
      },
      callers: role(caller.arn),
      groups: { resourceType: 'aws:ec2:autoscaling-group', resourceTags: { drill: 'yes' }, selectionMode: 'ALL' },
    },
    actions: {
      'Stop-Instances': {
        actionId: 'aws:ec2:stop-instances',
        parameters: { startInstancesAfterDuration: 'PT30M', completeIfInstancesTerminated: 'true' },
        targets: { Instances: 'servers' },
      },
      'Pause-instance-launches': {
        actionId: 'aws:ec2:api-insufficient-instance-capacity-error',
        parameters: zone,
        targets: { Roles: 'callers' },
      },
      'Pause-ASG-scaling': {
        actionId: 'aws:ec2:asg-insufficient-instance-capacity-error',
        parameters: zone,
        targets: { AutoScalingGroups: 'groups' },
      },
      'Pause-network-connectivity': {
        ...disrupt('all'),
        parameters: { duration: 'PT2M', scope: 'all' },
      },
      'Pause-EBS-IO': {
        actionId: 'aws:ebs:pause-volume-io',
        parameters: { duration: 'PT30M' },
        targets: { Volumes: 'disks' },
      },
    },
  });
  await scaling.setDesiredCapacity({ AutoScalingGroupName: 'web', DesiredCapacity: 2 });
  await cloud.clock.advance(120);
  expect((await fixture.experiment(id)).state?.status).toBe('running');
  const states = await statesOf(ec2);
  expect([states[here], states[there]]).toEqual(['stopped', 'running']);
  const { VolumeStatuses = [] } = await ec2.describeVolumeStatus();
  for (const { AvailabilityZone, VolumeStatus } of VolumeStatuses)
    expect(VolumeStatus?.Status).toBe(AvailabilityZone === 'us-east-1a' ? 'impaired' : 'ok');
  const { AutoScalingGroups } = await scaling.describeAutoScalingGroups({});
  expect(new Set(AutoScalingGroups?.[0]?.Instances?.map(({ AvailabilityZone }) => AvailabilityZone))).toEqual(
    new Set(['us-east-1b']),
  );
  await cloud.clock.advance(1_800);
  expect((await fixture.experiment(id)).state?.status).toBe('completed');
  expect((await statesOf(ec2))[here]).toBe('running');
  expect(cloud.faults.list().map(({ state }) => state)).not.toContain('active');
});

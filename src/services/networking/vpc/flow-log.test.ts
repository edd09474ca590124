import type { CreateFlowLogsCommandInput } from '@aws-sdk/client-ec2';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { launchIn, makeSubnet, makeVpc, refusal, startFixture } from './ec2.fixture.ts';

const roleArn = 'arn:aws:iam::000000000000:role/flow-logs';

test('CreateFlowLogs: checked as AWS does, one for each resource, gone with its resource (VPC-39)', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const VpcId = await makeVpc(ec2);
  const given: CreateFlowLogsCommandInput = { ResourceIds: [VpcId], ResourceType: 'VPC', TrafficType: 'ALL' };
  expect(await refusal(ec2.createFlowLogs(given))).toEqual([
    'InvalidParameter',
    "LogDestination can't be empty if LogGroupName is not provided.",
  ]);
  const bucket = { LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::flows/here/' } as const;
  expect((await ec2.createFlowLogs({ ...given, ...bucket })).Unsuccessful).toEqual([
    { ResourceId: VpcId, Error: { Code: '400', Message: 'LogDestination: flows does not exist' } },
  ]);
  await cloud.client(S3, {}).createBucket({ Bucket: 'flows' });
  const { FlowLogIds } = await ec2.createFlowLogs({ ...given, ...bucket });
  expect((await ec2.describeFlowLogs({ FlowLogIds })).FlowLogs?.[0]).toMatchObject({
    DeliverLogsStatus: 'SUCCESS',
    FlowLogStatus: 'ACTIVE',
    LogDestination: 'arn:aws:s3:::flows/here/',
    LogFormat:
      '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}',
    MaxAggregationInterval: 600,
    ResourceId: VpcId,
    TrafficType: 'ALL',
    DestinationOptions: { FileFormat: 'plain-text', HiveCompatiblePartitions: false, PerHourPartition: false },
  });
  expect((await ec2.createFlowLogs({ ...given, ...bucket })).Unsuccessful?.[0]?.Error?.Code).toBe(
    'FlowLogAlreadyExists',
  );
  const toGroup = { ...given, LogGroupName: 'flows', DeliverLogsPermissionArn: roleArn };
  const { Unsuccessful } = await ec2.createFlowLogs({ ...toGroup, ResourceIds: [VpcId, 'vpc-0123456789abcdef0'] });
  expect(Unsuccessful?.map(({ ResourceId, Error }) => [ResourceId, Error?.Code])).toEqual([
    ['vpc-0123456789abcdef0', 'InvalidVpcID.NotFound'],
  ]);
  expect((await refusal(ec2.createFlowLogs({ ...toGroup, LogFormat: '${version} ${nonsense}' })))[0]).toBe(
    'InvalidParameter',
  );
  await ec2.deleteFlowLogs({ FlowLogIds: FlowLogIds ?? [] });
  expect((await ec2.describeFlowLogs({})).FlowLogs).toHaveLength(1);
  await ec2.deleteVpc({ VpcId });
  expect((await ec2.describeFlowLogs({})).FlowLogs).toEqual([]);
});

test('DescribeStaleSecurityGroups: a rule that names a group of an ended peering is stale', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const [VpcId, PeerVpcId] = [await makeVpc(ec2), await makeVpc(ec2, '10.1.0.0/16')];
  const make = async (vpc: string) =>
    (await ec2.createSecurityGroup({ VpcId: vpc, GroupName: 'app', Description: 'app' })).GroupId as string;
  const [mine, theirs] = [await make(VpcId), await make(PeerVpcId)];
  const { VpcPeeringConnection } = await ec2.createVpcPeeringConnection({ VpcId, PeerVpcId });
  const VpcPeeringConnectionId = VpcPeeringConnection?.VpcPeeringConnectionId as string;
  await ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId });
  await ec2.authorizeSecurityGroupIngress({
    GroupId: mine,
    IpPermissions: [
      {
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
        UserIdGroupPairs: [{ GroupId: theirs, VpcPeeringConnectionId }],
      },
    ],
  });
  expect((await ec2.describeSecurityGroupReferences({ GroupId: [theirs] })).SecurityGroupReferenceSet).toEqual([
    { GroupId: theirs, ReferencingVpcId: VpcId, VpcPeeringConnectionId },
  ]);
  expect((await ec2.describeStaleSecurityGroups({ VpcId })).StaleSecurityGroupSet).toEqual([]);
  await ec2.deleteVpcPeeringConnection({ VpcPeeringConnectionId });
  const [stale] = (await ec2.describeStaleSecurityGroups({ VpcId })).StaleSecurityGroupSet ?? [];
  expect(stale?.GroupId).toBe(mine);
  expect(stale?.StaleIpPermissions?.[0]?.UserIdGroupPairs?.[0]?.GroupId).toBe(theirs);
});

test('ModifyVpcBlockPublicAccessOptions: closes the internet gateway, but for what is left out', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const view = await cloud.inside.part('network');
  const { Subnets } = await ec2.describeSubnets({});
  const SubnetId = Subnets?.[0]?.SubnetId as string;
  const nic = await launchIn(fixture, SubnetId);
  const walk = () =>
    view.trace({
      from: { kind: 'interface', id: nic.NetworkInterfaceId as string },
      protocol: 'tcp',
      destination: '192.0.2.1',
      destinationPort: 443,
    });
  expect(walk().disposition).toBe('delivered');
  await ec2.modifyVpcBlockPublicAccessOptions({ InternetGatewayBlockMode: 'block-bidirectional' });
  expect(walk().forward.explanation?.code).toBe('VPC_BLOCK_PUBLIC_ACCESS_ENABLED');
  const made = await ec2.createVpcBlockPublicAccessExclusion({
    SubnetId,
    InternetGatewayExclusionMode: 'allow-bidirectional',
  });
  expect(walk().disposition).toBe('delivered');
  const ExclusionId = made.VpcBlockPublicAccessExclusion?.ExclusionId as string;
  await ec2.deleteVpcBlockPublicAccessExclusion({ ExclusionId });
  expect(walk().disposition).toBe('refused');
  const seen = await ec2.describeVpcBlockPublicAccessOptions({});
  expect(seen.VpcBlockPublicAccessOptions?.InternetGatewayBlockMode).toBe('block-bidirectional');
});

test('AssociateSecurityGroupVpc: a group serves another VPC, and is listed for it', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const [VpcId, other] = [await makeVpc(ec2), await makeVpc(ec2, '10.1.0.0/16')];
  const { GroupId = '' } = await ec2.createSecurityGroup({ VpcId, GroupName: 'app', Description: 'app' });
  await ec2.associateSecurityGroupVpc({ GroupId, VpcId: other });
  const { SecurityGroupForVpcs } = await ec2.getSecurityGroupsForVpc({ VpcId: other });
  expect(SecurityGroupForVpcs?.map((one) => [one.GroupName, one.PrimaryVpcId])).toEqual([
    ['default', other],
    ['app', VpcId],
  ]);
  const SubnetId = await makeSubnet(ec2, other, '10.1.1.0/24');
  const { NetworkInterface } = await ec2.createNetworkInterface({ SubnetId, Groups: [GroupId] });
  expect((await refusal(ec2.disassociateSecurityGroupVpc({ GroupId, VpcId: other })))[0]).toBe('DependencyViolation');
  await ec2.deleteNetworkInterface({ NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId ?? '' });
  await ec2.disassociateSecurityGroupVpc({ GroupId, VpcId: other });
});

test('CreateFlowLogs: takes one destination, and says so before it looks at its type', async () => {
  await using fixture = await startFixture();
  const { ec2 } = fixture;
  const ResourceIds = [await makeVpc(ec2)];
  const refused = (given: object) =>
    refusal(
      ec2.createFlowLogs({
        ResourceIds,
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogDestinationType: 's3',
        LogGroupName: 'flows',
        ...given,
      }),
    );
  expect(await refused({ LogDestination: 'arn:aws:s3:::flows' })).toEqual([
    'InvalidParameter',
    'Please only provide LogGroupName or only provide LogDestination.',
  ]);
  expect(await refused({})).toEqual([
    'InvalidParameter',
    'LogDestination type must be cloud-watch-logs if LogGroupName is provided.',
  ]);
});

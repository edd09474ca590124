// A small site for journeys: a VPC with a public subnet in each of two zones, servers behind an application load balancer.
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { startCloud, type RunningCloud } from '../../src/embed/index.ts';
import { bodyOf } from '../../src/kernel/http.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly text: string;
}

export interface Site extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly ec2: EC2;
  readonly elb: ElasticLoadBalancingV2;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly balancerGroupId: string;
  readonly serverGroupId: string;
  readonly balancerArn: string;
  readonly groupArn: string;
  readonly listenerArn: string;
  readonly host: string;
  /** Sends a request to the load balancer by its name, as a client on the Internet. */
  get(path?: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Answer>;
  /** Launches servers in a subnet and registers them. */
  addServers(subnet: number, count: number, tags?: Readonly<Record<string, string>>): Promise<string[]>;
  /** States of the targets, by instance. */
  health(): Promise<Record<string, string>>;
}

export const image = 'ami-0ed094fb1304fd857';
const zones = ['us-east-1a', 'us-east-1b'];

export async function makeSite(seed: string): Promise<Site> {
  const cloud = await startCloud({
    clock: { kind: 'frozen' },
    startAt: new Date('2026-03-02T09:00:00Z'),
    seed,
    strict: true,
  });
  const ec2 = cloud.client(EC2);
  const elb = cloud.client(ElasticLoadBalancingV2);
  const vpcId = (await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId as string;
  const gatewayId = (await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId as string;
  await ec2.attachInternetGateway({ VpcId: vpcId, InternetGatewayId: gatewayId });
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
  await ec2.createRoute({
    RouteTableId: RouteTables?.[0]?.RouteTableId,
    DestinationCidrBlock: '0.0.0.0/0',
    GatewayId: gatewayId,
  });
  const subnetIds: string[] = [];
  for (const [at, AvailabilityZone] of zones.entries()) {
    const { Subnet } = await ec2.createSubnet({ VpcId: vpcId, CidrBlock: `10.0.${at}.0/24`, AvailabilityZone });
    subnetIds.push(Subnet?.SubnetId as string);
  }
  const group = async (name: string, permission: object): Promise<string> => {
    const made = await ec2.createSecurityGroup({ GroupName: name, Description: name, VpcId: vpcId });
    await ec2.authorizeSecurityGroupIngress({ GroupId: made.GroupId, IpPermissions: [permission] });
    return made.GroupId as string;
  };
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80 };
  const balancerGroupId = await group('balancer', { ...http, IpRanges: [{ CidrIp: '0.0.0.0/0' }] });
  const serverGroupId = await group('server', { ...http, UserIdGroupPairs: [{ GroupId: balancerGroupId }] });
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: 'web',
    Subnets: subnetIds,
    SecurityGroups: [balancerGroupId],
  });
  const balancerArn = LoadBalancers?.[0]?.LoadBalancerArn as string;
  const { TargetGroups } = await elb.createTargetGroup({ Name: 'web', Protocol: 'HTTP', Port: 80, VpcId: vpcId });
  const groupArn = TargetGroups?.[0]?.TargetGroupArn as string;
  const { Listeners } = await elb.createListener({
    LoadBalancerArn: balancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: groupArn }],
  });
  const host = LoadBalancers?.[0]?.DNSName as string;
  await cloud.clock.advance(5);

  const get: Site['get'] = async (path = '/', headers = {}, method = 'GET') => {
    const answer = await cloud.inside.handle({
      method,
      target: path,
      headers: { host, ...headers },
      body: bodyOf(new Uint8Array()),
      sourceIp: '127.0.0.1',
      secure: false,
    });
    const chunks: Uint8Array[] = [];
    if (typeof answer.body === 'string' || answer.body instanceof Uint8Array) chunks.push(Buffer.from(answer.body));
    else if (answer.body !== undefined) for await (const chunk of answer.body) chunks.push(chunk);
    return { status: answer.status, headers: answer.headers, text: Buffer.concat(chunks).toString() };
  };

  const addServers: Site['addServers'] = async (subnet, count, tags = {}) => {
    const { Instances = [] } = await ec2.runInstances({
      ImageId: image,
      InstanceType: 't3.micro',
      MinCount: count,
      MaxCount: count,
      SubnetId: subnetIds[subnet],
      SecurityGroupIds: [serverGroupId],
      TagSpecifications: [
        {
          ResourceType: 'instance',
          Tags: Object.entries({ role: 'web', ...tags }).map(([Key, Value]) => ({ Key, Value })),
        },
      ],
    });
    const ids = Instances.map(({ InstanceId }) => InstanceId as string);
    await cloud.clock.advance(5);
    await elb.registerTargets({ TargetGroupArn: groupArn, Targets: ids.map((Id) => ({ Id })) });
    return ids;
  };

  const health: Site['health'] = async () => {
    const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({ TargetGroupArn: groupArn });
    return Object.fromEntries(
      TargetHealthDescriptions.map(({ Target, TargetHealth }) => [
        Target?.Id ?? '',
        `${TargetHealth?.State}${TargetHealth?.Reason === undefined ? '' : ` ${TargetHealth.Reason}`}`,
      ]),
    );
  };

  return {
    cloud,
    ec2,
    elb,
    vpcId,
    subnetIds,
    balancerGroupId,
    serverGroupId,
    balancerArn,
    groupArn,
    listenerArn: Listeners?.[0]?.ListenerArn as string,
    host,
    get,
    addServers,
    health,
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

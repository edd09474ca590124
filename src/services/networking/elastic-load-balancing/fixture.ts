// A cloud with a classic load balancer in the default VPC, for tests.
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing';
import { type RunningCloud, startCloud } from '../../../embed/index.ts';
import { bodyOf } from '../../../kernel/http.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly text: string;
}

export interface ClassicSite extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly elb: ElasticLoadBalancing;
  readonly ec2: EC2;
  readonly name: string;
  readonly host: string;
  readonly vpcId: string;
  /** Launches servers that everybody may reach, in the default subnet of a zone. */
  launch(zone: string, count: number): Promise<string[]>;
  get(path?: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** `i-… InService` of each instance. */
  health(): Promise<string[]>;
}

export const name = 'web';
export const http = { Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: 80 };
const image = 'ami-0ed094fb1304fd857';

export async function makeClassicSite(seed: string): Promise<ClassicSite> {
  const startAt = new Date('2026-03-02T09:00:00Z');
  const cloud = await startCloud({ clock: { kind: 'frozen' }, startAt, seed, strict: true });
  const elb = cloud.client(ElasticLoadBalancing);
  const ec2 = cloud.client(EC2);
  const { DNSName: host = '' } = await elb.createLoadBalancer({
    LoadBalancerName: name,
    Listeners: [http],
    AvailabilityZones: ['us-east-1a', 'us-east-1b'],
  });
  const { LoadBalancerDescriptions } = await elb.describeLoadBalancers({});
  const vpcId = LoadBalancerDescriptions?.[0]?.VPCId as string;
  const { GroupId } = await ec2.createSecurityGroup({ GroupName: 'open', Description: 'open', VpcId: vpcId });
  await ec2.authorizeSecurityGroupIngress({
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  return {
    cloud,
    elb,
    ec2,
    name,
    host,
    vpcId,
    launch: async (zone, count) => {
      const { Instances = [] } = await ec2.runInstances({
        ImageId: image,
        InstanceType: 't3.micro',
        MinCount: count,
        MaxCount: count,
        Placement: { AvailabilityZone: zone },
        SecurityGroupIds: [GroupId as string],
      });
      await cloud.clock.advance(10);
      return Instances.map(({ InstanceId = '' }) => InstanceId);
    },
    get: async (path = '/', headers = {}) => {
      const answer = await cloud.inside.handle({
        method: 'GET',
        target: path,
        headers: { host, ...headers },
        body: bodyOf(new Uint8Array()),
        sourceIp: '127.0.0.1',
        secure: false,
      });
      return { status: answer.status, headers: answer.headers, text: String(answer.body ?? '') };
    },
    health: async () => {
      const { InstanceStates = [] } = await elb.describeInstanceHealth({ LoadBalancerName: name });
      return InstanceStates.map(({ InstanceId, State }) => `${InstanceId} ${State}`).sort();
    },
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

// A cloud with the default VPC's subnets, for tests of the API.
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect } from 'vitest';
import { type RunningCloud, startCloud } from '../../../embed/index.ts';

export interface Place extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly elb: ElasticLoadBalancingV2;
  readonly ec2: EC2;
  readonly vpcId: string;
  /** Of zones a, b, c …; of the default VPC. */
  readonly subnetIds: readonly string[];
  makeBalancer(name: string, type?: 'application' | 'network' | 'gateway'): Promise<string>;
  makeGroup(name: string, protocol?: 'HTTP' | 'TCP' | 'UDP' | 'TLS' | 'GENEVE', port?: number): Promise<string>;
  /** A listener on port 80 that answers `hello`. */
  makeListener(balancerArn: string): Promise<string>;
}

/** What an SDK throws: the error's name and message. */
export const refusal = (name: string, message: string | RegExp): unknown =>
  expect.objectContaining({ name, message: expect.stringMatching(message) as string });

export const hello = {
  Type: 'fixed-response',
  FixedResponseConfig: { StatusCode: '200', MessageBody: 'hello' },
} as const;

export async function makePlace(seed: string): Promise<Place> {
  const startAt = new Date('2026-03-02T09:00:00Z');
  const cloud = await startCloud({ clock: { kind: 'frozen' }, startAt, seed, strict: true });
  const elb = cloud.client(ElasticLoadBalancingV2);
  const ec2 = cloud.client(EC2);
  const { Subnets = [] } = await ec2.describeSubnets({});
  const ordered = Subnets.toSorted((a, b) => (a.AvailabilityZone ?? '').localeCompare(b.AvailabilityZone ?? ''));
  const vpcId = ordered[0]?.VpcId as string;
  const subnetIds = ordered.map(({ SubnetId }) => SubnetId as string);
  return {
    cloud,
    elb,
    ec2,
    vpcId,
    subnetIds,
    makeBalancer: async (Name, Type = 'application') => {
      const { LoadBalancers } = await elb.createLoadBalancer({ Name, Type, Subnets: subnetIds.slice(0, 2) });
      return LoadBalancers?.[0]?.LoadBalancerArn as string;
    },
    makeGroup: async (Name, Protocol = 'HTTP', Port = 80) => {
      const { TargetGroups } = await elb.createTargetGroup({ Name, Protocol, Port, VpcId: vpcId });
      return TargetGroups?.[0]?.TargetGroupArn as string;
    },
    makeListener: async (LoadBalancerArn) => {
      const made = await elb.createListener({ LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions: [hello] });
      return made.Listeners?.[0]?.ListenerArn as string;
    },
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

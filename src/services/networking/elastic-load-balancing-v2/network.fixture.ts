// A network load balancer before the servers of a site, with one listener.
import type { Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Site } from '../../../../tests/journeys/site.ts';

export interface NetworkSite {
  readonly balancerArn: string;
  readonly host: string;
  readonly groupArn: string;
  readonly listener: Listener;
}

interface Wish {
  readonly protocol?: 'TCP' | 'UDP' | 'TCP_UDP' | 'TLS' | 'QUIC';
  readonly port?: number;
  readonly certificateArn?: string;
  readonly targets: readonly string[];
  readonly groupAttributes?: Readonly<Record<string, string>>;
}

/** Lets the servers be reached from everywhere, by every protocol: a network load balancer keeps the client's address. */
export async function openServers({ ec2, serverGroupId }: Site): Promise<void> {
  await ec2.authorizeSecurityGroupIngress({
    GroupId: serverGroupId,
    IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
}

export async function addNetworkBalancer(site: Site, wish: Wish): Promise<NetworkSite> {
  const { elb, vpcId, subnetIds, cloud } = site;
  const { protocol: Protocol = 'TCP', port: Port = 8_080, certificateArn, targets, groupAttributes = {} } = wish;
  const made = await elb.createLoadBalancer({ Name: 'net', Type: 'network', Subnets: [...subnetIds] });
  const { LoadBalancerArn: balancerArn = '', DNSName: host = '' } = made.LoadBalancers?.[0] ?? {};
  await elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: balancerArn,
    Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }],
  });
  const group = await elb.createTargetGroup({
    Name: 'net',
    Protocol: Protocol === 'TLS' ? 'TCP' : Protocol,
    Port: 80,
    VpcId: vpcId,
  });
  const groupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? '';
  const Attributes = Object.entries(groupAttributes).map(([Key, Value]) => ({ Key, Value }));
  if (Attributes.length > 0) await elb.modifyTargetGroupAttributes({ TargetGroupArn: groupArn, Attributes });
  const Targets = targets.map((Id, at) =>
    Protocol === 'QUIC' ? { Id, QuicServerId: `0x00000000000000a${at}` } : { Id },
  );
  await elb.registerTargets({ TargetGroupArn: groupArn, Targets });
  const { Listeners } = await elb.createListener({
    LoadBalancerArn: balancerArn,
    Protocol,
    Port,
    ...(certificateArn === undefined ? {} : { Certificates: [{ CertificateArn: certificateArn }] }),
    DefaultActions: [{ Type: 'forward', TargetGroupArn: groupArn }],
  });
  await cloud.clock.advance(60);
  return { balancerArn, host, groupArn, listener: Listeners?.[0] ?? {} };
}

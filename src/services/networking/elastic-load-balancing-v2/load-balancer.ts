// Load balancers: made, described, deleted.
//
// Differs: AWS refuses one that faces the Internet in a VPC without an internet gateway; here it is made, and its clients are told why they
// do not reach it.
import type { DescribeVpcEndpointServiceConfigurationsCommandOutput } from '@aws-sdk/client-ec2';
import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import { key } from '../../../kernel/key.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { initialOf, rulesOfBalancer } from './attribute.ts';
import { dnsNameOf } from './dns-name.ts';
import { errors } from './errors.ts';
import { arnOf, checkTags, chosen, dropTags, listenersOf, page, putTags } from './find.ts';
import { hostedZoneOf } from './hosted-zone.ts';
import { limitOf, provisioningSeconds, type quotas } from './limits.ts';
import { removeListener } from './listener.ts';
import { checkFamily, dropNode, ec2, getGroups, getSubnets, makeNodes, mappingsOf } from './node.ts';
import type { BalancerRow, BalancerType, ElbContext, Input, NodeRow, Operation } from './state.ts';

/** Short names in ARNs. */
const shelves: Readonly<Record<BalancerType, string>> = { application: 'app', network: 'net', gateway: 'gwy' };
const quotaOf: Readonly<Record<BalancerType, keyof typeof quotas>> = {
  application: 'application-load-balancers',
  network: 'network-load-balancers',
  gateway: 'gateway-load-balancers',
};

function checkName(name: string): void {
  if (name.length > 32)
    throw errors.validation(`The load balancer name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name))
    throw errors.validation(
      `The load balancer name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  if (name.startsWith('-') || name.endsWith('-'))
    throw errors.validation(`The load balancer name '${name}' cannot begin or end with a hyphen(-)`);
  if (name.startsWith('internal-'))
    throw errors.validation(`The load balancer name '${name}' cannot begin with 'internal-'`);
}

export function showBalancer(row: BalancerRow, context: ElbContext): LoadBalancer {
  return {
    LoadBalancerArn: row.arn,
    DNSName: dnsNameOf(row.dnsLabel, context),
    CanonicalHostedZoneId: hostedZoneOf(row.type, context.region),
    CreatedTime: toDate(row.createdAt),
    LoadBalancerName: row.name,
    Scheme: row.type === 'gateway' ? undefined : row.scheme,
    VpcId: row.vpcId,
    State: { Code: row.state },
    Type: row.type,
    AvailabilityZones: showZones(row),
    SecurityGroups: row.type === 'gateway' ? undefined : [...row.groupIds],
    IpAddressType: row.ipAddressType as 'ipv4',
    CustomerOwnedIpv4Pool: row.ownedPool,
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: row.enforceInbound,
    EnablePrefixForIpv6SourceNat: row.prefixForSourceNat as 'off' | undefined,
    IpamPools: row.ipv4PoolId === undefined ? undefined : { Ipv4IpamPoolId: row.ipv4PoolId },
  };
}

/** The zones as answers show them; addresses only where a user can rely on them. */
export const showZones = ({ nodes, type, scheme }: BalancerRow): LoadBalancer['AvailabilityZones'] =>
  nodes.map((node) => ({
    ZoneName: node.zoneName,
    SubnetId: node.subnetId,
    LoadBalancerAddresses: type === 'network' ? showAddresses(node, scheme) : [],
  }));

function showAddresses({ publicIp, privateIp, ipv6, allocationId, privateIpGiven }: NodeRow, scheme: string) {
  if (scheme === 'internal')
    return privateIpGiven === true ? [{ PrivateIPv4Address: privateIp, IPv6Address: ipv6 }] : [];
  return allocationId === undefined ? [] : [{ IpAddress: publicIp, AllocationId: allocationId, IPv6Address: ipv6 }];
}

/** What a repeated request must say again, to be answered with the load balancer that is there. */
const isSame = (row: BalancerRow, input: Input<'CreateLoadBalancer'>, subnetIds: readonly (string | undefined)[]) =>
  row.type === (input.Type ?? 'application') &&
  row.scheme === (input.Scheme ?? (row.type === 'gateway' ? 'internal' : 'internet-facing')) &&
  row.nodes.length === subnetIds.length &&
  row.nodes.every(({ subnetId }) => subnetIds.includes(subnetId)) &&
  (input.SecurityGroups === undefined ||
    input.SecurityGroups.length === 0 ||
    [...input.SecurityGroups].sort().join() === [...row.groupIds].sort().join());

/**
 * Makes a load balancer, with a node in the zone of each subnet.
 *
 * A second request with the same name and settings is answered with the first one's load balancer.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
 */
export const CreateLoadBalancer: Operation<'CreateLoadBalancer'> = async (input, context) => {
  const { state, ids, clock, jobs, region } = context;
  const type: BalancerType = input.Type ?? 'application';
  checkName(input.Name);
  checkTags(input.Tags);
  if (type === 'gateway' && input.Scheme !== undefined)
    throw errors.validation(`Scheme is not supported for load balancers with type 'gateway'`);
  const mappings = mappingsOf(input);
  if (mappings.length === 0) throw errors.validation('You must specify subnets or subnet mappings');
  if (type !== 'network' && mappings.some(({ AllocationId }) => AllocationId !== undefined))
    throw errors.configuration(`Allocation IDs are not supported for load balancers with type '${type}'`);
  const before = state.balancers.index('name').first({ prefix: key(input.Name) });
  if (before !== undefined) {
    if (
      !isSame(
        before,
        input,
        mappings.map(({ SubnetId }) => SubnetId),
      )
    )
      throw errors.duplicateBalancer();
    return { LoadBalancers: [showBalancer(before, context)] };
  }
  if (state.balancers.list().filter((row) => row.type === type).length >= limitOf(context, quotaOf[type]))
    throw errors.tooManyBalancers();
  const subnets = await getSubnets(context, mappings, type);
  checkFamily(subnets, input.IpAddressType ?? 'ipv4');
  const vpcId = subnets[0]?.VpcId ?? '';
  const groupIds = await getGroups(context, vpcId, input.SecurityGroups, type);
  const path = `loadbalancer/${shelves[type]}/${input.Name}/${ids.hex(16)}`;
  const shape = {
    path: path.slice('loadbalancer/'.length),
    type,
    scheme: type === 'gateway' ? 'internal' : (input.Scheme ?? 'internet-facing'),
    groupIds,
    ipAddressType: input.IpAddressType ?? 'ipv4',
  } as const;
  const nodes = await makeNodes(context, shape, subnets, mappings);
  const row: BalancerRow = {
    ...shape,
    arn: arnOf(context, path),
    name: input.Name,
    vpcId,
    createdAt: clock.now(),
    state: 'provisioning',
    dnsLabel: dnsLabel(context, input.Name, type, shape.scheme, region, shape.path),
    nodes,
    attributes: initialOf(rulesOfBalancer(type)),
    enforceInbound: type === 'network' && groupIds.length > 0 ? 'on' : undefined,
    prefixForSourceNat: type === 'network' ? (input.EnablePrefixForIpv6SourceNat ?? 'off') : undefined,
    ipv4PoolId: input.IpamPools?.Ipv4IpamPoolId,
    ownedPool: input.CustomerOwnedIpv4Pool,
  };
  await context.transact(() => {
    state.balancers.put(row);
    putTags(context, row.arn, input.Tags);
    if (row.dnsLabel !== undefined)
      state.names.put({ label: row.dnsLabel, account: context.account, region, balancerArn: row.arn });
    jobs.at(later(clock.now(), provisioningSeconds), 'balancerReady', { arn: row.arn });
  });
  return { LoadBalancers: [showBalancer(row, context)] };
};

/** `web-1234567890.us-east-1.elb`, `internal-web-…`, for network load balancers `web-<id>.elb.us-east-1`. */
function dnsLabel(
  { random }: ElbContext,
  name: string,
  type: BalancerType,
  scheme: string,
  region: string,
  path: string,
): string | undefined {
  if (type === 'gateway') return undefined;
  const label = name.toLowerCase();
  if (type === 'network') return `${label}-${path.split('/')[2]}.elb.${region}`;
  const number = random.integer(100_000_000, 2_147_483_647);
  return `${scheme === 'internal' ? 'internal-' : ''}${label}-${number}.${region}.elb`;
}

/** Job: the nodes are up. */
export const balancerReady = ({ arn }: { readonly arn: string }, { state }: ElbContext): void => {
  const row = state.balancers.find(arn);
  if (row?.state === 'provisioning') state.balancers.put({ ...row, state: 'active' });
};

export const DescribeLoadBalancers: Operation<'DescribeLoadBalancers'> = (input, context) => {
  const { LoadBalancerArns: arns = [], Names: names = [] } = input;
  if (arns.length > 0 && names.length > 0)
    throw errors.validation('Load balancer names and load balancer ARNs cannot be specified at the same time');
  const { state } = context;
  const named = names.map((name) => {
    const row = state.balancers.index('name').first({ prefix: key(name) });
    if (row === undefined) throw errors.balancersNotFound();
    return row;
  });
  const rows =
    names.length > 0
      ? named
      : chosen(state.balancers, arns, (arn) => {
          const row = state.balancers.find(arn);
          if (row === undefined) throw errors.balancersNotFound();
          return row;
        });
  const { rows: shown, NextMarker } = page(rows, input, (row) => row.arn);
  return { LoadBalancers: shown.map((row) => showBalancer(row, context)), NextMarker };
};

/** Refuses when endpoint services lead to the load balancer. */
async function checkServices(context: ElbContext, arn: string): Promise<void> {
  const { ServiceConfigurations = [] } = await ec2<DescribeVpcEndpointServiceConfigurationsCommandOutput>(
    context,
    'DescribeVpcEndpointServiceConfigurations',
    {},
  );
  const isOffered = ServiceConfigurations.some(
    ({ NetworkLoadBalancerArns = [], GatewayLoadBalancerArns = [] }) =>
      NetworkLoadBalancerArns.includes(arn) || GatewayLoadBalancerArns.includes(arn),
  );
  if (isOffered)
    throw errors.inUse(
      `Load balancer '${arn}' cannot be deleted because it is currently associated with another service`,
    );
}

/**
 * Deletes a load balancer with its listeners. One that is not there is no error.
 *
 * ELB-17: refused while deletion protection is on.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
 */
export const DeleteLoadBalancer: Operation<'DeleteLoadBalancer'> = async ({ LoadBalancerArn: arn }, context) => {
  const { state } = context;
  if (!/:loadbalancer\//.test(arn)) throw errors.validation(`'${arn}' is not a valid load balancer ARN`);
  const row = state.balancers.find(arn);
  if (row === undefined) return {};
  if (row.attributes['deletion_protection.enabled'] === 'true')
    throw errors.notPermitted(`Load balancer '${arn}' cannot be deleted because deletion protection is enabled`);
  if (row.type !== 'application') await checkServices(context, arn);
  for (const { interfaceId } of row.nodes) await dropNode(context, interfaceId);
  await context.transact(() => {
    for (const listener of listenersOf(context, arn)) removeListener(context, listener);
    dropTags(context, arn);
    if (row.dnsLabel !== undefined) state.names.delete(row.dnsLabel);
    state.balancers.delete(arn);
  });
  return {};
};

// What changes on a load balancer after it was made: attributes, subnets, groups, address type, reserved capacity.
import type { AssignIpv6AddressesCommandOutput } from '@aws-sdk/client-ec2';
import { secondsBetween, secondsPerDay, secondsPerMinute, later, toDate } from '../../../kernel/units.ts';
import { tryPlace } from './access-log.ts';
import { changed, rulesOfBalancer, shown } from './attribute.ts';
import { errors } from './errors.ts';
import { getBalancer } from './find.ts';
import { showZones } from './load-balancer.ts';
import { checkFamily, dropNode, ec2, getGroups, getSubnets, makeNodes, mappingsOf } from './node.ts';
import { delivererOf, logPlaceOf } from './request-log.ts';
import type { BalancerRow, CapacityRow, ElbContext, NodeRow, Operation } from './state.ts';

export const DescribeLoadBalancerAttributes: Operation<'DescribeLoadBalancerAttributes'> = (input, context) => {
  const { type, attributes } = getBalancer(context, input.LoadBalancerArn);
  return { Attributes: shown(rulesOfBalancer(type), attributes) };
};

/** Switching access logs on writes a test file, so that a bucket that refuses is found out at once (ELB-20). */
export const ModifyLoadBalancerAttributes: Operation<'ModifyLoadBalancerAttributes'> = async (input, context) => {
  const row = getBalancer(context, input.LoadBalancerArn);
  const rules = rulesOfBalancer(row.type);
  const owner = { word: 'Load balancer', kind: `load balancers with type '${row.type}'` } as const;
  const attributes = changed(row.attributes, rules, input.Attributes, owner);
  const place = logPlaceOf({ attributes });
  if (attributes['access_logs.s3.enabled'] === 'true') {
    if (place.bucket === '')
      throw errors.configuration('Access log S3 bucket must be specified when access logging is enabled');
    const isNew = input.Attributes.some(({ Key = '' }) => Key.startsWith('access_logs.'));
    const refusal = isNew ? await tryPlace(context, place, delivererOf(row), row.arn) : undefined;
    if (refusal !== undefined) throw errors.configuration(refusal);
  }
  await context.transact(() => {
    const now = getBalancer(context, row.arn);
    context.state.balancers.put({
      ...now,
      attributes: changed(now.attributes, rules, input.Attributes, owner),
    });
  });
  return { Attributes: shown(rules, attributes) };
};

/** Adds and removes zones. An application load balancer keeps at least two; a network load balancer may be given any. */
export const SetSubnets: Operation<'SetSubnets'> = async (input, context) => {
  const row = getBalancer(context, input.LoadBalancerArn);
  const mappings = mappingsOf(input);
  if (mappings.length === 0) throw errors.validation('You must specify subnets or subnet mappings');
  const subnets = await getSubnets(context, mappings, row.type);
  if (subnets[0]?.VpcId !== row.vpcId)
    throw errors.invalidSubnet('The subnets must belong to the VPC of the load balancer');
  const ipAddressType = input.IpAddressType ?? row.ipAddressType;
  checkFamily(subnets, ipAddressType);
  const isKept = (id: string | undefined) => row.nodes.some(({ subnetId }) => subnetId === id);
  const added = subnets.filter(({ SubnetId }) => !isKept(SubnetId));
  const made = await makeNodes(
    context,
    { ...row, ipAddressType },
    added,
    added.map(({ SubnetId }) => mappings.find((mapping) => mapping.SubnetId === SubnetId) ?? {}),
  );
  const nodes = subnets.map(
    ({ SubnetId }) => [...row.nodes, ...made].find(({ subnetId }) => subnetId === SubnetId) as (typeof made)[number],
  );
  const gone = row.nodes.filter((node) => !nodes.includes(node));
  const changedRow: BalancerRow = {
    ...row,
    nodes,
    ipAddressType,
    prefixForSourceNat: input.EnablePrefixForIpv6SourceNat ?? row.prefixForSourceNat,
  };
  await context.transact(() => context.state.balancers.put(changedRow));
  for (const { interfaceId } of gone) await dropNode(context, interfaceId);
  return {
    AvailabilityZones: showZones(changedRow) ?? [],
    IpAddressType: ipAddressType as 'ipv4',
    EnablePrefixForIpv6SourceNat: changedRow.prefixForSourceNat as 'off' | undefined,
  };
};

export const SetSecurityGroups: Operation<'SetSecurityGroups'> = async (input, context) => {
  const row = getBalancer(context, input.LoadBalancerArn);
  if (row.type === 'network' && row.groupIds.length === 0)
    throw errors.configuration(
      'You cannot associate security groups with a network load balancer that was created without security groups',
    );
  const groupIds = await getGroups(context, row.vpcId, input.SecurityGroups, row.type);
  for (const { interfaceId } of row.nodes)
    await ec2(context, 'ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: interfaceId, Groups: groupIds });
  const enforceInbound = input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic ?? row.enforceInbound;
  await context.transact(() => context.state.balancers.put({ ...row, groupIds, enforceInbound }));
  return {
    SecurityGroupIds: [...groupIds],
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforceInbound as 'on' | undefined,
  };
};

/** A node with an IPv6 address, or without. */
async function withFamily(context: ElbContext, node: NodeRow, wanted: boolean): Promise<NodeRow> {
  const { interfaceId: NetworkInterfaceId, ipv6 } = node;
  if (NetworkInterfaceId === undefined || wanted === (ipv6 !== undefined)) return node;
  if (!wanted) {
    await ec2(context, 'UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses: [ipv6] });
    return { ...node, ipv6: undefined };
  }
  const { AssignedIpv6Addresses } = await ec2<AssignIpv6AddressesCommandOutput>(context, 'AssignIpv6Addresses', {
    NetworkInterfaceId,
    Ipv6AddressCount: 1,
  });
  return { ...node, ipv6: AssignedIpv6Addresses?.[0] };
}

export const SetIpAddressType: Operation<'SetIpAddressType'> = async (input, context) => {
  const row = getBalancer(context, input.LoadBalancerArn);
  const { IpAddressType } = input;
  if (row.scheme === 'internal' && IpAddressType === 'dualstack-without-public-ipv4')
    throw errors.configuration('Internal load balancers cannot have the address type dualstack-without-public-ipv4');
  const mappings = row.nodes.map(({ subnetId }) => ({ SubnetId: subnetId }));
  checkFamily(await getSubnets(context, mappings, row.type), IpAddressType);
  const nodes = await Promise.all(row.nodes.map((node) => withFamily(context, node, IpAddressType !== 'ipv4')));
  await context.transact(() => {
    context.state.balancers.put({ ...getBalancer(context, row.arn), nodes, ipAddressType: IpAddressType });
  });
  return { IpAddressType };
};

export const ModifyIpPools: Operation<'ModifyIpPools'> = (input, context) => {
  const row = getBalancer(context, input.LoadBalancerArn);
  const removed = input.RemoveIpamPools?.includes('ipv4') === true;
  const ipv4PoolId = removed ? undefined : (input.IpamPools?.Ipv4IpamPoolId ?? row.ipv4PoolId);
  context.state.balancers.put({ ...row, ipv4PoolId });
  return { IpamPools: ipv4PoolId === undefined ? undefined : { Ipv4IpamPoolId: ipv4PoolId } };
};

/** Limit: capacity units of a reservation. @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/capacity-unit-reservation.html */
const unitsLeast = 100;
const unitsMost = 1_500;
const decreasesPerDay = 2;
/** Documented: "a few minutes to a few hours". */
const capacityMinutes = 5;

const decreasesLeft = ({ decreases }: Pick<CapacityRow, 'decreases'>, { clock }: ElbContext): number =>
  decreasesPerDay - decreases.filter((at) => secondsBetween(at, clock.now()) < secondsPerDay).length;

function showCapacity(row: BalancerRow, context: ElbContext) {
  const { capacity } = row;
  if (capacity === undefined) return { DecreaseRequestsRemaining: decreasesPerDay };
  const Code = capacity.readyAt <= context.clock.now() ? ('provisioned' as const) : ('pending' as const);
  return {
    LastModifiedTime: toDate(capacity.changedAt),
    DecreaseRequestsRemaining: decreasesLeft(capacity, context),
    MinimumLoadBalancerCapacity: capacity.units === 0 ? undefined : { CapacityUnits: capacity.units },
    CapacityReservationState:
      capacity.units === 0
        ? undefined
        : row.nodes.map(({ zoneName }) => ({
            State: { Code },
            AvailabilityZone: zoneName,
            EffectiveCapacityUnits: Code === 'provisioned' ? capacity.units / row.nodes.length : 0,
          })),
  };
}

export const DescribeCapacityReservation: Operation<'DescribeCapacityReservation'> = (input, context) =>
  showCapacity(getBalancer(context, input.LoadBalancerArn), context);

/** Reserves capacity ahead of a spike (ELB-19). */
export const ModifyCapacityReservation: Operation<'ModifyCapacityReservation'> = (input, context) => {
  const { clock, state } = context;
  const row = getBalancer(context, input.LoadBalancerArn);
  if (row.type === 'gateway')
    throw errors.notPermitted('Capacity reservations are not supported for this load balancer');
  const reset = input.ResetCapacityReservation === true;
  const units = reset ? 0 : (input.MinimumLoadBalancerCapacity?.CapacityUnits ?? 0);
  if (!reset && units < unitsLeast)
    throw errors.configuration(`The minimum capacity must be at least ${unitsLeast} capacity units`);
  if (units > unitsMost) throw errors.capacityUnits(`The minimum capacity cannot exceed ${unitsMost} capacity units`);
  const now = clock.now();
  const before = row.capacity ?? { units: 0, changedAt: now, readyAt: now, decreases: [] };
  const decreased = units < before.units;
  if (decreased && decreasesLeft(before, context) <= 0) throw errors.capacityDecreases();
  const capacity: CapacityRow = {
    units,
    changedAt: now,
    readyAt: later(now, capacityMinutes * secondsPerMinute),
    decreases: decreased ? [...before.decreases, now] : before.decreases,
  };
  state.balancers.put({ ...row, capacity });
  return showCapacity({ ...row, capacity }, context);
};

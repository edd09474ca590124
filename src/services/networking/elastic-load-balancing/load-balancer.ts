// Load balancers: made, described, deleted.
import type { LoadBalancerDescription } from '@aws-sdk/client-elastic-load-balancing';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { dnsNameOf } from '../elastic-load-balancing-v2/dns-name.ts';
import { hostedZoneOf } from '../elastic-load-balancing-v2/hosted-zone.ts';
import { dropNode, getGroups, makeNodes } from '../elastic-load-balancing-v2/node.ts';
import { initialAttributes } from './attribute.ts';
import { errors } from './errors.ts';
import { getBalancer, instancesOf, page } from './find.ts';
import { initialCheck, showCheck } from './health-check.ts';
import { balancersMax, nameMax } from './limits.ts';
import { checkCertificates, joinListeners, policiesFor, readListener } from './listener.ts';
import { attributeOf } from './policy.ts';
import { elbGroup, sourceGroupOf } from './security-group.ts';
import type { BalancerRow, ClassicContext, Input, ListenerRow, Operation } from './state.ts';
import { getNewSubnets, nodeOwner } from './subnet.ts';
import { checkTags, putTags } from './tag.ts';

function checkName(name: string): void {
  if (name.length > nameMax) throw errors.validation(`LoadBalancer name cannot be longer than ${nameMax} characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name))
    throw errors.validation('LoadBalancer name must contain only alphanumeric characters or hyphens');
  if (name.startsWith('-') || name.endsWith('-'))
    throw errors.validation('LoadBalancer name must not begin or end with a hyphen');
}

const listenerText = ({ port, protocol, instancePort, instanceProtocol, certificateArn }: ListenerRow): string =>
  `${port} ${protocol} ${instancePort} ${instanceProtocol} ${certificateArn}`;

/** What a repeated request must say again, to be answered with the load balancer that is there. */
const isSame = (row: BalancerRow, input: Input<'CreateLoadBalancer'>, listeners: readonly ListenerRow[]): boolean =>
  row.scheme === (input.Scheme ?? 'internet-facing') &&
  row.listeners.map(listenerText).sort().join() === listeners.map(listenerText).sort().join() &&
  isWithin(
    input.Subnets,
    row.nodes.map(({ subnetId }) => subnetId),
  ) &&
  isWithin(
    input.AvailabilityZones,
    row.nodes.map(({ zoneName }) => zoneName),
  ) &&
  isWithin(input.SecurityGroups, row.groupIds);

/** True when nothing was asked for, or just what is there. */
const isWithin = (asked: readonly string[] | undefined, there: readonly string[]): boolean =>
  asked === undefined || asked.length === 0 || [...asked].sort().join() === [...there].sort().join();

/**
 * Makes a load balancer, with a node in each zone or subnet.
 *
 * A second request with the same name and settings is answered with the first one's load balancer.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_CreateLoadBalancer.html
 */
export const CreateLoadBalancer: Operation<'CreateLoadBalancer'> = async (input, context) => {
  const { state, clock, random, region, account } = context;
  const { LoadBalancerName: name, Subnets = [], AvailabilityZones = [], Scheme: scheme = 'internet-facing' } = input;
  checkName(name);
  checkTags(input.Tags);
  if (scheme !== 'internet-facing' && scheme !== 'internal') throw errors.invalidScheme(scheme);
  if (input.Listeners.length === 0) throw errors.validation('Listeners cannot be empty');
  const listeners = joinListeners(name, [], input.Listeners.map(readListener));
  if (Subnets.length > 0 && AvailabilityZones.length > 0)
    throw errors.validation('Only one of SubnetIds or AvailabilityZones parameter must be specified');
  if (Subnets.length === 0 && AvailabilityZones.length === 0)
    throw errors.validation('Either AvailabilityZones or SubnetIds must be specified');
  const before = state.balancers.find(key(name));
  if (before !== undefined) {
    if (!isSame(before, input, listeners)) throw errors.duplicateBalancer(name);
    return { DNSName: dnsNameOf(before.dnsLabel, context) };
  }
  if (state.balancers.size >= context.quotas.of(balancersMax)) throw errors.tooManyBalancers();
  await checkCertificates(context, listeners);
  const subnets = await getNewSubnets(context, { subnetIds: Subnets, zones: AvailabilityZones });
  const vpcId = subnets[0]?.VpcId ?? '';
  // A load balancer made by zones gets a group of its own kind, which lets everybody in.
  const groupIds =
    Subnets.length === 0 && (input.SecurityGroups ?? []).length === 0
      ? [await elbGroup(context, vpcId)]
      : await getGroups(context, vpcId, input.SecurityGroups, 'classic');
  const sourceGroup = await sourceGroupOf(context, groupIds);
  const nodes = await makeNodes(context, nodeOwner({ name, scheme, groupIds }), subnets, []);
  const number = random.integer(100_000_000, 2_147_483_647);
  const row: BalancerRow = {
    name,
    scheme,
    vpcId,
    createdAt: clock.now(),
    dnsLabel: `${scheme === 'internal' ? 'internal-' : ''}${name.toLowerCase()}-${number}.${region}.elb`,
    nodes,
    groupIds,
    sourceGroup,
    listeners,
    policies: policiesFor([], listeners),
    backends: [],
    check: initialCheck(listeners),
    attributes: initialAttributes,
  };
  await context.transact(() => {
    state.balancers.put(row);
    state.names.put({ label: row.dnsLabel, account, region, balancer: name });
    putTags(context, name, input.Tags);
  });
  return { DNSName: dnsNameOf(row.dnsLabel, context) };
};

const typed = (row: BalancerRow, type: string) => row.policies.filter((policy) => policy.type === type);
const stickiness = ['AppCookieStickinessPolicyType', 'LBCookieStickinessPolicyType'];

function showPolicies(row: BalancerRow): LoadBalancerDescription['Policies'] {
  return {
    AppCookieStickinessPolicies: typed(row, 'AppCookieStickinessPolicyType').map((policy) => ({
      PolicyName: policy.name,
      CookieName: attributeOf(policy, 'CookieName'),
    })),
    LBCookieStickinessPolicies: typed(row, 'LBCookieStickinessPolicyType').map((policy) => {
      const seconds = attributeOf(policy, 'CookieExpirationPeriod');
      return { PolicyName: policy.name, CookieExpirationPeriod: seconds === undefined ? undefined : Number(seconds) };
    }),
    OtherPolicies: row.policies.filter(({ type }) => !stickiness.includes(type)).map((policy) => policy.name),
  };
}

function showBalancer(row: BalancerRow, context: ClassicContext): LoadBalancerDescription {
  const dnsName = dnsNameOf(row.dnsLabel, context);
  return {
    LoadBalancerName: row.name,
    DNSName: dnsName,
    // An internal load balancer has no canonical name: its zone alone is told.
    CanonicalHostedZoneName: row.scheme === 'internal' ? undefined : dnsName,
    CanonicalHostedZoneNameID: hostedZoneOf('application', context.region),
    ListenerDescriptions: row.listeners.map((listener) => ({
      Listener: {
        Protocol: listener.protocol,
        LoadBalancerPort: listener.port,
        InstanceProtocol: listener.instanceProtocol,
        InstancePort: listener.instancePort,
        SSLCertificateId: listener.certificateArn,
      },
      PolicyNames: [...listener.policyNames],
    })),
    Policies: showPolicies(row),
    BackendServerDescriptions: row.backends.map(({ port, policyNames }) => ({
      InstancePort: port,
      PolicyNames: [...policyNames],
    })),
    AvailabilityZones: row.nodes.map(({ zoneName }) => zoneName),
    Subnets: row.nodes.map(({ subnetId }) => subnetId),
    VPCId: row.vpcId,
    Instances: instancesOf(context, row.name)
      .filter(({ drainingUntil }) => drainingUntil === undefined)
      .map(({ id }) => ({ InstanceId: id })),
    HealthCheck: showCheck(row.check),
    SourceSecurityGroup: { OwnerAlias: context.account, GroupName: row.sourceGroup },
    SecurityGroups: [...row.groupIds],
    CreatedTime: toDate(row.createdAt),
    Scheme: row.scheme,
  };
}

export const DescribeLoadBalancers: Operation<'DescribeLoadBalancers'> = (input, context) => {
  const { LoadBalancerNames = [] } = input;
  const all =
    LoadBalancerNames.length > 0
      ? LoadBalancerNames.map((name) => getBalancer(context, name))
      : context.state.balancers.list();
  const { rows, NextMarker } = page(all, input, ({ name }) => name);
  return { LoadBalancerDescriptions: rows.map((row) => showBalancer(row, context)), NextMarker };
};

/** Deletes a load balancer. One that is not there is no error. */
export const DeleteLoadBalancer: Operation<'DeleteLoadBalancer'> = async ({ LoadBalancerName: name }, context) => {
  const { state } = context;
  const row = state.balancers.find(key(name));
  if (row === undefined) return {};
  for (const { interfaceId } of row.nodes) await dropNode(context, interfaceId);
  await context.transact(() => {
    state.instances.deleteAll({ prefix: key(name) });
    state.hostCounts.deleteAll({ prefix: key(name) });
    state.tags.deleteAll({ prefix: key(name) });
    state.names.delete(row.dnsLabel);
    state.balancers.delete(key(name));
  });
  return {};
};

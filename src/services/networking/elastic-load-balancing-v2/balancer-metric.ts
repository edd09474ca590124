// Standard metrics of load balancers (`AWS/ApplicationELB`, `AWS/NetworkELB`, `AWS/GatewayELB`): what passed is read off the meter, how many
// hosts were healthy off the rows that note its changes.
//
// Differs: AWS tells what passes an application load balancer by zone, too.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/cloudwatch-metrics.html
import { key } from '../../../kernel/key.ts';
import {
  fits,
  type Dimension,
  type MetricSource,
  type Series,
  type SeriesFilter,
  type SeriesWindow,
  type StatisticSet,
} from '../../../kernel/metric.ts';
import { groupsOfBalancer } from './association.ts';
import { counted, hostsOf, quantitiesOf } from './metered.ts';
import type { BalancerRow, ElbContext, ElbState, GroupRow, HostCount, HostCountRow } from './state.ts';

const codes = ['2XX', '3XX', '4XX', '5XX'];
/** What the meter counts of a load balancer, and of one of its groups. */
const units: Readonly<Record<string, string>> = {
  RequestCount: 'Count',
  TargetResponseTime: 'Seconds',
  TargetConnectionErrorCount: 'Count',
  RejectedConnectionCount: 'Count',
  HTTPCode_ELB_500_Count: 'Count',
  HTTPCode_ELB_502_Count: 'Count',
  HTTPCode_ELB_503_Count: 'Count',
  HTTPCode_ELB_504_Count: 'Count',
  HTTP_Redirect_Count: 'Count',
  HTTP_Fixed_Response_Count: 'Count',
  ...Object.fromEntries(['', '_TCP', '_TLS', '_UDP', '_QUIC'].map((suffix) => [`ProcessedBytes${suffix}`, 'Bytes'])),
  ...Object.fromEntries(
    codes.flatMap((code) =>
      [`HTTPCode_Target_${code}_Count`, `HTTPCode_ELB_${code}_Count`].map((name) => [name, 'Count']),
    ),
  ),
};
const hostMetrics = ['HealthyHostCount', 'UnHealthyHostCount'];
const perTarget = 'RequestCountPerTarget';

const namespaces: Readonly<Record<BalancerRow['type'], string>> = {
  application: 'AWS/ApplicationELB',
  network: 'AWS/NetworkELB',
  gateway: 'AWS/GatewayELB',
};
const namespaceOf = ({ type }: BalancerRow): string => namespaces[type];

const balancersIn = ({ state }: ElbContext, namespace: string): BalancerRow[] =>
  state.balancers.list().filter((row) => namespaceOf(row) === namespace);

/** A load balancer, or what it does in one zone, or for one of its groups. */
const subjectOf = ({ path }: BalancerRow, part?: string): string =>
  part === undefined ? `elb/${path}` : `elb/${path} ${part}`;

const ofZone = (value: string): Dimension => ({ name: 'AvailabilityZone', value });
const ofBalancer = ({ path }: BalancerRow): Dimension => ({ name: 'LoadBalancer', value: path });
const ofGroup = ({ path }: GroupRow): Dimension => ({ name: 'TargetGroup', value: path });

function* series(filter: SeriesFilter, context: ElbContext): Generator<Series> {
  const { namespace } = filter;
  const all = function* all(): Generator<Series> {
    for (const balancer of balancersIn(context, namespace)) {
      for (const quantity of quantitiesOf(context, subjectOf(balancer)))
        yield { namespace, name: quantity, dimensions: [ofBalancer(balancer)], unit: units[quantity] ?? 'Count' };
      for (const { zoneName } of balancer.nodes)
        for (const quantity of quantitiesOf(context, subjectOf(balancer, zoneName))) {
          const dimensions = [ofZone(zoneName), ofBalancer(balancer)];
          yield { namespace, name: quantity, dimensions, unit: units[quantity] ?? 'Count' };
        }
      for (const group of groupsOfBalancer(context, balancer.arn)) {
        const own = [ofGroup(group), ofBalancer(balancer)];
        for (const quantity of quantitiesOf(context, subjectOf(balancer, group.path)))
          yield { namespace, name: quantity, dimensions: own, unit: units[quantity] ?? 'Count' };
        for (const name of hostMetrics) {
          yield { namespace, name, dimensions: own, unit: 'Count' };
          for (const { zoneName } of balancer.nodes)
            yield {
              namespace,
              name,
              dimensions: [ofGroup(group), ofZone(zoneName), ofBalancer(balancer)],
              unit: 'Count',
            };
        }
        if (balancer.type === 'application')
          yield { namespace, name: perTarget, dimensions: [ofGroup(group)], unit: 'Count' };
      }
    }
  };
  for (const one of all()) if (fits(one, filter)) yield one;
}

type HostsAt = Pick<HostCountRow, 'at' | 'healthy' | 'unhealthy'>;
const noHosts: HostCount = { healthy: 0, unhealthy: 0 };

function hostRows({ arn }: GroupRow, { state }: ElbContext, zone?: string): readonly HostsAt[] {
  const rows = state.hostCounts.list({ prefix: key(arn) });
  return zone === undefined ? rows : rows.map(({ at, zones }) => ({ at, ...(zones[zone] ?? noHosts) }));
}

interface Subject {
  readonly balancer?: BalancerRow | undefined;
  readonly group?: GroupRow | undefined;
  readonly zone?: string | undefined;
}

/** What a set of dimensions names; undefined when there is no such thing. */
function subjectOfDimensions({ namespace, dimensions }: SeriesWindow, context: ElbContext): Subject | undefined {
  const value = (name: string): string | undefined => dimensions.find((one) => one.name === name)?.value;
  const path = value('LoadBalancer');
  const groupPath = value('TargetGroup');
  const zone = value('AvailabilityZone');
  if (dimensions.length !== [path, groupPath, zone].filter((one) => one !== undefined).length) return undefined;
  const balancer = path === undefined ? undefined : context.state.balancers.index('path').first({ prefix: key(path) });
  const name = groupPath?.split('/')[1] ?? '';
  const group = groupPath === undefined ? undefined : context.state.groups.index('name').first({ prefix: key(name) });
  if (path !== undefined && (balancer === undefined || namespaceOf(balancer) !== namespace)) return undefined;
  if (groupPath !== undefined && group?.path !== groupPath) return undefined;
  return { balancer, group, zone };
}

function read(window: SeriesWindow, context: ElbContext): readonly StatisticSet[] {
  const subject = subjectOfDimensions(window, context);
  if (subject === undefined) return [];
  const { balancer, group, zone } = subject;
  if (zone !== undefined && balancer === undefined) return [];
  if (hostMetrics.includes(window.name))
    return group === undefined ? [] : hostsOf(window, hostRows(group, context, zone), context);
  if (zone !== undefined && group !== undefined) return [];
  if (window.name === perTarget)
    return group === undefined || balancer !== undefined ? [] : requestsPerTarget(window, group, context);
  return balancer === undefined ? [] : counted(window, subjectOf(balancer, group?.path ?? zone), window.name, context);
}

/** Requests of all load balancers to the group, over its healthy hosts: what target tracking goes by. */
function requestsPerTarget(window: SeriesWindow, group: GroupRow, context: ElbContext): StatisticSet[] {
  const hosts = new Map(
    hostsOf({ ...window, name: 'HealthyHostCount' }, hostRows(group, context), context).map((set) => [set.at, set.sum]),
  );
  const sums = new Map<StatisticSet['at'], number>();
  for (const balancer of context.state.balancers.each()) {
    if (!groupsOfBalancer(context, balancer.arn).some(({ arn }) => arn === group.arn)) continue;
    for (const { at, sum } of counted(window, subjectOf(balancer, group.path), 'RequestCount', context))
      sums.set(at, (sums.get(at) ?? 0) + sum);
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([at, sum]) => {
      const each = sum / Math.max(1, hosts.get(at) ?? 1);
      return { at, sampleCount: 1, sum: each, minimum: each, maximum: each };
    });
}

export const balancerMetrics: MetricSource<ElbState> = { series, read };

// Standard metrics of NAT gateways, transit gateways, VPN connections and interface endpoints, read off the meter. A minute in which
// nothing passed has no data.
//
// Differs: packets are counted from the length of what was said; drops, idle times and peaks are not told, nor single tunnels and subnets.
// @see https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html
// @see https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-cloudwatch-metrics.html
// @see https://docs.aws.amazon.com/vpn/latest/s2svpn/monitoring-cloudwatch-vpn.html
// @see https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html
import {
  type Dimension,
  fits,
  type MetricSource,
  minutesOf,
  type Series,
  type SeriesFilter,
  type SeriesWindow,
  type StatisticSet,
} from '../../../kernel/metric.ts';
import { instant, later, secondsPerDay, secondsPerMinute } from '../../../kernel/units.ts';
import type { Ec2Context } from '../../compute/ec2/operation.ts';
import type { Ec2State } from '../../compute/ec2/state.ts';

/** Something with metrics: what names it, and how the meter calls it. */
interface Subject {
  readonly dimensions: readonly Dimension[];
  readonly subject: string;
}

const one = (name: string, value: string): Dimension => ({ name, value });

function* natGateways({ state }: Ec2Context): Generator<Subject> {
  for (const { id } of state.natGateways.each())
    yield { dimensions: [one('NatGatewayId', id)], subject: `network/${id}` };
}

function* transitGateways({ state }: Ec2Context): Generator<Subject> {
  for (const { id } of state.transitGateways.each())
    yield { dimensions: [one('TransitGateway', id)], subject: `network/${id}` };
  for (const { id, transitGatewayId } of state.transitAttachments.each())
    yield {
      dimensions: [one('TransitGateway', transitGatewayId), one('TransitGatewayAttachment', id)],
      subject: `network/${transitGatewayId} ${id}`,
    };
}

function* vpnConnections({ state }: Ec2Context): Generator<Subject> {
  for (const { id } of state.vpnConnections.each()) yield { dimensions: [one('VpnId', id)], subject: `network/${id}` };
}

function* endpoints({ state }: Ec2Context): Generator<Subject> {
  for (const { id, kind, serviceName, vpcId } of state.endpoints.each())
    if (kind === 'Interface')
      yield {
        dimensions: [
          one('Endpoint Type', kind),
          one('Service Name', serviceName),
          one('VPC Endpoint Id', id),
          one('VPC Id', vpcId),
        ],
        subject: `network/${id}`,
      };
}

const subjects: Readonly<Record<string, (context: Ec2Context) => Iterable<Subject>>> = {
  'AWS/NATGateway': natGateways,
  'AWS/TransitGateway': transitGateways,
  'AWS/VPN': vpnConnections,
  'AWS/PrivateLinkEndpoints': endpoints,
};

export const isGatewayNamespace = (namespace: string): boolean => Object.hasOwn(subjects, namespace);

const unitOf = (name: string): string => (/^Bytes|^TunnelData/.test(name) ? 'Bytes' : 'Count');

function* series(filter: SeriesFilter, context: Ec2Context): Generator<Series> {
  const { namespace } = filter;
  const { parts, clock } = context;
  const now = clock.now();
  const since = filter.since ?? instant(Math.max(0, now - 14 * secondsPerDay * 1000));
  for (const { dimensions, subject } of subjects[namespace]?.(context) ?? []) {
    const minutes = parts.meter.read(subject, since, later(now, secondsPerMinute));
    for (const name of new Set(minutes.flatMap(({ tallies }) => Object.keys(tallies)))) {
      const found = { namespace, name, dimensions, unit: unitOf(name) };
      if (fits(found, filter)) yield found;
    }
  }
}

function findSubject({ namespace, dimensions }: SeriesWindow, context: Ec2Context): string | undefined {
  for (const { dimensions: own, subject } of subjects[namespace]?.(context) ?? [])
    if (
      own.length === dimensions.length &&
      own.every(({ name, value }) => dimensions.some((given) => given.name === name && given.value === value))
    )
      return subject;
  return undefined;
}

function read(window: SeriesWindow, context: Ec2Context): readonly StatisticSet[] {
  const subject = findSubject(window, context);
  const { from, to } = minutesOf(window, context.clock.now());
  if (subject === undefined || from >= to) return [];
  return context.parts.meter.read(subject, from, to).flatMap(({ at, tallies }) => {
    const tally = tallies[window.name];
    if (tally === undefined) return [];
    return [{ at, sampleCount: tally.count, sum: tally.sum, minimum: tally.minimum, maximum: tally.maximum }];
  });
}

export const gatewayMetrics: MetricSource<Ec2State> = { series, read };

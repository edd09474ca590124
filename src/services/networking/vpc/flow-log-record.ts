// Records of flow logs: one line for each flow at one interface in one aggregation interval, or a line that says that there is none.
// @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
import { key } from '../../../kernel/key.ts';
import { type Instant, later } from '../../../kernel/units.ts';
import { findType } from '../../compute/ec2/instance-type.ts';
import type { Ec2Context } from '../../compute/ec2/operation.ts';
import { readFormat, versionOf } from './flow-log-format.ts';
import type { Observation } from './flow-observation.ts';
import type { FlowIntervalRow, FlowLogRow, FlowTally } from './insight-state.ts';
import type { InterfaceRow } from './state.ts';
import type { TransitObservation } from './transit-observation.ts';

export interface FlowRecord {
  readonly interfaceId: string;
  /** Of the record's first second. */
  readonly at: Instant;
  readonly line: string;
  /** The fields' values; undefined where the line says `-`. */
  readonly values: readonly (string | number | undefined)[];
}

/** Numbers of the internet gateway and of a gateway endpoint are told apart on the Nitro system only; elsewhere both are 2. */
function trafficPathOf({ trafficPath, instanceId }: Observation, { state }: Ec2Context): number | undefined {
  if (trafficPath === undefined || trafficPath < 7 || instanceId === undefined) return trafficPath;
  const type = state.instances.find(instanceId)?.type;
  return type !== undefined && findType(type)?.Hypervisor === 'nitro' ? trafficPath : 2;
}

const seconds = (at: Instant): number => Math.floor(at / 1000);

type Values = Readonly<Record<string, string | number | undefined>>;

const valuesOf = ({ seen, ...tally }: FlowTally, log: FlowLogRow, context: Ec2Context): Values => ({
  'account-id': seen.account,
  'interface-id': seen.interfaceId,
  srcaddr: seen.source,
  dstaddr: seen.destination,
  srcport: seen.sourcePort,
  dstport: seen.destinationPort,
  protocol: seen.protocol,
  packets: tally.packets,
  bytes: tally.bytes,
  start: seconds(tally.firstAt),
  end: seconds(tally.lastAt),
  action: seen.action,
  'log-status': 'OK',
  'vpc-id': seen.vpcId,
  'subnet-id': seen.subnetId,
  'instance-id': seen.instanceId,
  'tcp-flags': tally.tcpFlags,
  type: seen.family === 6 ? 'IPv6' : 'IPv4',
  'pkt-srcaddr': seen.packetSource,
  'pkt-dstaddr': seen.packetDestination,
  region: seen.region,
  'az-id': seen.zoneId,
  'pkt-src-aws-service': seen.sourceService,
  'pkt-dst-aws-service': seen.destinationService,
  'flow-direction': seen.direction,
  'traffic-path': trafficPathOf(seen, context),
  'reject-reason': seen.rejectReason,
  'resource-id': log.resourceId.startsWith('nat-') ? log.resourceId : undefined,
});

/** @see https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html#flow-log-records */
function transitValuesOf({ seen, ...tally }: FlowTally, { transit }: TransitObservation): Values {
  const { from, to, lost } = transit;
  return {
    'resource-type': 'TransitGateway',
    'account-id': seen.account,
    'tgw-id': transit.gatewayId,
    'tgw-attachment-id': transit.attachmentId,
    'tgw-pair-attachment-id': transit.pairId,
    'tgw-src-vpc-account-id': from?.account,
    'tgw-dst-vpc-account-id': to?.account,
    'tgw-src-vpc-id': from?.vpcId,
    'tgw-dst-vpc-id': to?.vpcId,
    'tgw-src-subnet-id': from?.subnetId,
    'tgw-dst-subnet-id': to?.subnetId,
    'tgw-src-eni': from?.interfaceId,
    'tgw-dst-eni': to?.interfaceId,
    'tgw-src-az-id': from?.zoneId,
    'tgw-dst-az-id': to?.zoneId,
    srcaddr: seen.packetSource,
    dstaddr: seen.packetDestination,
    srcport: seen.sourcePort,
    dstport: seen.destinationPort,
    protocol: seen.protocol,
    packets: tally.packets,
    bytes: tally.bytes,
    start: seconds(tally.firstAt),
    end: seconds(tally.lastAt),
    'log-status': 'OK',
    type: seen.family === 6 ? 'IPv6' : 'IPv4',
    'packets-lost-no-route': lost === 'no-route' ? tally.packets : 0,
    'packets-lost-blackhole': lost === 'blackhole' ? tally.packets : 0,
    'packets-lost-mtu-exceeded': 0,
    'packets-lost-ttl-expired': 0,
    'tcp-flags': tally.tcpFlags,
    region: seen.region,
    'flow-direction': seen.direction,
    'pkt-src-aws-service': seen.sourceService,
    'pkt-dst-aws-service': seen.destinationService,
  };
}

/**
 * What stands in a record without a flow.
 * Unknown: which of the custom fields AWS fills in; those that the interface itself tells are.
 */
const emptyValuesOf = (
  nic: InterfaceRow,
  interval: { readonly from: Instant; readonly to: Instant },
  status: 'NODATA' | 'SKIPDATA',
  { account, region, state }: Ec2Context,
): Values => ({
  'account-id': account,
  'interface-id': nic.id,
  start: seconds(interval.from),
  end: seconds(interval.to),
  'log-status': status,
  'vpc-id': nic.vpcId,
  'subnet-id': nic.subnetId,
  'instance-id': nic.attachment?.instanceId,
  region,
  'az-id': state.subnets.find(nic.subnetId)?.zoneId,
});

/** The interfaces in use that a flow log watches. */
function watchedBy({ resourceId }: FlowLogRow, { state }: Ec2Context): readonly InterfaceRow[] {
  const own = state.interfaces.find(resourceId);
  const all =
    own === undefined
      ? state.interfaces.index(resourceId.startsWith('subnet-') ? 'subnet' : 'vpc').list({ prefix: key(resourceId) })
      : [own];
  return all.filter(({ attachment }) => attachment !== undefined);
}

/** The intervals of a flow log that were over by `until`, from where the last delivery ended. */
function* intervalsOf(log: FlowLogRow, until: Instant): Generator<{ readonly from: Instant; readonly to: Instant }> {
  const lengthMs = log.intervalSeconds * 1000;
  const begun = log.deliveredUntil ?? log.createdAt;
  for (
    let at = (Math.floor(begun / lengthMs) * lengthMs) as Instant;
    at + lengthMs <= until;
    at = (at + lengthMs) as Instant
  )
    yield { from: at < begun ? begun : at, to: later(at, log.intervalSeconds) };
}

/**
 * All records of a flow log up to `until`, of what was gathered.
 *
 * Unknown: whether AWS writes records without data for transit gateways; here it writes none.
 */
export function recordsOf(
  log: FlowLogRow,
  gathered: readonly FlowIntervalRow[],
  until: Instant,
  context: Ec2Context,
): FlowRecord[] {
  const fields = fieldsOf(log);
  const version = versionOf(fields);
  const write = (all: Values): Pick<FlowRecord, 'line' | 'values'> => {
    const values = fields.map((field) => (field === 'version' ? version : all[field]));
    return { line: values.map((value) => value ?? '-').join(' '), values };
  };
  const watched = watchedBy(log, context);
  return [...intervalsOf(log, until)].flatMap((interval): FlowRecord[] => {
    const here = gathered.filter(({ at }) => at < interval.to && later(at, log.intervalSeconds) >= interval.to);
    const tallies = here.flatMap((one) => one.tallies);
    const skipped = new Set(here.flatMap((one) => one.skippedInterfaceIds));
    const busy = new Set([...tallies.map(({ seen }) => seen.interfaceId), ...skipped]);
    const empty = (nic: InterfaceRow, status: 'NODATA' | 'SKIPDATA'): FlowRecord => ({
      interfaceId: nic.id,
      at: interval.from,
      ...write(emptyValuesOf(nic, interval, status, context)),
    });
    return [
      ...tallies.map((tally) => ({
        interfaceId: tally.seen.interfaceId,
        at: tally.firstAt,
        ...write('transit' in tally.seen ? transitValuesOf(tally, tally.seen) : valuesOf(tally, log, context)),
      })),
      ...watched.filter(({ id }) => skipped.has(id)).map((nic) => empty(nic, 'SKIPDATA')),
      ...watched.filter(({ id }) => !busy.has(id)).map((nic) => empty(nic, 'NODATA')),
    ];
  });
}

/** Flow logs of transit gateways have no traffic type. */
export const fieldsOf = ({ format, traffic }: FlowLogRow): readonly string[] =>
  readFormat(format, traffic === undefined) ?? [];

/** The first line of a file: its fields. */
export const headOf = (log: FlowLogRow): string => fieldsOf(log).join(' ');

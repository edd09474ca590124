// Targets: registered, draining, gone; and what is said of their health.
import type {
  DescribeInstancesCommandOutput,
  DescribeSubnetsCommandOutput,
  DescribeVpcsCommandOutput,
  Instance,
} from '@aws-sdk/client-ec2';
import type { TargetDescription, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import { type Address, covers, findAddress, readPrefix } from '../../../network/address.ts';
import { errors } from './errors.ts';
import { getGroup } from './find.ts';
import { freshHealth } from './health.ts';
import { watch } from './health-checker.ts';
import { noteHosts } from './host-count.ts';
import { quotas } from './limits.ts';
import { endFlowsTo } from './network-flow.ts';
import { ec2 } from './node.ts';
import { type ElbContext, type GroupRow, type Operation, type TargetRow, targetKey } from './state.ts';
import { judge } from './target-health.ts';

type Wanted = Pick<TargetRow, 'groupArn' | 'id' | 'port' | 'zone' | 'quicServerId'>;

/** Instances by ID; who is missing is no valid target. */
async function instancesOf(context: ElbContext, ids: readonly string[]): Promise<ReadonlyMap<string, Instance>> {
  try {
    const { Reservations = [] } = await ec2<DescribeInstancesCommandOutput>(context, 'DescribeInstances', {
      InstanceIds: [...new Set(ids)],
    });
    return new Map(Reservations.flatMap(({ Instances = [] }) => Instances).map((one) => [one.InstanceId ?? '', one]));
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('InvalidInstanceID'))
      throw errors.invalidTarget(`The following targets are not valid instances: '${ids.join(', ')}'`);
    throw error;
  }
}

/** Private ranges in which an address outside of the VPC may lie, as those on premises do. */
const outside = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'].map(readPrefix);

/** The zones of addresses that lie in subnets of the group's VPC. */
async function zonesOfAddresses(
  context: ElbContext,
  { vpcId = '' }: GroupRow,
  addresses: ReadonlyMap<string, Address>,
): Promise<ReadonlyMap<string, string>> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  const { Subnets = [] } = await ec2<DescribeSubnetsCommandOutput>(context, 'DescribeSubnets', { Filters });
  const blocks = Subnets.flatMap(({ AvailabilityZone = '', CidrBlock = '', Ipv6CidrBlockAssociationSet = [] }) =>
    [CidrBlock, ...Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock = '' }) => Ipv6CidrBlock)]
      .filter((block) => block !== '')
      .map((block) => ({ zone: AvailabilityZone, prefix: readPrefix(block) })),
  );
  const zones = new Map<string, string>();
  for (const [id, address] of addresses) {
    const zone = blocks.find(({ prefix }) => covers(prefix, address))?.zone;
    if (zone !== undefined) zones.set(id, zone);
  }
  return zones;
}

/** Refuses addresses that cannot be targets; gives the zones of those inside the VPC. */
async function checkAddresses(
  context: ElbContext,
  group: GroupRow,
  targets: readonly TargetDescription[],
): Promise<ReadonlyMap<string, string>> {
  const { Vpcs = [] } = await ec2<DescribeVpcsCommandOutput>(context, 'DescribeVpcs', { VpcIds: [group.vpcId] });
  const blocks = [
    ...(Vpcs[0]?.CidrBlockAssociationSet ?? []).map(({ CidrBlock = '' }) => CidrBlock),
    ...(Vpcs[0]?.Ipv6CidrBlockAssociationSet ?? []).map(({ Ipv6CidrBlock = '' }) => Ipv6CidrBlock),
  ].map(readPrefix);
  const addresses = new Map<string, Address>();
  for (const { Id = '', AvailabilityZone } of targets) {
    const address = findAddress(Id);
    if (address === undefined || address.family !== (group.ipAddressType === 'ipv6' ? 6 : 4))
      throw errors.validation(
        `The IP address '${Id}' is not a valid ${group.ipAddressType === 'ipv6' ? 'IPv6' : 'IPv4'} address`,
      );
    const inside = blocks.some((block) => covers(block, address));
    if (!inside && AvailabilityZone !== 'all')
      throw errors.validation(
        `You cannot register the IP address '${Id}' because it is outside the VPC: specify the Availability Zone 'all'`,
      );
    if (!inside && !outside.some((block) => covers(block, address)))
      throw errors.invalidTarget(`The IP address '${Id}' is not within a supported CIDR block`);
    addresses.set(Id, address);
  }
  return zonesOfAddresses(context, group, addresses);
}

const instanceId = /^i-[0-9a-f]{8,17}$/;

async function checkInstances(
  context: ElbContext,
  group: GroupRow,
  targets: readonly TargetDescription[],
): Promise<ReadonlyMap<string, string>> {
  const malformed = targets.find(({ Id = '' }) => !instanceId.test(Id));
  if (malformed !== undefined) throw errors.validation(`Instance ID '${malformed.Id}' is not valid`);
  const found = await instancesOf(
    context,
    targets.map(({ Id = '' }) => Id),
  );
  const zones = new Map<string, string>();
  for (const [id, instance] of found) {
    if (instance.VpcId !== group.vpcId)
      throw errors.invalidTarget(`The following targets are not in the target group VPC '${group.vpcId}': '${id}'`);
    const state = instance.State?.Name;
    if (state !== 'running' && state !== 'pending')
      throw errors.invalidTarget(`The following targets are not in a running state and cannot be registered: '${id}'`);
    zones.set(id, instance.Placement?.AvailabilityZone ?? '');
  }
  return zones;
}

/** Targets that speak QUIC have an ID each, others none. */
function serverIdOf({ protocol }: GroupRow, id: string | undefined): string | undefined {
  const isQuic = protocol === 'QUIC' || protocol === 'TCP_QUIC';
  if (!isQuic && id !== undefined)
    throw errors.validation(`A QUIC server ID cannot be specified for target groups with protocol '${protocol}'`);
  if (isQuic && id === undefined)
    throw errors.validation(`A QUIC server ID must be specified for target groups with protocol '${protocol}'`);
  if (id !== undefined && !/^0x[0-9a-f]{16}$/.test(id))
    throw errors.validation(`The QUIC server ID '${id}' must be '0x' followed by 16 lowercase hexadecimal characters`);
  return id;
}

function wantedOf(group: GroupRow, { Id = '', Port, AvailabilityZone, QuicServerId }: TargetDescription): Wanted {
  if (group.targetType === 'lambda') {
    if (Port !== undefined)
      throw errors.validation("Port cannot be specified for targets of target groups with target type 'lambda'");
    if (!/^arn:[\w-]+:lambda:/.test(Id)) throw errors.validation(`'${Id}' is not a valid Lambda function ARN`);
    return { groupArn: group.arn, id: Id };
  }
  if (group.targetType === 'instance' && AvailabilityZone !== undefined)
    throw errors.validation('You cannot specify an Availability Zone for instance targets');
  const port = Port ?? group.port;
  if (port === undefined || port < 1 || port > 65_535)
    throw errors.validation(`Port '${port}' must be within '1-65535' inclusive`);
  return { groupArn: group.arn, id: Id, port, zone: AvailabilityZone, quicServerId: serverIdOf(group, QuicServerId) };
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html */
export const RegisterTargets: Operation<'RegisterTargets'> = async ({ TargetGroupArn, Targets }, context) => {
  const group = getGroup(context, TargetGroupArn);
  const { state, clock } = context;
  if (group.targetType === 'lambda' && Targets.length > 1) throw errors.tooManyTargets();
  const wanted = Targets.map((target) => wantedOf(group, target));
  let zones: ReadonlyMap<string, string> = new Map();
  if (group.targetType === 'instance') zones = await checkInstances(context, group, Targets);
  if (group.targetType === 'ip') zones = await checkAddresses(context, group, Targets);
  if (group.targetType === 'alb' && Targets.some(({ Id }) => state.balancers.find(Id)?.type !== 'application'))
    throw errors.invalidTarget('The target must be the ARN of an application load balancer');
  await context.transact(() => {
    const present = state.targets.list({ prefix: key(group.arn) });
    const isOf = (row: Wanted, one: Wanted): boolean => targetKey(row) === targetKey(one);
    const isNew = (one: Wanted): boolean => !present.some((row) => isOf(row, one));
    const most = group.targetType === 'lambda' ? 1 : quotas['targets-per-target-group'];
    if (present.length + wanted.filter(isNew).length > most) throw errors.tooManyTargets();
    for (const one of wanted) {
      const before = state.targets.find(targetKey(one));
      const { quicServerId } = one;
      if (quicServerId !== undefined && present.some((row) => row.quicServerId === quicServerId && !isOf(row, one)))
        throw errors.invalidTarget(`The QUIC server ID '${quicServerId}' is in use by another target`);
      if (before !== undefined && before.quicServerId !== quicServerId)
        throw errors.invalidTarget('The QUIC server ID of a registered target cannot be modified');
      if (before !== undefined && before.drainingUntil === undefined) continue;
      const health = freshHealth(clock.now(), 'Elb.RegistrationInProgress');
      state.targets.put({ ...one, zone: one.zone ?? zones.get(one.id), registeredAt: clock.now(), health });
    }
    watch(context, group.arn);
    context.facts.publish('elb.TargetsChanged', { groupArn: group.arn });
  });
  return {};
};

/** Targets get no new requests from now on, and are gone when the delay is over (ELB-15). */
export const DeregisterTargets: Operation<'DeregisterTargets'> = ({ TargetGroupArn, Targets }, context) => {
  const group = getGroup(context, TargetGroupArn);
  const { state, clock, jobs } = context;
  const delaySeconds = Number(group.attributes['deregistration_delay.timeout_seconds'] ?? 0);
  for (const { Id, Port } of Targets) {
    // Without a port: every port on which the target is registered.
    const rows = state.targets
      .list({ prefix: key(group.arn, Id) })
      .filter((row) => (Port === undefined || row.port === Port) && row.drainingUntil === undefined);
    for (const row of rows) {
      const inUse = delaySeconds > 0 && judge(context, group, row).State !== 'unused';
      if (!inUse) state.targets.delete(targetKey(row));
      else {
        const drainingUntil = later(clock.now(), delaySeconds);
        state.targets.put({ ...row, drainingUntil });
        jobs.at(drainingUntil, 'targetDrained', { at: targetKey(row), drainingUntil });
      }
    }
  }
  noteHosts(context, group.arn);
  context.facts.publish('elb.TargetsChanged', { groupArn: group.arn });
  return {};
};

/** Job: the delay of a target that leaves is over, unless it was registered again meanwhile. */
export const targetDrained = (
  { at, drainingUntil }: { readonly at: string; readonly drainingUntil: number },
  context: ElbContext,
): void => {
  const row = context.state.targets.find(at);
  if (row?.drainingUntil !== drainingUntil) return;
  context.state.targets.delete(at);
  const attributes = context.state.groups.find(row.groupArn)?.attributes;
  if (attributes?.['deregistration_delay.connection_termination.enabled'] === 'true') endFlowsTo(context, at);
};

export const DescribeTargetHealth: Operation<'DescribeTargetHealth'> = (
  { TargetGroupArn, Targets, Include },
  context,
) => {
  const group = getGroup(context, TargetGroupArn);
  const rows = context.state.targets.list({ prefix: key(group.arn) });
  const anomalies = Include?.some((what) => what === 'AnomalyDetection' || what === 'All') === true;
  const describe = (row: TargetRow): TargetHealthDescription => ({
    Target: {
      Id: row.id,
      Port: row.port,
      AvailabilityZone: group.targetType === 'ip' ? row.zone : undefined,
      QuicServerId: row.quicServerId,
    },
    HealthCheckPort: checkPortOf(group, row),
    TargetHealth: judge(context, group, row),
    ...(anomalies ? { AnomalyDetection: { Result: 'normal', MitigationInEffect: 'no' } } : {}),
  });
  if (Targets === undefined || Targets.length === 0) return { TargetHealthDescriptions: rows.map(describe) };
  const TargetHealthDescriptions = Targets.flatMap((asked): TargetHealthDescription[] => {
    const found = rows.filter((row) => row.id === asked.Id && (asked.Port === undefined || row.port === asked.Port));
    if (found.length > 0) return found.map(describe);
    const TargetHealth = {
      State: 'unused',
      Reason: 'Target.NotRegistered',
      Description: 'Target is not registered to the target group',
    } as const;
    if (group.targetType === 'instance' && !instanceId.test(asked.Id ?? ''))
      throw errors.validation(`Instance ID '${asked.Id}' is not valid`);
    return [{ Target: { ...asked, Port: asked.Port ?? group.port }, TargetHealth }];
  });
  return { TargetHealthDescriptions };
};

const checkPortOf = ({ check }: GroupRow, { port }: TargetRow): string | undefined =>
  check.port === 'traffic-port' && port !== undefined ? String(port) : check.port;

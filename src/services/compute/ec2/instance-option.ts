// Options of an instance that have operations of their own: metadata, maintenance, placement, credits, monitoring, names, CPU.
import { errors, get, kinds } from './errors.ts';
import { getInstance, getInstances, getLiving } from './instance.ts';
import type { InstanceRow } from './instance-state.ts';
import { findType } from './instance-type.ts';
import { showMetadata, showMonitoring } from './instance-view.ts';
import { checkHopLimit, cpuFor, getType, isBurstable } from './launch-check.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { getGroupNamed, placeInGroup } from './placement.ts';

/**
 * How the metadata service answers. What is not named stays; the answer says `pending`, and it is so at once.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html
 */
export const ModifyInstanceMetadataOptions: Operation<'ModifyInstanceMetadataOptions'> = (input, context) => {
  const row = getLiving(context, input.InstanceId);
  checkHopLimit(input.HttpPutResponseHopLimit);
  if (
    input.HttpEndpoint === 'disabled' &&
    (input.HttpTokens !== undefined || input.HttpPutResponseHopLimit !== undefined)
  ) {
    throw errors.combination('A value of HttpEndpoint=disabled cannot be used with other metadata options.');
  }
  const hops = input.HttpPutResponseHopLimit;
  const changed: InstanceRow = {
    ...row,
    metadata: {
      tokens: input.HttpTokens ?? row.metadata.tokens,
      hopLimit: hops === undefined || hops === -1 ? row.metadata.hopLimit : hops,
      endpoint: input.HttpEndpoint ?? row.metadata.endpoint,
      ipv6: input.HttpProtocolIpv6 ?? row.metadata.ipv6,
      tags: input.InstanceMetadataTags ?? row.metadata.tags,
    },
  };
  context.state.instances.put(changed);
  return { InstanceId: row.id, InstanceMetadataOptions: showMetadata(changed, 'pending') };
};

export const ModifyInstanceMaintenanceOptions: Operation<'ModifyInstanceMaintenanceOptions'> = (input, context) => {
  const row = getLiving(context, input.InstanceId);
  const changed: InstanceRow = {
    ...row,
    autoRecovery: input.AutoRecovery ?? row.autoRecovery,
    rebootMigration: input.RebootMigration ?? row.rebootMigration,
  };
  context.state.instances.put(changed);
  return { InstanceId: row.id, AutoRecovery: changed.autoRecovery, RebootMigration: changed.rebootMigration };
};

/** Another group, host or tenancy, for an instance that is stopped. */
export const ModifyInstancePlacement: Operation<'ModifyInstancePlacement'> = (input, context) => {
  const row = getLiving(context, input.InstanceId);
  if (row.state !== 'stopped') {
    throw errors.other('IncorrectInstanceState', `The instance '${row.id}' is not in the 'stopped' state.`);
  }
  const { state } = context;
  const named =
    input.GroupName === undefined || input.GroupName === '' ? undefined : getGroupNamed(context, input.GroupName);
  const group = input.GroupId === undefined ? named : get(state.placementGroups, kinds.placementGroup, input.GroupId);
  const leaves = input.GroupName === '';
  const partition =
    group === undefined ? undefined : placeInGroup(context, group, row.zone, getType(row.type), input.PartitionNumber);
  if (input.HostId !== undefined) get(state.hosts, kinds.host, input.HostId);
  if (input.Tenancy === 'default' && row.placement.tenancy !== 'default') {
    throw errors.unsupported('Changing the tenancy from dedicated or host to default is not supported.');
  }
  state.instances.put({
    ...row,
    placement: {
      ...row.placement,
      groupName: leaves ? undefined : (group?.name ?? row.placement.groupName),
      groupId: leaves ? undefined : (group?.id ?? row.placement.groupId),
      partition: leaves ? undefined : (partition ?? row.placement.partition),
      tenancy: input.Tenancy ?? (input.HostId === undefined ? row.placement.tenancy : 'host'),
      affinity: input.Affinity ?? row.placement.affinity,
      hostId: input.HostId ?? row.placement.hostId,
      hostResourceGroupArn: input.HostResourceGroupArn ?? row.placement.hostResourceGroupArn,
    },
  });
  return { Return: true };
};

function setMonitoring(context: Ec2Context, ids: readonly string[], monitoring: InstanceRow['monitoring']) {
  return getInstances(context, ids).map((row) => {
    context.state.instances.put({ ...row, monitoring });
    // As AWS answers: the state that it is going to.
    const State = monitoring === 'enabled' ? ('pending' as const) : ('disabling' as const);
    return { InstanceId: row.id, Monitoring: row.monitoring === monitoring ? showMonitoring(row) : { State } };
  });
}

/** Turns detailed monitoring on: metrics each minute instead of each five. */
export const MonitorInstances: Operation<'MonitorInstances'> = ({ InstanceIds }, context) => ({
  InstanceMonitorings: setMonitoring(context, InstanceIds, 'enabled'),
});

export const UnmonitorInstances: Operation<'UnmonitorInstances'> = ({ InstanceIds }, context) => ({
  InstanceMonitorings: setMonitoring(context, InstanceIds, 'disabled'),
});

/** Burstable types only: how they go on without credits. An instance that does not fit is told beside the others. */
export const ModifyInstanceCreditSpecification: Operation<'ModifyInstanceCreditSpecification'> = (input, context) => {
  const good: { InstanceId: string }[] = [];
  const bad: {
    InstanceId: string;
    Error: {
      Code:
        | 'InvalidInstanceID.NotFound'
        | 'IncorrectInstanceState'
        | 'InstanceCreditSpecification.NotSupported'
        | 'InvalidInstanceID.Malformed';
      Message: string;
    };
  }[] = [];
  for (const { InstanceId, CpuCredits } of input.InstanceCreditSpecifications) {
    const row = context.state.instances.find(InstanceId);
    const fail = (Code: (typeof bad)[number]['Error']['Code'], Message: string) =>
      bad.push({ InstanceId, Error: { Code, Message } });
    if (CpuCredits !== 'standard' && CpuCredits !== 'unlimited') {
      throw errors.invalidValue(`Invalid CpuCredits value: ${String(CpuCredits)}`);
    }
    if (row === undefined) fail('InvalidInstanceID.NotFound', `The instance ID '${InstanceId}' does not exist`);
    else if (row.credits === undefined) {
      fail(
        'InstanceCreditSpecification.NotSupported',
        `The instance type ${row.type} of '${InstanceId}' has no CPU credits.`,
      );
    } else if (row.state !== 'running' && row.state !== 'stopped') {
      fail('IncorrectInstanceState', `The instance '${InstanceId}' is ${row.state}.`);
    } else {
      context.state.instances.put({ ...row, credits: CpuCredits });
      good.push({ InstanceId });
    }
  }
  return { SuccessfulInstanceCreditSpecifications: good, UnsuccessfulInstanceCreditSpecifications: bad };
};

/** Default: of all burstable instances whose credits are `unlimited`. */
export const DescribeInstanceCreditSpecifications: Operation<'DescribeInstanceCreditSpecifications'> = (
  input,
  context,
) => {
  const ids = input.InstanceIds ?? [];
  const known = getInstances(context, ids);
  for (const row of known) {
    const type = findType(row.type);
    if (type === undefined || !isBurstable(type)) {
      throw errors.other('InvalidInstanceID.NotSupported', `The instance '${row.id}' is not of a burstable type.`);
    }
  }
  const { rows, NextToken } = list(input, context, {
    rows: () =>
      ids.length > 0
        ? known
        : context.state.instances
            .index('order')
            .list()
            .filter(({ credits, state }) => credits === 'unlimited' && state !== 'terminated'),
    id: (row) => row.id,
    filters: { 'instance-id': (row) => row.id },
  });
  const InstanceCreditSpecifications = rows.map((row) => ({ InstanceId: row.id, CpuCredits: row.credits }));
  return { InstanceCreditSpecifications, NextToken };
};

export const ModifyPrivateDnsNameOptions: Operation<'ModifyPrivateDnsNameOptions'> = (input, context) => {
  const row = getLiving(context, input.InstanceId);
  const { privateDns } = row;
  if (input.PrivateDnsHostnameType !== undefined && row.state !== 'stopped') {
    throw errors.other('IncorrectInstanceState', `The instance '${row.id}' is not in the 'stopped' state.`);
  }
  context.state.instances.put({
    ...row,
    privateDns: {
      hostnameType: input.PrivateDnsHostnameType ?? privateDns.hostnameType,
      a: input.EnableResourceNameDnsARecord ?? privateDns.a,
      aaaa: input.EnableResourceNameDnsAAAARecord ?? privateDns.aaaa,
    },
  });
  return { Return: true };
};

/** Cores and threads, while it is stopped. */
export const ModifyInstanceCpuOptions: Operation<'ModifyInstanceCpuOptions'> = (input, context) => {
  const row = getLiving(context, input.InstanceId);
  if (row.state !== 'stopped') {
    throw errors.other('IncorrectInstanceState', `The instance '${row.id}' is not in the 'stopped' state.`);
  }
  const wanted = {
    CoreCount: input.CoreCount ?? row.cpu.cores,
    ThreadsPerCore: input.ThreadsPerCore ?? row.cpu.threads,
  };
  const cpu = { ...row.cpu, ...cpuFor({ CpuOptions: wanted, MinCount: 1, MaxCount: 1 }, getType(row.type)) };
  context.state.instances.put({ ...row, cpu: { ...cpu, nested: input.NestedVirtualization ?? row.cpu.nested } });
  return { InstanceId: row.id, CoreCount: cpu.cores, ThreadsPerCore: cpu.threads };
};

export const ModifyInstanceNetworkPerformanceOptions: Operation<'ModifyInstanceNetworkPerformanceOptions'> = (
  input,
  context,
) => {
  const row = getLiving(context, input.InstanceId);
  const possible: readonly string[] = findType(row.type)?.NetworkInfo?.BandwidthWeightings ?? ['default'];
  if (!possible.includes(input.BandwidthWeighting)) {
    throw errors.unsupported(
      `The instance type ${row.type} does not support the bandwidth weighting ${input.BandwidthWeighting}.`,
    );
  }
  context.state.instances.put({ ...row, bandwidthWeighting: input.BandwidthWeighting });
  return { InstanceId: row.id, BandwidthWeighting: input.BandwidthWeighting };
};

export const ModifyInstanceCapacityReservationAttributes: Operation<'ModifyInstanceCapacityReservationAttributes'> = (
  input,
  context,
) => {
  const row = getLiving(context, input.InstanceId);
  if (row.state !== 'stopped') {
    throw errors.other('IncorrectInstanceState', `The instance '${row.id}' is not in the 'stopped' state.`);
  }
  const { CapacityReservationPreference, CapacityReservationTarget: target } = input.CapacityReservationSpecification;
  const id = target?.CapacityReservationId;
  if (id !== undefined) get(context.state.capacityReservations, kinds.capacityReservation, id);
  context.state.instances.put({
    ...row,
    capacityPreference: CapacityReservationPreference ?? row.capacityPreference,
    capacityTarget: target === undefined ? undefined : { id, groupArn: target.CapacityReservationResourceGroupArn },
  });
  return { Return: true };
};

/** What the console printed since the last start, base64; a minute after it, as AWS buffers it. */
export const GetConsoleOutput: Operation<'GetConsoleOutput'> = ({ InstanceId }, context) => {
  const row = getInstance(context, InstanceId);
  const Timestamp = new Date(context.clock.now());
  if (row.firstRunningAt === undefined) return { InstanceId: row.id, Timestamp };
  return {
    InstanceId: row.id,
    Timestamp,
    Output: Buffer.from(context.parts.guests.consoleOutput(row.id)).toString('base64'),
  };
};

// How volumes are: whether they answer, and what to do when they do not.
// @see https://docs.aws.amazon.com/ebs/latest/userguide/monitoring-volume-checks.html
import type { InitializationStatusDetails, VolumeStatusItem } from '@aws-sdk/client-ec2';
import { errors, kinds } from './errors.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { attachmentsOf } from './volume-make.ts';
import type { VolumeRow } from './volume-state.ts';
import { isStalled } from './volume-stall.ts';
import { getVolume } from './volume.ts';

function show(row: VolumeRow, context: Ec2Context): VolumeStatusItem {
  const impaired = isStalled(context, row);
  const isProvisioned = row.type === 'io1' || row.type === 'io2' || row.type === 'gp3';
  const performance = impaired ? 'stalled' : 'normal';
  return {
    VolumeId: row.id,
    AvailabilityZone: row.zone,
    AvailabilityZoneId: row.zoneId,
    VolumeStatus: {
      Status: impaired ? 'impaired' : 'ok',
      Details: [
        { Name: 'io-enabled', Status: impaired ? 'failed' : 'passed' },
        { Name: 'io-performance', Status: isProvisioned ? performance : 'not-applicable' },
      ],
    },
    Actions: [],
    Events: [],
    AttachmentStatuses: attachmentsOf(context, row.id).map(({ instanceId }) => ({
      InstanceId: instanceId,
      IoPerformance: isProvisioned ? performance : 'not-applicable',
    })),
    InitializationStatusDetails: initializationOf(row),
  };
}

/** Content is there at once: all of a volume is initialized when it is `available`. */
function initializationOf(row: VolumeRow): InitializationStatusDetails | undefined {
  if (row.sourceVolumeId !== undefined) return { InitializationType: 'volume-copy', Progress: 100 };
  if (row.snapshotId === undefined) return undefined;
  return { InitializationType: row.initializationRate === undefined ? 'default' : 'provisioned-rate', Progress: 100 };
}

export const DescribeVolumeStatus: Operation<'DescribeVolumeStatus'> = (input, context) => {
  const shown = new Map<string, VolumeStatusItem>();
  const item = (row: VolumeRow): VolumeStatusItem => {
    const known = shown.get(row.id) ?? show(row, context);
    shown.set(row.id, known);
    return known;
  };
  const detail = (row: VolumeRow, name: string) =>
    item(row).VolumeStatus?.Details?.find((one) => one.Name === name)?.Status;
  const { rows, NextToken } = list(input, context, {
    rows: context.state.volumes,
    id: (row) => row.id,
    ids: input.VolumeIds,
    kind: kinds.volume,
    filters: {
      'action.code': () => [],
      'action.description': () => [],
      'action.event-id': () => [],
      'availability-zone': (row) => row.zone,
      'availability-zone-id': (row) => row.zoneId,
      'event.description': () => [],
      'event.event-id': () => [],
      'event.event-type': () => [],
      'event.not-after': () => [],
      'event.not-before': () => [],
      'volume-status.details-name': () => ['io-enabled', 'io-performance'],
      'volume-status.details-status': (row) => [detail(row, 'io-enabled'), detail(row, 'io-performance')],
      'volume-status.status': (row) => item(row).VolumeStatus?.Status,
    },
  });
  return { VolumeStatuses: rows.map(item), NextToken };
};

export const DescribeVolumeAttribute: Operation<'DescribeVolumeAttribute'> = ({ Attribute, VolumeId }, context) => {
  const row = getVolume(context, VolumeId);
  if (Attribute === 'autoEnableIO') return { VolumeId: row.id, AutoEnableIO: { Value: row.autoEnableIo } };
  if (Attribute === 'productCodes') return { VolumeId: row.id, ProductCodes: [] };
  throw errors.unknownAttribute(Attribute);
};

export const ModifyVolumeAttribute: Operation<'ModifyVolumeAttribute'> = ({ AutoEnableIO, VolumeId }, context) => {
  const row = getVolume(context, VolumeId);
  if (AutoEnableIO?.Value === undefined) throw errors.missingParameter('AutoEnableIO');
  context.state.volumes.put({ ...row, autoEnableIo: AutoEnableIO.Value });
  return {};
};

/** Takes up I/O again on a volume whose data may be inconsistent. A fault that lasts goes on. */
export const EnableVolumeIO: Operation<'EnableVolumeIO'> = ({ VolumeId }, context) => {
  getVolume(context, VolumeId);
  return {};
};

// Filters of `DescribeSpotInstanceRequests`: what was asked for, and what became of it.
import { findZone } from '../../../kernel/region.ts';
import type { LaunchRequest } from './launch-request.ts';
import type { Filters, FilterValue } from './list.ts';
import type { Ec2Context } from './operation.ts';
import type { SpotRequestRow } from './spot-state.ts';

type Nic = NonNullable<LaunchRequest['NetworkInterfaces']>[number];
type Disk = NonNullable<NonNullable<LaunchRequest['BlockDeviceMappings']>[number]['Ebs']>;
type Plain = Exclude<FilterValue, readonly unknown[]>;

const request = (row: SpotRequestRow): LaunchRequest => JSON.parse(row.request) as LaunchRequest;
const date = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

const nics = (of: (nic: Nic) => Plain) => (row: SpotRequestRow) => request(row).NetworkInterfaces?.map(of);
const disks = (of: (disk: Disk) => Plain) => (row: SpotRequestRow) =>
  request(row).BlockDeviceMappings?.flatMap(({ Ebs }) => (Ebs === undefined ? [] : [of(Ebs)]));

export const spotFilters = (context: Ec2Context): Filters<SpotRequestRow> => {
  const { account, region } = context;
  return {
    'availability-zone-group': (row) => row.zoneGroup,
    'create-time': (row) => date(row.createdAt),
    'fault-code': (row) => row.fault?.code,
    'fault-message': (row) => row.fault?.message,
    'instance-id': (row) => row.instanceId,
    'launch-group': (row) => row.launchGroup,
    'launch.block-device-mapping.delete-on-termination': disks((disk) => disk.DeleteOnTermination),
    'launch.block-device-mapping.device-name': (row) =>
      request(row).BlockDeviceMappings?.map(({ DeviceName }) => DeviceName),
    'launch.block-device-mapping.snapshot-id': disks((disk) => disk.SnapshotId),
    'launch.block-device-mapping.volume-size': disks((disk) => disk.VolumeSize),
    'launch.block-device-mapping.volume-type': disks((disk) => disk.VolumeType),
    'launch.group-id': (row) => request(row).SecurityGroupIds,
    'launch.group-name': (row) => request(row).SecurityGroupIds?.map((id) => context.state.groups.find(id)?.name),
    'launch.image-id': (row) => request(row).ImageId,
    'launch.instance-type': (row) => request(row).InstanceType,
    'launch.kernel-id': (row) => request(row).KernelId,
    'launch.key-name': (row) => request(row).KeyName,
    'launch.monitoring-enabled': (row) => request(row).Monitoring?.Enabled ?? false,
    'launch.ramdisk-id': (row) => request(row).RamdiskId,
    'launched-availability-zone': (row) => row.launchedZone,
    'launched-availability-zone-id': ({ launchedZone }) => launchedZone && findZone(launchedZone, region, account)?.id,
    'network-interface.addresses.primary': nics((nic) => nic.PrivateIpAddresses?.some(({ Primary }) => Primary)),
    'network-interface.delete-on-termination': nics((nic) => nic.DeleteOnTermination),
    'network-interface.description': nics((nic) => nic.Description),
    'network-interface.device-index': nics((nic) => nic.DeviceIndex),
    'network-interface.group-id': (row) => request(row).NetworkInterfaces?.flatMap(({ Groups = [] }) => Groups),
    'network-interface.network-interface-id': nics((nic) => nic.NetworkInterfaceId),
    'network-interface.private-ip-address': nics((nic) => nic.PrivateIpAddress),
    'network-interface.subnet-id': nics((nic) => nic.SubnetId),
    'product-description': (row) => row.product,
    'spot-instance-request-id': (row) => row.id,
    'spot-price': (row) => row.price,
    state: (row) => row.state,
    'status-code': (row) => row.status.code,
    'status-message': (row) => row.status.message,
    type: (row) => row.type,
    'valid-from': (row) => date(row.validFrom),
    'valid-until': (row) => date(row.validUntil),
  };
};

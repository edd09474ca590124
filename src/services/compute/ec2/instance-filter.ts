// Filters of `DescribeInstances`. Those on interfaces read the interface's rows only when they are asked for.
import type { InstanceNetworkInterface } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { stateCodes } from './instance-life.ts';
import type { InstanceRow } from './instance-state.ts';
import { interfacesOf, showInstance, showReason } from './instance-view.ts';
import type { Filters, FilterValue } from './list.ts';
import type { Ec2Context } from './operation.ts';
import { tagsOf } from './tag.ts';
import { attachedTo } from './volume-make.ts';

export const instanceFilters = (context: Ec2Context): Filters<InstanceRow> => {
  const shown = (row: InstanceRow) => showInstance(context, row);
  const nics = (of: (nic: InstanceNetworkInterface) => FilterValue) => (row: InstanceRow) =>
    (shown(row).NetworkInterfaces ?? []).flatMap((nic) => {
      const value = of(nic);
      return typeof value === 'object' ? [...value] : [value];
    });
  const disks =
    (of: (disk: ReturnType<typeof attachedTo>[number]) => string | number | boolean) => (row: InstanceRow) =>
      attachedTo(context, row.id).map(of);
  const tags = (part: 'Key' | 'Value') => (row: InstanceRow) =>
    interfacesOf(context, row.id).flatMap((nic) => tagsOf(context, nic.id).map((tag) => tag[part]));
  const isGone = (row: InstanceRow) => row.state === 'terminated';
  const groups = (row: InstanceRow) => interfacesOf(context, row.id).flatMap((nic) => nic.groupIds);
  const date = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  return {
    affinity: (row) => row.placement.affinity,
    architecture: (row) => row.architecture,
    'availability-zone': (row) => row.zone,
    'availability-zone-id': (row) => row.zoneId,
    'block-device-mapping.attach-time': disks(({ attachedAt }) => toDate(attachedAt).toISOString()),
    'block-device-mapping.delete-on-termination': disks(({ deleteOnTermination }) => deleteOnTermination),
    'block-device-mapping.device-name': disks(({ device }) => device),
    'block-device-mapping.status': disks(({ state }) => state),
    'block-device-mapping.volume-id': disks(({ volumeId }) => volumeId),
    'boot-mode': (row) => row.bootMode,
    'capacity-reservation-id': (row) => row.capacityReservationId,
    'capacity-reservation-specification.capacity-reservation-preference': (row) => row.capacityPreference,
    'capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id': (row) =>
      row.capacityTarget?.id,
    'capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn': (row) =>
      row.capacityTarget?.groupArn,
    'client-token': (row) => row.clientToken,
    'current-instance-boot-mode': (row) => shown(row).CurrentInstanceBootMode,
    'dns-name': (row) => shown(row).PublicDnsName,
    'ebs-optimized': (row) => row.ebsOptimized,
    'ena-support': (row) => row.enaSupport,
    'enclave-options.enabled': (row) => row.enclave,
    'hibernation-options.configured': (row) => row.hibernation,
    'host-id': (row) => row.placement.hostId,
    hypervisor: () => 'xen',
    'iam-instance-profile.arn': (row) => row.profile?.arn,
    'iam-instance-profile.id': (row) => row.profile?.id,
    'iam-instance-profile.name': (row) => row.profile?.arn.slice(row.profile.arn.lastIndexOf('/') + 1),
    'image-id': (row) => row.imageId,
    'instance-id': (row) => row.id,
    'instance-lifecycle': (row) => row.lifecycle,
    'instance-state-code': (row) => stateCodes[row.state],
    'instance-state-name': (row) => row.state,
    'instance-type': (row) => row.type,
    'instance.group-id': groups,
    'instance.group-name': (row) => groups(row).map((id) => context.state.groups.find(id)?.name),
    'ip-address': (row) => shown(row).PublicIpAddress,
    'ipv6-address': (row) => interfacesOf(context, row.id).flatMap((nic) => nic.ipv6),
    'kernel-id': (row) => row.kernelId,
    'key-name': (row) => row.keyName,
    'launch-index': (row) => row.launchIndex,
    'launch-time': (row) => date(row.launchedAt),
    'maintenance-options.auto-recovery': (row) => row.autoRecovery,
    'metadata-options.http-endpoint': (row) => row.metadata.endpoint,
    'metadata-options.http-protocol-ipv4': (row) => row.metadata.endpoint,
    'metadata-options.http-protocol-ipv6': (row) => row.metadata.ipv6,
    'metadata-options.http-put-response-hop-limit': (row) => row.metadata.hopLimit,
    'metadata-options.http-tokens': (row) => row.metadata.tokens,
    'metadata-options.instance-metadata-tags': (row) => row.metadata.tags,
    'metadata-options.state': () => 'applied',
    'monitoring-state': (row) => row.monitoring,
    'network-interface.addresses.association.allocation-id': (row) =>
      interfacesOf(context, row.id).flatMap((nic) => allocations(context, nic.id, 'id')),
    'network-interface.addresses.association.association-id': (row) =>
      interfacesOf(context, row.id).flatMap((nic) => allocations(context, nic.id, 'association')),
    'network-interface.addresses.association.ip-owner-id': nics((nic) =>
      nic.PrivateIpAddresses?.map(({ Association }) => Association?.IpOwnerId),
    ),
    'network-interface.addresses.association.public-ip': nics((nic) =>
      nic.PrivateIpAddresses?.map(({ Association }) => Association?.PublicIp),
    ),
    'network-interface.addresses.association.carrier-ip': () => undefined,
    'network-interface.addresses.association.customer-owned-ip': () => undefined,
    'network-interface.addresses.association.public-dns-name': nics((nic) =>
      nic.PrivateIpAddresses?.map(({ Association }) => Association?.PublicDnsName),
    ),
    'network-interface.addresses.primary': nics((nic) => nic.PrivateIpAddresses?.map(({ Primary }) => Primary)),
    'network-interface.addresses.private-dns-name': nics((nic) =>
      nic.PrivateIpAddresses?.map(({ PrivateDnsName }) => PrivateDnsName),
    ),
    'network-interface.addresses.private-ip-address': nics((nic) =>
      nic.PrivateIpAddresses?.map(({ PrivateIpAddress }) => PrivateIpAddress),
    ),
    'network-interface.association.allocation-id': (row) =>
      interfacesOf(context, row.id).flatMap((nic) => allocations(context, nic.id, 'id')),
    'network-interface.association.association-id': (row) =>
      interfacesOf(context, row.id).flatMap((nic) => allocations(context, nic.id, 'association')),
    'network-interface.association.carrier-ip': () => undefined,
    'network-interface.association.customer-owned-ip': () => undefined,
    'network-interface.association.ip-owner-id': nics((nic) => nic.Association?.IpOwnerId),
    'network-interface.association.public-dns-name': nics((nic) => nic.Association?.PublicDnsName),
    'network-interface.association.public-ip': nics((nic) => nic.Association?.PublicIp),
    'network-interface.attachment.attach-time': nics((nic) => nic.Attachment?.AttachTime?.toISOString()),
    'network-interface.attachment.attachment-id': nics((nic) => nic.Attachment?.AttachmentId),
    'network-interface.attachment.delete-on-termination': nics((nic) => nic.Attachment?.DeleteOnTermination),
    'network-interface.attachment.device-index': nics((nic) => nic.Attachment?.DeviceIndex),
    'network-interface.attachment.instance-id': (row) => row.id,
    'network-interface.attachment.instance-owner-id': () => context.account,
    'network-interface.attachment.network-card-index': nics((nic) => nic.Attachment?.NetworkCardIndex),
    'network-interface.attachment.status': nics((nic) => nic.Attachment?.Status),
    'network-interface.availability-zone': (row) => row.zone,
    'network-interface.deny-all-igw-traffic': nics(() => false),
    'network-interface.description': nics((nic) => nic.Description),
    'network-interface.group-id': groups,
    'network-interface.group-name': nics((nic) => nic.Groups?.map(({ GroupName }) => GroupName)),
    'network-interface.ipv4-prefixes.ipv4-prefix': (row) =>
      interfacesOf(context, row.id).flatMap((nic) => nic.ipv4Prefixes),
    'network-interface.ipv6-address': nics((nic) => nic.Ipv6Addresses?.map((one) => one.Ipv6Address)),
    'network-interface.ipv6-addresses.ipv6-address': nics((nic) => nic.Ipv6Addresses?.map((one) => one.Ipv6Address)),
    'network-interface.ipv6-addresses.is-primary-ipv6': nics((nic) =>
      nic.Ipv6Addresses?.map((one) => one.IsPrimaryIpv6 ?? false),
    ),
    'network-interface.ipv6-native': nics((nic) => nic.PrivateIpAddress === undefined),
    'network-interface.ipv6-prefixes.ipv6-prefix': () => undefined,
    'network-interface.mac-address': nics((nic) => nic.MacAddress),
    'network-interface.network-interface-id': nics((nic) => nic.NetworkInterfaceId),
    'network-interface.operator.managed': nics(() => false),
    'network-interface.operator.principal': () => undefined,
    'network-interface.outpost-arn': () => undefined,
    'network-interface.owner-id': nics((nic) => nic.OwnerId),
    'network-interface.private-dns-name': nics((nic) => nic.PrivateDnsName),
    'network-interface.private-ip-address': nics((nic) => nic.PrivateIpAddress),
    'network-interface.public-dns-name': nics((nic) => nic.Association?.PublicDnsName),
    'network-interface.requester-id': () => [],
    'network-interface.requester-managed': nics(() => false),
    'network-interface.source-dest-check': nics((nic) => nic.SourceDestCheck),
    'network-interface.status': nics((nic) => nic.Status),
    'network-interface.subnet-id': nics((nic) => nic.SubnetId),
    'network-interface.tag-key': tags('Key'),
    'network-interface.tag-value': tags('Value'),
    'network-interface.vpc-id': nics((nic) => nic.VpcId),
    'network-performance-options.bandwidth-weighting': (row) => row.bandwidthWeighting ?? 'default',
    'operator.managed': () => false,
    'operator.principal': () => undefined,
    'outpost-arn': () => undefined,
    'owner-id': () => context.account,
    'placement-group-name': (row) => row.placement.groupName,
    'placement-partition-number': (row) => row.placement.partition,
    platform: (row) => row.platform,
    'platform-details': (row) => row.platformDetails,
    'private-dns-name': (row) => shown(row).PrivateDnsName,
    'private-dns-name-options.enable-resource-name-dns-a-record': (row) => row.privateDns.a,
    'private-dns-name-options.enable-resource-name-dns-aaaa-record': (row) => row.privateDns.aaaa,
    'private-dns-name-options.hostname-type': (row) => row.privateDns.hostnameType,
    'private-ip-address': (row) => (isGone(row) ? undefined : interfacesOf(context, row.id)[0]?.addresses[0]?.ip),
    'product-code': (row) => row.productCodes.map(({ id }) => id),
    'product-code.type': (row) => row.productCodes.map(({ type }) => type),
    'ramdisk-id': (row) => row.ramdiskId,
    reason: (row) => row.transitionReason,
    'requester-id': (row) => row.requesterId,
    'reservation-id': (row) => row.reservationId,
    'root-device-name': (row) => row.rootDevice,
    'root-device-type': () => 'ebs',
    'source-dest-check': (row) => interfacesOf(context, row.id)[0]?.sourceDestCheck,
    'spot-instance-request-id': (row) => row.spotRequestId,
    'state-reason-code': (row) => showReason(row)?.Code,
    'state-reason-message': (row) => showReason(row)?.Message,
    'subnet-id': (row) => (isGone(row) ? undefined : row.subnetId),
    tenancy: (row) => row.placement.tenancy,
    'tpm-support': (row) => row.tpmSupport,
    'usage-operation': (row) => row.usageOperation,
    'usage-operation-update-time': (row) => date(row.usageOperationAt),
    'virtualization-type': (row) => row.virtualization,
    'vpc-id': (row) => (isGone(row) ? undefined : row.vpcId),
  };
};

function allocations({ state }: Ec2Context, interfaceId: string, of: 'id' | 'association'): string[] {
  return state.addresses
    .index('interface')
    .list({ prefix: key(interfaceId) })
    .flatMap((row) => (of === 'id' ? [row.id] : row.association === undefined ? [] : [row.association.id]));
}

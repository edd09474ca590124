// An instance as answers show it: its row, and the interfaces, volumes and tags that are rows of their own.
import type { Instance, InstanceNetworkInterface, InstanceNetworkInterfaceAssociation } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { LastingViews, Marks } from '../../../kernel/lasting.ts';
import { toDate } from '../../../kernel/units.ts';
import { hostName, publicName } from '../../networking/vpc/name.ts';
import { elasticOf, showPrefixes } from '../../networking/vpc/network-interface.ts';
import type { InterfaceRow } from '../../networking/vpc/state.ts';
import { showState } from './instance-life.ts';
import type { InstanceRow } from './instance-state.ts';
import type { Ec2Context } from './operation.ts';
import { anyTagsOf } from './tag.ts';
import { attachedTo, deviceMappingsOf } from './volume-make.ts';

export const interfacesOf = ({ state }: Ec2Context, instanceId: string): InterfaceRow[] =>
  state.interfaces.index('instance').list({ prefix: key(instanceId) });

/** The private name of an instance: by its address, or by its ID. */
export function privateNameOf(context: Ec2Context, row: InstanceRow, ip: string | undefined): string {
  if (ip === undefined) return '';
  if (row.privateDns.hostnameType !== 'resource-name') return hostName(context.region, ip);
  return `${row.id}.${context.region === 'us-east-1' ? 'ec2' : `${context.region}.compute`}.internal`;
}

function publicOf(
  context: Ec2Context,
  nic: InterfaceRow,
): (ip: string) => InstanceNetworkInterfaceAssociation | undefined {
  const elastic = elasticOf(context, nic.id);
  return (ip) => {
    const own = elastic.find(({ association }) => association?.privateIp === ip);
    const PublicIp = own?.ip ?? nic.addresses.find((one) => one.ip === ip)?.publicIp;
    if (PublicIp === undefined) return undefined;
    return {
      PublicIp,
      PublicDnsName: publicName(context, nic.vpcId, PublicIp),
      IpOwnerId: own === undefined ? 'amazon' : context.account,
    };
  };
}

function showGroups({ state }: Ec2Context, ids: readonly string[]) {
  return ids.map((id) => ({ GroupId: id, GroupName: state.groups.find(id)?.name }));
}

function showNic(context: Ec2Context, row: InstanceRow, nic: InterfaceRow): InstanceNetworkInterface {
  const associationOf = publicOf(context, nic);
  const { attachment } = nic;
  const addresses = nic.addresses.map(({ ip, primary }) => ({
    Primary: primary,
    PrivateIpAddress: ip,
    PrivateDnsName: hostName(context.region, ip),
    Association: associationOf(ip),
  }));
  return {
    NetworkInterfaceId: nic.id,
    Attachment: {
      AttachTime: attachment === undefined ? undefined : toDate(attachment.attachedAt),
      AttachmentId: attachment?.id,
      DeleteOnTermination: attachment?.deleteOnTermination,
      DeviceIndex: attachment?.deviceIndex,
      NetworkCardIndex: attachment?.networkCardIndex,
      Status: row.state === 'pending' && row.step === 0 ? 'attaching' : 'attached',
    },
    Association: addresses[0]?.Association,
    Description: nic.description,
    Groups: showGroups(context, nic.groupIds),
    InterfaceType: nic.type,
    Ipv6Addresses: nic.ipv6.map((Ipv6Address) => ({ Ipv6Address, IsPrimaryIpv6: false })),
    ...showPrefixes(nic),
    MacAddress: nic.macAddress,
    OwnerId: context.account,
    PrivateDnsName: addresses[0]?.PrivateDnsName,
    PrivateIpAddress: addresses[0]?.PrivateIpAddress,
    PrivateIpAddresses: addresses,
    SourceDestCheck: nic.sourceDestCheck,
    Status: 'in-use',
    SubnetId: nic.subnetId,
    VpcId: nic.vpcId,
  };
}

/** The network of an instance; one that is terminated has none. */
function showNetwork(context: Ec2Context, row: InstanceRow): Partial<Instance> {
  if (row.state === 'terminated') {
    return { NetworkInterfaces: [], SecurityGroups: [], PrivateDnsName: '', PublicDnsName: '' };
  }
  const nics = interfacesOf(context, row.id);
  const shown = nics.map((nic) => showNic(context, row, nic));
  const primary = nics[0];
  return {
    NetworkInterfaces: shown,
    SecurityGroups: shown[0]?.Groups ?? [],
    SourceDestCheck: primary?.sourceDestCheck,
    PrivateIpAddress: primary?.addresses[0]?.ip,
    Ipv6Address: primary?.ipv6[0],
    PrivateDnsName: privateNameOf(context, row, primary?.addresses[0]?.ip),
    PublicIpAddress: shown[0]?.Association?.PublicIp,
    PublicDnsName: shown[0]?.Association?.PublicDnsName ?? '',
    SubnetId: row.subnetId,
    VpcId: row.vpcId,
    PrivateDnsNameOptions: {
      HostnameType: row.privateDns.hostnameType,
      EnableResourceNameDnsARecord: row.privateDns.a,
      EnableResourceNameDnsAAAARecord: row.privateDns.aaaa,
    },
  };
}

export const showMetadata = ({ metadata }: InstanceRow, State: 'pending' | 'applied' = 'applied') => ({
  State,
  HttpTokens: metadata.tokens,
  HttpPutResponseHopLimit: metadata.hopLimit,
  HttpEndpoint: metadata.endpoint,
  HttpProtocolIpv6: metadata.ipv6,
  InstanceMetadataTags: metadata.tags,
});

export const showMonitoring = (row: InstanceRow) => ({ State: row.monitoring });

function showPlacement({ placement, zone, zoneId }: InstanceRow): Instance['Placement'] {
  return {
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId,
    GroupName: placement.groupName ?? '',
    GroupId: placement.groupId,
    PartitionNumber: placement.partition,
    Tenancy: placement.tenancy,
    Affinity: placement.affinity ?? (placement.tenancy === 'host' ? 'default' : undefined),
    HostId: placement.hostId,
    HostResourceGroupArn: placement.hostResourceGroupArn,
  };
}

function showCapacity({
  capacityPreference,
  capacityTarget,
}: InstanceRow): Instance['CapacityReservationSpecification'] {
  if (capacityTarget === undefined) return { CapacityReservationPreference: capacityPreference };
  return {
    CapacityReservationTarget: {
      CapacityReservationId: capacityTarget.id,
      CapacityReservationResourceGroupArn: capacityTarget.groupArn,
    },
  };
}

/** Why an instance is as it is; one that starts says no more than that it does. */
export function showReason({ state, stateReason }: InstanceRow): Instance['StateReason'] {
  if (state === 'pending') return { Code: 'pending', Message: 'pending' };
  return stateReason && { Code: stateReason.code, Message: stateReason.message };
}

const views = new LastingViews<InstanceRow, Instance>();

/** An instance as answers show it. */
export const showInstance = (context: Ec2Context, row: InstanceRow): Instance =>
  views.get(
    row,
    markOf(context),
    () => sourcesOf(context, row),
    () => makeInstance(context, row),
  );

const marks = new Marks();

/** Of all tables in which `sourcesOf` looks. */
const markOf = ({ state }: Ec2Context): object =>
  marks.of([state.interfaces, state.tags, state.volumeAttachments, state.addresses, state.vpcs, state.groups]);

/** All rows besides its own that say something of an instance. */
function sourcesOf(context: Ec2Context, { id }: InstanceRow): readonly object[] {
  const { state } = context;
  const sources: object[] = [...state.tags.list({ prefix: key(id) }), ...attachedTo(context, id)];
  for (const nic of interfacesOf(context, id)) {
    sources.push(nic, ...elasticOf(context, nic.id));
    // Names: of its security groups, and whether its VPC gives addresses any.
    for (const found of [state.vpcs.find(nic.vpcId), ...nic.groupIds.map((one) => state.groups.find(one))])
      if (found !== undefined) sources.push(found);
  }
  return sources;
}

function makeInstance(context: Ec2Context, row: InstanceRow): Instance {
  // Named one by one: ten thousand objects of one form cost a fraction of as many that another was spread into.
  const network = showNetwork(context, row);
  return {
    InstanceId: row.id,
    ImageId: row.imageId,
    State: showState(row.state),
    StateReason: showReason(row),
    StateTransitionReason: row.transitionReason,
    InstanceType: row.type as Instance['InstanceType'],
    KeyName: row.keyName,
    AmiLaunchIndex: row.launchIndex,
    ProductCodes: row.productCodes.map(({ id, type }) => ({ ProductCodeId: id, ProductCodeType: type })),
    LaunchTime: toDate(row.launchedAt),
    Placement: showPlacement(row),
    KernelId: row.kernelId,
    RamdiskId: row.ramdiskId,
    // As it is on the wire; the model spells it otherwise.
    Platform: row.platform as Instance['Platform'],
    PlatformDetails: row.platformDetails,
    UsageOperation: row.usageOperation,
    UsageOperationUpdateTime: toDate(row.usageOperationAt),
    Monitoring: showMonitoring(row),
    Architecture: row.architecture as Instance['Architecture'],
    BlockDeviceMappings: row.state === 'terminated' ? [] : deviceMappingsOf(context, row.id),
    RootDeviceName: row.rootDevice,
    RootDeviceType: 'ebs',
    ClientToken: row.clientToken,
    EbsOptimized: row.ebsOptimized,
    EnaSupport: row.enaSupport,
    SriovNetSupport: row.sriov,
    Hypervisor: 'xen',
    VirtualizationType: row.virtualization,
    IamInstanceProfile: row.profile === undefined ? undefined : { Arn: row.profile.arn, Id: row.profile.id },
    InstanceLifecycle: row.lifecycle,
    SpotInstanceRequestId: row.spotRequestId,
    NetworkInterfaces: network.NetworkInterfaces,
    SecurityGroups: network.SecurityGroups,
    SourceDestCheck: network.SourceDestCheck,
    PrivateIpAddress: network.PrivateIpAddress,
    Ipv6Address: network.Ipv6Address,
    PrivateDnsName: network.PrivateDnsName,
    PublicIpAddress: network.PublicIpAddress,
    PublicDnsName: network.PublicDnsName,
    SubnetId: network.SubnetId,
    VpcId: network.VpcId,
    PrivateDnsNameOptions: network.PrivateDnsNameOptions,
    Tags: anyTagsOf(context, row.id),
    CpuOptions: {
      CoreCount: row.cpu.cores,
      ThreadsPerCore: row.cpu.threads,
      AmdSevSnp: row.cpu.sevSnp,
      NestedVirtualization: row.cpu.nested,
    },
    CapacityReservationId: row.capacityReservationId,
    CapacityReservationSpecification: showCapacity(row),
    HibernationOptions: { Configured: row.hibernation },
    Licenses: row.licenses.map((LicenseConfigurationArn) => ({ LicenseConfigurationArn })),
    MetadataOptions: showMetadata(row),
    EnclaveOptions: { Enabled: row.enclave },
    BootMode: row.bootMode,
    CurrentInstanceBootMode: row.bootMode === 'uefi' || row.bootMode === 'uefi-preferred' ? 'uefi' : 'legacy-bios',
    TpmSupport: row.tpmSupport,
    MaintenanceOptions: { AutoRecovery: row.autoRecovery, RebootMigration: row.rebootMigration },
    NetworkPerformanceOptions: { BandwidthWeighting: (row.bandwidthWeighting ?? 'default') as 'default' },
    Operator: { Managed: false },
  };
}

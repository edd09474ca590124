// `DescribeInstanceTypes` and where types are offered.
import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { zonesOf } from '../../../kernel/region.ts';
import { errors } from './errors.ts';
import { allTypes, findType, isOfferedIn, isOfferedInRegion, type TypeInfo, typeNames } from './instance-type.ts';
import { type Filters, type FilterValue, list } from './list.ts';
import type { Operation } from './operation.ts';

/** Filters whose names say where the value stands: `memory-info.size-in-mib` is `MemoryInfo.SizeInMiB`. */
const plain: Readonly<Record<string, (type: InstanceTypeInfo) => FilterValue>> = {
  'auto-recovery-supported': (type) => type.AutoRecoverySupported,
  'bare-metal': (type) => type.BareMetal,
  'burstable-performance-supported': (type) => type.BurstablePerformanceSupported,
  'current-generation': (type) => type.CurrentGeneration,
  'dedicated-hosts-supported': (type) => type.DedicatedHostsSupported,
  'ebs-info.attachment-limit-type': (type) => type.EbsInfo?.AttachmentLimitType,
  'ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps': (type) =>
    type.EbsInfo?.EbsOptimizedInfo?.BaselineBandwidthInMbps,
  'ebs-info.ebs-optimized-info.baseline-iops': (type) => type.EbsInfo?.EbsOptimizedInfo?.BaselineIops,
  'ebs-info.ebs-optimized-info.baseline-throughput-in-mbps': (type) =>
    type.EbsInfo?.EbsOptimizedInfo?.BaselineThroughputInMBps,
  'ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps': (type) =>
    type.EbsInfo?.EbsOptimizedInfo?.MaximumBandwidthInMbps,
  'ebs-info.ebs-optimized-info.maximum-iops': (type) => type.EbsInfo?.EbsOptimizedInfo?.MaximumIops,
  'ebs-info.ebs-optimized-info.maximum-throughput-in-mbps': (type) =>
    type.EbsInfo?.EbsOptimizedInfo?.MaximumThroughputInMBps,
  'ebs-info.ebs-optimized-support': (type) => type.EbsInfo?.EbsOptimizedSupport,
  'ebs-info.encryption-support': (type) => type.EbsInfo?.EncryptionSupport,
  'ebs-info.maximum-ebs-attachments': (type) => type.EbsInfo?.MaximumEbsAttachments,
  'ebs-info.nvme-support': (type) => type.EbsInfo?.NvmeSupport,
  'free-tier-eligible': (type) => type.FreeTierEligible,
  'hibernation-supported': (type) => type.HibernationSupported,
  hypervisor: (type) => type.Hypervisor,
  'instance-storage-info.disk.count': (type) => type.InstanceStorageInfo?.Disks?.map(({ Count }) => Count),
  'instance-storage-info.disk.size-in-gb': (type) => type.InstanceStorageInfo?.Disks?.map(({ SizeInGB }) => SizeInGB),
  'instance-storage-info.disk.type': (type) => type.InstanceStorageInfo?.Disks?.map(({ Type }) => Type),
  'instance-storage-info.encryption-support': (type) => type.InstanceStorageInfo?.EncryptionSupport,
  'instance-storage-info.nvme-support': (type) => type.InstanceStorageInfo?.NvmeSupport,
  'instance-storage-info.total-size-in-gb': (type) => type.InstanceStorageInfo?.TotalSizeInGB,
  'instance-storage-supported': (type) => type.InstanceStorageSupported,
  'instance-type': (type) => type.InstanceType,
  'memory-info.size-in-mib': (type) => type.MemoryInfo?.SizeInMiB,
  'network-info.bandwidth-weightings': (type) => type.NetworkInfo?.BandwidthWeightings,
  'network-info.efa-info.maximum-efa-interfaces': (type) => type.NetworkInfo?.EfaInfo?.MaximumEfaInterfaces,
  'network-info.efa-supported': (type) => type.NetworkInfo?.EfaSupported,
  'network-info.ena-support': (type) => type.NetworkInfo?.EnaSupport,
  'network-info.flexible-ena-queues-support': (type) => type.NetworkInfo?.FlexibleEnaQueuesSupport,
  'network-info.encryption-in-transit-supported': (type) => type.NetworkInfo?.EncryptionInTransitSupported,
  'network-info.ipv4-addresses-per-interface': (type) => type.NetworkInfo?.Ipv4AddressesPerInterface,
  'network-info.ipv6-addresses-per-interface': (type) => type.NetworkInfo?.Ipv6AddressesPerInterface,
  'network-info.ipv6-supported': (type) => type.NetworkInfo?.Ipv6Supported,
  'network-info.maximum-network-cards': (type) => type.NetworkInfo?.MaximumNetworkCards,
  'network-info.maximum-network-interfaces': (type) => type.NetworkInfo?.MaximumNetworkInterfaces,
  'network-info.network-performance': (type) => type.NetworkInfo?.NetworkPerformance,
  'nitro-enclaves-support': (type) => type.NitroEnclavesSupport,
  'nitro-tpm-info.supported-versions': (type) => type.NitroTpmInfo?.SupportedVersions,
  'nitro-tpm-support': (type) => type.NitroTpmSupport,
  'placement-group-info.supported-strategies': (type) => type.PlacementGroupInfo?.SupportedStrategies,
  'processor-info.manufacturer': (type) => type.ProcessorInfo?.Manufacturer,
  'processor-info.supported-architecture': (type) => type.ProcessorInfo?.SupportedArchitectures,
  'processor-info.supported-features': (type) => type.ProcessorInfo?.SupportedFeatures,
  'processor-info.sustained-clock-speed-in-ghz': (type) => type.ProcessorInfo?.SustainedClockSpeedInGhz,
  'reboot-migration-support': (type) => type.RebootMigrationSupport,
  'supported-boot-mode': (type) => type.SupportedBootModes,
  'supported-root-device-type': (type) => type.SupportedRootDeviceTypes,
  'supported-usage-class': (type) => type.SupportedUsageClasses,
  'supported-virtualization-type': (type) => type.SupportedVirtualizationTypes,
  'vcpu-info.default-cores': (type) => type.VCpuInfo?.DefaultCores,
  'vcpu-info.default-threads-per-core': (type) => type.VCpuInfo?.DefaultThreadsPerCore,
  'vcpu-info.default-vcpus': (type) => type.VCpuInfo?.DefaultVCpus,
  'vcpu-info.valid-cores': (type) => type.VCpuInfo?.ValidCores,
  'vcpu-info.valid-threads-per-core': (type) => type.VCpuInfo?.ValidThreadsPerCore,
};

function getTypes(names: readonly string[]): TypeInfo[] {
  const unknown = names.filter((name) => findType(name) === undefined);
  if (unknown.length > 0) {
    throw errors.other(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    );
  }
  return [...new Set(names)].flatMap((name) => findType(name) ?? []);
}

/** The page's size where the request says none. */
const pageUsual = 100;

/**
 * Describes the types that the Region offers. Figures are AWS's own.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html
 */
export const DescribeInstanceTypes: Operation<'DescribeInstanceTypes'> = (input, context) => {
  const names = input.InstanceTypes ?? [];
  if (names.length > 100) throw errors.invalidValue('The maximum number of instance types is 100.');
  if (input.MaxResults !== undefined && input.MaxResults > pageUsual) {
    throw errors.valueOf(
      ` ${input.MaxResults} `,
      'maxResults',
      `Expecting a value less than or equal to ${pageUsual}.`,
    );
  }
  const named = getTypes(names);
  const isHere = ({ InstanceType }: TypeInfo): boolean =>
    input.IncludeUnsupportedInRegion === true || isOfferedInRegion(context.region, InstanceType);
  const { rows, NextToken } = list({ ...input, MaxResults: input.MaxResults ?? pageUsual }, context, {
    rows: () => (names.length > 0 ? named : allTypes()).filter(isHere),
    id: (type) => type.InstanceType,
    filters: plain as Filters<TypeInfo>,
  });
  return { InstanceTypes: rows, NextToken };
};

interface Offering {
  readonly InstanceType: string;
  readonly Location: string;
}

/**
 * Says where types are offered: in the Region, in zones by name, or by ID.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html
 */
export const DescribeInstanceTypeOfferings: Operation<'DescribeInstanceTypeOfferings'> = (input, context) => {
  const { region, account } = context;
  const LocationType = input.LocationType ?? 'region';
  if (LocationType === 'outpost') return { InstanceTypeOfferings: [] };
  const zones = zonesOf(region, account).filter((zone) => zone.kind === 'availability-zone');
  const offerings = (): Offering[] =>
    typeNames().flatMap((InstanceType) => {
      const here = zones.filter(({ id }) => isOfferedIn(region, id, InstanceType));
      if (LocationType === 'region') return here.length > 0 ? [{ InstanceType, Location: region }] : [];
      return here.map(({ name, id }) => ({ InstanceType, Location: LocationType === 'availability-zone' ? name : id }));
    });
  const { rows, NextToken } = list(input, context, {
    rows: offerings,
    id: ({ InstanceType, Location }) => `${InstanceType}/${Location}`,
    filters: { 'instance-type': ({ InstanceType }) => InstanceType, location: ({ Location }) => Location },
  });
  const InstanceTypeOfferings = rows.map(({ InstanceType, Location }) => ({
    InstanceType: InstanceType as TypeInfo['InstanceType'],
    Location,
    LocationType,
  }));
  return { InstanceTypeOfferings, NextToken };
};

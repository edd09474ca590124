// Attributes instead of types: which types have what a fleet or a group asks for.
import type { InstanceRequirementsRequest } from '@aws-sdk/client-ec2';
import { errors } from './errors.ts';
import { allTypes, architecturesOf, isOfferedInRegion, type TypeInfo, vcpusOf } from './instance-type.ts';
import { list } from './list.ts';
import type { Operation } from './operation.ts';
import { onDemandPrice } from './price-model.ts';

interface Span {
  readonly Min?: number | undefined;
  readonly Max?: number | undefined;
}

const within = (value: number, { Min, Max }: Span = {}): boolean =>
  (Min === undefined || value >= Min) && (Max === undefined || value <= Max);

const wanted = (choice: string | undefined, has: boolean, usual: 'included' | 'excluded' | 'required'): boolean => {
  const rule = choice ?? usual;
  return rule === 'included' || (rule === 'required') === has;
};

/** `c5*`, `m5.large`: `*` is any text. */
const matches = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name);

function acceleratorsOf(type: TypeInfo) {
  const gpus = (type.GpuInfo?.Gpus ?? []).map((one) => ({ ...one, kind: 'gpu', memory: one.MemoryInfo?.SizeInMiB }));
  const fpgas = (type.FpgaInfo?.Fpgas ?? []).map((one) => ({
    ...one,
    kind: 'fpga',
    memory: one.MemoryInfo?.SizeInMiB,
  }));
  const others = (type.InferenceAcceleratorInfo?.Accelerators ?? []).map((one) => ({
    ...one,
    kind: 'inference',
    memory: one.MemoryInfo?.SizeInMiB,
  }));
  return [...gpus, ...fpgas, ...others];
}

function hasAccelerators(type: TypeInfo, asked: InstanceRequirementsRequest): boolean {
  const found = acceleratorsOf(type);
  const count = found.reduce((sum, { Count = 0 }) => sum + Count, 0);
  if (asked.AcceleratorCount === undefined && asked.AcceleratorTypes === undefined) {
    if (asked.AcceleratorManufacturers === undefined && asked.AcceleratorNames === undefined) return true;
  }
  if (!within(count, asked.AcceleratorCount)) return false;
  const memory = found.reduce((sum, one) => sum + (one.Count ?? 0) * (one.memory ?? 0), 0);
  if (!within(memory, asked.AcceleratorTotalMemoryMiB)) return false;
  const name = (text: string | undefined): string => (text ?? '').toLowerCase().replaceAll(/[ _]/g, '-');
  const some = (list: readonly string[] | undefined, of: (one: (typeof found)[number]) => string): boolean =>
    list === undefined || list.length === 0 || found.some((one) => list.some((each) => name(each) === of(one)));
  return (
    some(asked.AcceleratorTypes, ({ kind }) => kind) &&
    some(asked.AcceleratorManufacturers, ({ Manufacturer }) =>
      Manufacturer === 'AWS' ? 'amazon-web-services' : name(Manufacturer),
    ) &&
    some(asked.AcceleratorNames, ({ Name }) => name(Name))
  );
}

function isOfMaker(type: TypeInfo, makers: readonly string[] | undefined): boolean {
  if (makers === undefined || makers.length === 0) return true;
  const own = type.ProcessorInfo?.Manufacturer ?? '';
  const word = own === 'AWS' ? 'amazon-web-services' : own.toLowerCase();
  return makers.includes(word);
}

/** Whether a type has what is asked for. Default: no bare metal, no burstable types. */
export function fits(type: TypeInfo, asked: InstanceRequirementsRequest): boolean {
  const name = type.InstanceType;
  const memoryMib = type.MemoryInfo?.SizeInMiB ?? 0;
  const vcpus = vcpusOf(type);
  const allowed = asked.AllowedInstanceTypes ?? [];
  const disk = type.InstanceStorageInfo;
  const peak = Math.max(0, ...(type.NetworkInfo?.NetworkCards ?? []).map((card) => card.PeakBandwidthInGbps ?? 0));
  const generation = type.CurrentGeneration === true ? 'current' : 'previous';
  const diskTypes: readonly string[] = disk?.Disks?.flatMap(({ Type }) => Type ?? []) ?? [];
  return (
    within(vcpus, asked.VCpuCount) &&
    within(memoryMib, asked.MemoryMiB) &&
    within(memoryMib / 1024 / vcpus, asked.MemoryGiBPerVCpu) &&
    isOfMaker(type, asked.CpuManufacturers) &&
    (allowed.length === 0 || allowed.some((pattern) => matches(pattern, name))) &&
    !(asked.ExcludedInstanceTypes ?? []).some((pattern) => matches(pattern, name)) &&
    (asked.InstanceGenerations === undefined ||
      asked.InstanceGenerations.length === 0 ||
      asked.InstanceGenerations.includes(generation)) &&
    wanted(asked.BareMetal, type.BareMetal === true, 'excluded') &&
    wanted(asked.BurstablePerformance, type.BurstablePerformanceSupported === true, 'excluded') &&
    wanted(asked.LocalStorage, type.InstanceStorageSupported === true, 'included') &&
    (asked.LocalStorageTypes === undefined ||
      diskTypes.length === 0 ||
      asked.LocalStorageTypes.some((one) => diskTypes.includes(one))) &&
    within(disk?.TotalSizeInGB ?? 0, asked.TotalLocalStorageGB) &&
    (asked.RequireHibernateSupport !== true || type.HibernationSupported === true) &&
    (asked.RequireEncryptionInTransit !== true || type.NetworkInfo?.EncryptionInTransitSupported === true) &&
    within(type.NetworkInfo?.MaximumNetworkInterfaces ?? 0, asked.NetworkInterfaceCount) &&
    within(type.EbsInfo?.EbsOptimizedInfo?.BaselineBandwidthInMbps ?? 0, asked.BaselineEbsBandwidthMbps) &&
    within(peak, asked.NetworkBandwidthGbps) &&
    hasAccelerators(type, asked)
  );
}

/** The types of a Region that have what is asked for, and do not cost too much beside the cheapest. */
export function typesFor(
  region: string,
  asked: InstanceRequirementsRequest,
  architectures?: readonly string[],
  virtualizations?: readonly string[],
): TypeInfo[] {
  const found = allTypes().filter(
    (type) =>
      fits(type, asked) &&
      (architectures === undefined || architecturesOf(type).some((one) => architectures.includes(one))) &&
      (virtualizations === undefined ||
        (type.SupportedVirtualizationTypes ?? []).some((one) => virtualizations.includes(one))) &&
      isOfferedInRegion(region, type.InstanceType),
  );
  const percent = asked.OnDemandMaxPricePercentageOverLowestPrice;
  if (percent === undefined || percent >= 999_999) return found;
  const prices = found.filter((type) => type.CurrentGeneration).map((type) => onDemandPrice(region, type));
  const most = Math.min(...prices) * (1 + percent / 100);
  return found.filter((type) => onDemandPrice(region, type) <= most);
}

export function checkRequirements(asked: InstanceRequirementsRequest): void {
  if (asked.AllowedInstanceTypes !== undefined && asked.ExcludedInstanceTypes !== undefined) {
    throw errors.combination('AllowedInstanceTypes and ExcludedInstanceTypes cannot be specified together.');
  }
  if (asked.VCpuCount?.Min === undefined) throw errors.missingParameter('InstanceRequirements.VCpuCount.Min');
  if (asked.MemoryMiB?.Min === undefined) throw errors.missingParameter('InstanceRequirements.MemoryMiB.Min');
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetInstanceTypesFromInstanceRequirements.html */
export const GetInstanceTypesFromInstanceRequirements: Operation<'GetInstanceTypesFromInstanceRequirements'> = (
  input,
  context,
) => {
  checkRequirements(input.InstanceRequirements);
  const { rows, NextToken } = list({ MaxResults: input.MaxResults, NextToken: input.NextToken }, context, {
    rows: () =>
      typesFor(context.region, input.InstanceRequirements, input.ArchitectureTypes, input.VirtualizationTypes),
    id: (type) => type.InstanceType,
    filters: {},
    least: 1,
  });
  return { InstanceTypes: rows.map(({ InstanceType }) => ({ InstanceType })), NextToken };
};

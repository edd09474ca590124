// What a launch asks for, after its launch template was laid under the request: one value, the same for `RunInstances`, fleets and Spot.
import type { RequestLaunchTemplateData, TagSpecification } from '@aws-sdk/client-ec2';
import { errors } from './errors.ts';
import { templateData } from './launch-template-find.ts';
import type { Ec2Context, Input } from './operation.ts';

export type LaunchRequest = Input<'RunInstances'> & {
  /** The template and version that it was made of. */
  readonly Template?: { readonly id: string; readonly version: number } | undefined;
};

type Mapping = NonNullable<LaunchRequest['BlockDeviceMappings']>[number];

/** Devices of the request change those of the template, member by member, and add to them. */
function mergeDevices(below: readonly Mapping[] = [], above: readonly Mapping[] = []): Mapping[] | undefined {
  if (below.length + above.length === 0) return undefined;
  const merged = new Map(below.map((one) => [one.DeviceName, one]));
  for (const one of above) {
    const known = merged.get(one.DeviceName);
    merged.set(
      one.DeviceName,
      known?.Ebs !== undefined && one.Ebs !== undefined ? { ...known, ...one, Ebs: { ...known.Ebs, ...one.Ebs } } : one,
    );
  }
  return [...merged.values()];
}

function mergeTags(
  below: readonly TagSpecification[] = [],
  above: readonly TagSpecification[] = [],
): TagSpecification[] {
  const merged = new Map<string, Map<string, string>>();
  for (const { ResourceType = 'instance', Tags = [] } of [...below, ...above]) {
    const tags = merged.get(ResourceType) ?? new Map<string, string>();
    for (const { Key = '', Value = '' } of Tags) tags.set(Key, Value);
    merged.set(ResourceType, tags);
  }
  return [...merged].map(([type, tags]) => ({
    ResourceType: type as 'instance',
    Tags: [...tags].map(([Key, Value]) => ({ Key, Value })),
  }));
}

const given = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Value;

/** A template's data as a request. A template may name what a request spells otherwise. */
export function requestOf({
  RamDiskId,
  ElasticGpuSpecifications,
  ...data
}: RequestLaunchTemplateData): Partial<LaunchRequest> {
  return given({
    ...data,
    RamdiskId: RamDiskId,
    ElasticGpuSpecification: ElasticGpuSpecifications,
  }) as Partial<LaunchRequest>;
}

/** Lays one request over another: what the upper one says is so. */
export function overlay(below: Partial<LaunchRequest>, above: LaunchRequest): LaunchRequest {
  const merged: LaunchRequest = { ...below, ...given(above) };
  // Where the request says how the network is, the template's word on it is not asked.
  const networkless =
    above.NetworkInterfaces === undefined
      ? {}
      : { SubnetId: above.SubnetId, SecurityGroupIds: above.SecurityGroupIds, SecurityGroups: above.SecurityGroups };
  return {
    ...merged,
    ...networkless,
    NetworkInterfaces: placeInterfaces(merged, above),
    Placement:
      below.Placement === undefined ? above.Placement : { ...below.Placement, ...given(above.Placement ?? {}) },
    BlockDeviceMappings: mergeDevices(below.BlockDeviceMappings, above.BlockDeviceMappings),
    TagSpecifications: mergeTags(below.TagSpecifications, above.TagSpecifications),
  };
}

/** A subnet of the request goes to the template's primary interface: so a fleet spreads over zones. */
function placeInterfaces(merged: LaunchRequest, above: LaunchRequest): LaunchRequest['NetworkInterfaces'] {
  if (above.NetworkInterfaces !== undefined || above.SubnetId === undefined) return merged.NetworkInterfaces;
  return merged.NetworkInterfaces?.map((one) =>
    one.NetworkInterfaceId === undefined && (one.DeviceIndex ?? 0) === 0 ? { ...one, SubnetId: above.SubnetId } : one,
  );
}

/** The whole request: with the launch template that it names laid under it. */
export function resolveRequest(context: Ec2Context, input: LaunchRequest): LaunchRequest {
  if (input.LaunchTemplate === undefined) return input;
  const {
    TemplateId,
    TemplateVersion,
    InstanceRequirements: _attributes,
    ...data
  } = templateData(context, input.LaunchTemplate);
  const merged = overlay(requestOf(data), input);
  // The subnet stands in the interface now.
  const inInterface =
    merged.NetworkInterfaces !== undefined && input.NetworkInterfaces === undefined && input.SubnetId !== undefined;
  return {
    ...merged,
    SubnetId: inInterface ? undefined : merged.SubnetId,
    Template: { id: TemplateId, version: TemplateVersion },
  };
}

export function checkCounts({ MinCount, MaxCount }: LaunchRequest): void {
  if (MinCount < 1) throw errors.valueOf(MinCount, 'minCount', 'Expected a value greater than zero.');
  if (MaxCount < 1) throw errors.valueOf(MaxCount, 'maxCount', 'Expected a value greater than zero.');
  if (MinCount > MaxCount) {
    throw errors.invalidValue(
      `The minimum count (${MinCount}) must not be greater than the maximum count (${MaxCount}).`,
    );
  }
}

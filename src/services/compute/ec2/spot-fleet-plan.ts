// A Spot fleet's request as a plan of pools.
import type { FleetPlan } from './fleet-fill.ts';
import type { PoolSource } from './fleet-pool.ts';
import type { Input } from './operation.ts';
import type { LaunchRequest } from './launch-request.ts';

type Config = Input<'RequestSpotFleet'>['SpotFleetRequestConfig'];
type Specification = NonNullable<Config['LaunchSpecifications']>[number];

function sourceOf(one: Specification): PoolSource {
  const zones = one.Placement?.AvailabilityZone?.split(',').map((zone) => zone.trim());
  const subnets = one.SubnetId?.split(',').map((subnet) => subnet.trim());
  const request: LaunchRequest = {
    MinCount: 1,
    MaxCount: 1,
    ImageId: one.ImageId,
    KeyName: one.KeyName,
    UserData: one.UserData,
    EbsOptimized: one.EbsOptimized,
    BlockDeviceMappings: one.BlockDeviceMappings,
    NetworkInterfaces: one.NetworkInterfaces,
    IamInstanceProfile: one.IamInstanceProfile,
    Monitoring: { Enabled: one.Monitoring?.Enabled ?? false },
    SecurityGroupIds: one.SecurityGroups?.flatMap(({ GroupId }) => GroupId ?? []),
    Placement: one.Placement?.GroupName === undefined ? undefined : { GroupName: one.Placement.GroupName },
    TagSpecifications: one.TagSpecifications,
  };
  const shared = {
    InstanceType: one.InstanceType,
    MaxPrice: one.SpotPrice,
    WeightedCapacity: one.WeightedCapacity,
    InstanceRequirements: one.InstanceRequirements as never,
  };
  // Each of several subnets or zones is a pool of its own.
  const overrides =
    subnets !== undefined
      ? subnets.map((SubnetId) => ({ ...shared, SubnetId }))
      : (zones ?? [undefined]).map((AvailabilityZone) => ({ ...shared, AvailabilityZone }));
  return {
    request: {
      ...request,
      SecurityGroupIds: request.SecurityGroupIds?.length === 0 ? undefined : request.SecurityGroupIds,
    },
    overrides,
  };
}

export const spotFleetSources = (config: Config): PoolSource[] => [
  ...(config.LaunchSpecifications ?? []).map(sourceOf),
  ...(config.LaunchTemplateConfigs ?? []).map(({ LaunchTemplateSpecification, Overrides = [] }) => ({
    template: LaunchTemplateSpecification ?? {},
    overrides: Overrides.map(({ SpotPrice, InstanceRequirements, ...one }) => ({
      ...one,
      MaxPrice: SpotPrice,
      InstanceRequirements: InstanceRequirements as never,
    })),
  })),
];

export const spotFleetPlan = (config: Config): FleetPlan => ({
  sources: spotFleetSources(config),
  spotStrategy: config.AllocationStrategy,
  spotPools: config.InstancePoolsToUseCount ?? 1,
  spotMaxPrice: config.SpotPrice,
  onDemandStrategy: config.OnDemandAllocationStrategy === 'prioritized' ? 'prioritized' : undefined,
  tags: [],
});

// A group as answers show it.
import type { AutoScalingGroup, TagDescription } from '@aws-sdk/client-auto-scaling';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { membersOf } from './find.ts';
import { isWarm, showMember } from './member.ts';
import type { GroupRow, ScalingContext, TagRow, TemplateSpecification, WarmPool } from './state.ts';

export const showTag = (row: TagRow): TagDescription => ({
  ResourceId: row.group,
  ResourceType: 'auto-scaling-group',
  Key: row.key,
  Value: row.value,
  PropagateAtLaunch: row.propagates,
});

export const showTemplate = ({ id, name, version }: TemplateSpecification) => ({
  LaunchTemplateId: id,
  LaunchTemplateName: name,
  Version: version,
});

/** AWS fills in what a policy leaves open. */
const showMixed = (mixed: NonNullable<GroupRow['source']['mixed']>): AutoScalingGroup['MixedInstancesPolicy'] => {
  const given = mixed.InstancesDistribution;
  const spot = given?.SpotAllocationStrategy ?? 'lowest-price';
  return {
    LaunchTemplate: mixed.LaunchTemplate,
    InstancesDistribution: {
      OnDemandAllocationStrategy: given?.OnDemandAllocationStrategy ?? 'prioritized',
      OnDemandBaseCapacity: given?.OnDemandBaseCapacity ?? 0,
      OnDemandPercentageAboveBaseCapacity: given?.OnDemandPercentageAboveBaseCapacity ?? 100,
      SpotAllocationStrategy: spot,
      SpotInstancePools: given?.SpotInstancePools ?? (spot === 'lowest-price' ? 2 : undefined),
      SpotMaxPrice: given?.SpotMaxPrice,
    },
  };
};

export const showPool = (pool: WarmPool): AutoScalingGroup['WarmPoolConfiguration'] => ({
  MaxGroupPreparedCapacity: pool.maxPrepared,
  MinSize: pool.minSize,
  PoolState: pool.poolState,
  Status: pool.status,
  InstanceReusePolicy: pool.reuse ? { ReuseOnScaleIn: true } : undefined,
});

export function showGroup(context: ScalingContext, row: GroupRow, withInstances = true): AutoScalingGroup {
  const members = membersOf(context, row.name);
  const { source } = row;
  return {
    AutoScalingGroupName: row.name,
    AutoScalingGroupARN: row.arn,
    LaunchConfigurationName: source.configuration,
    LaunchTemplate: source.template && showTemplate(source.template),
    MixedInstancesPolicy: source.mixed && showMixed(source.mixed),
    MinSize: row.min,
    MaxSize: row.max,
    DesiredCapacity: row.desired,
    PredictedCapacity: row.forecastMin,
    DefaultCooldown: row.cooldownSeconds,
    AvailabilityZones: row.zones.map(({ zone }) => zone),
    AvailabilityZoneIds: row.zones.map(({ zoneId }) => zoneId),
    LoadBalancerNames: row.traffic.filter(({ type }) => type === 'elb').map(({ identifier }) => identifier),
    TargetGroupARNs: row.traffic.filter(({ type }) => type === 'elbv2').map(({ identifier }) => identifier),
    TrafficSources: row.traffic.map(({ type, identifier }) => ({ Type: type, Identifier: identifier })),
    HealthCheckType: row.healthType,
    HealthCheckGracePeriod: row.graceSeconds,
    Instances: withInstances ? members.filter((member) => !isWarm(member)).map(showMember) : [],
    CreatedTime: toDate(row.createdAt),
    SuspendedProcesses: row.suspended.map(({ name, reason }) => ({ ProcessName: name, SuspensionReason: reason })),
    PlacementGroup: row.placementGroup,
    VPCZoneIdentifier: row.subnetIds.join(','),
    EnabledMetrics: row.metrics.map((Metric) => ({ Metric, Granularity: '1Minute' })),
    Status: row.deleting === true ? 'Delete in progress' : undefined,
    Tags: context.state.tags.list({ prefix: key(row.name) }).map(showTag),
    TerminationPolicies: [...row.terminationPolicies],
    NewInstancesProtectedFromScaleIn: row.newProtected,
    ServiceLinkedRoleARN: row.serviceRoleArn,
    MaxInstanceLifetime: row.maxLifetimeSeconds,
    CapacityRebalance: row.capacityRebalance,
    WarmPoolConfiguration: row.warmPool && showPool(row.warmPool),
    WarmPoolSize: row.warmPool === undefined ? undefined : members.filter(isWarm).length,
    Context: row.context,
    DesiredCapacityType: row.desiredType,
    DefaultInstanceWarmup: row.warmupSeconds,
    InstanceMaintenancePolicy:
      row.maintenance === undefined
        ? undefined
        : { MinHealthyPercentage: row.maintenance.min, MaxHealthyPercentage: row.maintenance.max },
    DeletionProtection: row.deletionProtection as AutoScalingGroup['DeletionProtection'],
    AvailabilityZoneDistribution: { CapacityDistributionStrategy: row.distribution ?? 'balanced-best-effort' },
    AvailabilityZoneImpairmentPolicy: row.impairment ?? {
      ZonalShiftEnabled: false,
      ImpairedZoneHealthCheckBehavior: 'ReplaceUnhealthy',
    },
    CapacityReservationSpecification: row.reservation ?? { CapacityReservationPreference: 'default' },
    InstanceLifecyclePolicy: row.lifecyclePolicy,
  };
}

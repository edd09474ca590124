// What is asked about a group before it is made or changed: EC2 and Elastic Load Balancing are asked whether what it names is there.
import type {
  DescribeAvailabilityZonesCommandOutput,
  DescribeLaunchTemplatesCommandOutput,
  DescribeSubnetsCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../../kernel/errors.ts';
import { errors } from './errors.ts';
import { asScaling } from './find.ts';
import { choicesFor } from './launch-source.ts';
import { cooldownSeconds, lifetimeSeconds, tagsMax } from './limits.ts';
import type {
  GroupRow,
  GroupZone,
  Input,
  LaunchSource,
  ScalingContext,
  TagRow,
  TemplateSpecification,
  TrafficSource,
} from './state.ts';
import { policyTypes } from './termination-policy.ts';

type Settings = Input<'UpdateAutoScalingGroup'>;

const ec2 = <Output>(context: ScalingContext, operation: string, input: object): Promise<Output> =>
  context.aws.call<object, Output>('ec2', operation, input, asScaling);

/** What another service refuses is a validation error here, in the same words. */
async function asValidation<Result>(work: Promise<Result>, words = ''): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof AwsError ? errors.validation(`${words}${error.message}`) : error;
  }
}

/** Where the group may launch; undefined when the request does not say. */
export async function zonesFor(
  context: ScalingContext,
  input: Pick<Settings, 'VPCZoneIdentifier' | 'AvailabilityZones' | 'AvailabilityZoneIds'>,
): Promise<{ zones: GroupZone[]; subnetIds: string[] } | undefined> {
  const subnetIds = (input.VPCZoneIdentifier ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  const names = input.AvailabilityZones ?? [];
  const ids = input.AvailabilityZoneIds ?? [];
  if (subnetIds.length === 0) {
    if (names.length + ids.length === 0) return undefined;
    const { AvailabilityZones = [] } = await asValidation(
      ec2<DescribeAvailabilityZonesCommandOutput>(context, 'DescribeAvailabilityZones', {
        ...(names.length > 0 ? { ZoneNames: [...new Set(names)] } : { ZoneIds: [...new Set(ids)] }),
      }),
    );
    const zones = AvailabilityZones.map(({ ZoneName = '', ZoneId = '' }) => ({
      zone: ZoneName,
      zoneId: ZoneId,
      subnetIds: [],
    }));
    return { zones, subnetIds: [] };
  }
  const { Subnets = [] } = await asValidation(
    ec2<DescribeSubnetsCommandOutput>(context, 'DescribeSubnets', { SubnetIds: [...new Set(subnetIds)] }),
  );
  if (new Set(Subnets.map(({ VpcId }) => VpcId)).size > 1)
    throw errors.validation('The subnets must be in the same VPC.');
  const zones = new Map<string, GroupZone>();
  for (const { AvailabilityZone: zone = '', AvailabilityZoneId: zoneId = '', SubnetId = '' } of Subnets)
    zones.set(zone, { zone, zoneId, subnetIds: [...(zones.get(zone)?.subnetIds ?? []), SubnetId] });
  const wrong = names.filter((name) => !zones.has(name));
  if (wrong.length > 0)
    throw errors.validation('The availability zones of the specified subnets and the AutoScalingGroup do not match');
  const sorted = [...zones.values()].sort((a, b) => (a.zone < b.zone ? -1 : 1));
  return { zones: sorted, subnetIds };
}

interface NamedTemplate {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly Version?: string | undefined;
}

/** A template by ID or name, with both. */
export async function findTemplate(context: ScalingContext, named: NamedTemplate): Promise<TemplateSpecification> {
  const { LaunchTemplateId, LaunchTemplateName, Version } = named;
  if ((LaunchTemplateId === undefined) === (LaunchTemplateName === undefined))
    throw errors.validation('Valid requests must contain either launchTemplateId or LaunchTemplateName');
  const { LaunchTemplates } = await asValidation(
    ec2<DescribeLaunchTemplatesCommandOutput>(
      context,
      'DescribeLaunchTemplates',
      LaunchTemplateId === undefined
        ? { LaunchTemplateNames: [LaunchTemplateName] }
        : { LaunchTemplateIds: [LaunchTemplateId] },
    ),
    'You must use a valid fully-formed launch template. ',
  );
  const found = LaunchTemplates?.[0];
  return { id: found?.LaunchTemplateId ?? '', name: found?.LaunchTemplateName ?? '', version: Version };
}

/** What the request says is launched; undefined when it says nothing. */
export async function sourceFor(
  context: ScalingContext,
  input: Pick<Settings, 'LaunchConfigurationName' | 'LaunchTemplate' | 'MixedInstancesPolicy'>,
): Promise<LaunchSource | undefined> {
  const { LaunchConfigurationName: configuration, LaunchTemplate, MixedInstancesPolicy: mixed } = input;
  const named = [configuration, LaunchTemplate, mixed].filter((one) => one !== undefined).length;
  if (named === 0) return undefined;
  if (named > 1)
    throw errors.validation(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  if (configuration !== undefined) {
    if (!context.state.configurations.has(configuration)) throw errors.configurationNotFound(configuration);
    return { configuration };
  }
  if (LaunchTemplate !== undefined) return { template: await findTemplate(context, LaunchTemplate) };
  const specification = mixed?.LaunchTemplate?.LaunchTemplateSpecification;
  if (mixed === undefined || specification === undefined)
    throw errors.validation('The mixed instances policy must contain a launch template specification.');
  const { id, name, version } = await findTemplate(context, specification);
  checkDistribution(mixed);
  return {
    mixed: {
      ...mixed,
      LaunchTemplate: {
        ...mixed.LaunchTemplate,
        LaunchTemplateSpecification: { LaunchTemplateId: id, LaunchTemplateName: name, Version: version },
      },
    },
  };
}

const strategies = {
  OnDemandAllocationStrategy: ['prioritized', 'lowest-price'],
  SpotAllocationStrategy: [
    'lowest-price',
    'capacity-optimized',
    'capacity-optimized-prioritized',
    'price-capacity-optimized',
  ],
} as const;

function checkDistribution({
  InstancesDistribution: distribution,
  LaunchTemplate,
}: NonNullable<LaunchSource['mixed']>) {
  for (const name of ['OnDemandAllocationStrategy', 'SpotAllocationStrategy'] as const) {
    const value = distribution?.[name];
    const known: readonly string[] = strategies[name];
    if (value !== undefined && !known.includes(value))
      throw errors.validation(`The ${name} '${value}' is not valid. Valid values are: [${known.join(', ')}].`);
  }
  const share = distribution?.OnDemandPercentageAboveBaseCapacity;
  if (share !== undefined && (share < 0 || share > 100))
    throw errors.validation('OnDemandPercentageAboveBaseCapacity must be between 0 and 100.');
  const overrides = LaunchTemplate?.Overrides ?? [];
  const weighted = overrides.filter((one) => one.WeightedCapacity !== undefined);
  if (weighted.length > 0 && weighted.length < overrides.length)
    throw errors.validation('All overrides must have a weighted capacity, or none.');
  for (const { WeightedCapacity } of weighted)
    if (!/^[1-9]\d{0,2}$/.test(WeightedCapacity ?? ''))
      throw errors.validation(`WeightedCapacity must be an integer between 1 and 999: ${WeightedCapacity}`);
}

/** Codes of a trial that say nothing against what is launched. */
const passing = new Set([
  'DryRunOperation',
  'InsufficientInstanceCapacity',
  'InsufficientFreeAddressesInSubnet',
  'VcpuLimitExceeded',
  'MaxSpotInstanceCountExceeded',
  'SpotMaxPriceTooLow',
]);

/** Tries a launch without making it. @throws ValidationError in EC2's words */
export async function tryLaunch(context: ScalingContext, group: GroupRow): Promise<void> {
  const [place] = group.zones;
  if (place === undefined) return;
  const words = group.source.configuration === undefined ? 'You must use a valid fully-formed launch template. ' : '';
  const choices = await asValidation(
    choicesFor(context, group, { zone: place.zone, subnetId: place.subnetIds[0], market: 'on-demand' }),
    words,
  );
  const overrides = group.source.mixed?.LaunchTemplate?.Overrides ?? [];
  // Of types that were found by their attributes, one that can be launched is enough.
  const byAttributes = overrides.some(({ InstanceRequirements }) => InstanceRequirements !== undefined);
  let refused: AwsError | undefined;
  for (const { request } of byAttributes ? choices : choices.slice(0, 1)) {
    try {
      await ec2(context, 'RunInstances', { ...request, DryRun: true });
      return;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (passing.has(error.code)) return;
      refused ??= error;
    }
  }
  if (refused !== undefined) throw errors.validation(`${words}${refused.message}`);
}

/** Load balancers and target groups, all of which must be there. */
export async function checkTraffic(context: ScalingContext, sources: readonly TrafficSource[]): Promise<void> {
  const of = (type: TrafficSource['type']) =>
    sources.filter((source) => source.type === type).map(({ identifier }) => identifier);
  const check = async (service: string, operation: string, input: object, kind: string) => {
    try {
      await context.aws.call(service, operation, input, asScaling);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.code === 'NotImplemented') throw error;
      throw errors.validation(`Provided ${kind} may not be valid. Please ensure they exist and try again.`);
    }
  };
  const groups = of('elbv2');
  if (groups.length > 0)
    await check('elastic-load-balancing-v2', 'DescribeTargetGroups', { TargetGroupArns: groups }, 'Target Groups');
  const balancers = of('elb');
  if (balancers.length > 0)
    await check('elastic-load-balancing', 'DescribeLoadBalancers', { LoadBalancerNames: balancers }, 'Load Balancers');
}

export function checkSizes(min: number, max: number, desired: number | undefined): void {
  if (min < 0) throw errors.validation(`Min bound, ${min}, must be greater than or equal to 0.`);
  if (max < min) throw errors.validation(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  if (desired !== undefined && (desired < min || desired > max))
    throw errors.validation(
      `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
    );
}

const healthTypes = ['EC2', 'ELB', 'EBS', 'VPC_LATTICE'];

/** `EC2,ELB` without what is implied or doubled. */
export function healthTypeFor(text: string): string {
  const types = text.split(',').map((one) => one.trim());
  const wrong = types.find((one) => !healthTypes.includes(one));
  if (wrong !== undefined || types.length === 0)
    throw errors.validation(`Invalid HealthCheckType: ${text}. Valid values are: [${healthTypes.join(', ')}].`);
  return types.join(',');
}

/** Settings that need nobody else: those of the request over those that were. */
export function plainSettings(input: Settings, before: Partial<GroupRow>) {
  const policies = input.TerminationPolicies ?? before.terminationPolicies ?? [];
  for (const policy of policies)
    if (!policyTypes.includes(policy))
      throw errors.validation(
        policy.startsWith('arn:')
          ? `Termination policies that are Lambda functions are not available here: ${policy}.`
          : `Termination policy ${policy} is not valid.`,
      );
  const lifetime = input.MaxInstanceLifetime;
  if (lifetime !== undefined && lifetime !== 0 && (lifetime < lifetimeSeconds.min || lifetime > lifetimeSeconds.max))
    throw errors.validation(
      `Max instance lifetime must be 0 or between ${lifetimeSeconds.min} and ${lifetimeSeconds.max} seconds.`,
    );
  const policy = input.InstanceMaintenancePolicy;
  const warmup = input.DefaultInstanceWarmup;
  return {
    cooldownSeconds: input.DefaultCooldown ?? before.cooldownSeconds ?? cooldownSeconds,
    healthType:
      input.HealthCheckType === undefined ? (before.healthType ?? 'EC2') : healthTypeFor(input.HealthCheckType),
    graceSeconds: input.HealthCheckGracePeriod ?? before.graceSeconds ?? 0,
    placementGroup: input.PlacementGroup === '' ? undefined : (input.PlacementGroup ?? before.placementGroup),
    terminationPolicies: policies.length === 0 ? ['Default'] : policies,
    newProtected: input.NewInstancesProtectedFromScaleIn ?? before.newProtected ?? false,
    capacityRebalance: input.CapacityRebalance ?? before.capacityRebalance,
    maxLifetimeSeconds: lifetime === undefined ? before.maxLifetimeSeconds : lifetime === 0 ? undefined : lifetime,
    warmupSeconds: warmup === undefined ? before.warmupSeconds : warmup === -1 ? undefined : warmup,
    desiredType: input.DesiredCapacityType ?? before.desiredType,
    context: input.Context ?? before.context,
    maintenance: policy === undefined ? before.maintenance : maintenanceFor(policy),
    distribution:
      (input.AvailabilityZoneDistribution?.CapacityDistributionStrategy as GroupRow['distribution']) ??
      before.distribution,
    impairment: input.AvailabilityZoneImpairmentPolicy ?? before.impairment,
    reservation: input.CapacityReservationSpecification ?? before.reservation,
    lifecyclePolicy: input.InstanceLifecyclePolicy ?? before.lifecyclePolicy,
    deletionProtection: input.DeletionProtection ?? before.deletionProtection,
  };
}

/** −1 for both takes the policy away. */
function maintenanceFor(policy: NonNullable<Settings['InstanceMaintenancePolicy']>): GroupRow['maintenance'] {
  const { MinHealthyPercentage: min = -1, MaxHealthyPercentage: max = -1 } = policy;
  if (min === -1 && max === -1) return undefined;
  if (min < 0 || min > 100 || max < 100 || max > 200 || max - min > 100)
    throw errors.validation(
      'MinHealthyPercentage must be between 0 and 100, MaxHealthyPercentage between 100 and 200, and their difference not greater than 100.',
    );
  return { min, max };
}

/** Tags of a request as rows. */
export function tagsFor(group: string, tags: Input<'CreateAutoScalingGroup'>['Tags']): TagRow[] {
  const rows = new Map<string, TagRow>();
  for (const { Key = '', Value = '', PropagateAtLaunch = false } of tags ?? []) {
    if (Key.toLowerCase().startsWith('aws:'))
      throw errors.validation("'aws:' prefixed tag key names are not allowed for external use.");
    rows.set(Key, { group, key: Key, value: Value, propagates: PropagateAtLaunch });
  }
  if (rows.size > tagsMax) throw errors.limit('The number of tags for an Auto Scaling group is limited to 50.');
  return [...rows.values()];
}

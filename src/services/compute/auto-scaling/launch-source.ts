// What a group launches, as requests to EC2: from a launch configuration, a launch template, or a mix of types and markets.
import type { LaunchTemplateOverrides, LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling';
import type {
  DescribeImagesCommandOutput,
  DescribeInstanceTypeOfferingsCommandOutput,
  DescribeLaunchTemplateVersionsCommandOutput,
  DescribeSpotPriceHistoryCommandOutput,
  GetInstanceTypesFromInstanceRequirementsCommandOutput,
  RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { asScaling } from './find.ts';
import { isActive } from './member.ts';
import type { GroupRow, LaunchRow, Market, MemberRow, ScalingContext, TemplateSpecification } from './state.ts';

/** One way to make an instance: tried in order until one succeeds. */
export interface LaunchChoice {
  readonly request: RunInstancesCommandInput;
  readonly weight: number;
}

export interface LaunchPlace {
  readonly zone: string;
  readonly subnetId?: string | undefined;
}

/** Which market the next instance is for: the base first, then a share of what is above it. */
export function nextMarket(
  { source, desired }: GroupRow,
  members: readonly Pick<MemberRow, 'market' | 'weight'>[],
): Market {
  const distribution = source.mixed?.InstancesDistribution;
  if (source.mixed === undefined) return 'on-demand';
  const weightOf = (market: Market) =>
    members.filter((one) => one.market === market).reduce((sum, { weight }) => sum + weight, 0);
  const onDemand = weightOf('on-demand');
  const total = Math.max(desired, onDemand + weightOf('spot') + 1);
  return onDemand < onDemandTarget(distribution, total) ? 'on-demand' : 'spot';
}

type Distribution = NonNullable<NonNullable<GroupRow['source']['mixed']>['InstancesDistribution']>;

function onDemandTarget(distribution: Distribution | undefined, total: number): number {
  const base = Math.min(total, distribution?.OnDemandBaseCapacity ?? 0);
  return base + Math.ceil(((total - base) * (distribution?.OnDemandPercentageAboveBaseCapacity ?? 100)) / 100);
}

/** The market of which a group has too much, when there is one. */
export function surplusMarket({ source, desired }: GroupRow, members: readonly MemberRow[]): Market | undefined {
  if (source.mixed === undefined) return undefined;
  const onDemand = members.filter((one) => isActive(one) && one.market === 'on-demand');
  const has = onDemand.reduce((sum, { weight }) => sum + weight, 0);
  return has > onDemandTarget(source.mixed.InstancesDistribution, desired) ? 'on-demand' : 'spot';
}

/** The template that a group launches from, whichever way it is named. */
export function templateOf({ source }: Pick<GroupRow, 'source'>): TemplateSpecification | undefined {
  const mixed = source.mixed?.LaunchTemplate?.LaunchTemplateSpecification;
  return mixed === undefined ? source.template : specificationOf(mixed);
}

const specificationOf = ({
  LaunchTemplateId: id = '',
  LaunchTemplateName: name = '',
  Version: version,
}: LaunchTemplateSpecification): TemplateSpecification => ({ id, name, version });

function tagsFor({ state }: ScalingContext, { name }: GroupRow) {
  const own = state.tags.list({ prefix: key(name) }).filter(({ propagates }) => propagates);
  return [{ Key: 'aws:autoscaling:groupName', Value: name }, ...own.map((tag) => ({ Key: tag.key, Value: tag.value }))];
}

const given = <Value extends object>(value: Value): Value | undefined =>
  Object.values(value).some((one) => one !== undefined) ? value : undefined;

/** A launch configuration as a request. Default: detailed monitoring, unlike a template. */
export function configurationRequest(context: ScalingContext, name: string): RunInstancesCommandInput | undefined {
  const settings = context.state.configurations.find(name)?.settings;
  if (settings === undefined) return undefined;
  const profile = settings.IamInstanceProfile;
  const groups = settings.SecurityGroups ?? [];
  const isPublic = settings.AssociatePublicIpAddress;
  return {
    MinCount: 1,
    MaxCount: 1,
    ImageId: settings.ImageId,
    InstanceType: settings.InstanceType as RunInstancesCommandInput['InstanceType'],
    KeyName: settings.KeyName,
    UserData: settings.UserData,
    KernelId: settings.KernelId === '' ? undefined : settings.KernelId,
    RamdiskId: settings.RamdiskId === '' ? undefined : settings.RamdiskId,
    BlockDeviceMappings: settings.BlockDeviceMappings?.map(({ NoDevice, ...one }) => ({
      ...one,
      NoDevice: NoDevice === true ? '' : undefined,
    })) as RunInstancesCommandInput['BlockDeviceMappings'],
    Monitoring: { Enabled: settings.InstanceMonitoring?.Enabled ?? true },
    EbsOptimized: settings.EbsOptimized,
    IamInstanceProfile:
      profile === undefined ? undefined : profile.startsWith('arn:') ? { Arn: profile } : { Name: profile },
    MetadataOptions: settings.MetadataOptions,
    Placement: given({ Tenancy: settings.PlacementTenancy as 'default' | undefined }),
    ...(isPublic === undefined
      ? {
          SecurityGroupIds: groups.filter((id) => id.startsWith('sg-')),
          SecurityGroups: groups.filter((id) => !id.startsWith('sg-')),
        }
      : {
          NetworkInterfaces: [
            {
              DeviceIndex: 0,
              AssociatePublicIpAddress: isPublic,
              DeleteOnTermination: true,
              Groups: groups.length > 0 ? [...groups] : undefined,
            },
          ],
        }),
    ...(settings.SpotPrice === undefined || settings.SpotPrice === ''
      ? {}
      : { InstanceMarketOptions: spotMarket(settings.SpotPrice) }),
  };
}

const spotMarket = (MaxPrice: string | undefined): RunInstancesCommandInput['InstanceMarketOptions'] => ({
  MarketType: 'spot',
  SpotOptions: { SpotInstanceType: 'one-time', MaxPrice: MaxPrice === '' ? undefined : MaxPrice },
});

/**
 * How a launch uses reserved capacity; undefined leaves it to the template.
 *
 * Differs: reservations that the group names are kept and shown; those that are open are used.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/use-ec2-capacity-reservations.html
 */
function reservationOf({ reservation }: GroupRow): RunInstancesCommandInput['CapacityReservationSpecification'] {
  switch (reservation?.CapacityReservationPreference) {
    case 'none':
    case 'capacity-reservations-only':
      return { CapacityReservationPreference: reservation.CapacityReservationPreference };
    case 'capacity-reservations-first':
      return { CapacityReservationPreference: 'open' };
    default:
      return undefined;
  }
}

/** Puts a request into a place. */
function placed(request: RunInstancesCommandInput, group: GroupRow, place: LaunchPlace): RunInstancesCommandInput {
  const { subnetId: SubnetId, zone } = place;
  const [first, ...more] = request.NetworkInterfaces ?? [];
  const isInterface = first !== undefined && SubnetId !== undefined;
  return {
    ...request,
    CapacityReservationSpecification: reservationOf(group) ?? request.CapacityReservationSpecification,
    SubnetId: isInterface ? undefined : SubnetId,
    NetworkInterfaces: isInterface ? [{ ...first, SubnetId }, ...more] : request.NetworkInterfaces,
    Placement: given({
      ...request.Placement,
      AvailabilityZone: SubnetId === undefined ? zone : undefined,
      GroupName: group.placementGroup,
    }),
  };
}

const templateInput = ({ id, version }: TemplateSpecification) => ({
  LaunchTemplateId: id,
  Version: version ?? '$Default',
});

/** All ways to make one instance of a launch, in the order in which the group wants them tried. */
export async function choicesFor(
  context: ScalingContext,
  group: GroupRow,
  { market, ...place }: Pick<LaunchRow, 'market' | 'zone' | 'subnetId'>,
): Promise<LaunchChoice[]> {
  const { source } = group;
  const TagSpecifications: RunInstancesCommandInput['TagSpecifications'] = [
    { ResourceType: 'instance', Tags: tagsFor(context, group) },
  ];
  const one = (request: RunInstancesCommandInput, weight = 1): LaunchChoice => ({
    request: { ...placed(request, group, place), TagSpecifications },
    weight,
  });
  if (source.configuration !== undefined) {
    const request = configurationRequest(context, source.configuration);
    return request === undefined ? [] : [one(request)];
  }
  const template = templateOf(group);
  if (template === undefined) return [];
  const base: RunInstancesCommandInput = { MinCount: 1, MaxCount: 1, LaunchTemplate: templateInput(template) };
  if (source.mixed === undefined) return [one(base)];
  const InstanceMarketOptions =
    market === 'spot' ? spotMarket(source.mixed.InstancesDistribution?.SpotMaxPrice) : undefined;
  const types = await typesFor(context, group, market, place.zone);
  const choices = types.map(({ type, override }) => {
    const own = override?.LaunchTemplateSpecification;
    const LaunchTemplate =
      own === undefined
        ? base.LaunchTemplate
        : {
            LaunchTemplateId: own.LaunchTemplateId,
            LaunchTemplateName: own.LaunchTemplateId === undefined ? own.LaunchTemplateName : undefined,
            Version: own.Version ?? '$Default',
          };
    return one(
      {
        ...base,
        LaunchTemplate,
        InstanceType: type as RunInstancesCommandInput['InstanceType'],
        ImageId: override?.ImageId,
        InstanceMarketOptions,
      },
      Number(override?.WeightedCapacity ?? 1),
    );
  });
  return choices.length > 0 ? choices : [one({ ...base, InstanceMarketOptions })];
}

interface TypeChoice {
  readonly type: string;
  readonly override: LaunchTemplateOverrides | undefined;
}

/** Types of a mixed group in the order of its allocation strategy. */
async function typesFor(
  context: ScalingContext,
  { source }: GroupRow,
  market: Market,
  zone: string,
): Promise<TypeChoice[]> {
  const found: TypeChoice[] = [];
  for (const override of source.mixed?.LaunchTemplate?.Overrides ?? []) {
    if (override.InstanceType !== undefined) found.push({ type: override.InstanceType, override });
    else if (override.InstanceRequirements !== undefined)
      for (const type of await typesWith(context, source, override, zone)) found.push({ type, override });
  }
  if (found.length < 2) return found;
  const distribution = source.mixed?.InstancesDistribution;
  const strategy =
    market === 'spot'
      ? (distribution?.SpotAllocationStrategy ?? 'lowest-price')
      : (distribution?.OnDemandAllocationStrategy ?? 'prioritized');
  if (!strategy.includes('price')) return found;
  const prices = await pricesOf(context, [...new Set(found.map(({ type }) => type))], zone);
  const priceOf = ({ type, override }: TypeChoice): number =>
    (prices.get(type) ?? Number.MAX_VALUE) / Number(override?.WeightedCapacity ?? 1);
  return found.sort((a, b) => priceOf(a) - priceOf(b));
}

/** The types of a zone that have the wanted attributes, and whose architecture is that of the image. */
async function typesWith(
  context: ScalingContext,
  source: GroupRow['source'],
  override: LaunchTemplateOverrides,
  zone: string,
): Promise<string[]> {
  const architecture = await architectureOf(context, source, override);
  const answer = await context.aws.call<object, GetInstanceTypesFromInstanceRequirementsCommandOutput>(
    'ec2',
    'GetInstanceTypesFromInstanceRequirements',
    {
      ArchitectureTypes: architecture === undefined ? ['x86_64', 'arm64'] : [architecture],
      VirtualizationTypes: ['hvm'],
      InstanceRequirements: override.InstanceRequirements,
    },
    asScaling,
  );
  const offered = await context.aws.call<object, DescribeInstanceTypeOfferingsCommandOutput>(
    'ec2',
    'DescribeInstanceTypeOfferings',
    { LocationType: 'availability-zone', Filters: [{ Name: 'location', Values: [zone] }] },
    asScaling,
  );
  const inZone = new Set<string | undefined>(offered.InstanceTypeOfferings?.map(({ InstanceType }) => InstanceType));
  return (answer.InstanceTypes ?? [])
    .flatMap(({ InstanceType = '' }) => (inZone.has(InstanceType) ? [InstanceType] : []))
    .slice(0, typesTriedMax);
}

/** The architecture of the image that an override launches; undefined when there is none, which the launch itself then says. */
async function architectureOf(
  context: ScalingContext,
  source: GroupRow['source'],
  { ImageId, LaunchTemplateSpecification: own }: LaunchTemplateOverrides,
): Promise<string | undefined> {
  const template = own === undefined ? templateOf({ source }) : specificationOf(own);
  try {
    const image = ImageId ?? (template === undefined ? undefined : await imageOf(context, template));
    if (image === undefined) return undefined;
    const answer = await context.aws.call<object, DescribeImagesCommandOutput>(
      'ec2',
      'DescribeImages',
      { ImageIds: [image] },
      asScaling,
    );
    return answer.Images?.[0]?.Architecture;
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

async function imageOf(context: ScalingContext, { id, name, version }: TemplateSpecification) {
  const answer = await context.aws.call<object, DescribeLaunchTemplateVersionsCommandOutput>(
    'ec2',
    'DescribeLaunchTemplateVersions',
    {
      ...(id === '' ? { LaunchTemplateName: name } : { LaunchTemplateId: id }),
      Versions: [version ?? '$Default'],
      ResolveAlias: true,
    },
    asScaling,
  );
  return answer.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId;
}

/** How many types that have the wanted attributes are tried. */
const typesTriedMax = 40;

/** Spot prices of a zone; they rank types for On-Demand, too, of which they are a share. */
async function pricesOf(
  context: ScalingContext,
  InstanceTypes: readonly string[],
  AvailabilityZone: string,
): Promise<Map<string, number>> {
  const now = new Date(context.clock.now());
  const answer = await context.aws.call<object, DescribeSpotPriceHistoryCommandOutput>(
    'ec2',
    'DescribeSpotPriceHistory',
    { InstanceTypes, AvailabilityZone, ProductDescriptions: ['Linux/UNIX'], StartTime: now, EndTime: now },
    asScaling,
  );
  return new Map(
    (answer.SpotPriceHistory ?? []).map(({ InstanceType = '', SpotPrice }) => [InstanceType, Number(SpotPrice)]),
  );
}

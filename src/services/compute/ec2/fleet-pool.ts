// The pools of a fleet: a launch template with overrides, resolved to types and subnets; and in which order they are tried.
import type { FleetLaunchTemplateOverridesRequest, RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { errors } from './errors.ts';
import { findImage } from './image-find.ts';
import { findType, type TypeInfo, zoneNamesOffering } from './instance-type.ts';
import { typesFor } from './instance-requirement.ts';
import { type LaunchRequest, overlay, requestOf } from './launch-request.ts';
import { templateData, type TemplateName } from './launch-template-find.ts';
import type { Ec2Context } from './operation.ts';
import { onDemandPrice, spotPrice } from './price-model.ts';

export type Overrides = FleetLaunchTemplateOverridesRequest;

export interface PoolSource {
  readonly template?: (TemplateName & { readonly Version?: string | undefined }) | undefined;
  /** Without a template: the whole request (`LaunchSpecifications` of Spot fleets). */
  readonly request?: LaunchRequest | undefined;
  readonly overrides: readonly Overrides[];
}

export interface Pool {
  readonly type: TypeInfo;
  readonly request: LaunchRequest;
  readonly zone: string | undefined;
  readonly weight: number;
  readonly priority: number;
  readonly maxPrice: string | undefined;
  /** As answers show it. */
  readonly shown: {
    readonly template: TemplateName & { readonly Version?: string | undefined };
    readonly overrides: Overrides;
  };
}

type Data = RequestLaunchTemplateData & { readonly TemplateId: string; readonly TemplateVersion: number };

/** The types that an override means: the one that it names, or those that have its attributes. */
function typesOf(
  context: Ec2Context,
  over: Overrides,
  below: Partial<LaunchRequest>,
  data: Data | undefined,
): TypeInfo[] {
  const asked = over.InstanceRequirements ?? (over.InstanceType === undefined ? data?.InstanceRequirements : undefined);
  if (asked !== undefined) {
    const image = findImage(context, over.ImageId ?? below.ImageId ?? '');
    return typesFor(context.region, asked, image === undefined ? undefined : [image.architecture]);
  }
  const name = over.InstanceType ?? below.InstanceType;
  const type = name === undefined ? undefined : findType(name);
  if (type === undefined) throw errors.invalidValue(`Invalid value '${name ?? ''}' for InstanceType.`);
  return [type];
}

function requestFor(
  below: Partial<LaunchRequest>,
  over: Overrides,
  type: TypeInfo,
  source: PoolSource,
  data: Data | undefined,
): LaunchRequest {
  const above: LaunchRequest = {
    MinCount: 1,
    MaxCount: 1,
    InstanceType: type.InstanceType,
    SubnetId: over.SubnetId,
    ImageId: over.ImageId,
    KeyName: over.KeyName,
    BlockDeviceMappings: over.BlockDeviceMappings as LaunchRequest['BlockDeviceMappings'],
    IamInstanceProfile: over.IamInstanceProfile,
    MetadataOptions: over.MetadataOptions,
    Placement:
      over.AvailabilityZone === undefined && over.AvailabilityZoneId === undefined && over.Placement === undefined
        ? undefined
        : { ...over.Placement, AvailabilityZone: over.AvailabilityZone, AvailabilityZoneId: over.AvailabilityZoneId },
  };
  const { InstanceMarketOptions: _market, ...request } = overlay(below, above);
  const inInterface = request.NetworkInterfaces !== undefined && over.SubnetId !== undefined;
  const template = data === undefined ? {} : { Template: { id: data.TemplateId, version: data.TemplateVersion } };
  return {
    ...request,
    SubnetId: inInterface
      ? undefined
      : (over.SubnetId ??
        source.request?.SubnetId ??
        (request.NetworkInterfaces === undefined ? request.SubnetId : undefined)),
    ...template,
  };
}

/** All pools of a fleet. @throws when a template, a version or a type does not exist */
export function poolsOf(context: Ec2Context, sources: readonly PoolSource[]): Pool[] {
  return sources.flatMap((source) => {
    const data = source.template === undefined ? undefined : templateData(context, source.template);
    const below = data === undefined ? (source.request ?? {}) : requestOf(data);
    const overrides = source.overrides.length > 0 ? source.overrides : [{}];
    return overrides.flatMap((over): Pool[] =>
      typesOf(context, over, below, data).flatMap((type) => {
        const request = requestFor(below, over, type, source, data);
        const subnet = request.SubnetId ?? request.NetworkInterfaces?.[0]?.SubnetId;
        const zone =
          over.AvailabilityZone ?? (subnet === undefined ? undefined : context.state.subnets.find(subnet)?.zone);
        return [
          {
            type,
            request,
            zone,
            weight: over.WeightedCapacity ?? 1,
            priority: over.Priority ?? Number.MAX_SAFE_INTEGER,
            maxPrice: over.MaxPrice,
            shown: {
              template: {
                LaunchTemplateId: data?.TemplateId,
                Version: data === undefined ? undefined : String(data.TemplateVersion),
              },
              overrides: { ...over, InstanceType: type.InstanceType },
            },
          },
        ];
      }),
    );
  });
}

const priceOf = (context: Ec2Context, pool: Pool, market: 'spot' | 'on-demand'): number => {
  const { region, account, state, clock } = context;
  if (market === 'on-demand') return onDemandPrice(region, pool.type) / pool.weight;
  const zone = pool.zone ?? zoneNamesOffering(region, account, pool.type.InstanceType)[0];
  const zoneId = state.subnets.list().find((row) => row.zone === zone)?.zoneId ?? zone ?? '';
  return spotPrice(region, zoneId, pool.type, clock.now()) / pool.weight;
};

/** The pools in the order in which a strategy tries them; and whether it spreads over all instead of filling the first. */
export function orderPools(
  context: Ec2Context,
  pools: readonly Pool[],
  market: 'spot' | 'on-demand',
  strategy: string | undefined,
  poolsToUse: number,
): { readonly pools: Pool[]; readonly spread: number } {
  const byPrice = (a: Pool, b: Pool) => priceOf(context, a, market) - priceOf(context, b, market);
  const byPriority = (a: Pool, b: Pool) => a.priority - b.priority;
  switch (strategy) {
    case 'prioritized':
    case 'capacity-optimized-prioritized':
    case 'capacityOptimizedPrioritized':
      return { pools: [...pools].sort(byPriority), spread: 1 };
    case 'diversified':
      return { pools: [...pools], spread: pools.length };
    case 'capacity-optimized':
    case 'capacityOptimized':
      return { pools: [...pools], spread: 1 };
    default:
      return { pools: [...pools].sort(byPrice), spread: Math.max(1, Math.min(poolsToUse, pools.length)) };
  }
}

// Launches in the Spot market: a request for each instance, fulfilled at once.
import type { SpotMarketOptions } from '@aws-sdk/client-ec2';
import { later } from '../../../kernel/units.ts';
import { errors, kinds } from './errors.ts';
import type { InstanceRow } from './instance-state.ts';
import { defaultType, getType } from './launch-check.ts';
import { launch, type LaunchExtras, type Launched } from './launch.ts';
import type { LaunchRequest } from './launch-request.ts';
import type { Ec2Context } from './operation.ts';
import type { FoundProfile } from './profile-lookup.ts';
import { onDemandPrice, spotPrice, writePrice } from './price-model.ts';
import type { SpotRequestRow } from './spot-state.ts';
import { putTags, tagsFor } from './tag.ts';

/** Limit: a maximum price may be anything over nothing. */
export function readPrice(text: string | undefined, onDemand: number): string {
  if (text === undefined || text === '') return writePrice(onDemand);
  const price = Number(text);
  if (!Number.isFinite(price) || price <= 0) throw errors.valueOf(text, 'spotPrice', 'Invalid price.');
  return writePrice(price);
}

export const fulfilled = { code: 'fulfilled', message: 'Your Spot request is fulfilled.' } as const;

function checkOptions(options: SpotMarketOptions, request: LaunchRequest): void {
  const interruption = options.InstanceInterruptionBehavior ?? 'terminate';
  if (options.BlockDurationMinutes !== undefined) throw errors.unsupported('Spot blocks are not available any more.');
  if (interruption !== 'terminate' && options.SpotInstanceType !== 'persistent') {
    throw errors.combination(`Only persistent Spot requests can use the interruption behavior ${interruption}.`);
  }
  if (request.DisableApiTermination === true) {
    throw errors.combination("The parameter 'disableApiTermination' is not supported for Spot Instances.");
  }
}

/** Launches Spot Instances, each with its request. @throws SpotMaxPriceTooLow, InsufficientInstanceCapacity … */
export function runSpot(context: Ec2Context, request: LaunchRequest, profile: FoundProfile | undefined): Launched {
  const { ids, state, clock } = context;
  const options = request.InstanceMarketOptions?.SpotOptions ?? {};
  checkOptions(options, request);
  const type = getType(request.InstanceType ?? defaultType);
  const price = readPrice(options.MaxPrice, onDemandPrice(context.region, type));
  const launched = launchSpot(context, request, price, { profile });
  const now = clock.now();
  const tags = tagsFor(request.TagSpecifications, kinds.spotRequest, Object.values(kinds));
  const rows = launched.rows.map((row): InstanceRow => {
    const id = ids.resource('sir').replace('sir-0', 'sir-').slice(0, 12);
    const spot: SpotRequestRow = {
      id,
      state: 'active',
      status: { ...fulfilled, at: now },
      type: options.SpotInstanceType ?? 'one-time',
      price,
      createdAt: now,
      validUntil:
        options.ValidUntil === undefined ? undefined : later(now, (options.ValidUntil.getTime() - now) / 1000),
      interruption: options.InstanceInterruptionBehavior ?? 'terminate',
      product: row.platform === 'windows' ? 'Windows' : 'Linux/UNIX',
      instanceId: row.id,
      launchedZone: row.zone,
      request: JSON.stringify({ ...request, MinCount: 1, MaxCount: 1, ClientToken: undefined }),
      profile,
    };
    state.spotRequests.put(spot);
    if (tags.length > 0) putTags(context, id, kinds.spotRequest.type, tags);
    const joined = { ...row, spotRequestId: id };
    state.instances.put(joined);
    return joined;
  });
  return { ...launched, rows };
}

/** A launch at the Spot price, when that is not over the most one pays. */
export function launchSpot(context: Ec2Context, request: LaunchRequest, price: string, extras: LaunchExtras): Launched {
  const launched = launch(context, request, { ...extras, lifecycle: 'spot' });
  for (const row of launched.rows) {
    const current = spotPrice(context.region, row.zoneId, getType(row.type), context.clock.now());
    if (Number(price) < current) {
      throw errors.other(
        'SpotMaxPriceTooLow',
        `Your Spot request price of ${Number(price)} is lower than the minimum required Spot request fulfillment price of ${writePrice(current)}.`,
      );
    }
  }
  return launched;
}

// Reserved Instances: a discount for a year or three, bought from offerings; what runs is not touched by it.
//
// Differs: offerings and prices are of the same model as Spot prices, not AWS's list.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-reserved-instances.html
import { createHash } from 'node:crypto';
import type { ReservedInstances, ReservedInstancesConfiguration, ReservedInstancesOffering } from '@aws-sdk/client-ec2';
import { findZone, zonesOf } from '../../../kernel/region.ts';
import { instant, later, secondsPerDay, secondsPerHour, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { allTypes, findType, isOfferedInRegion, type TypeInfo, zoneNamesOffering } from './instance-type.ts';
import { familyOf } from './instance-type.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { onDemandPrice } from './price-model.ts';
import type { ReservedModificationRow, ReservedRow } from './reserved-state.ts';
import { tagsOf } from './tag.ts';

const year = 365 * secondsPerDay;
const classes = ['standard', 'convertible'] as const;
const payments = ['No Upfront', 'Partial Upfront', 'All Upfront'] as const;
const products: Readonly<Record<string, number>> = {
  'Linux/UNIX': 1,
  Windows: 1.6,
  'Red Hat Enterprise Linux': 1.35,
  'SUSE Linux': 1.25,
};

/** What is left of the On-Demand price, by years and class. */
const shares = { standard: { 1: 0.63, 3: 0.43 }, convertible: { 1: 0.72, 3: 0.5 } } as const;

export interface Offering {
  readonly id: string;
  readonly type: TypeInfo;
  readonly product: string;
  readonly years: 1 | 3;
  readonly offeringClass: (typeof classes)[number];
  readonly payment: (typeof payments)[number];
  readonly scope: 'Region' | 'Availability Zone';
  readonly zone?: string | undefined;
}

const idOf = (...parts: readonly string[]): string => {
  const hex = createHash('sha256').update(parts.join('|')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
};

function offeringsOf({ region, account }: Ec2Context, type: TypeInfo): Offering[] {
  const zones = [undefined, ...zoneNamesOffering(region, account, type.InstanceType)];
  return zones.flatMap((zone) =>
    Object.keys(products).flatMap((product) =>
      classes.flatMap((offeringClass) =>
        ([1, 3] as const).flatMap((years) =>
          payments.map(
            (payment): Offering => ({
              id: idOf(region, zone ?? '', type.InstanceType, product, offeringClass, String(years), payment),
              type,
              product,
              years,
              offeringClass,
              payment,
              scope: zone === undefined ? 'Region' : 'Availability Zone',
              zone,
            }),
          ),
        ),
      ),
    ),
  );
}

/** Upfront and hourly parts of an offering's price. */
function pricesOf(region: string, offering: Offering): { readonly fixed: number; readonly hourly: number } {
  const hourly =
    onDemandPrice(region, offering.type) *
    (products[offering.product] ?? 1) *
    shares[offering.offeringClass][offering.years];
  const whole = (hourly * offering.years * year) / secondsPerHour;
  if (offering.payment === 'No Upfront') return { fixed: 0, hourly };
  if (offering.payment === 'All Upfront') return { fixed: Math.round(whole * 0.94), hourly: 0 };
  return { fixed: Math.round(whole * 0.48), hourly: hourly * 0.48 };
}

function show(offering: Offering, region: string): ReservedInstancesOffering {
  const { fixed, hourly } = pricesOf(region, offering);
  return {
    ReservedInstancesOfferingId: offering.id,
    InstanceType: offering.type.InstanceType,
    AvailabilityZone: offering.zone,
    Scope: offering.scope,
    ProductDescription: offering.product as ReservedInstancesOffering['ProductDescription'],
    Duration: offering.years * year,
    OfferingClass: offering.offeringClass,
    OfferingType: offering.payment,
    InstanceTenancy: 'default',
    CurrencyCode: 'USD',
    FixedPrice: fixed,
    UsagePrice: 0,
    RecurringCharges: hourly === 0 ? [] : [{ Amount: Number(hourly.toFixed(5)), Frequency: 'Hourly' }],
    PricingDetails: [],
    Marketplace: false,
  };
}

/** Types that a request can mean, so that not all offerings of all types are drawn. */
function typesFor(context: Ec2Context, name: string | undefined, filtered: readonly string[] | undefined): TypeInfo[] {
  if (name !== undefined) {
    const type = findType(name);
    if (type === undefined) throw errors.invalidValue(`Invalid value '${name}' for InstanceType.`);
    return [type];
  }
  const all = filtered === undefined ? allTypes() : filtered.flatMap((one) => findType(one) ?? []);
  return all.filter(({ InstanceType }) => isOfferedInRegion(context.region, InstanceType));
}

export const DescribeReservedInstancesOfferings: Operation<'DescribeReservedInstancesOfferings'> = (input, context) => {
  const { region } = context;
  const ids = input.ReservedInstancesOfferingIds ?? [];
  if (input.InstanceTenancy !== undefined && input.InstanceTenancy !== 'default')
    return { ReservedInstancesOfferings: [] };
  const typed = input.Filters?.find(({ Name }) => Name === 'instance-type')?.Values;
  const isAsked = (one: Offering): boolean =>
    (ids.length === 0 || ids.includes(one.id)) &&
    (input.ProductDescription ?? one.product).replace(' (Amazon VPC)', '') === one.product &&
    (input.OfferingClass ?? one.offeringClass) === one.offeringClass &&
    (input.OfferingType ?? one.payment) === one.payment &&
    (input.AvailabilityZone ?? one.zone) === one.zone &&
    one.years * year >= (input.MinDuration ?? 0) &&
    one.years * year <= (input.MaxDuration ?? Number.MAX_SAFE_INTEGER);
  const { rows, NextToken } = list(
    { Filters: input.Filters, MaxResults: input.MaxResults ?? 100, NextToken: input.NextToken },
    context,
    {
      rows: () =>
        typesFor(context, input.InstanceType, typed)
          .flatMap((type) => offeringsOf(context, type))
          .filter(isAsked),
      id: ({ id }) => id,
      filters: {
        'availability-zone': ({ zone }) => zone,
        'availability-zone-id': ({ zone }) => zone && findZone(zone, region, context.account)?.id,
        duration: ({ years }) => years * year,
        'fixed-price': (one) => pricesOf(region, one).fixed,
        'instance-type': ({ type }) => type.InstanceType,
        marketplace: () => false,
        'product-description': ({ product }) => product,
        'reserved-instances-offering-id': ({ id }) => id,
        scope: ({ scope }) => scope,
        'usage-price': () => 0,
      },
      least: 5,
    },
  );
  return { ReservedInstancesOfferings: rows.map((one) => show(one, region)), NextToken };
};

function getOffering(context: Ec2Context, id: string): Offering {
  for (const type of typesFor(context, undefined, undefined)) {
    const found = offeringsOf(context, type).find((one) => one.id === id);
    if (found !== undefined) return found;
  }
  throw errors.other('InvalidReservedInstancesOfferingId', `The Reserved Instances offering ID '${id}' does not exist`);
}

/** Unknown: how long a payment is pending. */
const paymentSeconds = 5;

/** Buys from an offering: `payment-pending` at first, then `active` until its term ends. */
export const PurchaseReservedInstancesOffering: Operation<'PurchaseReservedInstancesOffering'> = (input, context) => {
  const { state, ids, clock, region } = context;
  if (input.InstanceCount < 1)
    throw errors.valueOf(input.InstanceCount, 'instanceCount', 'Expected a value greater than zero.');
  const offering = getOffering(context, input.ReservedInstancesOfferingId);
  const { fixed, hourly } = pricesOf(region, offering);
  const limit = input.LimitPrice?.Amount;
  if (limit !== undefined && fixed * input.InstanceCount > limit) {
    throw errors.invalidValue('The total price is over the limit price.');
  }
  const startsAt =
    input.PurchaseTime === undefined ? clock.now() : instant(Math.max(input.PurchaseTime.getTime(), clock.now()));
  const row: ReservedRow = {
    id: ids.uuid(),
    type: offering.type.InstanceType,
    product: offering.product,
    offeringClass: offering.offeringClass,
    payment: offering.payment,
    scope: offering.scope,
    zone: offering.zone,
    count: input.InstanceCount,
    startsAt,
    activeAt: later(startsAt, paymentSeconds),
    endsAt: later(startsAt, offering.years * year),
    fixedPrice: fixed,
    hourlyPrice: hourly,
  };
  state.reserved.put(row);
  return { ReservedInstancesId: row.id };
};

const stateOf = (row: ReservedRow, { clock }: Ec2Context): NonNullable<ReservedInstances['State']> => {
  const now = clock.now();
  if (row.retiredAt !== undefined || row.endsAt <= now) return 'retired';
  if (row.startsAt > now) return 'queued';
  return row.activeAt > now ? 'payment-pending' : 'active';
};

const showRow = (row: ReservedRow, context: Ec2Context): ReservedInstances => ({
  ReservedInstancesId: row.id,
  InstanceType: row.type as ReservedInstances['InstanceType'],
  AvailabilityZone: row.zone,
  Scope: row.scope,
  InstanceCount: row.count,
  ProductDescription: row.product as ReservedInstances['ProductDescription'],
  OfferingClass: row.offeringClass,
  OfferingType: row.payment,
  InstanceTenancy: 'default',
  CurrencyCode: 'USD',
  Start: toDate(row.startsAt),
  End: toDate(row.retiredAt ?? row.endsAt),
  Duration: Math.round((row.endsAt - row.startsAt) / 1000),
  FixedPrice: row.fixedPrice,
  UsagePrice: 0,
  RecurringCharges: row.hourlyPrice === 0 ? [] : [{ Amount: Number(row.hourlyPrice.toFixed(5)), Frequency: 'Hourly' }],
  State: stateOf(row, context),
  Tags: tagsOf(context, row.id),
});

const missingId = (id: string) =>
  errors.other('InvalidReservationID.NotFound', `The Reserved Instances ID '${id}' does not exist`);

export const DescribeReservedInstances: Operation<'DescribeReservedInstances'> = (input, context) => {
  const { state } = context;
  const ids = input.ReservedInstancesIds ?? [];
  for (const id of ids) if (!state.reserved.has(id)) throw missingId(id);
  const { rows } = list({ Filters: input.Filters }, context, {
    rows: () =>
      state.reserved
        .list()
        .filter(
          (row) =>
            (input.OfferingClass ?? row.offeringClass) === row.offeringClass &&
            (input.OfferingType ?? row.payment) === row.payment,
        ),
    find: (id) => state.reserved.find(id),
    id: (row) => row.id,
    ids,
    filters: {
      'availability-zone': (row) => row.zone,
      'availability-zone-id': (row) => row.zone && findZone(row.zone, context.region, context.account)?.id,
      duration: (row) => Math.round((row.endsAt - row.startsAt) / 1000),
      end: (row) => toDate(row.endsAt).toISOString(),
      'fixed-price': (row) => row.fixedPrice,
      'instance-type': (row) => row.type,
      'product-description': (row) => row.product,
      'reserved-instances-id': (row) => row.id,
      scope: (row) => row.scope,
      start: (row) => toDate(row.startsAt).toISOString(),
      state: (row) => stateOf(row, context),
      'usage-price': () => 0,
    },
  });
  return { ReservedInstances: rows.map((row) => showRow(row, context)) };
};

/** Sizes as parts of a large one, by which Reserved Instances are split and joined. */
const factors: Readonly<Record<string, number>> = { nano: 0.25, micro: 0.5, small: 1, medium: 2, large: 4, xlarge: 8 };

function footprint(type: string, count: number): number {
  const size = type.slice(type.indexOf('.') + 1);
  const multiple = /^(\d+)xlarge$/.exec(size);
  return count * (multiple === null ? (factors[size] ?? 8) : Number(multiple[1]) * 8);
}

/** Moves between zones and the Region, splits and joins sizes of one family: the footprint stays. Standard ones only. */
export const ModifyReservedInstances: Operation<'ModifyReservedInstances'> = (input, context) => {
  const { state, ids, clock, region, account } = context;
  const sources = input.ReservedInstancesIds.map((id) => state.reserved.find(id) ?? fail(id));
  const first = sources[0];
  if (first === undefined) throw errors.missingParameter('ReservedInstancesId');
  for (const row of sources) {
    if (stateOf(row, context) !== 'active')
      throw errors.incorrectState(`The Reserved Instances '${row.id}' are not active.`);
    if (
      row.offeringClass !== first.offeringClass ||
      row.endsAt !== first.endsAt ||
      familyOf(row.type) !== familyOf(first.type)
    ) {
      throw errors.invalidParameter('The Reserved Instances do not go together.');
    }
  }
  const before = sources.reduce((sum, row) => sum + footprint(row.type, row.count), 0);
  const targets = input.TargetConfigurations.map((target) => ({
    type: String(target.InstanceType ?? first.type),
    count: target.InstanceCount ?? 1,
    target,
  }));
  const after = targets.reduce((sum, { type, count }) => sum + footprint(type, count), 0);
  if (before !== after)
    throw errors.invalidParameter('The target configurations do not have the footprint of the Reserved Instances.');
  if (targets.some(({ type }) => familyOf(type) !== familyOf(first.type)))
    throw errors.invalidParameter('The instance family cannot be changed.');
  const now = clock.now();
  for (const row of sources) state.reserved.put({ ...row, retiredAt: now });
  const results = targets.map(({ type, count, target }) => {
    const zone = target.AvailabilityZone;
    if (zone !== undefined && !zonesOf(region, account).some(({ name }) => name === zone))
      throw errors.invalidValue(`Invalid availability zone: [${zone}]`);
    const row: ReservedRow = {
      ...first,
      id: ids.uuid(),
      type,
      count,
      zone,
      scope: zone === undefined ? 'Region' : 'Availability Zone',
      startsAt: now,
      activeAt: now,
    };
    state.reserved.put(row);
    return { reservedId: row.id, target: JSON.stringify(target) };
  });
  const modification: ReservedModificationRow = {
    id: `rimod-${ids.uuid()}`,
    sources: [...input.ReservedInstancesIds],
    results,
    at: now,
    clientToken: input.ClientToken,
  };
  state.reservedModifications.put(modification);
  return { ReservedInstancesModificationId: modification.id };
};

function fail(id: string): never {
  throw missingId(id);
}

export const DescribeReservedInstancesModifications: Operation<'DescribeReservedInstancesModifications'> = (
  input,
  context,
) => {
  const { state } = context;
  const targets =
    (of: (target: ReservedInstancesConfiguration) => string | number | undefined) => (row: ReservedModificationRow) =>
      row.results.map(({ target }) => of(JSON.parse(target) as ReservedInstancesConfiguration));
  const { rows, NextToken } = list({ Filters: input.Filters, NextToken: input.NextToken }, context, {
    rows: state.reservedModifications,
    id: (row) => row.id,
    ids: input.ReservedInstancesModificationIds,
    filters: {
      'client-token': (row) => row.clientToken,
      'create-date': (row) => toDate(row.at).toISOString(),
      'modification-result.reserved-instances-id': (row) => row.results.map(({ reservedId }) => reservedId),
      'modification-result.target-configuration.availability-zone': targets(({ AvailabilityZone }) => AvailabilityZone),
      'modification-result.target-configuration.availability-zone-id': targets(
        ({ AvailabilityZoneId }) => AvailabilityZoneId,
      ),
      'modification-result.target-configuration.instance-count': targets(({ InstanceCount }) => InstanceCount),
      'modification-result.target-configuration.instance-type': targets(({ InstanceType }) => InstanceType),
      'effective-date': (row) => toDate(row.at).toISOString(),
      'reserved-instances-id': (row) => row.sources,
      'reserved-instances-modification-id': (row) => row.id,
      status: () => 'fulfilled',
      'status-message': () => undefined,
      'update-date': (row) => toDate(row.at).toISOString(),
    },
  });
  const ReservedInstancesModifications = rows.map((row) => ({
    ReservedInstancesModificationId: row.id,
    ClientToken: row.clientToken,
    CreateDate: toDate(row.at),
    UpdateDate: toDate(row.at),
    EffectiveDate: toDate(row.at),
    Status: 'fulfilled',
    ReservedInstancesIds: row.sources.map((ReservedInstancesId) => ({ ReservedInstancesId })),
    ModificationResults: row.results.map(({ reservedId, target }) => ({
      ReservedInstancesId: reservedId,
      TargetConfiguration: JSON.parse(target) as object,
    })),
  }));
  return { ReservedInstancesModifications, NextToken };
};

/** Nobody sells here. */
export const DescribeReservedInstancesListings: Operation<'DescribeReservedInstancesListings'> = () => ({
  ReservedInstancesListings: [],
});

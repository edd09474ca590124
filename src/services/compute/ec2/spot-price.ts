// The Spot price of types in zones over time, and where Spot capacity is likely.
import type { SpotPrice } from '@aws-sdk/client-ec2';
import { createHash } from 'node:crypto';
import { findRegion, zonesOf } from '../../../kernel/region.ts';
import { instant, later, secondsPerDay, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { allTypes, findType, isOfferedIn, type TypeInfo } from './instance-type.ts';
import { typesFor } from './instance-requirement.ts';
import type { Ec2Context, Input, Operation } from './operation.ts';
import { spotPrice, spotStepSeconds, writePrice } from './price-model.ts';

/** What a product costs beside Linux. */
const products: Readonly<Record<string, number>> = {
  'Linux/UNIX': 1,
  'Linux/UNIX (Amazon VPC)': 1,
  'Red Hat Enterprise Linux': 1.35,
  'SUSE Linux': 1.25,
  Windows: 1.6,
};
/** Without the doubles that AWS keeps for old clients. */
const productsUsual = ['Linux/UNIX', 'Red Hat Enterprise Linux', 'SUSE Linux', 'Windows'];

interface Place {
  readonly type: TypeInfo;
  readonly zone: string;
  readonly zoneId: string;
  readonly product: string;
}

type Request = Input<'DescribeSpotPriceHistory'>;

const filterOf = ({ Filters }: Request, name: string): readonly string[] | undefined =>
  Filters?.find((one) => one.Name === name)?.Values;

const filterNames = [
  'availability-zone',
  'availability-zone-id',
  'instance-type',
  'product-description',
  'spot-price',
  'timestamp',
];

const matches = (values: readonly string[] | undefined, value: string): boolean =>
  values === undefined ||
  values.some((pattern) =>
    /[*?]/.test(pattern)
      ? new RegExp(
          `^${pattern
            .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
            .replaceAll('*', '.*')
            .replaceAll('?', '.')}$`,
        ).test(value)
      : pattern === value,
  );

function placesOf(input: Request, { region, account }: Ec2Context): Place[] {
  const named = (input.InstanceTypes ?? []).map((name) => {
    const type = findType(name);
    if (type === undefined) throw errors.invalidValue(`Invalid instance type: ${name}`);
    return type;
  });
  const types = (named.length > 0 ? named : allTypes()).filter(
    (type) =>
      (type.SupportedUsageClasses ?? []).includes('spot') &&
      matches(filterOf(input, 'instance-type'), type.InstanceType),
  );
  const zones = zonesOf(region, account).filter(
    ({ name, id, kind }) =>
      kind === 'availability-zone' &&
      (input.AvailabilityZone ?? name) === name &&
      (input.AvailabilityZoneId ?? id) === id &&
      matches(filterOf(input, 'availability-zone'), name) &&
      matches(filterOf(input, 'availability-zone-id'), id),
  );
  const asked = input.ProductDescriptions ?? [];
  for (const product of asked)
    if (products[product] === undefined) throw errors.invalidValue(`Invalid product description: ${product}`);
  const kept = (asked.length > 0 ? asked : (filterOf(input, 'product-description') ?? productsUsual)).filter(
    (product) => products[product] !== undefined && matches(filterOf(input, 'product-description'), product),
  );
  return types.flatMap((type) =>
    zones
      .filter(({ id }) => isOfferedIn(region, id, type.InstanceType))
      .flatMap(({ name, id }) => kept.map((product) => ({ type, zone: name, zoneId: id, product }))),
  );
}

const stepMs = spotStepSeconds * 1000;
const historySeconds = 90 * secondsPerDay;
const pageMax = 1_000;

/**
 * Prices from `StartTime` to `EndTime`, newest first: those that began in it, and the one that held at its start.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
 */
export const DescribeSpotPriceHistory: Operation<'DescribeSpotPriceHistory'> = (input, context) => {
  const unknown = input.Filters?.find(({ Name = '' }) => !filterNames.includes(Name));
  if (unknown !== undefined) throw errors.invalidFilter(unknown.Name ?? '');
  const now = context.clock.now();
  const oldest = later(now, -historySeconds);
  const start = Math.max(input.StartTime?.getTime() ?? oldest, oldest);
  const end = Math.min(input.EndTime?.getTime() ?? now, now);
  const places = placesOf(input, context);
  const last = Math.floor(end / stepMs);
  const steps = start > now ? 1 : Math.max(0, last - Math.floor(Math.min(start, end) / stepMs) + 1);
  const total = steps * places.length;
  const from = readToken(input.NextToken);
  const size = Math.min(input.MaxResults ?? pageMax, pageMax);
  const SpotPriceHistory: SpotPrice[] = [];
  for (let at = from; at < Math.min(total, from + size); at++) {
    const place = places[at % places.length] as Place;
    const timestamp = instant((last - Math.floor(at / places.length)) * stepMs);
    const price = spotPrice(context.region, place.zoneId, place.type, timestamp) * (products[place.product] ?? 1);
    SpotPriceHistory.push({
      AvailabilityZone: place.zone,
      AvailabilityZoneId: place.zoneId,
      InstanceType: place.type.InstanceType,
      ProductDescription: place.product as SpotPrice['ProductDescription'],
      SpotPrice: writePrice(price),
      Timestamp: toDate(timestamp),
    });
  }
  const shown = SpotPriceHistory.filter(
    (one) =>
      matches(filterOf(input, 'spot-price'), one.SpotPrice ?? '') &&
      matches(filterOf(input, 'timestamp'), one.Timestamp?.toISOString() ?? ''),
  );
  return { SpotPriceHistory: shown, NextToken: from + size < total ? writeToken(from + size) : '' };
};

const writeToken = (at: number): string => Buffer.from(`price:${at}`).toString('base64url');

function readToken(token: string | undefined): number {
  if (token === undefined || token === '') return 0;
  const found = /^price:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (found === null) throw errors.nextToken();
  return Number(found[1]);
}

/** Limit: types that must be named for a score. */
const typesLeast = 3;

/**
 * How likely a Spot request is to succeed, 1 to 10, by Region or by zone.
 *
 * Differs: a score is drawn from place and size, since there is no market; a place without capacity by the fault plan has 1.
 */
export const GetSpotPlacementScores: Operation<'GetSpotPlacementScores'> = (input, context) => {
  const attributes = input.InstanceRequirementsWithMetadata?.InstanceRequirements;
  const types =
    attributes === undefined
      ? (input.InstanceTypes ?? [])
      : typesFor(
          context.region,
          attributes as Parameters<typeof typesFor>[1],
          input.InstanceRequirementsWithMetadata?.ArchitectureTypes,
        ).map(({ InstanceType }) => InstanceType as string);
  if (attributes === undefined && types.length < typesLeast) {
    throw errors.invalidValue(`Specify at least ${typesLeast} instance types, or instance requirements.`);
  }
  const regions =
    input.RegionNames !== undefined && input.RegionNames.length > 0 ? input.RegionNames : [context.region];
  const scores = regions.flatMap((name) => {
    const region = findRegion(name);
    if (region === undefined) throw errors.invalidValue(`Invalid region names: [${name}]`);
    const zones = region.zones.filter((zoneId) => types.some((type) => isOfferedIn(name, zoneId, type)));
    const places = input.SingleAvailabilityZone === true ? zones : [undefined];
    return places.map((zoneId) => ({
      Region: name,
      AvailabilityZoneId: zoneId,
      Score: scoreOf(context, zoneId ?? name, zoneId ?? zones[0], types, input.TargetCapacity),
    }));
  });
  return { SpotPlacementScores: scores.sort((a, b) => b.Score - a.Score).slice(0, input.MaxResults ?? 10) };
};

function scoreOf(
  { parts }: Ec2Context,
  place: string,
  zoneId: string | undefined,
  types: readonly string[],
  capacity: number,
): number {
  const open = zoneId === undefined ? [] : types.filter((type) => parts.faults.hasCapacity(zoneId, type, 'spot'));
  if (open.length === 0) return 1;
  const luck = createHash('sha256').update(`${place}/${open.length}`).digest()[0] ?? 0;
  return Math.max(1, 9 - (luck % 3) - Math.floor(Math.log10(Math.max(1, capacity / 10))));
}

// Instance types: what each has, and in which zones it is offered. Figures are AWS's own, of May 2026.
import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { PackedTable } from '../../../kernel/packed-table.ts';
import { findRegion, zonesOf } from '../../../kernel/region.ts';

interface TypeIndex {
  /** All types, in order. */
  readonly names: readonly string[];
  /** How many types each chunk holds. */
  readonly counts: readonly number[];
  /** Region → zone ID → a bit for each type, base64. */
  readonly offerings: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A type as the table has it: what every type says is there. */
export interface TypeInfo extends InstanceTypeInfo {
  readonly InstanceType: NonNullable<InstanceTypeInfo['InstanceType']>;
}

let opened: PackedTable<TypeIndex> | undefined;
const packed = (): PackedTable<TypeIndex> =>
  (opened ??= new PackedTable<TypeIndex>(new URL('./instance-type-table.bin', import.meta.url), 1));

/** Chunks that were asked for, read. */
const read = new Map<number, readonly TypeInfo[]>();

function chunk(at: number): readonly TypeInfo[] {
  const known = read.get(at) ?? (JSON.parse(packed().chunk(at)) as readonly TypeInfo[]);
  read.set(at, known);
  return known;
}

export const typeNames = (): readonly string[] => packed().index.names;

let places: ReadonlyMap<string, number> | undefined;
const placeOf = (name: string): number | undefined =>
  (places ??= new Map(typeNames().map((one, at) => [one, at]))).get(name);

export function findType(name: string): TypeInfo | undefined {
  let at = placeOf(name);
  if (at === undefined) return undefined;
  for (const [number, count] of packed().index.counts.entries()) {
    if (at < count) return chunk(number)[at];
    at -= count;
  }
  return undefined;
}

export const allTypes = (): TypeInfo[] => packed().index.counts.flatMap((_count, at) => chunk(at));

const bitSets = new Map<string, Uint8Array>();

function bitsOf(region: string, zoneId: string): Uint8Array | undefined {
  const place = `${region}/${zoneId}`;
  const known = bitSets.get(place);
  if (known !== undefined) return known;
  const text = packed().index.offerings[region]?.[zoneId];
  if (text === undefined) return undefined;
  const bits = Buffer.from(text, 'base64');
  bitSets.set(place, bits);
  return bits;
}

/**
 * Whether a zone offers a type. Local and Wavelength Zones have their own lists.
 *
 * Unknown: what is offered in Regions that the table lacks; there everything is.
 */
export function isOfferedIn(region: string, zoneId: string, name: string): boolean {
  const at = placeOf(name);
  if (at === undefined) return false;
  const bits = bitsOf(region, zoneId);
  if (bits === undefined) return packed().index.offerings[region] === undefined;
  return ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}

/** IDs of the Region's Availability Zones that offer a type. */
export const zonesOffering = (region: string, name: string): string[] =>
  (findRegion(region)?.zones ?? []).filter((zoneId) => isOfferedIn(region, zoneId, name));

export const isOfferedInRegion = (region: string, name: string): boolean => zonesOffering(region, name).length > 0;

/** Names, by which an account calls them, of the zones that offer a type. */
export const zoneNamesOffering = (region: string, account: string, name: string): string[] => {
  const ids = new Set(zonesOffering(region, name));
  return zonesOf(region, account).flatMap((zone) => (ids.has(zone.id) ? [zone.name] : []));
};

/** `m5` of `m5.large`. */
export const familyOf = (name: string): string => name.slice(0, name.indexOf('.'));

export const vcpusOf = (type: TypeInfo): number => type.VCpuInfo?.DefaultVCpus ?? 1;

export const architecturesOf = (type: TypeInfo): readonly string[] => type.ProcessorInfo?.SupportedArchitectures ?? [];

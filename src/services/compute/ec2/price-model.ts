// What capacity costs an hour, as far as markets of `ec2` show it: a model, not a price list.
//
// Differs: AWS moves Spot prices by supply and demand. Here a price is a share of the On-Demand price that depends on zone and type
// alone and drifts slowly with the day, so that the same moment has the same price in every run.
import { createHash } from 'node:crypto';
import { type Instant, secondsPerDay } from '../../../kernel/units.ts';
import { familyOf, type TypeInfo } from './instance-type.ts';

/** US dollars an hour for a vCPU and for a GiB of memory, of the large families in us-east-1; by these the model is drawn. */
const perVcpu = 0.032;
const perGib = 0.004;
const perGpu = 0.75;

const factors: readonly (readonly [RegExp, number])[] = [
  [/^t2/, 1.1],
  [/^t/, 0.86],
  [/^c/, 1.08],
  [/^[a-z]+\d+g/, 0.85],
  [/^[a-z]+\d+a/, 0.95],
];

const share = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;

/** Regions cost between as much and a third more than us-east-1. */
const regionFactor = (region: string): number =>
  ['us-east-1', 'us-east-2', 'us-west-2'].includes(region) ? 1 : 1.05 + 0.25 * share(region);

export function onDemandPrice(region: string, type: TypeInfo): number {
  const family = familyOf(type.InstanceType);
  const vcpus = type.VCpuInfo?.DefaultVCpus ?? 1;
  const gib = (type.MemoryInfo?.SizeInMiB ?? 1024) / 1024;
  const gpus = type.GpuInfo?.Gpus?.reduce((sum, { Count = 0 }) => sum + Count, 0) ?? 0;
  const factor = factors.find(([pattern]) => pattern.test(family))?.[1] ?? 1;
  const isSmall = family.startsWith('t');
  const base = isSmall ? gib * 0.012 + (vcpus * 0.0008) / 2 : vcpus * perVcpu + gib * perGib + gpus * perGpu;
  return base * factor * regionFactor(region);
}

/** Seconds for which a Spot price stands. */
export const spotStepSeconds = secondsPerDay / 4;

/** The Spot price of a moment: 25 % to 45 % of On-Demand. */
export function spotPrice(region: string, zoneId: string, type: TypeInfo, at: Instant): number {
  const step = Math.floor(at / (spotStepSeconds * 1000));
  const place = 0.27 + 0.15 * share(`${zoneId}/${type.InstanceType}`);
  const drift = 0.02 * Math.sin((2 * Math.PI * step) / 28 + 6 * share(type.InstanceType));
  return onDemandPrice(region, type) * (place + drift);
}

/** Six decimals, as Spot prices are written. */
export const writePrice = (price: number): string => price.toFixed(6);

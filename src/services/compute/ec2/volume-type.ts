// What each type of volume can be: sizes, IOPS, throughput and their ratios. Pure.
import { diskErrors } from './volume-error.ts';
import { type VolumeShape, type VolumeType, volumeTypes } from './volume-state.ts';

interface Bounds {
  readonly least: number;
  readonly most: number;
}

interface TypeLimits {
  /** GiB. */
  readonly size: Bounds;
  /** IOPS that are asked for; undefined where nobody asks. */
  readonly iops?: (Bounds & { readonly perGib: number; readonly given?: number }) | undefined;
  /** MiB/s that are asked for. */
  readonly throughput?: (Bounds & { readonly perIops: number; readonly given: number }) | undefined;
  readonly multiAttach?: boolean;
}

const tebibyteGib = 1_024;

/** @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
export const typeLimits: Readonly<Record<VolumeType, TypeLimits>> = {
  gp3: {
    size: { least: 1, most: 64 * tebibyteGib },
    iops: { least: 3_000, most: 80_000, perGib: 500, given: 3_000 },
    throughput: { least: 125, most: 2_000, perIops: 0.25, given: 125 },
  },
  gp2: { size: { least: 1, most: 16 * tebibyteGib } },
  io1: {
    size: { least: 4, most: 16 * tebibyteGib },
    iops: { least: 100, most: 64_000, perGib: 50 },
    multiAttach: true,
  },
  io2: {
    size: { least: 4, most: 64 * tebibyteGib },
    iops: { least: 100, most: 256_000, perGib: 1_000 },
    multiAttach: true,
  },
  st1: { size: { least: 125, most: 16 * tebibyteGib } },
  sc1: { size: { least: 125, most: 16 * tebibyteGib } },
  standard: { size: { least: 1, most: tebibyteGib } },
};

/** gp2: 3 IOPS a GiB, at least 100, at most 16,000. */
export const gp2Iops = (sizeGib: number): number => Math.min(Math.max(100, 3 * sizeGib), 16_000);

export interface WantedShape {
  readonly sizeGib: number;
  readonly type: string | undefined;
  readonly iops?: number | undefined;
  readonly throughput?: number | undefined;
  readonly multiAttach?: boolean | undefined;
}

/** Default: `gp2`, where a request names no type. */
const typeOf = (name: string | undefined): VolumeType => {
  const type = volumeTypes.find((one) => one === (name ?? 'gp2'));
  if (type === undefined) throw diskErrors.unknownType(String(name));
  return type;
};

/** A volume as asked for, with its type's defaults. @throws AWS's errors for what the type cannot be. */
export function shapeOf(wanted: WantedShape): VolumeShape {
  const type = typeOf(wanted.type);
  const limits = typeLimits[type];
  const { sizeGib } = wanted;
  if (sizeGib < limits.size.least) throw diskErrors.sizeLow(sizeGib, limits.size.least);
  if (sizeGib > limits.size.most) throw diskErrors.sizeHigh(sizeGib, limits.size.most);
  if (wanted.multiAttach === true && limits.multiAttach !== true)
    throw diskErrors.notForType('multiAttachEnabled', type);
  const iops = iopsOf(wanted, type, limits);
  const throughput = throughputOf(wanted, type, limits, iops);
  return { sizeGib, type, iops, throughput, multiAttach: wanted.multiAttach ?? false };
}

function iopsOf({ iops, sizeGib }: WantedShape, type: VolumeType, limits: TypeLimits): number | undefined {
  if (limits.iops === undefined) {
    if (iops !== undefined) throw diskErrors.notForType('iops', type);
    return type === 'gp2' ? gp2Iops(sizeGib) : undefined;
  }
  const { least, most, perGib, given } = limits.iops;
  const value = iops ?? given;
  if (value === undefined) throw diskErrors.iopsMissing();
  if (value < least) throw diskErrors.rateLow('iops', value, least);
  if (value > most) throw diskErrors.rateHigh('iops', value, most);
  // The IOPS that come with every volume of the type are there at any size.
  if (value !== given && value / sizeGib > perGib) throw diskErrors.iopsRatio(value / sizeGib, perGib);
  return value;
}

function throughputOf(
  { throughput }: WantedShape,
  type: VolumeType,
  limits: TypeLimits,
  iops: number | undefined,
): number | undefined {
  if (limits.throughput === undefined) {
    if (throughput !== undefined) throw diskErrors.notForType('throughput', type);
    return undefined;
  }
  const { least, most, perIops, given } = limits.throughput;
  const value = throughput ?? given;
  if (value < least) throw diskErrors.rateLow('throughput', value, least);
  if (value > most) throw diskErrors.rateHigh('throughput', value, most);
  const ratio = value / (iops ?? 1);
  if (ratio > perIops) throw diskErrors.throughputRatio(ratio, perIops);
  return value;
}

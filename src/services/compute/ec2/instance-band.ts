// How much an instance can send at once, over its network and to its volumes. Pure.
//
// A type has a band for the network, and an EBS-optimized one another for its volumes. Without that both use the network's, and slow each
// other down.
//
// Differs: a type that bursts above its baseline (`Up to 10 Gigabit`) does so for as long as it likes.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-optimized.html
import type { TypeInfo } from './instance-type.ts';

export interface Band {
  readonly networkMbps: number;
  /** Undefined: volumes are reached over the network's band. */
  readonly volumes: { readonly iops: number; readonly mibps: number } | undefined;
}

/** What is asked of an instance at once. */
export interface Demand {
  readonly networkMbps: number;
  readonly volumeIops: number;
  readonly volumeMibps: number;
}

/** Shares of what is asked that pass, from 0 to 1. */
export interface Passing {
  readonly network: number;
  readonly volumes: number;
}

export const noDemand: Demand = { networkMbps: 0, volumeIops: 0, volumeMibps: 0 };

export const mibpsToMbps = (mibps: number): number => mibps * 8.388_608;

const unlimited = Number.POSITIVE_INFINITY;

/** @param optimized whether the instance asked for a band of its volumes' own, which all current types have anyway */
export function bandOf(type: TypeInfo | undefined, optimized: boolean): Band {
  const cards = type?.NetworkInfo?.NetworkCards ?? [];
  const gbps = cards.reduce((sum, card) => sum + (card.PeakBandwidthInGbps ?? card.BaselineBandwidthInGbps ?? 0), 0);
  const networkMbps = gbps === 0 ? unlimited : gbps * 1_000;
  const { EbsOptimizedSupport: support, EbsOptimizedInfo: info } = type?.EbsInfo ?? {};
  if (type !== undefined && support !== 'default' && !(support === 'supported' && optimized))
    return { networkMbps, volumes: undefined };
  const iops = info?.MaximumIops ?? unlimited;
  // The table's figure is in megabytes.
  const mibps = info?.MaximumThroughputInMBps === undefined ? unlimited : info.MaximumThroughputInMBps / 1.048_576;
  return { networkMbps, volumes: { iops, mibps } };
}

const part = (most: number, asked: number): number => (asked <= most ? 1 : most / asked);

export function passing(band: Band, { networkMbps, volumeIops, volumeMibps }: Demand): Passing {
  if (band.volumes === undefined) {
    const both = part(band.networkMbps, networkMbps + mibpsToMbps(volumeMibps));
    return { network: both, volumes: both };
  }
  return {
    network: part(band.networkMbps, networkMbps),
    volumes: Math.min(part(band.volumes.iops, volumeIops), part(band.volumes.mibps, volumeMibps)),
  };
}

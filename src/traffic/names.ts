// The resolver of a running cloud: names of the network, of what users built in it, and of AWS's own APIs.
import type { PartWorld } from '../kernel/parts.ts';
import { resolve, resolveApi } from '../network/names.ts';

export type Resolution =
  | { readonly kind: 'found'; readonly addresses: readonly string[] }
  /** There is no such name. */
  | { readonly kind: 'unknown' }
  /** No server answers: the VPC has its DNS support off. */
  | { readonly kind: 'silent' };

export interface Names {
  /** `vpcId`, `zone` (its ID): where somebody asks; undefined: on the Internet. */
  resolve(name: string, vpcId: string | undefined, zone?: string): Promise<Resolution>;
}

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly names: Names;
  }
}

export const makePart = ({ parts, addressesOf }: PartWorld): Names => ({
  async resolve(name, vpcId, zone) {
    const topology = parts.network.topology();
    if (vpcId !== undefined && topology.vpcs.get(vpcId)?.dnsSupport !== true) return { kind: 'silent' };
    const addresses = resolve(topology, vpcId, name) ?? (await addressesOf(name, zone)) ?? resolveApi(topology, name);
    return addresses === undefined ? { kind: 'unknown' } : { kind: 'found', addresses };
  },
});

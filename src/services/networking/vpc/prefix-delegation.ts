// Prefix delegation: an interface gets whole blocks of its subnet, /28 of IPv4 and /80 of IPv6, and hands their addresses on itself.
import { contains, findPrefix, overlap, type Prefix, prefix4, prefix6, readPrefix } from '../../../network/address.ts';
import { key } from '../../../kernel/key.ts';
import { errors } from '../../compute/ec2/errors.ts';
import type { Ec2Context } from '../../compute/ec2/operation.ts';
import { reservedFirst, reservedLast } from './limits.ts';
import { getSubnet, reservedRanges } from './subnet.ts';

/** Lengths of the blocks. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html */
const length4 = 28;
const length6 = 80;
/** Addresses of an IPv4 block; all of them count as used. */
export const addressesPerPrefix = 2 ** (32 - length4);

interface PrefixRequest {
  readonly Ipv4Prefixes?: readonly { readonly Ipv4Prefix?: string | undefined }[] | undefined;
  readonly Ipv4PrefixCount?: number | undefined;
  readonly Ipv6Prefixes?: readonly { readonly Ipv6Prefix?: string | undefined }[] | undefined;
  readonly Ipv6PrefixCount?: number | undefined;
}

/** Blocks that a request asks for; undefined stands for one by chance. */
export interface WantedPrefixes {
  readonly ipv4: readonly (string | undefined)[];
  readonly ipv6: readonly (string | undefined)[];
}

const byChance = (count: number | undefined): undefined[] => Array.from({ length: count ?? 0 }, () => undefined);

/** Undefined when a request asks for none. @throws InvalidParameterCombination for both a number and names */
export function readPrefixes(request: PrefixRequest): WantedPrefixes | undefined {
  const named4 = request.Ipv4Prefixes?.flatMap(({ Ipv4Prefix }) => Ipv4Prefix ?? []) ?? [];
  const named6 = request.Ipv6Prefixes?.flatMap(({ Ipv6Prefix }) => Ipv6Prefix ?? []) ?? [];
  if (named4.length > 0 && request.Ipv4PrefixCount !== undefined)
    throw errors.combination('The parameter ipv4Prefixes cannot be used with the parameter ipv4PrefixCount');
  if (named6.length > 0 && request.Ipv6PrefixCount !== undefined)
    throw errors.combination('The parameter ipv6Prefixes cannot be used with the parameter ipv6PrefixCount');
  const ipv4 = [...named4, ...byChance(request.Ipv4PrefixCount)];
  const ipv6 = [...named6, ...byChance(request.Ipv6PrefixCount)];
  return ipv4.length + ipv6.length === 0 ? undefined : { ipv4, ipv6 };
}

/** Gives an interface blocks of its subnet, those named or free ones. @throws InsufficientCidrBlocks */
export function takePrefixes(
  context: Ec2Context,
  subnetId: string,
  interfaceId: string,
  wanted: WantedPrefixes = { ipv4: [], ipv6: [] },
): { readonly ipv4Prefixes: string[]; readonly ipv6Prefixes: string[] } {
  const ipv6Prefixes: string[] = [];
  for (const text of wanted.ipv6) ipv6Prefixes.push(takePrefix6(context, subnetId, ipv6Prefixes, text));
  return { ipv4Prefixes: wanted.ipv4.map((text) => takePrefix4(context, subnetId, interfaceId, text)), ipv6Prefixes };
}

const malformed = (text: string, parameter: string, length: number) =>
  errors.valueOf(text, parameter, `This is not a valid /${length} prefix.`);

function takePrefix4(context: Ec2Context, subnetId: string, interfaceId: string, wanted?: string): string {
  const subnet = getSubnet(context, subnetId);
  if (subnet.cidr === undefined) throw errors.invalidValue('The subnet has no IPv4 CIDR block.');
  const block = readPrefix(subnet.cidr);
  const bits = wanted === undefined ? pickBlock4(context, subnetId, block) : given4(context, subnetId, block, wanted);
  for (let at = 0; at < addressesPerPrefix; at++)
    context.state.usedAddresses.put({ subnetId, bits: bits + at, interfaceId });
  context.state.subnets.put({ ...subnet, used: subnet.used + addressesPerPrefix });
  return prefix4(bits, length4).text;
}

function given4(context: Ec2Context, subnetId: string, block: Prefix, text: string): number {
  const prefix = findPrefix(text);
  if (prefix === undefined || prefix.family !== 4 || prefix.length !== length4 || prefix.text !== text)
    throw malformed(text, 'ipv4Prefix', length4);
  if (!contains(block, prefix)) throw errors.invalidValue(`Prefix ${text} does not fall within the subnet's range`);
  if (touchesEdge(block, prefix.bits))
    throw errors.invalidValue(`Prefix ${text} is in subnet's reserved address range`);
  if (!isFree4(context, subnetId, prefix.bits)) throw errors.addressInUse(text);
  return prefix.bits;
}

const sizeOf = (block: Prefix): number => 2 ** (32 - block.length);

/** Whether a block has one of the addresses that AWS keeps in every subnet. */
const touchesEdge = (block: Prefix, bits: number): boolean => {
  const offset = bits - Number(block.bits);
  return offset < reservedFirst || offset + addressesPerPrefix > sizeOf(block) - reservedLast;
};

const isFree4 = ({ state }: Ec2Context, subnetId: string, bits: number): boolean =>
  state.usedAddresses.first({ from: key(subnetId, bits), to: key(subnetId, bits + addressesPerPrefix) }) === undefined;

/** A free block: of what is reserved for prefixes, when something is; else of what nothing is reserved for. */
function pickBlock4(context: Ec2Context, subnetId: string, block: Prefix): number {
  const { forPrefixes, all } = reservedRanges(context, subnetId, 4);
  const fits = (bits: number): boolean => !touchesEdge(block, bits) && isFree4(context, subnetId, bits);
  for (const range of forPrefixes) {
    const found = search4(context, range, fits);
    if (found !== undefined) return found;
  }
  const isOpen = (bits: number): boolean => !all.some((range) => overlap(range, prefix4(bits, length4)));
  const found = search4(context, block, (bits) => isOpen(bits) && fits(bits));
  if (found === undefined) throw errors.noBlocks();
  return found;
}

/** From a block by chance upwards, and around. */
function search4({ random }: Ec2Context, range: Prefix, fits: (bits: number) => boolean): number | undefined {
  const count = Math.floor(sizeOf(range) / addressesPerPrefix);
  if (count === 0) return undefined;
  const start = random.integer(0, count);
  for (let step = 0; step < count; step++) {
    const bits = Number(range.bits) + ((start + step) % count) * addressesPerPrefix;
    if (fits(bits)) return bits;
  }
  return undefined;
}

/** Gives a block back to its subnet. */
export function releasePrefix4(context: Ec2Context, subnetId: string, text: string): void {
  const { state } = context;
  const bits = Number(readPrefix(text).bits);
  state.usedAddresses.deleteAll({ from: key(subnetId, bits), to: key(subnetId, bits + addressesPerPrefix) });
  const subnet = getSubnet(context, subnetId);
  state.subnets.put({ ...subnet, used: subnet.used - addressesPerPrefix });
}

/** An IPv6 block that no interface has anything of. */
function takePrefix6(context: Ec2Context, subnetId: string, before: readonly string[], wanted?: string): string {
  const own = getSubnet(context, subnetId).ipv6Cidrs[0];
  if (own === undefined) throw errors.invalidValue(`The subnet '${subnetId}' has no IPv6 CIDR block.`);
  const block = readPrefix(own.cidr);
  const nics = context.state.interfaces.index('subnet').list({ prefix: key(subnetId) });
  const taken = [
    ...before,
    ...nics.flatMap((nic) => [...(nic.ipv6Prefixes ?? []), ...nic.ipv6.map((ip) => `${ip}/128`)]),
  ].map(readPrefix);
  const isFree = (prefix: Prefix): boolean => !taken.some((other) => overlap(other, prefix));
  if (wanted !== undefined) {
    const prefix = findPrefix(wanted);
    if (prefix === undefined || prefix.family !== 6 || prefix.length !== length6)
      throw malformed(wanted, 'ipv6Prefix', length6);
    if (!contains(block, prefix)) throw errors.invalidValue(`Prefix ${wanted} does not fall within the subnet's range`);
    if (!isFree(prefix)) throw errors.addressInUse(wanted);
    return prefix.text;
  }
  const { forPrefixes, all } = reservedRanges(context, subnetId, 6);
  for (const range of [...forPrefixes, block]) {
    const isOpen = (prefix: Prefix): boolean => range !== block || !all.some((other) => overlap(other, prefix));
    const found = search6(context, range, (prefix) => isOpen(prefix) && isFree(prefix));
    if (found !== undefined) return found;
  }
  throw errors.noBlocks();
}

/** Tries of one range: it holds tens of thousands of blocks, few of which are taken. */
const triesMax = 1_024;

function search6({ random }: Ec2Context, range: Prefix, fits: (prefix: Prefix) => boolean): string | undefined {
  if (range.length > length6) return undefined;
  const count = 2 ** Math.min(length6 - range.length, 30);
  const start = random.integer(0, count);
  for (let step = 0; step < Math.min(count, triesMax); step++) {
    const bits = BigInt(range.bits) + (BigInt((start + step) % count) << BigInt(128 - length6));
    const prefix = prefix6(bits, length6);
    if (fits(prefix)) return prefix.text;
  }
  return undefined;
}

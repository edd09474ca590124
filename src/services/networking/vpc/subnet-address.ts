// Addresses inside subnets: which are free, who has which.
import {
  address6,
  clear4,
  type Address,
  contains,
  covers,
  findAddress,
  type Prefix,
  readPrefix,
  size4,
  writeBits4,
} from '../../../network/address.ts';
import { key } from '../../../kernel/key.ts';
import { errors } from '../../compute/ec2/errors.ts';
import type { Ec2Context } from '../../compute/ec2/operation.ts';
import { reservedFirst, reservedLast } from './limits.ts';
import { freeAddresses, getSubnet, reservedRanges } from './subnet.ts';

function checkGiven(context: Ec2Context, subnetId: string, block: Prefix, text: string): Address {
  const address = findAddress(text);
  if (address === undefined) throw errors.valueOf(text, 'privateIpAddress', 'This is not a valid IP address.');
  if (address.family !== 4 || !covers(block, address)) {
    throw errors.invalidValue(`Address ${text} does not fall within the subnet's address range`);
  }
  const at = address.bits - Number(block.bits);
  if (at < reservedFirst || at >= size4(block) - reservedLast) {
    throw errors.invalidValue(`Address ${text} is in subnet's reserved address range`);
  }
  if (context.state.usedAddresses.has(key(subnetId, address.bits))) throw errors.addressInUse(text);
  return address;
}

/** A free address that nothing is reserved for, by chance as AWS does; from there on upwards and around. */
function pickFree(context: Ec2Context, subnetId: string, block: Prefix): number {
  const { state, random } = context;
  const { all: reserved } = reservedRanges(context, subnetId, 4);
  const count = size4(block) - reservedFirst - reservedLast;
  const first = Number(block.bits) + reservedFirst;
  const start = random.integer(0, count);
  for (let step = 0; step < count; step++) {
    const bits = first + ((start + step) % count);
    const kept = reserved.find((range) => clear4(bits, range.length) === range.bits);
    if (kept !== undefined) step += Math.min(Number(kept.bits) + size4(kept), first + count) - bits - 1;
    else if (!state.usedAddresses.has(key(subnetId, bits))) return bits;
  }
  throw errors.subnetFull(subnetId);
}

/** Gives an interface an address of its subnet, the one named or a free one. @throws InsufficientFreeAddressesInSubnet */
export function takeAddress(context: Ec2Context, subnetId: string, interfaceId: string, wanted?: string): string {
  const subnet = getSubnet(context, subnetId);
  if (subnet.cidr === undefined) throw errors.invalidValue('The subnet has no IPv4 CIDR block.');
  const block = readPrefix(subnet.cidr);
  const bits =
    wanted === undefined
      ? freeAddresses(subnet) > 0
        ? pickFree(context, subnetId, block)
        : full(subnetId)
      : Number(checkGiven(context, subnetId, block, wanted).bits);
  context.state.usedAddresses.put({ subnetId, bits, interfaceId });
  context.state.subnets.put({ ...subnet, used: subnet.used + 1 });
  return writeBits4(bits);
}

function full(subnetId: string): never {
  throw errors.subnetFull(subnetId);
}

/** Gives an address back to its subnet. */
export function releaseAddress(context: Ec2Context, subnetId: string, ip: string): void {
  const address = findAddress(ip);
  if (address === undefined || !context.state.usedAddresses.delete(key(subnetId, Number(address.bits)))) return;
  const subnet = getSubnet(context, subnetId);
  context.state.subnets.put({ ...subnet, used: subnet.used - 1 });
}

/** Tries to find an IPv6 address by chance; in vain only where nearly all is reserved. */
const triesMax = 4_096;

/** An IPv6 address of the subnet: the one named, or one by chance. */
export function takeIpv6(context: Ec2Context, subnetId: string, wanted?: string): string {
  const subnet = getSubnet(context, subnetId);
  const block = subnet.ipv6Cidrs[0];
  if (block === undefined) throw errors.invalidValue(`The subnet '${subnetId}' has no IPv6 CIDR block.`);
  const prefix = readPrefix(block.cidr);
  const nics = context.state.interfaces.index('subnet').list({ prefix: key(subnetId) });
  const taken = new Set(nics.flatMap((nic) => nic.ipv6));
  const delegated = nics.flatMap((nic) => nic.ipv6Prefixes ?? []).map(readPrefix);
  if (wanted !== undefined) {
    const address = findAddress(wanted);
    if (address === undefined || !covers(prefix, address)) {
      throw errors.invalidValue(`Address ${wanted} does not fall within the subnet's address range`);
    }
    if (taken.has(address.text) || delegated.some((range) => covers(range, address))) throw errors.addressInUse(wanted);
    return address.text;
  }
  const kept = [...delegated, ...reservedRanges(context, subnetId, 6).all];
  if (kept.some((range) => contains(range, prefix))) throw errors.subnetFull(subnetId);
  for (let tried = 0; tried < triesMax; tried++) {
    const host = (BigInt(context.random.uint32()) << 32n) | BigInt(context.random.uint32());
    const address = address6(BigInt(prefix.bits) | host);
    if (host > 4n && !taken.has(address.text) && !kept.some((range) => covers(range, address))) return address.text;
  }
  throw errors.subnetFull(subnetId);
}

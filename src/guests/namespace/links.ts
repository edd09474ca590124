// Links of a guest: each of its network interfaces as a pair of ends, one in the fabric and one in the guest, and what must be told to
// `ip` on either side so that it has its addresses. Pure.
//
// A guest's end is configured as an image of AWS does it: `eth0` has the default route, and what has the address of an interface leaves by
// that interface, as AWS's `ec2-net-utils` sets it up. Secondary IPv4 addresses and IPv6 addresses are there without a word of the user.
import type { Machine, MachineInterface } from '../../kernel/machine.ts';
import { address4, readPrefix } from '../../network/address.ts';
import { linkOf } from './ruleset.ts';

export interface Link {
  readonly interfaceId: string;
  /** Its name in the fabric. */
  readonly link: string;
  /** 0 is `eth0`. */
  readonly index: number;
  readonly mac: string;
  /** IPv4 addresses, the primary one first. */
  readonly addresses: readonly string[];
  readonly prefixLength: number;
  /** Undefined in a subnet with IPv6 only. */
  readonly router?: string | undefined;
  readonly ipv6: readonly string[];
}

/** The router of every subnet, in IPv6: its address on the link. */
const router6 = 'fe80::1';
/** Number of the routing table of `eth0`. */
const firstTable = 10_000;

function linkFor(nic: MachineInterface): Link {
  const prefix = nic.subnetCidr === undefined ? undefined : readPrefix(nic.subnetCidr);
  return {
    interfaceId: nic.id,
    link: linkOf(nic.id),
    index: nic.deviceIndex,
    mac: nic.mac,
    addresses: nic.addresses.map((one) => one.private),
    prefixLength: prefix?.length ?? 32,
    router: prefix?.family === 4 ? address4(prefix.bits + 1).text : undefined,
    ipv6: nic.ipv6,
  };
}

/** Of the interfaces that an instance has in a VPC, by their numbers. */
export const linksOf = ({ interfaces }: Machine, vpcId: string): readonly Link[] =>
  interfaces
    .filter((nic) => nic.vpcId === vpcId)
    .map(linkFor)
    .sort((a, b) => a.index - b.index);

export const deviceOf = ({ index }: Pick<Link, 'index'>): string => `eth${index}`;

/** Lines for `ip -batch`. */
export interface Wiring {
  readonly fabric: readonly string[];
  readonly guest: readonly string[];
  /** For `ip -6`: rules do not tell their family by their addresses. */
  readonly guest6: readonly string[];
}

const without = (some: readonly string[], others: readonly string[] = []): string[] =>
  some.filter((one) => !others.includes(one));

/** How a link becomes what it should be, from what it was; undefined: it is new. */
export function wiringOf(before: Link | undefined, after: Link): Wiring {
  const { link, index, prefixLength, router } = after;
  const device = deviceOf(after);
  const table = firstTable + index;
  const isNew = before === undefined;
  const rule = (verb: 'add' | 'del', address: string): string => `rule ${verb} from ${address} lookup ${table}`;
  const ways: readonly (readonly [string, string])[] = [
    ...(router === undefined ? [] : [['default', router] as const]),
    ...(after.ipv6.length === 0 ? [] : [['::/0', router6] as const]),
  ];
  const routes = ways.flatMap(([to, via]) => {
    const route = `route replace ${to} via ${via} dev ${device}`;
    return [`${route} metric ${100 + index}`, `${route} table ${table}`];
  });
  const added = without(after.addresses, before?.addresses);
  const gone = without(before?.addresses ?? [], after.addresses);
  const added6 = without(after.ipv6, before?.ipv6);
  const gone6 = without(before?.ipv6 ?? [], after.ipv6);
  return {
    fabric: [
      ...(isNew ? [`link set ${link} up`, `address add ${router6}/64 dev ${link} nodad`] : []),
      ...(isNew && router !== undefined ? [`address replace ${router}/32 dev lo`] : []),
      ...gone.map((address) => `route del ${address}/32 dev ${link}`),
      ...gone6.map((address) => `route del ${address}/128 dev ${link}`),
      ...added.map((address) => `route replace ${address}/32 dev ${link} src ${router}`),
      ...added6.map((address) => `route replace ${address}/128 dev ${link}`),
    ],
    guest: [
      ...gone.flatMap((address) => [`address del ${address}/${prefixLength} dev ${device}`, rule('del', address)]),
      ...gone6.map((address) => `address del ${address}/128 dev ${device}`),
      ...added.map((address) => `address add ${address}/${prefixLength} dev ${device}`),
      ...added6.map((address) => `address add ${address}/128 dev ${device} nodad`),
      ...(isNew ? [`link set ${device} up`] : []),
      ...(isNew || added6.length > 0 ? routes : []),
      ...added.map((address) => rule('add', address)),
    ],
    guest6: [...gone6.map((address) => rule('del', address)), ...added6.map((address) => rule('add', address))],
  };
}

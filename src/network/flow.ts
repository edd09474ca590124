// A flow is what somebody wants to send; a packet is its header at one point of the way.
import { type Address, readAddress } from './address.ts';

/** Where a packet enters the network. */
export type Source =
  | { readonly kind: 'interface'; readonly id: string }
  /** Anywhere on the Internet. */
  | { readonly kind: 'internet' }
  | { readonly kind: 'site'; readonly id: string };

export interface Flow {
  readonly from: Source;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, or a protocol number as text. */
  readonly protocol: string;
  /** Default for an interface: its primary address of the destination's family. */
  readonly source?: string | undefined;
  readonly destination: string;
  /** Default: 49152, the first port of the dynamic range. */
  readonly sourcePort?: number | undefined;
  readonly destinationPort?: number | undefined;
  /** Default: an echo request. */
  readonly icmp?: Icmp | undefined;
}

export interface Icmp {
  readonly type: number;
  readonly code: number;
}

export interface Packet {
  /** IANA number. */
  readonly protocol: number;
  readonly source: Address;
  readonly destination: Address;
  /** Zero where the protocol has no ports. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmp?: Icmp | undefined;
}

export const tcp = 6;
export const udp = 17;
export const icmp = 1;
export const icmpv6 = 58;

const numbers: Readonly<Record<string, number>> = { tcp, udp, icmp, icmpv6 };
const names: ReadonlyMap<number, string> = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));

/** IANA number of a protocol name or number as text; −1 for all. */
export const protocolNumber = (name: string): number => numbers[name.toLowerCase()] ?? Number(name);

export const protocolName = (number: number): string => names.get(number) ?? String(number);

export const hasPorts = (protocol: number): boolean => protocol === tcp || protocol === udp;

const firstDynamicPort = 49_152;

export function makePacket(flow: Flow, source: Address): Packet {
  const protocol = protocolNumber(flow.protocol);
  const ports = hasPorts(protocol);
  return {
    protocol,
    source,
    destination: readAddress(flow.destination),
    sourcePort: ports ? (flow.sourcePort ?? firstDynamicPort) : 0,
    destinationPort: ports ? (flow.destinationPort ?? 0) : 0,
    icmp: echoOf(protocol, flow.icmp),
  };
}

function echoOf(protocol: number, given: Icmp | undefined): Icmp | undefined {
  if (protocol === icmp) return given ?? { type: 8, code: 0 };
  if (protocol === icmpv6) return given ?? { type: 128, code: 0 };
  return undefined;
}

/** Echo request → echo reply; any other message is answered by itself. */
function answerType(protocol: number, message: Icmp): Icmp {
  if (protocol === icmp && message.type === 8) return { type: 0, code: 0 };
  if (protocol === icmpv6 && message.type === 128) return { type: 129, code: 0 };
  return message;
}

/** The packet by which the other side answers. */
export const answerTo = (packet: Packet): Packet => ({
  protocol: packet.protocol,
  source: packet.destination,
  destination: packet.source,
  sourcePort: packet.destinationPort,
  destinationPort: packet.sourcePort,
  icmp: packet.icmp === undefined ? undefined : answerType(packet.protocol, packet.icmp),
});

/** `tcp/443`, `icmp type 8`, `protocol 47`. */
export function describeProtocol(packet: Packet): string {
  if (hasPorts(packet.protocol)) return `${protocolName(packet.protocol)}/${packet.destinationPort}`;
  if (packet.icmp !== undefined) return `${protocolName(packet.protocol)} type ${packet.icmp.type}`;
  return `protocol ${packet.protocol}`;
}

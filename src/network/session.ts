// What stateful parts remember of a connection. `trace` reads sessions and tells which it opened; whoever has live traffic
// keeps them. So the walker stays pure, and a forgotten session is as visible as a missing rule.
import { type Instant, later } from '../kernel/units.ts';
import type { Address } from './address.ts';
import { icmp, icmpv6, type Packet, tcp } from './flow.ts';
import type { Tracking } from './topology.ts';

export interface Session {
  /** Made by `trackingKey`, `translationKey` … */
  readonly key: string;
  /**
   * False: no state is kept, since the rules admit everything of this kind both ways. Such a connection ends at once when the
   * rule goes; a tracked one lives on.
   */
  readonly tracked: boolean;
  /** Seconds without a packet after which it is forgotten, for the first exchange and for later ones. */
  readonly idleSeconds: number;
  readonly streamIdleSeconds: number;
  /** What a translation put the outside address and port in place of. */
  readonly inside?: { readonly address: Address; readonly port: number } | undefined;
  /** NAT64: the IPv6 address that stood for the outside one. */
  readonly outside?: Address | undefined;
  /** Who looks at the flow's packets behind a Gateway Load Balancer. */
  readonly applianceId?: string | undefined;
  /** Where answers go without routing. */
  readonly carryTo?: { readonly vpcId: string; readonly interfaceId: string } | undefined;
}

export interface LiveSession extends Session {
  readonly lastSeenAt: Instant;
  /** How often it was used. */
  readonly exchanges: number;
}

/** By session key. */
export type Sessions = ReadonlyMap<string, LiveSession>;

export const noSessions: Sessions = new Map();

const tcpEstablishedSeconds = 432_000;
const udpSeconds = 30;
const udpStreamSeconds = 180;
/** Idle time of NAT gateways. @see https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html */
export const natIdleSeconds = 350;

/**
 * Idle times of security group tracking.
 *
 * Default: TCP 432,000 s (5 days), UDP 30 s, UDP streams (more than one exchange) 180 s.
 * Unknown: the idle time for ICMP and other protocols; they are held as UDP is.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
 */
export function idleTimes(
  packet: Packet,
  own: Tracking | undefined,
): { idleSeconds: number; streamIdleSeconds: number } {
  if (packet.protocol === tcp) {
    const seconds = own?.tcpEstablishedSeconds ?? tcpEstablishedSeconds;
    return { idleSeconds: seconds, streamIdleSeconds: seconds };
  }
  return {
    idleSeconds: own?.udpSeconds ?? udpSeconds,
    streamIdleSeconds: own?.udpStreamSeconds ?? udpStreamSeconds,
  };
}

const expiry = (session: LiveSession): Instant =>
  later(session.lastSeenAt, session.exchanges > 1 ? session.streamIdleSeconds : session.idleSeconds);

export const isAlive = (session: LiveSession, now: Instant): boolean => expiry(session) > now;

/** The sessions with those that a trace opened or used, and without those that were idle for too long. */
export function remember(sessions: Sessions, opened: Iterable<Session>, now: Instant): Sessions {
  const next = new Map<string, LiveSession>();
  for (const [at, session] of sessions) if (isAlive(session, now)) next.set(at, session);
  for (const session of opened) {
    const exchanges = (next.get(session.key)?.exchanges ?? 0) + 1;
    next.set(session.key, { ...session, lastSeenAt: now, exchanges });
  }
  return next;
}

/** Both directions of an echo have one key: neither type nor code is part of it. */
const isIcmp = (packet: Packet): boolean => packet.protocol === icmp || packet.protocol === icmpv6;

const ends = (packet: Packet, outward: boolean): string => {
  const source = isIcmp(packet) ? packet.source.text : `${packet.source.text},${packet.sourcePort}`;
  const destination = isIcmp(packet) ? packet.destination.text : `${packet.destination.text},${packet.destinationPort}`;
  return outward ? `${packet.protocol},${source},${destination}` : `${packet.protocol},${destination},${source}`;
};

/** A connection as a part sees it, the same for both directions. `outward`: the packet comes from the part's own side. */
export const connectionKey = (partId: string, packet: Packet, outward: boolean): string =>
  `${partId},${ends(packet, outward)}`;

// Address translation with a memory: NAT gateways, and instances that forward as themselves.
import { type Address, readAddress } from './address.ts';
import { hasPorts, type Packet } from './flow.ts';
import { connectionKey, natIdleSeconds, type Session } from './session.ts';
import type { NetworkInterface } from './topology.ts';
import type { Walk } from './walk.ts';

const lowestPort = 1_024;
const portCount = 65_536 - lowestPort;

const keyAt = (nic: NetworkInterface, packet: Packet, outward: boolean): string =>
  connectionKey(`translate ${nic.id}`, packet, outward);

const belongsTo = (session: Session, inside: { address: Address; port: number }): boolean =>
  session.inside?.address.text === inside.address.text && session.inside.port === inside.port;

/** The first port from `wanted` on that no other connection from here to the same destination has. */
function freePort(
  walk: Walk,
  nic: NetworkInterface,
  packet: Packet,
  inside: { address: Address; port: number },
): number {
  const wanted = inside.port >= lowestPort ? inside.port : inside.port + lowestPort;
  if (!hasPorts(packet.protocol)) return 0;
  for (let tried = 0; tried < portCount; tried++) {
    const port = lowestPort + ((wanted - lowestPort + tried) % portCount);
    const taken = walk.session(keyAt(nic, { ...packet, sourcePort: port }, true));
    if (taken === undefined || belongsTo(taken, inside)) return port;
  }
  return wanted;
}

/**
 * Puts the interface's own address and a port of 1024–65535 in place of the source, and remembers it for the answer.
 * `destination` replaces the destination, too (NAT64).
 */
export function translateSource(walk: Walk, nic: NetworkInterface, destination = walk.packet.destination): void {
  const own = nic.addresses[0]?.private;
  if (own === undefined) return;
  const inside = { address: walk.packet.source, port: walk.packet.sourcePort };
  const after = { ...walk.packet, source: readAddress(own), destination };
  const translated = { ...after, sourcePort: freePort(walk, nic, after, inside) };
  walk.keep({
    key: keyAt(nic, translated, true),
    tracked: true,
    idleSeconds: natIdleSeconds,
    streamIdleSeconds: natIdleSeconds,
    inside,
    ...(destination === walk.packet.destination ? {} : { outside: walk.packet.destination }),
  });
  walk.translate('source', translated);
}

/** Turns an answer back to whom it belongs; false when nothing was sent from here to its source. */
export function translateBack(walk: Walk, nic: NetworkInterface): boolean {
  const session = walk.session(keyAt(nic, walk.packet, false));
  if (session?.inside === undefined) return false;
  walk.keep(session);
  walk.translate('destination', {
    ...walk.packet,
    source: session.outside ?? walk.packet.source,
    destination: session.inside.address,
    destinationPort: session.inside.port,
  });
  return true;
}

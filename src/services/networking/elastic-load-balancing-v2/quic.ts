// What a network load balancer reads of QUIC: the server's ID within a connection's ID, by which a connection finds its target again also
// when the client's address is another one. All else is the target's business.
//
// Inferred: the ID stands after the first octet of the connection ID, as in the plain form of QUIC-LB, which AWS's targets write.
// @see https://datatracker.ietf.org/doc/html/draft-ietf-quic-load-balancers
// @see https://datatracker.ietf.org/doc/html/rfc9000#section-17

const serverIdBytes = 8;
/** A packet with a long header says how long the connection's ID is; with a short one it begins at once. */
const longHeader = 0x80;
const longIdAt = 6;
const shortIdAt = 1;

/** `0x1122334455667788`; undefined where the packet has none. */
export function serverIdOf(packet: Uint8Array): string | undefined {
  const isLong = ((packet[0] ?? 0) & longHeader) !== 0;
  const idAt = isLong ? longIdAt : shortIdAt;
  if (isLong && (packet[longIdAt - 1] ?? 0) < serverIdBytes + 1) return undefined;
  const from = idAt + 1;
  if (packet.byteLength < from + serverIdBytes) return undefined;
  return `0x${Buffer.from(packet.subarray(from, from + serverIdBytes)).toString('hex')}`;
}

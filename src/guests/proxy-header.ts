// The header of the proxy protocol, by which a load balancer tells a server who came: a line (version 1) or bytes (version 2) in front of
// what the client sends.
// @see https://www.haproxy.org/download/2.3/doc/proxy-protocol.txt

const signature = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const lineMax = 107;

export interface ProxyHeader {
  readonly sizeBytes: number;
  readonly sourceIp: string;
}

function addressOf(bytes: Uint8Array): string {
  if (bytes.byteLength === 4) return bytes.join('.');
  return Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(.{4})(?!$)/g, '$1:');
}

/** The header at the beginning of a connection's first bytes; undefined where there is none. */
export function readProxyHeader(first: Buffer): ProxyHeader | undefined {
  const line = /^PROXY TCP[46] (\S+) \S+ \d+ \d+\r\n/.exec(first.subarray(0, lineMax).toString('latin1'));
  if (line !== null) return { sizeBytes: line[0].length, sourceIp: line[1] ?? '' };
  if (first.byteLength < 16 || !first.subarray(0, signature.byteLength).equals(signature)) return undefined;
  const sizeBytes = 16 + first.readUInt16BE(14);
  const addressBytes = (first[13] ?? 0) >> 4 === 2 ? 16 : 4;
  return first.byteLength < sizeBytes
    ? undefined
    : { sizeBytes, sourceIp: addressOf(first.subarray(16, 16 + addressBytes)) };
}

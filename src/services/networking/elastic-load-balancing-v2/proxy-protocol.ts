// The header by which a load balancer tells a target who came, in front of what the client sends (proxy protocol, version 2).
//
// Unknown: which further values AWS adds; here there is the endpoint's ID for who came by PrivateLink, as is documented.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#proxy-protocol
// @see https://www.haproxy.org/download/2.3/doc/proxy-protocol.txt
import type { Delivery } from '../../../kernel/receiver.ts';
import { readAddress } from '../../../network/address.ts';

const signature = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
/** Version 2, on behalf of somebody else. */
const versionAndCommand = 0x21;
/** TCP over IPv4 and IPv6. */
const families = { 4: 0x11, 6: 0x21 } as const;
/** AWS's own value, of the kind that holds an endpoint's ID. */
const ofAws = 0xea;
const endpointKind = 0x01;

function bytesOf(text: string): Buffer {
  const { bits, family } = readAddress(text);
  const size = family === 4 ? 4 : 16;
  return Buffer.from(
    BigInt(bits)
      .toString(16)
      .padStart(size * 2, '0'),
    'hex',
  );
}

const port = (number: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(number);
  return bytes;
};

export function proxyHeader(delivery: Delivery): Buffer {
  const { sourceIp, sourcePort, destinationIp, port: destinationPort, endpointId } = delivery;
  const { family } = readAddress(sourceIp);
  const body = [bytesOf(sourceIp), bytesOf(destinationIp), port(sourcePort), port(destinationPort)];
  if (endpointId !== undefined) {
    const value = Buffer.concat([Buffer.from([endpointKind]), Buffer.from(endpointId)]);
    body.push(Buffer.from([ofAws]), port(value.byteLength), value);
  }
  const rest = Buffer.concat(body);
  return Buffer.concat([signature, Buffer.from([versionAndCommand, families[family]]), port(rest.byteLength), rest]);
}

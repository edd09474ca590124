// What was agreed with a client that came by TLS, for those who log it.
import { X509Certificate } from 'node:crypto';
import type tls from 'node:tls';
import type { TlsSession } from '../kernel/door.ts';
import type { Identity } from './local-authority.ts';

/** The ARN of the certificate that was shown. */
function shownOf(
  socket: tls.TLSSocket,
  arns: readonly string[],
  identity: (arn: string) => Identity | undefined,
): string | undefined {
  const shown = socket.getX509Certificate();
  return arns.find((arn) => {
    const certificate = identity(arn)?.certificate;
    return certificate !== undefined && shown?.raw.equals(new X509Certificate(certificate).raw) === true;
  });
}

export function sessionOf(
  socket: tls.TLSSocket,
  arns: readonly string[],
  identity: (arn: string) => Identity | undefined,
  handshakeMs: number,
): TlsSession {
  // Node's types have it for clients alone.
  const { servername: name } = socket as { readonly servername?: string | false };
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    serverName: typeof name === 'string' && name !== '' ? name : undefined,
    alpn: socket.alpnProtocol === false || socket.alpnProtocol === null ? undefined : socket.alpnProtocol,
    certificateArn: shownOf(socket, arns, identity),
    handshakeMs,
  };
}

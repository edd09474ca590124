// A line of a network load balancer's access log for each connection by TLS, when it ends. Others leave none.
//
// Differs: the protocols that a client offers (ALPN) and the named group are not told: `-`.
// Differs: connections by name on the cloud's own port leave no line; those on ports of the load balancer's own do.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html
import { stopwatchMs } from '../../../kernel/clock.ts';
import type { TlsSession } from '../../../kernel/door.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { Incoming } from './network-balancer.ts';
import { keepFor } from './request-log.ts';
import type { ElbContext } from './state.ts';

/** A connection by TLS as long as it lasts. */
export interface Logged {
  readonly incoming: Incoming;
  readonly tls: TlsSession;
  readonly createdAt: Instant;
  readonly createdMs: number;
  receivedBytes: number;
  sentBytes: number;
}

/** Undefined where nothing is logged. */
export function beginLog({ clock }: ElbContext, incoming: Incoming): Logged | undefined {
  const { balancer, delivery } = incoming;
  if (delivery.tls === undefined || balancer.attributes['access_logs.s3.enabled'] !== 'true') return undefined;
  const started = { createdAt: clock.now(), createdMs: stopwatchMs() };
  return { incoming, tls: delivery.tls, ...started, receivedBytes: 0, sentBytes: 0 };
}

/** `2026-03-02T09:00:00`. */
const second = (at: Instant): string => new Date(at).toISOString().slice(0, 19);

/** A clock that stands still measures nothing: then it is the real time that passed. */
const lastedMs = ({ createdAt, createdMs }: Logged, now: Instant): number =>
  Math.round(Math.max(now - createdAt, stopwatchMs() - createdMs));

function lineOf(logged: Logged, now: Instant): string {
  const { incoming, tls } = logged;
  const { balancer, listener, delivery } = incoming;
  return [
    'tls',
    '2.0',
    second(now),
    balancer.path,
    listener.arn.split('/').at(-1),
    `${delivery.sourceIp}:${delivery.sourcePort}`,
    `${delivery.destinationIp}:${delivery.port}`,
    lastedMs(logged, now),
    Math.round(tls.handshakeMs),
    logged.receivedBytes,
    logged.sentBytes,
    // The alert by which the client broke off.
    '-',
    tls.certificateArn ?? '-',
    // Kept free by AWS.
    '-',
    tls.cipher,
    tls.protocol.toLowerCase().replace('.', ''),
    '-',
    tls.serverName ?? '-',
    tls.alpn ?? '-',
    '-',
    '-',
    second(logged.createdAt),
  ].join(' ');
}

export async function endLog(context: ElbContext, logged: Logged): Promise<void> {
  await keepFor(context, logged.incoming.balancer, undefined, lineOf(logged, context.clock.now()));
}

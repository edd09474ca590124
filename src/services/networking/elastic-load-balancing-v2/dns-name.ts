// Names of load balancers: how they are written, what they resolve to, and who comes by them. The same for classic load balancers.
import type { HttpRequest } from '../../../kernel/http.ts';
import type { Context } from '../../../kernel/service.ts';
import type { NodeRow } from './state.ts';

/** Names of the local cloud stand under the host by which the client came; `localhost` when that is an address. */
export function dnsNameOf(label: string | undefined, { origin }: Pick<Context, 'origin'>): string | undefined {
  const host = origin.host.replace(/:\d+$/, '');
  const suffix = /^[\d.]+$|^\[|^$/.test(host) ? 'localhost' : (hostSuffix(host) ?? 'localhost');
  return label === undefined ? undefined : `${label}.${suffix}`;
}

const hostSuffix = (host: string): string | undefined =>
  /(?:^|\.)(localhost\.localstack\.cloud|localhost|amazonaws\.com(?:\.cn)?)$/.exec(host)?.[1];

/** `web-1234567890.us-east-1.elb.localhost` → `web-1234567890.us-east-1.elb`; `net-….elb.us-east-1.localhost`. */
export const labelOf = (host: string): string | undefined =>
  /^(.+\.elb(?:\.[a-z]{2,}(?:-[a-z]+)+-\d)?)\.(?:localhost|localhost\.localstack\.cloud|amazonaws\.com(?:\.cn)?)$/.exec(
    host.replace(/:\d*$/, '').toLowerCase(),
  )?.[1];

/** Where requests from the Internet seem to come from when they come from this machine. */
const outsideIp = '198.51.100.1';
const local = /^(?:127\.|::1$|::ffff:127\.)/;

/** A client on this machine is taken for one on the Internet. */
export const outsideIpOf = (clientIp: string): string => (local.test(clientIp) ? outsideIp : clientIp);

/** A client may say who it is, to try rules on source addresses. */
export const clientIpOf = ({ headers, sourceIp }: HttpRequest): string =>
  headers['x-hakoniwa-client-ip'] ?? outsideIpOf(sourceIp);

/** Why no client on the Internet reaches an internal load balancer. */
export const internalOnly =
  'an internal load balancer has private addresses only: it is reached from inside of its network';

interface Reachable {
  readonly port: number;
  readonly protocols: readonly string[];
}

const isSecure = ({ protocols }: Reachable): boolean => protocols.includes('https') || protocols.includes('tls');

/**
 * The listener that a request by name is for: of the port in the host, if there is one; else of port 80, 443, or the first. By TLS one
 * that takes TLS: of the port in the host, else of port 443, or the first.
 */
export function listenerFor<Listener extends Reachable>(
  listeners: readonly Listener[],
  host: string,
  secure: boolean,
): Listener | undefined {
  const given = Number(/:(\d+)$/.exec(host)?.[1]);
  const taking = secure ? listeners.filter(isSecure) : listeners;
  const of = (port: number): Listener | undefined => taking.find((listener) => listener.port === port);
  return of(given) ?? (secure ? undefined : of(80)) ?? of(443) ?? taking[0];
}

/** Nodes that the name resolves to: those whose zone can be reached. */
export function nodesOf(
  { parts }: Pick<Context, 'parts'>,
  { vpcId, nodes }: { readonly vpcId: string; readonly nodes: readonly NodeRow[] },
): readonly NodeRow[] {
  const troubled = parts.faults.zones();
  if (troubled.size === 0) return nodes;
  const subnets = parts.network.topology().vpcs.get(vpcId)?.subnets ?? [];
  return nodes.filter(({ subnetId }) => {
    const health = troubled.get(subnets.find(({ id }) => id === subnetId)?.zone ?? '');
    return health === undefined || (health.power && health.network);
  });
}

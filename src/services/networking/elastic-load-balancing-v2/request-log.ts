// A line of an application load balancer's access log for each request.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import type { Instant } from '../../../kernel/units.ts';
import { type Deliverer, endOfInterval, keepLine, moment, quoted, takeLines, times, writeLog } from './access-log.ts';
import type { Came } from './forwarded.ts';
import type { Arrival, Outcome } from './serve.ts';
import type { BalancerRow, ElbContext } from './state.ts';

export interface Logged {
  readonly arrival: Arrival;
  readonly outcome: Outcome;
  /** As the log tells it: 460 for a client that left. */
  readonly status: number;
  readonly createdAt: Instant;
  /** Of a connection that was passed on as a whole, besides the head of its request. */
  readonly bytes?: { readonly received: number; readonly sent: number; readonly isUpgraded: boolean } | undefined;
}

const intervalMinutes = 5;

/** Bytes of a request's head, about as they were on the wire. */
export const headBytes = (method: string, target: string, headers: Readonly<Record<string, string>>): number =>
  Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length + 4,
    method.length + target.length + 13,
  );

export const lengthOf = ({ body, headers }: HttpResponse): number => {
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.byteLength;
  return Number(headers['content-length'] ?? 0) || 0;
};

export const receivedBytes = ({ method, target, headers, body }: HttpRequest): number =>
  headBytes(method, target, headers) + (body.lengthBytes ?? 0);

export const sentBytes = (response: HttpResponse): number =>
  headBytes('', '', response.headers as Record<string, string>) + lengthOf(response);

const actionNames: Readonly<Record<string, string>> = {
  forward: 'forward',
  redirect: 'redirect',
  'fixed-response': 'fixed-response',
};

/** `http`, `https`; by HTTP/2 `h2`, `grpcs`; of a WebSocket `ws`, `wss`. */
const typeOf = ({ arrival: { came, request }, bytes }: Logged): string => {
  if (bytes?.isUpgraded === true) return came.protocol === 'https' ? 'wss' : 'ws';
  if (request.http2 !== true || came.protocol === 'http') return came.protocol;
  return request.headers['content-type']?.startsWith('application/grpc') === true ? 'grpcs' : 'h2';
};

function lineOf(logged: Logged, at: Instant): string {
  const { arrival, outcome, status, createdAt, bytes } = logged;
  const { balancer, came, request } = arrival;
  const { sent, rule, action, byTarget, response } = outcome;
  const { method, target, headers } = request;
  const host = (headers['host'] ?? '').replace(/:\d+$/, '');
  const tls: Came['tls'] = came.tls ?? request.tls;
  const own = byTarget ? String(response.status) : '-';
  return [
    typeOf(logged),
    moment(at),
    balancer.path,
    `${came.clientIp}:${came.clientPort}`,
    sent?.target ?? '-',
    times(sent?.seconds),
    status,
    own,
    receivedBytes(request) + (bytes?.received ?? 0),
    bytes?.sent ?? sentBytes(response),
    quoted(
      `${method} ${came.protocol}://${host}:${came.port}${target} ${request.http2 === true ? 'HTTP/2.0' : 'HTTP/1.1'}`,
    ),
    quoted(headers['user-agent']),
    tls?.cipher ?? '-',
    tls?.protocol ?? '-',
    sent?.groupArn ?? '-',
    quoted(sent?.traceId ?? headers['x-amzn-trace-id']),
    quoted(tls?.serverName),
    quoted(tls?.certificateArn),
    action === undefined ? '-' : (rule?.priority ?? 0),
    moment(createdAt),
    quoted(actionNames[action?.Type ?? '']),
    quoted(action?.Type === 'redirect' ? String(response.headers['location']) : undefined),
    '"-"',
    quoted(sent?.target),
    quoted(own),
    '"-" "-"',
    'TID_-',
  ].join(' ');
}

export function logRequest(context: ElbContext, logged: Logged): Promise<void> | undefined {
  const { balancer, node } = logged.arrival;
  return keepFor(context, balancer, node.publicIp ?? node.privateIp, lineOf(logged, context.clock.now()));
}

/** Keeps a line. The first of an interval asks for its file. */
export function keepFor(
  context: ElbContext,
  balancer: BalancerRow,
  nodeIp: string | undefined,
  line: string,
): Promise<void> | undefined {
  const { parts, clock, jobs } = context;
  if (!keepLine(parts, balancer.arn, nodeIp ?? '', line)) return undefined;
  return context.transact(() => {
    const endsAt = endOfInterval(clock.now(), intervalMinutes);
    jobs.at(endsAt, 'deliverLog', { arn: balancer.arn, endsAt });
  });
}

export const logPlaceOf = ({ attributes }: Pick<BalancerRow, 'attributes'>) => ({
  bucket: attributes['access_logs.s3.bucket'] ?? '',
  prefix: attributes['access_logs.s3.prefix'] ?? '',
});

export const delivererOf = ({ type }: BalancerRow): Deliverer =>
  type === 'network' ? 'delivery.logs.amazonaws.com' : 'logdelivery.elasticloadbalancing.amazonaws.com';

/** Job: writes what was gathered, a file for each node; of a network load balancer one for all. */
export async function deliverLog(
  { arn, endsAt }: { readonly arn: string; readonly endsAt: Instant },
  context: ElbContext,
): Promise<void> {
  const nodes = takeLines(context.parts, arn);
  const balancer = context.state.balancers.find(arn);
  if (balancer === undefined || balancer.attributes['access_logs.s3.enabled'] !== 'true') return;
  for (const [nodeIp, lines] of nodes) {
    const file = {
      place: logPlaceOf(balancer),
      label: balancer.path.replaceAll('/', '.'),
      endsAt,
      nodeIp,
      random: context.ids.hex(8),
      lines,
      compressed: true,
    };
    await writeLog(context, file, delivererOf(balancer), arn);
  }
}

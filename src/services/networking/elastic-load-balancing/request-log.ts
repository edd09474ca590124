// A line of a classic load balancer's access log for each request or connection.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import { key } from '../../../kernel/key.ts';
import type { Instant } from '../../../kernel/units.ts';
import {
  endOfInterval,
  keepLine,
  moment,
  quoted,
  takeLines,
  times,
  writeLog,
} from '../elastic-load-balancing-v2/access-log.ts';
import { lengthOf } from '../elastic-load-balancing-v2/request-log.ts';
import type { Arrival } from './serve.ts';
import type { AttributesRow, BalancerRow, ClassicContext } from './state.ts';

export interface Logged {
  readonly arrival: Arrival;
  /** `10.0.0.7:80`; undefined when no instance took it. */
  readonly backend?: string | undefined;
  readonly seconds?: number | undefined;
  /** Undefined for a connection. */
  readonly exchange?:
    | { readonly request: HttpRequest; readonly response: HttpResponse; readonly byInstance: boolean }
    | undefined;
}

/** How its ARN would read: for policies of the bucket. */
export const arnOf = ({ partition, region, account }: ClassicContext, name: string): string =>
  `arn:${partition}:elasticloadbalancing:${region}:${account}:loadbalancer/${name}`;

function lineOf({ arrival, backend, seconds, exchange }: Logged, at: Instant): string {
  const { balancer, delivery, listener } = arrival;
  const start = [
    moment(at),
    balancer.name,
    `${delivery.sourceIp}:${delivery.sourcePort}`,
    backend ?? '-',
    times(seconds),
  ];
  if (exchange === undefined) return [...start, '- - 0 0 "- - - " "-" - -'].join(' ');
  const { request, response, byInstance } = exchange;
  const host = (request.headers['host'] ?? '').replace(/:\d+$/, '');
  const url = `${listener.protocol.toLowerCase()}://${host}:${listener.port}${request.target}`;
  return [
    ...start,
    response.status,
    byInstance ? response.status : '-',
    request.body.lengthBytes ?? 0,
    lengthOf(response),
    quoted(`${request.method} ${url} HTTP/1.1`),
    quoted(request.headers['user-agent']),
    '- -',
  ].join(' ');
}

/** Keeps a line, where that is wanted. The first of an interval asks for its file. */
export function logRequest(context: ClassicContext, logged: Logged): Promise<void> | undefined {
  const { balancer, node } = logged.arrival;
  const { enabled, everyMinutes } = balancer.attributes.accessLog;
  if (!enabled) return undefined;
  const { parts, clock, jobs } = context;
  const nodeIp = node.publicIp ?? node.privateIp ?? '';
  if (!keepLine(parts, balancer.dnsLabel, nodeIp, lineOf(logged, clock.now()))) return undefined;
  return context.transact(() => {
    const endsAt = endOfInterval(clock.now(), everyMinutes);
    jobs.at(endsAt, 'deliverLog', { name: balancer.name, dnsLabel: balancer.dnsLabel, endsAt });
  });
}

export const logPlaceOf = ({ accessLog }: AttributesRow) => ({
  bucket: accessLog.bucket ?? '',
  prefix: accessLog.prefix ?? '',
});

/** Job: writes what was gathered, a file for each node. */
export async function deliverLog(
  { name, dnsLabel, endsAt }: Pick<BalancerRow, 'name' | 'dnsLabel'> & { readonly endsAt: Instant },
  context: ClassicContext,
): Promise<void> {
  const nodes = takeLines(context.parts, dnsLabel);
  const balancer = context.state.balancers.find(key(name));
  if (balancer?.dnsLabel !== dnsLabel || !balancer.attributes.accessLog.enabled) return;
  for (const [nodeIp, lines] of nodes) {
    const place = logPlaceOf(balancer.attributes);
    const file = { place, label: name, endsAt, nodeIp, random: context.ids.hex(8), lines, compressed: false };
    await writeLog(context, file, 'logdelivery.elasticloadbalancing.amazonaws.com', arnOf(context, name));
  }
}

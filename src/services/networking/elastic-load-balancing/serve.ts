// What a node does with what has reached one of its listeners: HTTP is read and passed on, TCP is passed through.
import type { Duplex } from 'node:stream';
import { stopwatchMs } from '../../../kernel/clock.ts';
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import type { Delivery, NoAnswer } from '../../../kernel/receiver.ts';
import type { Flow } from '../../../network/flow.ts';
import type { Trace } from '../../../network/trace.ts';
import { failures } from '../elastic-load-balancing-v2/failure.ts';
import { bringBack, forwardedHeaders } from '../elastic-load-balancing-v2/forwarded.ts';
import { untilIdle } from '../elastic-load-balancing-v2/idle-body.ts';
import { occupy } from '../elastic-load-balancing-v2/memory.ts';
import type { NodeRow } from '../elastic-load-balancing-v2/state.ts';
import { bind, candidatesOf, chooseInstance, stickinessOf } from './choice.ts';
import { isHttp, isSecure } from './listener.ts';
import { attributeOf } from './policy.ts';
import { logRequest } from './request-log.ts';
import { type BalancerRow, type ClassicContext, type InstanceRow, instanceKey, type ListenerRow } from './state.ts';

/** What has arrived at a node. */
export interface Arrival {
  readonly balancer: BalancerRow;
  readonly node: NodeRow;
  readonly listener: ListenerRow;
  readonly delivery: Delivery;
}

export const subjectOf = ({ dnsLabel }: BalancerRow): string => `elb/${dnsLabel}`;

function flowTo({ parts }: ClassicContext, { node, listener }: Arrival, instance: InstanceRow): Flow | undefined {
  const destination = parts.guests.find(instance.id)?.spec.privateIp;
  if (destination === undefined || node.interfaceId === undefined) return undefined;
  return {
    from: { kind: 'interface', id: node.interfaceId },
    protocol: 'tcp',
    destination,
    destinationPort: listener.instancePort,
  };
}

function count(context: ClassicContext, { balancer }: Arrival, quantities: Readonly<Record<string, number>>): void {
  const now = context.clock.now();
  for (const [quantity, value] of Object.entries(quantities))
    context.parts.meter.count(subjectOf(balancer), now, quantity, value);
}

/** A request to an HTTP or HTTPS listener. */
export async function serve(arrival: Arrival, request: HttpRequest, context: ClassicContext): Promise<HttpResponse> {
  const { balancer, node, listener } = arrival;
  count(context, arrival, { RequestCount: 1 });
  const sticky = stickinessOf(balancer, listener);
  const candidates = candidatesOf(context, balancer, node);
  const instance = chooseInstance(context, balancer, candidates, { request, sticky });
  const own = (response: HttpResponse): HttpResponse => {
    count(context, arrival, { [`HTTPCode_ELB_${Math.floor(response.status / 100)}XX`]: 1 });
    return response;
  };
  if (instance === undefined) {
    const response = own(failures.noTarget());
    await logRequest(context, { arrival, exchange: { request, response, byInstance: false } });
    return response;
  }
  const done = occupy(context.parts, instanceKey(instance));
  const {
    answer,
    isConnected = false,
    seconds,
    backend,
  } = await pass(arrival, request, instance, context).finally(done);
  const byInstance = typeof answer !== 'string';
  let response: HttpResponse;
  if (!byInstance) {
    if (!isConnected) count(context, arrival, { BackendConnectionErrors: 1 });
    response = own(answer === 'refused' ? failures.noTarget() : failures.timeout());
  } else {
    count(context, arrival, { [`HTTPCode_Backend_${Math.floor(answer.status / 100)}XX`]: 1 });
    response = sticky === undefined ? answer : bind(answer, sticky, instance, request);
  }
  const pending = logRequest(context, { arrival, backend, seconds, exchange: { request, response, byInstance } });
  if (pending !== undefined) await pending;
  return response;
}

/** What an instance made of a request. */
interface Passed {
  readonly answer: HttpResponse | NoAnswer;
  /** True when it was reached, and did not answer within the idle timeout. */
  readonly isConnected?: boolean;
  readonly seconds?: number | undefined;
  readonly backend?: string | undefined;
}

const isThere = ({ disposition }: Trace): boolean => disposition === 'delivered';

async function pass(
  arrival: Arrival,
  request: HttpRequest,
  instance: InstanceRow,
  context: ClassicContext,
): Promise<Passed> {
  const { balancer, listener, delivery } = arrival;
  const flow = flowTo(context, arrival, instance);
  if (flow === undefined) return { answer: 'refused' };
  const came = {
    clientIp: delivery.sourceIp,
    clientPort: delivery.sourcePort,
    protocol: isSecure(listener.protocol) ? 'https' : 'http',
    port: listener.port,
  } as const;
  const headers = forwardedHeaders(request, came, {});
  const started = stopwatchMs();
  const startedAt = context.clock.now();
  const patienceMs = balancer.attributes.idleSeconds * 1_000;
  const sent = { ...request, headers, sourceIp: came.clientIp, patienceMs };
  const exchange = await context.parts.traffic.http(flow, sent);
  const backend = `${flow.destination}:${flow.destinationPort}`;
  if (exchange.kind !== 'answered')
    return { answer: exchange.kind, backend, isConnected: exchange.kind === 'timeout' && isThere(exchange.trace) };
  const waited = (context.clock.now() - startedAt) / 1000;
  // A clock that stands still measures nothing: then it is the real time that the work took.
  const seconds = Math.max(waited, (stopwatchMs() - started) / 1000);
  count(context, arrival, { Latency: seconds });
  const { response } = exchange;
  const { body } = response;
  const kept = typeof body === 'object' && !(body instanceof Uint8Array) ? untilIdle(context, patienceMs, body) : body;
  return { answer: { ...response, headers: bringBack(response.headers), body: kept }, seconds, backend };
}

/** A request that meets a TCP listener: it is passed on as it is. */
export async function passHttp(
  arrival: Arrival,
  request: HttpRequest,
  context: ClassicContext,
): Promise<HttpResponse | NoAnswer> {
  const flow = connectionOf(arrival, context);
  if (flow === undefined) return 'refused';
  const exchange = await context.parts.traffic.http(flow, request);
  return exchange.kind === 'answered' ? exchange.response : exchange.kind;
}

function connectionOf(arrival: Arrival, context: ClassicContext): Flow | undefined {
  const { balancer, node } = arrival;
  const instance = chooseInstance(context, balancer, candidatesOf(context, balancer, node));
  const flow = instance === undefined ? undefined : flowTo(context, arrival, instance);
  if (flow !== undefined) count(context, arrival, { RequestCount: 1 });
  return flow;
}

/** True when instances want to be told who came, in front of what he sends. */
const tellsClient = ({ balancer, listener }: Arrival): boolean => {
  const names = balancer.backends.find(({ port }) => port === listener.instancePort)?.policyNames ?? [];
  return balancer.policies.some(
    (policy) => names.includes(policy.name) && attributeOf(policy, 'ProxyProtocol') === 'true',
  );
};

/** A connection to a TCP or SSL listener. */
export async function passBytes(arrival: Arrival, context: ClassicContext): Promise<Duplex | NoAnswer> {
  if (isHttp(arrival.listener.protocol)) return 'refused';
  const flow = connectionOf(arrival, context);
  if (flow === undefined) return 'refused';
  const connection = await context.parts.traffic.connect(flow);
  if (connection.kind !== 'open') {
    count(context, arrival, { BackendConnectionErrors: 1 });
    return connection.kind;
  }
  const { sourceIp, sourcePort, destinationIp, port } = arrival.delivery;
  if (tellsClient(arrival))
    connection.socket.write(
      `PROXY TCP${sourceIp.includes(':') ? 6 : 4} ${sourceIp} ${destinationIp} ${sourcePort} ${port}\r\n`,
    );
  await logRequest(context, { arrival, backend: `${flow.destination}:${flow.destinationPort}` });
  return connection.socket;
}

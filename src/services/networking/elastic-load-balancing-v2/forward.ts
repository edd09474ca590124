// Forwarding: from a node to a target over the network, and back.
import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { stopwatchMs } from '../../../kernel/clock.ts';
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import type { Flow } from '../../../network/flow.ts';
import { candidatesOf, chooseGroup, chooseTarget, usable } from './choice.ts';
import { bringBack, passOn } from './forwarded.ts';
import { fromFunction, toFunction } from './function-target.ts';
import { occupy } from './memory.ts';
import type { Arrival, Served } from './serve.ts';
import { bindings, cookiesOf, stickinessOf, tokenOf, tokenOfGroup } from './stickiness.ts';
import { type BalancerRow, type ElbContext, type GroupRow, type NodeRow, type TargetRow, targetKey } from './state.ts';
import { failures } from './failure.ts';
import { untilIdle } from './idle-body.ts';

/** The address of a target: an instance's primary one; of an application load balancer that of its node in the same zone, if there is one. */
export function addressOf(
  { parts, state }: ElbContext,
  { targetType }: GroupRow,
  { id }: TargetRow,
  { zoneName }: NodeRow,
): string | undefined {
  if (targetType === 'instance') return parts.guests.find(id)?.spec.privateIp;
  if (targetType !== 'alb') return id;
  const nodes = state.balancers.find(id)?.nodes ?? [];
  return (nodes.find((node) => node.zoneName === zoneName) ?? nodes[0])?.privateIp;
}

const byBalancer = (response: HttpResponse): Served => ({ response, byTarget: false });

/** How long a connection may be without a byte, on either side. */
export const idleSecondsOf = ({ attributes }: BalancerRow): number =>
  Number(attributes['idle_timeout.timeout_seconds'] ?? 60);

/** A target, and the way to it. */
export interface Picked {
  readonly group: GroupRow;
  readonly target: TargetRow;
  /** Undefined for a function. */
  readonly flow: Flow | undefined;
}

/** The target of a request: by the groups' weights, health, zones and the client's cookies. */
export function pickTarget(
  { balancer, node, request }: Arrival,
  action: Action,
  context: ElbContext,
): Picked | undefined {
  const cookies = cookiesOf(request);
  const group = chooseGroup(context, action, cookies.get('AWSALBTG'));
  if (group === undefined) return undefined;
  const sticky = stickinessOf(group);
  const targets = usable(group, candidatesOf(context, balancer, node, group));
  const target = chooseTarget(context, group, targets, sticky === undefined ? undefined : cookies.get(sticky.name));
  if (target === undefined) return undefined;
  const destination = group.targetType === 'lambda' ? undefined : addressOf(context, group, target, node);
  if (destination === undefined || node.interfaceId === undefined) return { group, target, flow: undefined };
  return {
    group,
    target,
    flow: {
      from: { kind: 'interface', id: node.interfaceId },
      protocol: 'tcp',
      destination,
      destinationPort: target.port,
    },
  };
}

export async function forward(arrival: Arrival, action: Action, context: ElbContext): Promise<Served> {
  const picked = pickTarget(arrival, action, context);
  if (picked === undefined) return byBalancer(failures.noTarget());
  const { group, target } = picked;
  const done = occupy(context.parts, targetKey(target));
  const served = await send(arrival, picked, context).finally(done);
  if (!served.byTarget) return served;
  return { ...served, response: bind(served.response, action, group, target, context) };
}

/** Adds the cookies that bind the client to what it met. */
function bind(
  response: HttpResponse,
  action: Action,
  group: GroupRow,
  target: TargetRow,
  context: ElbContext,
): HttpResponse {
  const cookies: string[] = [];
  const sticky = stickinessOf(group);
  const set = [response.headers['set-cookie'] ?? []].flat();
  const application = sticky?.applicationCookie;
  if (sticky !== undefined && (application === undefined || set.some((cookie) => cookie.startsWith(`${application}=`))))
    cookies.push(...bindings(sticky.name, tokenOf(target), sticky.seconds, context));
  const { Enabled, DurationSeconds = 0 } = action.ForwardConfig?.TargetGroupStickinessConfig ?? {};
  if (Enabled === true) cookies.push(...bindings('AWSALBTG', tokenOfGroup(group), DurationSeconds, context));
  if (cookies.length === 0) return response;
  return { ...response, headers: { ...response.headers, 'set-cookie': [...set, ...cookies] } };
}

/**
 * True when a request of this kind can be sent to targets that speak the group's protocol version.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-protocol-version
 */
function suits({ protocolVersion }: GroupRow, { method, headers, http2 = false }: HttpRequest): boolean {
  const isGrpc = headers['content-type']?.startsWith('application/grpc') === true;
  if (protocolVersion === 'GRPC') return http2 && isGrpc && method === 'POST';
  return protocolVersion === 'HTTP2' ? http2 : !isGrpc;
}

async function send(arrival: Arrival, { group, target, flow }: Picked, context: ElbContext): Promise<Served> {
  const { balancer, came } = arrival;
  const { meter } = context.parts;
  if (!suits(group, arrival.request)) return byBalancer(failures.incompatibleProtocol());
  const patienceMs = idleSecondsOf(balancer) * 1_000;
  const http2 = group.protocolVersion === 'HTTP2' || group.protocolVersion === 'GRPC';
  const request = { ...passOn(arrival.request, came, balancer.attributes, context), patienceMs, http2 };
  const started = stopwatchMs();
  const startedAt = context.clock.now();
  const served =
    group.targetType === 'lambda'
      ? await invoke(context, group, target, request)
      : await reach(context, flow, request, patienceMs);
  const waited = (context.clock.now() - startedAt) / 1000;
  // A clock that stands still measures nothing: then it is the real time that the work took.
  const seconds = Math.max(waited, (stopwatchMs() - started) / 1000);
  const ofGroup = `elb/${balancer.path} ${group.path}`;
  meter.count(ofGroup, startedAt, 'RequestCount', 1);
  if (served.byTarget) {
    const family = `${Math.floor(served.response.status / 100)}XX`;
    meter.count(ofGroup, startedAt, `HTTPCode_Target_${family}_Count`, 1);
    for (const subject of [`elb/${balancer.path}`, ofGroup])
      meter.count(subject, startedAt, 'TargetResponseTime', seconds);
  } else if (served.response.status !== 504 || served.isUnreachable === true)
    meter.count(`elb/${balancer.path}`, startedAt, 'TargetConnectionErrorCount', 1);
  return {
    ...served,
    sent: {
      groupArn: group.arn,
      target: flow === undefined ? undefined : `${flow.destination}:${flow.destinationPort}`,
      seconds: served.byTarget ? seconds : undefined,
      traceId: request.headers['x-amzn-trace-id'],
    },
  };
}

async function reach(
  context: ElbContext,
  flow: Flow | undefined,
  request: HttpRequest,
  patienceMs: number,
): Promise<Served> {
  if (flow === undefined) return byBalancer(failures.badGateway());
  const exchange = await context.parts.traffic.http(flow, request);
  if (exchange.kind === 'refused') return byBalancer(failures.badGateway());
  if (exchange.kind !== 'answered') {
    if (exchange.trace.disposition === 'delivered') return byBalancer(failures.timeout());
    return { ...byBalancer(failures.lost(exchange.trace.sentence)), isUnreachable: true };
  }
  const { response } = exchange;
  const { body } = response;
  const kept = typeof body === 'object' && !(body instanceof Uint8Array) ? untilIdle(context, patienceMs, body) : body;
  return { response: { ...response, headers: bringBack(response.headers), body: kept }, byTarget: true };
}

/** A function as a target: invoked with the request as its event. */
async function invoke(context: ElbContext, group: GroupRow, target: TargetRow, request: HttpRequest): Promise<Served> {
  const multi = group.attributes['lambda.multi_value_headers.enabled'] === 'true';
  try {
    const Payload = await toFunction(request, group.arn, multi);
    const answer = await context.aws.call<object, InvokeCommandOutput>(
      'lambda',
      'Invoke',
      { FunctionName: target.id, Payload },
      { as: { service: 'elasticloadbalancing.amazonaws.com' }, sourceArn: group.arn },
    );
    const response = answer.FunctionError === undefined ? fromFunction(answer.Payload) : undefined;
    return response === undefined ? byBalancer(failures.badGateway()) : { response, byTarget: true };
  } catch {
    return byBalancer(failures.badGateway());
  }
}

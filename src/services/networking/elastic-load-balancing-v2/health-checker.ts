// Health checks on the clock. Each target group in use is checked at its interval, from a node over the network, so that a group or a
// route that keeps the load balancer out makes a target unhealthy by itself.
//
// A check of a simulated guest can only turn out another way when something changed: the network, a guest, a fault. While every target's
// state is settled the checks sleep (see `kernel/sleepers.ts`); so weeks can go by in moments.
import { bodyOf, emptyBody, type HttpRequest, type HttpResponse } from '../../../kernel/http.ts';
import { key } from '../../../kernel/key.ts';
import type { Sense } from '../../../kernel/sleepers.ts';
import { later } from '../../../kernel/units.ts';
import type { TargetHealthChanged } from './facts.ts';
import { addressOf } from './forward.ts';
import { type Finding, failed, matchesCode, maySleep, newsOf, nextHealth, senseOf } from './health.ts';
import { noteHosts } from './host-count.ts';
import { registrationSeconds } from './limits.ts';
import { type BalancerRow, type ElbContext, type GroupRow, type NodeRow, type TargetRow, targetKey } from './state.ts';
import { balancersOf } from './association.ts';
import { endFlowsTo } from './network-flow.ts';

function checkRequest({ check, protocolVersion }: GroupRow, host: string): HttpRequest {
  const asked = { 'user-agent': 'ELB-HealthChecker/2.0', host };
  const request = {
    method: 'GET',
    target: check.path ?? '/',
    headers: { ...asked, accept: '*/*' },
    body: emptyBody,
    sourceIp: '',
    secure: false,
    patienceMs: check.timeoutSeconds * 1_000,
    http2: protocolVersion === 'HTTP2' || protocolVersion === 'GRPC',
  };
  if (check.grpcCode === undefined) return request;
  const headers = { ...asked, 'content-type': 'application/grpc', te: 'trailers' };
  return { ...request, method: 'POST', headers, body: bodyOf(emptyMessage) };
}

/** Of gRPC: not compressed, no bytes. */
const emptyMessage = new Uint8Array(5);

const codes = (status: number): Finding => ({
  well: false,
  reason: 'Target.ResponseCodeMismatch',
  description: `Health checks failed with these codes: [${status}]`,
});

/** The node that checks a target: of its zone, if there is one. */
const checkerOf = ({ nodes }: BalancerRow, { zone }: TargetRow): NodeRow | undefined =>
  nodes.find(({ zoneName }) => zoneName === zone) ?? nodes[0];

/** Asks a target once. */
async function ask(context: ElbContext, group: GroupRow, target: TargetRow, node: NodeRow): Promise<Finding> {
  const { check } = group;
  const destination = addressOf(context, group, target, node);
  if (destination === undefined || node.interfaceId === undefined) return failed('timeout');
  const destinationPort = check.port === 'traffic-port' ? target.port : Number(check.port);
  const flow = {
    from: { kind: 'interface', id: node.interfaceId },
    protocol: 'tcp',
    destination,
    destinationPort,
  } as const;
  const { traffic } = context.parts;
  if (check.protocol === 'TCP') {
    const connection = await traffic.connect(flow);
    if (connection.kind !== 'open') return failed(connection.kind);
    connection.socket.destroy();
    return { well: true };
  }
  const exchange = await traffic.http(flow, checkRequest(group, `${destination}:${destinationPort}`));
  if (exchange.kind !== 'answered') return failed(exchange.kind);
  return check.grpcCode === undefined
    ? findingOf(group, exchange.response)
    : findingOfGrpc(check.grpcCode, exchange.response);
}

/** The status of gRPC stands after the body, or in the head when there is none. Without one, it is unknown (2). */
async function findingOfGrpc(matcher: string, { headers, body, trailers }: HttpResponse): Promise<Finding> {
  if (typeof body === 'object' && !(body instanceof Uint8Array)) for await (const _ of body);
  const code = Number(trailers?.()['grpc-status'] ?? headers['grpc-status'] ?? 2);
  return matchesCode(matcher, code) ? { well: true } : codes(code);
}

function findingOf({ check }: GroupRow, { status }: HttpResponse): Finding {
  return matchesCode(check.httpCode ?? '200', status) ? { well: true } : codes(status);
}

/** Asks for a group to be checked soon; when it is being checked already, that goes on. */
export function watch(context: ElbContext, groupArn: string): void {
  const { state, clock, jobs } = context;
  const known = state.checkers.find(groupArn);
  if (known !== undefined) jobs.cancel(known.jobId);
  const jobId = jobs.at(later(clock.now(), registrationSeconds), 'checkTargets', { groupArn });
  state.checkers.put({ groupArn, jobId });
}

/** As `watch`, for groups that have targets. */
export function watchAll(context: ElbContext, groupArns: readonly string[]): void {
  for (const arn of new Set(groupArns))
    if (context.state.targets.first({ prefix: key(arn) }) !== undefined) watch(context, arn);
}

/** What sleeping checks look at. */
export function senseTargets({ parts, state }: ElbContext): Sense {
  const { balancers, listeners, rules, groups, targets } = state;
  return senseOf(parts, [balancers, listeners, rules, groups, targets]);
}

/** Asks all targets that can be asked. */
async function askAll(
  context: ElbContext,
  group: GroupRow,
  balancer: BalancerRow,
  targets: readonly TargetRow[],
): Promise<ReadonlyMap<string, Finding>> {
  const findings = new Map<string, Finding>();
  for (const target of targets) {
    const node = checkerOf(balancer, target);
    if (node !== undefined && target.health.reason !== 'Target.InvalidState')
      findings.set(targetKey(target), await ask(context, group, target, node));
  }
  return findings;
}

/** Job: checks the targets of a group, and comes back after the interval, as long as there is something to check. */
export async function checkTargets({ groupArn }: { readonly groupArn: string }, context: ElbContext): Promise<void> {
  const { state } = context;
  const checker = state.checkers.find(groupArn);
  const group = state.groups.find(groupArn);
  const targets = state.targets.list({ prefix: key(groupArn) }).filter((one) => one.drainingUntil === undefined);
  const balancers = balancersOf(context, groupArn).flatMap((arn) => state.balancers.find(arn) ?? []);
  const balancer = balancers.find((one) => one.state === 'active');
  const findings =
    group?.check.enabled === true && balancer !== undefined ? await askAll(context, group, balancer, targets) : none;
  await context.transact(() => {
    for (const [at, finding] of findings) settle(context, at, finding);
    noteHosts(context, groupArn);
    // Meanwhile somebody else asked for a check.
    if (state.checkers.find(groupArn) !== checker) return;
    if (group === undefined || !state.groups.has(groupArn) || targets.length === 0 || balancers.length === 0)
      state.checkers.delete(groupArn);
    else state.checkers.put({ groupArn, jobId: comeBack(context, group, balancer, [...findings.keys()]) });
  });
}

const none: ReadonlyMap<string, Finding> = new Map();

/** After the interval, or after the first one in which something changed; soon, while the load balancer is being made. */
function comeBack(
  { state, parts, clock, jobs }: ElbContext,
  { arn: groupArn, check }: GroupRow,
  balancer: BalancerRow | undefined,
  asked: readonly string[],
): string {
  if (balancer === undefined) return jobs.at(later(clock.now(), registrationSeconds), 'checkTargets', { groupArn });
  const healths = asked.flatMap((at) => state.targets.find(at)?.health ?? []);
  return maySleep(parts, healths)
    ? jobs.sleep(check.intervalSeconds, 'checkTargets', { groupArn })
    : jobs.at(later(clock.now(), check.intervalSeconds), 'checkTargets', { groupArn });
}

/** Connections to a target that became unhealthy are cut off, where the group says so. */
export function endFlowsOfSick(context: ElbContext, { attributes }: GroupRow, at: string): void {
  if (attributes['target_health_state.unhealthy.connection_termination.enabled'] === 'true') endFlowsTo(context, at);
}

function settle(context: ElbContext, at: string, finding: Finding): void {
  const { state, clock, facts } = context;
  const target = state.targets.find(at);
  const group = target === undefined ? undefined : state.groups.find(target.groupArn);
  if (target === undefined || group === undefined) return;
  const health = nextHealth(target.health, finding, group.check, clock.now());
  const news = newsOf(target.health, health);
  if (news !== undefined) state.targets.put({ ...target, health: news });
  if (health.state === target.health.state || health.state === 'initial') return;
  if (health.state === 'unhealthy') endFlowsOfSick(context, group, at);
  const fact: TargetHealthChanged = {
    groupArn: group.arn,
    targetId: target.id,
    port: target.port,
    state: health.state,
    reason: health.reason,
  };
  facts.publish('elb.TargetHealthChanged', fact);
}

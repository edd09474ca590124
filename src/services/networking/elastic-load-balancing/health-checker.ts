// Health checks on the clock: a load balancer's instances are asked at its interval, each from the node of its zone, over the network.
// While all are settled, the checks sleep until something changes.
import { emptyBody } from '../../../kernel/http.ts';
import { key } from '../../../kernel/key.ts';
import type { Sense } from '../../../kernel/sleepers.ts';
import { later } from '../../../kernel/units.ts';
import { type Finding, failed, maySleep, newsOf, nextHealth, senseOf } from '../elastic-load-balancing-v2/health.ts';
import type { InstanceHealthChanged } from './facts.ts';
import { instancesOf } from './find.ts';
import { readProbe } from './health-check.ts';
import { noteHosts } from './host-count.ts';
import { registrationSeconds } from './limits.ts';
import { type BalancerRow, type ClassicContext, type InstanceRow, instanceKey } from './state.ts';

/** Asks an instance once. Any answer but 200 is a failure. */
async function ask(context: ClassicContext, { check, nodes }: BalancerRow, instance: InstanceRow): Promise<Finding> {
  const { traffic, guests } = context.parts;
  const node = nodes.find(({ zoneName }) => zoneName === instance.zone);
  const destination = guests.find(instance.id)?.spec.privateIp;
  const probe = readProbe(check.target);
  if (node?.interfaceId === undefined || destination === undefined || probe === undefined) return failed('timeout');
  const flow = {
    from: { kind: 'interface', id: node.interfaceId },
    protocol: 'tcp',
    destination,
    destinationPort: probe.port,
  } as const;
  if (probe.path === undefined) {
    const connection = await traffic.connect(flow);
    if (connection.kind !== 'open') return failed(connection.kind);
    connection.socket.destroy();
    return { well: true };
  }
  const exchange = await traffic.http(flow, {
    method: 'GET',
    target: probe.path,
    headers: { host: `${destination}:${probe.port}`, 'user-agent': 'ELB-HealthChecker/1.0', accept: '*/*' },
    body: emptyBody,
    sourceIp: '',
    secure: false,
    patienceMs: check.timeoutSeconds * 1_000,
  });
  if (exchange.kind !== 'answered') return failed(exchange.kind);
  return { well: exchange.response.status === 200 };
}

/** Asks for a load balancer's instances to be checked soon; when they are being checked already, that goes on. */
export function watch(context: ClassicContext, balancer: string): void {
  const { state, clock, jobs } = context;
  const known = state.checkers.find(balancer);
  if (known !== undefined) jobs.cancel(known.jobId);
  const jobId = jobs.at(later(clock.now(), registrationSeconds), 'checkInstances', { balancer });
  state.checkers.put({ balancer, jobId });
}

const isChecked = ({ nodes }: BalancerRow, { zone, health }: InstanceRow): boolean =>
  health.reason !== 'stopped' && health.reason !== 'terminated' && nodes.some(({ zoneName }) => zoneName === zone);

/** What sleeping checks look at. */
export const senseInstances = ({ parts, state }: ClassicContext): Sense =>
  senseOf(parts, [state.balancers, state.instances]);

/** Job: checks the instances of a load balancer, and comes back after the interval, as long as there are any. */
export async function checkInstances(
  { balancer }: { readonly balancer: string },
  context: ClassicContext,
): Promise<void> {
  const { state } = context;
  const checker = state.checkers.find(balancer);
  const row = state.balancers.find(key(balancer));
  const instances = row === undefined ? [] : instancesOf(context, balancer).filter((one) => isChecked(row, one));
  const findings = new Map<string, Finding>();
  if (row !== undefined)
    for (const instance of instances) findings.set(instanceKey(instance), await ask(context, row, instance));
  await context.transact(() => {
    // Meanwhile somebody else asked for a check.
    const isReplaced = state.checkers.find(balancer) !== checker;
    const now = state.balancers.find(key(balancer));
    if (now === undefined || instancesOf(context, balancer).length === 0) {
      if (!isReplaced) state.checkers.delete(balancer);
      return;
    }
    for (const [at, finding] of findings) settle(context, now, at, finding);
    noteHosts(context, balancer);
    if (!isReplaced) state.checkers.put({ balancer, jobId: comeBack(context, now, [...findings.keys()]) });
  });
}

/** After the interval, or after the first one in which something changed. */
function comeBack(
  { state, parts, clock, jobs }: ClassicContext,
  { name: balancer, check: { intervalSeconds } }: BalancerRow,
  asked: readonly string[],
): string {
  const healths = asked.flatMap((at) => state.instances.find(at)?.health ?? []);
  return maySleep(parts, healths)
    ? jobs.sleep(intervalSeconds, 'checkInstances', { balancer })
    : jobs.at(later(clock.now(), intervalSeconds), 'checkInstances', { balancer });
}

function settle(context: ClassicContext, { name, check }: BalancerRow, at: string, finding: Finding): void {
  const { state, clock, facts } = context;
  const instance = state.instances.find(at);
  if (instance === undefined) return;
  const before = instance.health;
  const health = nextHealth(before, finding, check, clock.now());
  const news = newsOf(before, health);
  if (news !== undefined) state.instances.put({ ...instance, health: news });
  if (health.state === before.state || health.state === 'initial') return;
  const fact: InstanceHealthChanged = { balancer: name, instanceId: instance.id, state: health.state };
  facts.publish('elb.InstanceHealthChanged', fact);
}

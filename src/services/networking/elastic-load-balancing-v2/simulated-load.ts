// Simulated load on load balancers: once a minute, what waves say is counted where it would have been served, as far as the load balancer
// has capacity for it (ELB-18, ELB-19). See traffic/wave.ts.
import { key } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import type { Wave } from '../../../traffic/wave.ts';
import { forwardsOf } from './action-group.ts';
import { admit } from './capacity.ts';
import { candidatesOf, usable } from './choice.ts';
import { listenersOf } from './find.ts';
import type { BalancerRow, ElbContext, GroupRow, TargetRow } from './state.ts';

const minuteSeconds = 60;
/** Bytes of a small request and of its answer. */
const bytesIn = 300;
const bytesOut = 2_000;

const findBalancer = ({ state }: ElbContext, name: string): BalancerRow | undefined =>
  name.startsWith('arn:') ? state.balancers.find(name) : state.balancers.index('name').first({ prefix: key(name) });

/** Job: counts this minute's load and comes again in the next, as long as there is any to come. */
export function pourLoad(_: object, context: ElbContext): void {
  const { parts, jobs, clock, account, region } = context;
  const waves = parts.load.of(account, region);
  if (waves.length === 0) return;
  jobs.at(later(clock.now(), minuteSeconds), 'pourLoad', {});
  for (const wave of waves) pour(context, wave);
}

function pour(context: ElbContext, wave: Wave): void {
  const requests = Math.round(context.parts.load.rateOf(wave) * minuteSeconds);
  const balancer = findBalancer(context, wave.balancer);
  if (requests === 0 || balancer === undefined || balancer.state === 'provisioning') return;
  count(context, `elb/${balancer.path}`, 'RequestCount', requests);
  // Only application load balancers answer what is too much for them.
  const admitted = balancer.type === 'application' ? admit(context, balancer, requests) : requests;
  if (admitted < requests) refuse(context, balancer, requests - admitted);
  if (admitted > 0) share(context, balancer, admitted);
}

/** Counts requests for which there is no capacity, as live ones are counted: 503 each. */
function refuse(context: ElbContext, balancer: BalancerRow, requests: number): void {
  const quantities = ['RejectedConnectionCount', 'HTTPCode_ELB_5XX_Count', 'HTTPCode_ELB_503_Count'];
  for (const quantity of quantities) count(context, `elb/${balancer.path}`, quantity, requests);
}

/** Shares requests out among the target groups of the first listener, by weight. */
function share(context: ElbContext, balancer: BalancerRow, requests: number): void {
  const forward = listenersOf(context, balancer.arn)[0]?.actions.at(-1);
  const forwards = forward === undefined ? [] : forwardsOf(forward).filter(({ weight }) => weight > 0);
  const total = forwards.reduce((sum, { weight }) => sum + weight, 0);
  let unserved = requests;
  for (const { arn, weight } of forwards) {
    const group = context.state.groups.find(arn);
    if (group !== undefined) unserved -= serve(context, balancer, group, Math.round((requests * weight) / total));
  }
  if (unserved > 0) count(context, `elb/${balancer.path}`, 'HTTPCode_ELB_5XX_Count', unserved);
}

/** Shares requests out among the targets of a group; how many were answered. */
function serve(context: ElbContext, balancer: BalancerRow, group: GroupRow, requests: number): number {
  const targets = new Map<string, TargetRow>();
  for (const node of balancer.nodes)
    for (const target of usable(group, candidatesOf(context, balancer, node, group))) targets.set(target.id, target);
  const subject = `elb/${balancer.path} ${group.path}`;
  let served = 0;
  for (const [at, target] of [...targets.values()].entries()) {
    const share = Math.floor(requests / targets.size) + (at < requests % targets.size ? 1 : 0);
    if (share === 0 || !answers(context, target)) continue;
    const work = { requests: share, bytesIn: share * bytesIn, bytesOut: share * bytesOut };
    context.parts.guests.count(target.id, context.clock.now(), work);
    served += share;
  }
  if (served === 0) return 0;
  count(context, subject, 'RequestCount', served);
  count(context, subject, 'HTTPCode_Target_2XX_Count', served);
  count(context, `elb/${balancer.path}`, 'HTTPCode_Target_2XX_Count', served);
  return served;
}

function answers({ parts }: ElbContext, { id }: TargetRow): boolean {
  const guest = parts.guests.find(id);
  return guest?.running === true && parts.faults.runsGuest(id, guest.spec.zoneId);
}

const count = ({ parts, clock }: ElbContext, subject: string, quantity: string, value: number): void =>
  parts.meter.count(subject, clock.now(), quantity, value);

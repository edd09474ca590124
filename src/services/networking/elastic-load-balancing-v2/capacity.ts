// What a load balancer has capacity for (ELB-18, ELB-19). The load is the running process's memory: a restarted load balancer begins with
// the capacity of a new one.
import type { Parts } from '../../../kernel/parts.ts';
import { type BalancerLoad, carry, freshLoad } from '../../../network/balancer-capacity.ts';
import type { BalancerRow, ElbContext } from './state.ts';

const loads = new WeakMap<Parts, Map<string, BalancerLoad>>();

/** Units that are reserved and there. */
export const reservedUnits = ({ capacity }: BalancerRow, { clock }: ElbContext): number =>
  capacity !== undefined && capacity.readyAt <= clock.now() ? capacity.units : 0;

/** How many of so many requests the load balancer can take now. */
export function admit(context: ElbContext, balancer: BalancerRow, requests = 1): number {
  const { parts, clock } = context;
  let known = loads.get(parts);
  if (known === undefined) loads.set(parts, (known = new Map()));
  const reserved = reservedUnits(balancer, context);
  const before = known.get(balancer.arn) ?? freshLoad(clock.now(), reserved);
  const { load, served } = carry(before, clock.now(), requests, reserved);
  known.set(balancer.arn, load);
  return served;
}

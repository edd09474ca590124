// Rows by name, and pages: what every operation needs.
import { key } from '../../../kernel/key.ts';
import { pagesOf } from '../elastic-load-balancing-v2/page.ts';
import { errors } from './errors.ts';
import { pageMax } from './limits.ts';
import type { BalancerRow, ClassicContext, InstanceRow, ListenerRow, PolicyRow } from './state.ts';

export function getBalancer({ state }: ClassicContext, name: string): BalancerRow {
  const row = state.balancers.find(key(name));
  if (row === undefined) throw errors.balancerNotFound(name);
  return row;
}

export function getListener({ name, listeners }: BalancerRow, port: number): ListenerRow {
  const row = listeners.find((one) => one.port === port);
  if (row === undefined) throw errors.listenerNotFound(name, port);
  return row;
}

export function getPolicy({ name, policies }: BalancerRow, policyName: string): PolicyRow {
  const row = policies.find((one) => one.name === policyName);
  if (row === undefined) throw errors.policyNotFound(policyName, name);
  return row;
}

/** All that are registered, with those that are leaving. */
export const instancesOf = ({ state }: ClassicContext, balancer: string): InstanceRow[] =>
  state.instances.list({ prefix: key(balancer) });

export const page = pagesOf(pageMax, errors.validation);

// Rows by name, and pages: what every operation needs.
import { key } from '../../../kernel/key.ts';
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

interface PageRequest {
  readonly Marker?: string | undefined;
  readonly PageSize?: number | undefined;
}

/** Cuts a page; the marker is the last name given. */
export function page<Row>(
  rows: readonly Row[],
  { Marker, PageSize = pageMax }: PageRequest,
  nameOf: (row: Row) => string,
): { readonly rows: readonly Row[]; readonly NextMarker: string | undefined } {
  let start = 0;
  if (Marker !== undefined) {
    const last = Buffer.from(Marker, 'base64url').toString();
    start = rows.findIndex((row) => nameOf(row) === last) + 1;
    if (start === 0) throw errors.validation(`Invalid marker: '${Marker}'`);
  }
  const shown = rows.slice(start, start + PageSize);
  const last = shown.at(-1);
  const more = start + PageSize < rows.length && last !== undefined;
  return { rows: shown, NextMarker: more ? Buffer.from(nameOf(last)).toString('base64url') : undefined };
}

// How many instances of a load balancer were in service, and when that changed: a row at each change.
import { key } from '../../../kernel/key.ts';
import { instancesOf } from './find.ts';
import type { ClassicContext } from './state.ts';

/** Notes how many are healthy now, if it is another number than before. */
export function noteHosts(context: ClassicContext, balancer: string): void {
  const { state, clock } = context;
  const instances = instancesOf(context, balancer).filter((row) => row.drainingUntil === undefined);
  const healthy = instances.filter(({ health }) => health.state === 'healthy').length;
  const unhealthy = instances.length - healthy;
  const last = state.hostCounts.first({ prefix: key(balancer), reverse: true });
  if (last?.healthy === healthy && last.unhealthy === unhealthy) return;
  state.hostCounts.put({ balancer, at: clock.now(), healthy, unhealthy });
}

// What befalls registered instances from outside: they stop, start, or are gone.
import { key } from '../../../kernel/key.ts';
import { freshHealth } from '../elastic-load-balancing-v2/health.ts';
import { watch } from './health-checker.ts';
import { noteHosts } from './host-count.ts';
import { type ClassicContext, instanceKey } from './state.ts';

/** `ec2.InstanceStateChanged`, as far as it is read here. */
interface InstanceChange {
  readonly instanceId: string;
  readonly to: string;
}

/** A stopped instance is out of service; one that runs again starts from the beginning; a terminated one is deregistered. */
export function instanceChanged({ instanceId, to }: InstanceChange, context: ClassicContext): void {
  const { state, clock } = context;
  for (const row of state.instances.index('id').list({ prefix: key(instanceId) })) {
    if (to === 'terminated') state.instances.delete(instanceKey(row));
    else if (to === 'stopping' || to === 'stopped' || to === 'shutting-down') {
      const reason = to === 'shutting-down' ? 'terminated' : 'stopped';
      const health = { state: 'unhealthy', reason, run: 0, passing: false, since: clock.now() } as const;
      state.instances.put({ ...row, health });
    } else if (to === 'running') {
      state.instances.put({ ...row, health: freshHealth(clock.now()) });
      watch(context, row.balancer);
    }
    noteHosts(context, row.balancer);
  }
}

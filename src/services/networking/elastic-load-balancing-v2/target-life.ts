// What befalls targets from outside: their instances stop, start, or are gone.
import { key } from '../../../kernel/key.ts';
import { freshHealth } from './health.ts';
import { endFlowsOfSick, watch } from './health-checker.ts';
import { noteHosts } from './host-count.ts';
import { type ElbContext, type TargetRow, targetKey } from './state.ts';

/** `ec2.InstanceStateChanged`, as far as it is read here. */
interface InstanceChange {
  readonly instanceId: string;
  readonly to: string;
}

const invalid: Readonly<Record<string, string>> = {
  stopping: 'Target is in the stopping state',
  stopped: 'Target is in the stopped state',
  'shutting-down': 'Target is in the terminated state',
  terminated: 'Target is in the terminated state',
};

/** A stopped instance gets nothing; one that runs again starts from the beginning; a terminated one is deregistered. */
export function instanceChanged({ instanceId, to }: InstanceChange, context: ElbContext): void {
  const { state, clock } = context;
  for (const row of state.targets.index('id').list({ prefix: key(instanceId) })) {
    if (to === 'terminated') state.targets.delete(targetKey(row));
    else if (invalid[to] !== undefined) put(context, row, 'Target.InvalidState', invalid[to]);
    else if (to === 'running' && row.health.reason === 'Target.InvalidState') {
      state.targets.put({ ...row, health: freshHealth(clock.now(), 'Elb.RegistrationInProgress') });
      watch(context, row.groupArn);
    }
    noteHosts(context, row.groupArn);
  }
}

function put(context: ElbContext, row: TargetRow, reason: string, description: string | undefined): void {
  const { state, clock } = context;
  const health = { state: 'unhealthy', reason, description, run: 0, passing: false, since: clock.now() } as const;
  state.targets.put({ ...row, health });
  const group = state.groups.find(row.groupArn);
  if (group !== undefined) endFlowsOfSick(context, group, targetKey(row));
}

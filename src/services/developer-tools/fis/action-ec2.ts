// Instances stopped, started again, rebooted, terminated, taken as Spot capacity is; volumes that pause.
import type { ActionCall, Runner } from './action-runner.ts';
import { readSeconds } from './duration.ts';
import { faultRunner } from './fault-action.ts';
import type { SpotSend } from './injection.ts';
import { idOf } from './resource.ts';

const idsOf = (call: ActionCall, target: string): string[] => call.arns(target).map(idOf);

interface Stopped {
  readonly instanceIds: readonly string[];
}

interface Described {
  readonly Reservations?: readonly {
    readonly Instances?: readonly { readonly InstanceId?: string; readonly State?: { readonly Name?: string } }[];
  }[];
}

export const stopInstances: Runner = {
  start: async (call) => {
    const instanceIds = idsOf(call, 'Instances');
    await call.actor.call('ec2', 'StopInstances', { InstanceIds: instanceIds });
    const seconds = readSeconds(call.parameters['startInstancesAfterDuration'] ?? '');
    return seconds === undefined ? { seconds: 0 } : { seconds, undo: { instanceIds } satisfies Stopped };
  },
  end: async ({ actor, parameters }, undo) => {
    let { instanceIds } = undo as Stopped;
    if (parameters['completeIfInstancesTerminated'] === 'true') {
      const Filters = [{ Name: 'instance-id', Values: instanceIds }];
      const { Reservations = [] } = await actor.call<Described>('ec2', 'DescribeInstances', { Filters });
      instanceIds = Reservations.flatMap(({ Instances = [] }) => Instances)
        .filter(({ State }) => State?.Name !== 'terminated' && State?.Name !== 'shutting-down')
        .flatMap(({ InstanceId }) => InstanceId ?? []);
    }
    if (instanceIds.length > 0) await actor.call('ec2', 'StartInstances', { InstanceIds: instanceIds });
  },
};

const onInstances = (operation: string): Runner => ({
  start: async (call) => {
    await call.actor.call('ec2', operation, { InstanceIds: idsOf(call, 'Instances') });
    return { seconds: 0 };
  },
});

export const rebootInstances = onInstances('RebootInstances');
export const terminateInstances = onInstances('TerminateInstances');

/** The action is over once the interruptions are sent; they take their time. */
export const sendSpotInterruptions: Runner = {
  start: async (call) => {
    const resources = call.arns('SpotInstances');
    const noticeSeconds = readSeconds(call.parameters['durationBeforeInterruption'] ?? '') ?? 120;
    const input: SpotSend = { instanceIds: resources.map(idOf), noticeSeconds, resources };
    await call.actor.call('fis', 'SendSpotInstanceInterruptions', input);
    return { seconds: 0 };
  },
};

export const pauseVolumeIo = faultRunner('PauseVolumeIo', (call) => {
  const resources = call.arns('Volumes');
  return {
    resources,
    breakages: resources.map((arn) => ({ kind: 'volume' as const, volumeId: idOf(arn), effect: 'stalled' as const })),
  };
});

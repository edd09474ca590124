// What a fleet and a Spot request learn from the life of their instances. Rows and jobs only: launching stands above this.
import { key } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import type { InstanceStateName } from './facts.ts';
import type { InstanceRow } from './instance-state.ts';
import type { Ec2Context } from './operation.ts';
import type { SpotRequestRow } from './spot-state.ts';

/** Seconds until a fleet or a request looks again after one of its instances has gone. */
const lookSeconds = 5;

/** Seconds between looks at Spot capacity, while there are Spot Instances. */
export const watchSeconds = 60;

const noCapacity = 'Server.SpotInstanceTermination';

const statusFor = (row: InstanceRow): { readonly code: string; readonly message: string } => {
  if (row.stateReason?.byExperiment === true) {
    const done = row.state === 'stopping' || row.state === 'stopped' ? 'stopped' : 'terminated';
    return {
      code: `instance-${done}-by-experiment`,
      message: `Your Spot Instance was ${done} by a fault injection experiment.`,
    };
  }
  const byAws = row.stateReason?.code === noCapacity;
  if (row.state === 'stopping' || row.state === 'stopped') {
    return byAws
      ? {
          code: 'instance-stopped-no-capacity',
          message: 'Your Spot Instance was stopped because there is no Spot capacity.',
        }
      : { code: 'instance-stopped-by-user', message: 'Your Spot Instance was stopped.' };
  }
  return byAws
    ? {
        code: 'instance-terminated-no-capacity',
        message: 'Your Spot Instance was terminated because there is no Spot capacity available.',
      }
    : { code: 'instance-terminated-by-user', message: 'Your Spot Instance was terminated.' };
};

function stateFor(request: SpotRequestRow, state: InstanceStateName): SpotRequestRow['state'] {
  if (request.state === 'cancelled') return 'cancelled';
  if (state === 'stopping' || state === 'stopped') return 'disabled';
  return request.type === 'persistent' ? 'open' : 'closed';
}

function followRequest(context: Ec2Context, row: InstanceRow): void {
  const { state, clock, jobs } = context;
  const request = row.spotRequestId === undefined ? undefined : state.spotRequests.find(row.spotRequestId);
  if (request === undefined) return;
  const now = clock.now();
  if (row.state === 'running' && request.state === 'disabled') {
    state.spotRequests.put({
      ...request,
      state: 'active',
      status: { code: 'fulfilled', message: 'Your Spot request is fulfilled.', at: now },
    });
  }
  if (row.state !== 'shutting-down' && row.state !== 'stopping') return;
  const next = stateFor(request, row.state);
  state.spotRequests.put({
    ...request,
    state: next,
    status: { ...statusFor(row), at: now },
    instanceId: next === 'open' ? undefined : request.instanceId,
  });
  if (next === 'open') jobs.at(later(now, lookSeconds), 'spotStep', { id: request.id });
}

/** Lets fleet and Spot request know of an instance's new state. */
export function followMarkets(context: Ec2Context, row: InstanceRow): void {
  const { jobs, clock } = context;
  if (row.lifecycle === 'spot') {
    followRequest(context, row);
    if (row.state === 'running') watchSpot(context);
  }
  if (row.fleetId !== undefined && row.state === 'terminated') {
    jobs.at(later(clock.now(), lookSeconds), 'fleetStep', { id: row.fleetId });
  }
}

/** One look a minute for all Spot Instances of the account here. */
function watchSpot({ state, jobs, clock }: Ec2Context): void {
  if (state.spotWatches.has('watch')) return;
  const job = jobs.at(later(clock.now(), watchSeconds), 'spotWatch', {});
  state.spotWatches.put({ id: 'watch', job });
}

/** Spot Instances that run. */
export const runningSpot = ({ state }: Ec2Context): InstanceRow[] =>
  state.instances.index('spot').list({ prefix: key('running') });

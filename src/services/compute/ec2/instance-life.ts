// The life of an instance: one table of what leads where, and after how long where it goes by itself.
//
//   pending ──▶ running ──stop──▶ stopping ──▶ stopped ──start──▶ pending
//      └───────────┴──terminate──▶ shutting-down ──▶ terminated ──▶ forgotten an hour later
//
// Unknown: AWS states no times. These are short, so that waiters of clients on a real clock end at their second look.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
import { key } from '../../../kernel/key.ts';
import { later, secondsPerHour, toDate } from '../../../kernel/units.ts';
import { dropInterface } from '../../networking/vpc/network-interface.ts';
import { pickPublicIp } from '../../networking/vpc/elastic-address.ts';
import { reservationFor } from './capacity-match.ts';
import type { InstanceStateChanged, InstanceStateName } from './facts.ts';
import { followInstance } from './instance-guest.ts';
import type { InstanceRow } from './instance-state.ts';
import { leaveMachine } from './machine.ts';
import { followMarkets } from './market-follow.ts';
import type { Ec2Context } from './operation.ts';
import { dropTags } from './tag.ts';
import { countVcpus } from './vcpu-quota.ts';
import { releaseVolumes } from './volume-make.ts';

export type InstanceEvent = 'booted' | 'stop' | 'halted' | 'start' | 'terminate' | 'ended' | 'forgotten';

interface Transition {
  readonly from: InstanceStateName;
  readonly event: InstanceEvent;
  readonly to: InstanceStateName | 'forgotten';
  /** After so many seconds by itself; undefined when somebody asks for it. */
  readonly seconds?: number;
}

export const transitions: readonly Transition[] = [
  { from: 'pending', event: 'booted', to: 'running', seconds: 3 },
  { from: 'running', event: 'stop', to: 'stopping' },
  { from: 'pending', event: 'stop', to: 'stopping' },
  { from: 'stopping', event: 'halted', to: 'stopped', seconds: 4 },
  { from: 'stopped', event: 'start', to: 'pending' },
  { from: 'pending', event: 'terminate', to: 'shutting-down' },
  { from: 'running', event: 'terminate', to: 'shutting-down' },
  { from: 'stopping', event: 'terminate', to: 'shutting-down' },
  { from: 'stopped', event: 'terminate', to: 'shutting-down' },
  { from: 'shutting-down', event: 'ended', to: 'terminated', seconds: 4 },
  { from: 'terminated', event: 'forgotten', to: 'forgotten', seconds: secondsPerHour },
];

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html */
export const stateCodes: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export const showState = (name: InstanceStateName) => ({ Code: stateCodes[name], Name: name });

export interface Reason {
  /** `Client.UserInitiatedShutdown`. */
  readonly code: string;
  readonly message: string;
  /** How the transition reason begins: `User initiated`. */
  readonly words?: string;
  /** A fault injection took it, not a lack of capacity. */
  readonly byExperiment?: true;
}

export const userShutdown: Reason = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  words: 'User initiated',
};

/** Spot capacity was needed elsewhere. */
export const spotTermination: Reason = {
  code: 'Server.SpotInstanceTermination',
  message: 'Server.SpotInstanceTermination: Spot instance termination',
  words: 'Service initiated',
};

/** A fault injection took it as a lack of capacity would. */
export const experimentTermination: Reason = { ...spotTermination, byExperiment: true };

const isGone = (state: InstanceStateName): boolean => state === 'terminated' || state === 'shutting-down';

/** True while it can come back or is there. */
export const isAlive = ({ state }: InstanceRow): boolean => !isGone(state);

/** A new instance begins. */
export function begin(context: Ec2Context, row: InstanceRow): void {
  context.state.instances.put(row);
  countVcpus(context, row, 1);
  announce(context, row, undefined);
  scheduleNext(context, row);
}

/** Whether an event is possible in a state. */
export const canHappen = (state: InstanceStateName, event: InstanceEvent): boolean =>
  transitions.some((one) => one.from === state && one.event === event);

/** Lets an event happen; the row as it is then. The event must be possible. */
export function happen(context: Ec2Context, row: InstanceRow, event: InstanceEvent, reason?: Reason): InstanceRow {
  const found = transitions.find((one) => one.from === row.state && one.event === event);
  if (found === undefined || found.to === 'forgotten') {
    throw new Error(`an instance that is ${row.state} cannot be ${event}`);
  }
  return enter(context, row, found.to, reason);
}

function enter(context: Ec2Context, row: InstanceRow, to: InstanceStateName, reason: Reason | undefined): InstanceRow {
  const { state, clock } = context;
  const now = clock.now();
  const starts = to === 'pending';
  const moved: InstanceRow = {
    ...row,
    state: to,
    stateAt: now,
    step: row.step + 1,
    stateReason: starts || to === 'running' ? undefined : (reason ?? row.stateReason),
    transitionReason: starts || to === 'running' ? '' : transitionWords(row, reason, now),
    launchedAt: starts ? now : row.launchedAt,
    runningAt: to === 'running' ? now : row.runningAt,
    firstRunningAt: to === 'running' ? (row.firstRunningAt ?? now) : row.firstRunningAt,
    stoppedAt: row.state === 'running' ? now : row.stoppedAt,
    capacityReservationId: capacityOf(context, row, to),
  };
  state.instances.put(moved);
  if (starts) countVcpus(context, row, 1);
  else if (row.state === 'pending' || row.state === 'running') if (to !== 'running') countVcpus(context, row, -1);
  if (starts) {
    givePublicIp(context, moved);
    leaveMachine(context, moved.id);
  }
  if (to === 'stopped') takePublicIp(context, moved);
  if (to === 'terminated') release(context, moved);
  followInstance(context, moved);
  announce(context, moved, row.state);
  followMarkets(context, moved);
  scheduleNext(context, moved);
  return moved;
}

/** Reserved room is taken at the start, and left at the stop. */
function capacityOf(context: Ec2Context, row: InstanceRow, to: InstanceStateName): string | undefined {
  if (to === 'running') return row.capacityReservationId;
  return to === 'pending' ? reservationFor(context, row) : undefined;
}

function transitionWords(row: InstanceRow, reason: Reason | undefined, now: InstanceRow['stateAt']): string {
  if (reason?.words === undefined) return row.transitionReason;
  return `${reason.words} (${toDate(now).toISOString().slice(0, 19).replace('T', ' ')} GMT)`;
}

function announce({ facts, clock }: Ec2Context, row: InstanceRow, from: InstanceStateName | undefined): void {
  const fact: InstanceStateChanged = {
    instanceId: row.id,
    from,
    to: row.state,
    reason: row.stateReason?.code,
    at: clock.now(),
  };
  facts.publish('ec2.InstanceStateChanged', fact);
}

function scheduleNext({ jobs, clock }: Ec2Context, row: InstanceRow): void {
  const next = transitions.find((one) => one.from === row.state && one.seconds !== undefined);
  if (next?.seconds === undefined) return;
  jobs.at(later(clock.now(), next.seconds), 'instanceStep', { id: row.id, step: row.step });
}

/** A state that passes by itself has passed. */
export function instanceStep(data: { readonly id: string; readonly step: number }, context: Ec2Context): void {
  const { state } = context;
  const row = state.instances.find(data.id);
  if (row === undefined || row.step !== data.step) return;
  const next = transitions.find((one) => one.from === row.state && one.seconds !== undefined);
  if (next === undefined) return;
  if (next.to !== 'forgotten') {
    enter(context, row, next.to, undefined);
    return;
  }
  state.instances.delete(row.id);
  dropTags(context, row.id);
}

/** The interface that has been there from the first. */
const primaryOf = ({ state }: Ec2Context, id: string) =>
  state.interfaces.index('instance').first({ prefix: key(id, 0) });

function givePublicIp(context: Ec2Context, row: InstanceRow): void {
  const nic = primaryOf(context, row.id);
  const address = nic?.addresses[0];
  if (!row.publicIp || nic === undefined || address === undefined) return;
  const elastic = context.state.addresses.index('interface').first({ prefix: key(nic.id) });
  if (elastic !== undefined) return;
  const [, ...others] = nic.addresses;
  context.state.interfaces.put({ ...nic, addresses: [{ ...address, publicIp: pickPublicIp(context) }, ...others] });
}

/** An address of Amazon's pool is for as long as the instance runs. */
function takePublicIp({ state }: Ec2Context, row: InstanceRow): void {
  for (const nic of state.interfaces.index('instance').list({ prefix: key(row.id) })) {
    if (!nic.addresses.some(({ publicIp }) => publicIp !== undefined)) continue;
    state.interfaces.put({ ...nic, addresses: nic.addresses.map(({ ip, primary }) => ({ ip, primary })) });
  }
}

/** What an instance had goes with it, or is free again. */
function release(context: Ec2Context, row: InstanceRow): void {
  const { state } = context;
  takePublicIp(context, row);
  for (const nic of state.interfaces.index('instance').list({ prefix: key(row.id) })) {
    if (nic.attachment?.deleteOnTermination === true) dropInterface(context, nic);
    else state.interfaces.put({ ...nic, attachment: undefined });
  }
  releaseVolumes(context, row.id);
}

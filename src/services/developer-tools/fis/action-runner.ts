// What actions do here, by their IDs. AWS's other actions are in the catalogue, and fail when they are run.
import * as capacity from './action-capacity.ts';
import * as ec2 from './action-ec2.ts';
import * as network from './action-network.ts';
import * as api from './action-api.ts';
import type { FisContext } from './operation.ts';
import type { Actor } from './role.ts';
import { disruptCrossRegion } from './action-route.ts';
import { assertAlarmState } from './action-alarm.ts';

/** One run of an action. */
export interface ActionCall {
  readonly context: FisContext;
  /** Makes calls as the experiment's role. */
  readonly actor: Actor;
  readonly experimentId: string;
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The parameter `duration`; 0 without. */
  readonly seconds: number;
  /** ARNs of a target, by the action's name for it. */
  arns(target: string): readonly string[];
}

/** What came of it: for how long it lasts, and what its end has to know to take it back. */
export interface Effect {
  readonly seconds: number;
  readonly undo?: object | undefined;
}

export interface Runner {
  /** @throws AwsError, ExperimentFailure: then it did nothing, or took it back */
  start(call: ActionCall): Promise<Effect>;
  end?(call: ActionCall, undo: object): Promise<void>;
}

const wait: Runner = { start: ({ seconds }) => Promise.resolve({ seconds }) };

export const runners: Readonly<Record<string, Runner>> = {
  'aws:cloudwatch:assert-alarm-state': assertAlarmState,
  'aws:ebs:pause-volume-io': ec2.pauseVolumeIo,
  'aws:ec2:api-insufficient-instance-capacity-error': capacity.forRoles,
  'aws:ec2:asg-insufficient-instance-capacity-error': capacity.forGroups,
  'aws:ec2:reboot-instances': ec2.rebootInstances,
  'aws:ec2:send-spot-instance-interruptions': ec2.sendSpotInterruptions,
  'aws:ec2:stop-instances': ec2.stopInstances,
  'aws:ec2:terminate-instances': ec2.terminateInstances,
  'aws:fis:inject-api-internal-error': api.internalError,
  'aws:fis:inject-api-throttle-error': api.throttleError,
  'aws:fis:inject-api-unavailable-error': api.unavailableError,
  'aws:fis:wait': wait,
  'aws:network:disrupt-connectivity': network.disruptConnectivity,
  'aws:network:route-table-disrupt-cross-region-connectivity': disruptCrossRegion,
  'aws:network:transit-gateway-disrupt-cross-region-connectivity': network.disruptTransitGateway,
};

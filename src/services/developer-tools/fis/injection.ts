// What no public API does: faults in the plan of the cloud. AWS has operations for them too, which only experiments can call and only
// policies can name: `fis:InjectApiThrottleError`, `ec2:SendSpotInstanceInterruptions`. So the experiment's role is asked for them.
import type { Breakage } from '../../../faults/fault.ts';
import type { Permissions } from '../../../kernel/service.ts';
import { later } from '../../../kernel/units.ts';
import type { SpotInterruption } from './facts.ts';
import type { FisContext } from './operation.ts';
import type { FisState } from './state.ts';

/** Faults to be planned for an action of an experiment. */
export interface Injection {
  readonly experimentArn: string;
  readonly breakages: readonly Breakage[];
  /** ARNs of what is broken: IAM is asked about each. */
  readonly resources: readonly string[];
  readonly seconds: number;
  /** 1 to 100. */
  readonly percentage: number;
}

export interface Injected {
  readonly faultIds: readonly string[];
}

const inject = ({ experimentArn: note, breakages, seconds, percentage }: Injection, context: FisContext): Injected => {
  const { faults } = context.parts;
  const until = later(context.clock.now(), seconds);
  return {
    faultIds: breakages.map((breakage) => faults.add({ breakage, until, chance: percentage / 100, note }).id),
  };
};

export interface SpotSend extends SpotInterruption {
  readonly resources: readonly string[];
}

const sendSpot = ({ instanceIds, noticeSeconds }: SpotSend, { facts }: FisContext): object => {
  const fact: SpotInterruption = { instanceIds, noticeSeconds };
  facts.publish('fis.SpotInterruption', fact);
  return {};
};

export const injections = {
  InjectApiInternalError: inject,
  InjectApiThrottleError: inject,
  InjectApiUnavailableError: inject,
  InjectInsufficientCapacity: inject,
  PauseVolumeIo: inject,
  DisruptTransitGateway: inject,
  SendSpotInstanceInterruptions: sendSpot,
};

const onEach =
  (action: string): Permissions<FisState> =>
  ({ resources }: { readonly resources: readonly string[] }) =>
    resources.map((resource) => ({ action, resource }));

export const injectionPermissions: Readonly<Record<keyof typeof injections, Permissions<FisState>>> = {
  InjectApiInternalError: onEach('fis:InjectApiInternalError'),
  InjectApiThrottleError: onEach('fis:InjectApiThrottleError'),
  InjectApiUnavailableError: onEach('fis:InjectApiUnavailableError'),
  InjectInsufficientCapacity: onEach('ec2:InjectApiError'),
  PauseVolumeIo: onEach('ec2:PauseVolumeIO'),
  DisruptTransitGateway: onEach('ec2:DisassociateTransitGatewayRouteTable'),
  SendSpotInstanceInterruptions: onEach('ec2:SendSpotInstanceInterruptions'),
};

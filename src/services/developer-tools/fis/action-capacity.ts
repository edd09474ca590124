// No room for what chosen roles or Auto Scaling groups launch.
import { zonesOf } from '../../../kernel/region.ts';
import type { ActionCall, Runner } from './action-runner.ts';
import { faultRunner, percentageOf } from './fault-action.ts';
import { listOf } from './list-parameter.ts';
import { ExperimentFailure } from './role.ts';

/** IDs of the zones that the action names, by name or ID. */
function zoneIdsOf({ context, actor, parameters }: ActionCall): string[] {
  const zones = zonesOf(context.region, actor.account);
  return listOf(parameters['availabilityZoneIdentifiers']).map((given) => {
    const zone = zones.find(({ name, id }) => name === given || id === given);
    if (zone !== undefined) return zone.id;
    throw new ExperimentFailure('ConfigurationFailure', `There is no Availability Zone ${given}.`);
  });
}

const capacityRunner = (
  target: string,
  whoOf: (arn: string) => { readonly principalArn: string } | { readonly groupName: string },
): Runner =>
  faultRunner('InjectInsufficientCapacity', (call) => {
    const resources = call.arns(target);
    const zoneIds = zoneIdsOf(call);
    return {
      resources,
      breakages: resources.flatMap((arn) =>
        zoneIds.map((zoneId) => ({ kind: 'capacity' as const, zoneId, ...whoOf(arn) })),
      ),
      percentage: percentageOf(call),
    };
  });

export const forRoles = capacityRunner('Roles', (principalArn) => ({ principalArn }));

export const forGroups = capacityRunner('AutoScalingGroups', (arn) => ({
  groupName: arn.slice(arn.indexOf('autoScalingGroupName/') + 'autoScalingGroupName/'.length),
}));

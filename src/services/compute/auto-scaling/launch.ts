// Carrying out a launch that was decided on. A launch is asked for with its activity's ID as client token, so one that was interrupted is
// carried on, never made twice.
import type { Instance, RunInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { later } from '../../../kernel/units.ts';
import { changeActivity, endActivity } from './activity.ts';
import { announce } from './announce.ts';
import { asScaling, findGroup } from './find.ts';
import { noteCounts } from './group-metric.ts';
import { watchHealth } from './health.ts';
import { effective } from './refresh-source.ts';
import { choicesFor, type LaunchChoice, templateOf } from './launch-source.ts';
import type { GroupRow, LaunchRow, MemberRow, ScalingContext } from './state.ts';
import { look } from './turn-time.ts';

/** Codes that speak of a place, not of what is launched: elsewhere it may succeed. */
const placeCodes = new Set([
  'InsufficientInstanceCapacity',
  'InsufficientHostCapacity',
  'InsufficientFreeAddressesInSubnet',
  'InsufficientReservedInstanceCapacity',
  'Unsupported',
  'SpotMaxPriceTooLow',
  'MaxSpotInstanceCountExceeded',
]);

/** Seconds until a zone or a group is tried again after so many failures in a row. Unknown: AWS waits longer each time. */
const patience = (failures: number): number => Math.min(60 * 2 ** Math.min(failures - 1, 5), 900);

interface Made {
  readonly instance: Instance;
  readonly choice: LaunchChoice;
}

async function make(context: ScalingContext, group: GroupRow, launch: LaunchRow): Promise<Made | AwsError> {
  let failure: AwsError | undefined;
  try {
    const choices = await choicesFor(context, group, launch);
    for (const [at, choice] of choices.entries()) {
      const ClientToken = at === 0 ? launch.activityId : `${launch.activityId}-${at}`;
      try {
        const answer = await context.aws.call<object, RunInstancesCommandOutput>(
          'ec2',
          'RunInstances',
          { ...choice.request, ClientToken },
          asScaling,
        );
        const [instance] = answer.Instances ?? [];
        if (instance !== undefined) return { instance, choice };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        failure ??= error;
        if (!placeCodes.has(error.code)) return error;
      }
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    failure = error;
  }
  return failure ?? new AwsError('ValidationError', 400, 'The group has nothing to launch.');
}

export async function carryOut(context: ScalingContext, launch: LaunchRow): Promise<void> {
  const group = findGroup(context, launch.group);
  if (group === undefined || group.deleting === true) {
    await context.transact(() => {
      context.state.launches.delete(launch.activityId);
      endActivity(context, launch.activityId, 'Cancelled');
    });
    return;
  }
  const made = await make(context, effective(context, group), launch);
  await context.transact(() => {
    if (!context.state.launches.delete(launch.activityId)) return;
    if (made instanceof AwsError) fail(context, launch, made);
    else join(context, launch, made);
  });
}

/** The instance that EC2 made is one of the group's from now on. */
function join(context: ScalingContext, launch: LaunchRow, { instance, choice }: Made): void {
  const { state, clock } = context;
  const stored = findGroup(context, launch.group);
  if (stored === undefined) return;
  const group = effective(context, stored);
  const id = instance.InstanceId as string;
  const zone = instance.Placement?.AvailabilityZone ?? launch.zone;
  const template = choice.request.LaunchTemplate === undefined ? undefined : templateOf(group);
  const tagOf = (name: string) => instance.Tags?.find(({ Key }) => Key === name)?.Value;
  const row: MemberRow = {
    id,
    group: group.name,
    state: launch.isWarm ? 'Warmed:Pending' : 'Pending',
    zone,
    zoneId: group.zones.find((one) => one.zone === zone)?.zoneId ?? '',
    subnetId: instance.SubnetId ?? '',
    type: String(instance.InstanceType),
    imageId: instance.ImageId ?? '',
    weight: choice.weight,
    isWeighted:
      group.source.mixed?.LaunchTemplate?.Overrides?.some((one) => one.WeightedCapacity !== undefined) === true,
    market: launch.market,
    healthy: true,
    protected: group.newProtected,
    configuration: group.source.configuration,
    template: template && {
      id: tagOf('aws:ec2launchtemplate:id') ?? template.id,
      name: template.name,
      version: tagOf('aws:ec2launchtemplate:version') ?? template.version ?? '1',
    },
    launchedAt: clock.now(),
    activityId: launch.activityId,
    isExtra: launch.isExtra,
    refreshId: launch.refreshId,
  };
  state.members.put(row);
  changeActivity(context, launch.activityId, {
    description: `Launching a new EC2 instance${launch.isWarm ? ' into warm pool' : ''}: ${id}`,
    code: 'PreInService',
    progress: 30,
  });
  state.zoneTroubles.delete(key(group.name, zone));
  if (stored.failures > 0) state.groups.put({ ...stored, failures: 0 });
  noteCounts(context, group.name);
  watchHealth(context);
}

function fail(context: ScalingContext, launch: LaunchRow, error: AwsError): void {
  const { state, clock } = context;
  const message = `${error.message} Launching EC2 instance failed.`;
  endActivity(context, launch.activityId, 'Failed', {
    description: `Launching a new EC2 instance.  Status Reason: ${message}`,
    message,
  });
  announce(context, 'autoscaling:EC2_INSTANCE_LAUNCH_ERROR', launch.activityId, undefined);
  const group = findGroup(context, launch.group);
  if (group === undefined) return;
  if (placeCodes.has(error.code)) {
    const before = state.zoneTroubles.find(key(group.name, launch.zone));
    const failures = (before?.failures ?? 0) + 1;
    const until = later(clock.now(), patience(failures));
    state.zoneTroubles.put({ group: group.name, zone: launch.zone, until, failures });
    look(context, group.name, 0);
  } else {
    const failures = group.failures + 1;
    state.groups.put({ ...group, failures });
    look(context, group.name, patience(failures));
  }
}

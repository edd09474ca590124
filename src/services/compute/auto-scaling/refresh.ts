// Operations on instance refreshes: all instances of a group are replaced, little by little.
import type { InstanceRefresh } from '@aws-sdk/client-auto-scaling';
import type { DescribeLaunchTemplateVersionsCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { asScaling, getGroup, isSuspended, membersOf } from './find.ts';
import { sourceFor, tryLaunch } from './group-input.ts';
import { showTemplate } from './group-view.ts';
import { templateOf } from './launch-source.ts';
import { isActive, isStandby } from './member.ts';
import { pageOf } from './page.ts';
import { activeRefresh } from './refresh-source.ts';
import { percentageOf, refreshSettings, rollBack } from './refresh-step.ts';
import {
  type GroupRow,
  type Input,
  type LaunchSource,
  type MemberRow,
  nextNumber,
  type Operation,
  type RefreshRow,
  type ScalingContext,
} from './state.ts';
import { look } from './turn-time.ts';

type Preferences = Input<'StartInstanceRefresh'>['Preferences'];

function checkPreferences(preferences: Preferences): void {
  const { MinHealthyPercentage: min, MaxHealthyPercentage: max, CheckpointPercentages: points } = preferences ?? {};
  if (min !== undefined && (min < 0 || min > 100))
    throw errors.validation('MinHealthyPercentage must be between 0 and 100.');
  if (max !== undefined && (max < 100 || max > 200))
    throw errors.validation('MaxHealthyPercentage must be between 100 and 200.');
  if (max !== undefined && min === undefined)
    throw errors.validation('MinHealthyPercentage must be specified when MaxHealthyPercentage is specified.');
  if (min !== undefined && max !== undefined && max - min > 100)
    throw errors.validation(
      'The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.',
    );
  const sorted = points?.every((one, at) => one >= 1 && one <= 100 && one > (points[at - 1] ?? 0)) ?? true;
  if (!sorted) throw errors.validation('CheckpointPercentages must be between 1 and 100, in ascending order.');
}

interface TemplateVersion {
  readonly id: string;
  readonly version: string;
}

/** The number of the version that a template means at this moment. */
async function versionOf(context: ScalingContext, source: LaunchSource): Promise<TemplateVersion | undefined> {
  const template = templateOf({ source });
  if (template === undefined) return undefined;
  const answer = await context.aws
    .call<object, DescribeLaunchTemplateVersionsCommandOutput>(
      'ec2',
      'DescribeLaunchTemplateVersions',
      { LaunchTemplateId: template.id, Versions: [template.version ?? '$Default'] },
      asScaling,
    )
    .catch((error: unknown) => {
      throw error instanceof AwsError ? errors.validation(error.message) : error;
    });
  const version = answer.LaunchTemplateVersions?.[0]?.VersionNumber;
  return version === undefined ? undefined : { id: template.id, version: String(version) };
}

/** Whether an instance is already what the refresh brings: by template and version, and by type where the group names types. */
function matches(member: MemberRow, source: LaunchSource, version: TemplateVersion | undefined): boolean {
  if (source.configuration !== undefined) return member.configuration === source.configuration;
  if (version === undefined || member.template?.id !== version.id || member.template.version !== version.version)
    return false;
  const types = source.mixed?.LaunchTemplate?.Overrides?.flatMap(({ InstanceType }) => InstanceType ?? []) ?? [];
  return types.length === 0 || types.includes(member.type);
}

const describeVersion = /^\$(?:Latest|Default)$/;

/** @throws where a configuration could not be gone back to */
function checkRollback(group: GroupRow, input: Input<'StartInstanceRefresh'>): void {
  if (input.Preferences?.AutoRollback !== true) return;
  if (input.DesiredConfiguration === undefined)
    throw errors.validation('The AutoRollback parameter requires a desired configuration.');
  if (describeVersion.test(templateOf(group)?.version ?? ''))
    throw errors.validation(
      'The AutoRollback parameter cannot be used when the Auto Scaling group uses the $Latest or $Default version of a launch template.',
    );
}

/**
 * Starts to replace all instances of a group.
 *
 * Default: 90 % stay healthy, at least one is replaced at a time.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html
 */
export const StartInstanceRefresh: Operation<'StartInstanceRefresh'> = async (input, context) => {
  const { state, clock, ids } = context;
  const group = getGroup(context, input.AutoScalingGroupName);
  const strategy = input.Strategy ?? 'Rolling';
  if (strategy !== 'Rolling')
    throw errors.validation(`Instance refreshes with the strategy ${strategy} are not supported by this group.`);
  if (isSuspended(group, 'InstanceRefresh'))
    throw errors.validation(`The InstanceRefresh process of group ${group.name} is suspended.`);
  checkPreferences(input.Preferences);
  refuseSecond(context, group);
  checkRollback(group, input);
  const wanted = input.DesiredConfiguration;
  const wantedSource = wanted === undefined ? undefined : await sourceFor(context, wanted);
  const source = wantedSource ?? group.source;
  if (wantedSource !== undefined) await tryLaunch(context, { ...group, source });
  const version = await versionOf(context, source);
  return context.transact(() => {
    const present = getGroup(context, group.name);
    refuseSecond(context, present);
    const skips = input.Preferences?.SkipMatching === true;
    const left = membersOf(context, present.name)
      .filter((member) => isActive(member) || (isStandby(member) && input.Preferences?.StandbyInstances !== 'Ignore'))
      .filter((member) => !(skips && matches(member, source, version)))
      .filter((member) => !(member.protected && input.Preferences?.ScaleInProtectedInstances === 'Ignore'));
    const row: RefreshRow = {
      id: ids.uuid(),
      group: present.name,
      sequence: nextNumber(context, 'refresh'),
      status: 'Pending',
      strategy,
      startAt: clock.now(),
      preferences: input.Preferences ?? {},
      wanted:
        wantedSource === undefined
          ? undefined
          : {
              LaunchTemplate: wantedSource.template && showTemplate(wantedSource.template),
              MixedInstancesPolicy: wantedSource.mixed,
            },
      isRollback: false,
      left: left.map(({ id }) => id),
      total: left.length,
      passed: 0,
    };
    state.refreshes.put(row);
    look(context, present.name);
    return { InstanceRefreshId: row.id };
  });
};

function refuseSecond(context: ScalingContext, group: GroupRow): void {
  if (activeRefresh(context, group.name) !== undefined)
    throw errors.refreshInProgress(
      'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
    );
}

/** Ends a refresh: what was begun is finished, nothing is taken back. */
export const CancelInstanceRefresh: Operation<'CancelInstanceRefresh'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const row = activeRefresh(context, group.name);
  if (row === undefined) throw errors.noRefresh(group.name);
  const waits = input.WaitForTransitioningInstances !== false;
  context.state.refreshes.put(
    waits
      ? { ...row, status: 'Cancelling', reason: 'Cancelled due to user request.' }
      : { ...row, status: 'Cancelled', reason: 'Cancelled due to user request.', endAt: context.clock.now() },
  );
  look(context, group.name);
  return { InstanceRefreshId: row.id };
};

/** Takes a refresh back: what it launched is replaced by what was there before. */
export const RollbackInstanceRefresh: Operation<'RollbackInstanceRefresh'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const row = activeRefresh(context, group.name);
  if (row === undefined) throw errors.noRefresh(group.name);
  if (row.wanted === undefined)
    throw errors.irreversible('The instance refresh has no desired configuration, so it cannot be rolled back.');
  if (describeVersion.test(templateOf(group)?.version ?? ''))
    throw errors.irreversible(
      'An instance refresh cannot be rolled back when the group uses the $Latest or $Default version of a launch template.',
    );
  if (row.isRollback || row.status === 'Cancelling')
    throw errors.irreversible(`The instance refresh cannot be rolled back in the state ${row.status}.`);
  rollBack(context, group, row, 'Rolled back due to user request.');
  return { InstanceRefreshId: row.id };
};

function show(context: ScalingContext, group: GroupRow, row: RefreshRow): InstanceRefresh {
  const percentage = percentageOf(context, group, row);
  const settings = refreshSettings(group, row);
  const InstancesToUpdate = Math.max(row.left.length, Math.ceil((row.total * (100 - percentage)) / 100));
  return {
    InstanceRefreshId: row.id,
    AutoScalingGroupName: row.group,
    Status: row.status,
    StatusReason: row.reason ?? waitReason(context, row),
    StartTime: row.status === 'Pending' ? undefined : toDate(row.startAt),
    EndTime: row.endAt === undefined ? undefined : toDate(row.endAt),
    PercentageComplete: percentage,
    InstancesToUpdate: row.endAt !== undefined && row.status === 'Successful' ? 0 : InstancesToUpdate,
    Preferences: {
      SkipMatching: false,
      AutoRollback: false,
      ScaleInProtectedInstances: 'Wait',
      StandbyInstances: 'Wait',
      ...row.preferences,
      MinHealthyPercentage: settings.minHealthy,
      MaxHealthyPercentage: settings.maxHealthy,
      InstanceWarmup: settings.warmupSeconds,
    },
    DesiredConfiguration: row.wanted,
    RollbackDetails:
      row.rollbackStartAt === undefined
        ? undefined
        : {
            RollbackReason: row.rollbackReason,
            RollbackStartTime: toDate(row.rollbackStartAt),
            PercentageCompleteOnRollback: row.progressAtRollback,
          },
    Strategy: row.strategy as InstanceRefresh['Strategy'],
  };
}

const waitReason = ({ clock }: ScalingContext, { waitUntil, endAt }: RefreshRow): string | undefined =>
  endAt === undefined && waitUntil !== undefined && waitUntil > clock.now()
    ? 'Waiting at a checkpoint before continuing.'
    : undefined;

/** Refreshes of a group, the newest first. */
export const DescribeInstanceRefreshes: Operation<'DescribeInstanceRefreshes'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  const ids = input.InstanceRefreshIds ?? [];
  const rows = context.state.refreshes
    .index('group')
    .list({ prefix: key(group.name), reverse: true })
    .filter(({ id }) => ids.length === 0 || ids.includes(id));
  const page = pageOf(rows, input, { usual: 50, most: 100 });
  return { InstanceRefreshes: page.rows.map((row) => show(context, group, row)), NextToken: page.NextToken };
};

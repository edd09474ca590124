// What EC2 Auto Scaling keeps. Read this first.
//
// A group is a wish (so many instances, of this kind, in these zones); its instances are what is there. `turn.ts` compares the two
// whenever something changed, and writes down what is to be done: launches, retirements. What takes time is a job.
import type * as AutoScaling from '@aws-sdk/client-auto-scaling';
import { key } from '../../../kernel/key.ts';
import type { Context, Handler, InputOf, OperationName, OutputOf } from '../../../kernel/service.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export type Market = 'on-demand' | 'spot';

/** A zone in which a group may launch. */
export interface GroupZone {
  readonly zone: string;
  readonly zoneId: string;
  /** Empty for a group that named only zones: the default subnet is meant. */
  readonly subnetIds: readonly string[];
}

/** What a group launches: one of the three. */
export interface LaunchSource {
  readonly configuration?: string | undefined;
  readonly template?: TemplateSpecification | undefined;
  readonly mixed?: AutoScaling.MixedInstancesPolicy | undefined;
}

export interface TemplateSpecification {
  readonly id: string;
  readonly name: string;
  /** As the user gave it: a number, `$Latest`, `$Default`; undefined means `$Default`. */
  readonly version?: string | undefined;
}

export type TrafficType = 'elb' | 'elbv2' | 'vpc-lattice';

/** A load balancer or target group of a group. */
export interface TrafficSource {
  readonly type: TrafficType;
  /** A name for `elb`, else an ARN. */
  readonly identifier: string;
  readonly state: 'Adding' | 'Added' | 'InService' | 'Removing';
}

export interface WarmPool {
  readonly minSize: number;
  readonly maxPrepared?: number | undefined;
  readonly poolState: 'Stopped' | 'Running' | 'Hibernated';
  readonly reuse: boolean;
  readonly status?: 'PendingDelete' | undefined;
}

export interface GroupRow {
  readonly name: string;
  readonly arn: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly source: LaunchSource;
  readonly zones: readonly GroupZone[];
  /** The subnets as they were given. */
  readonly subnetIds: readonly string[];
  readonly cooldownSeconds: number;
  readonly healthType: string;
  readonly graceSeconds: number;
  readonly placementGroup?: string | undefined;
  readonly terminationPolicies: readonly string[];
  readonly newProtected: boolean;
  readonly capacityRebalance?: boolean | undefined;
  readonly maxLifetimeSeconds?: number | undefined;
  readonly warmupSeconds?: number | undefined;
  readonly desiredType?: string | undefined;
  readonly context?: string | undefined;
  readonly maintenance?: { readonly min: number; readonly max: number } | undefined;
  readonly distribution?: 'balanced-only' | 'balanced-best-effort' | undefined;
  readonly impairment?: AutoScaling.AvailabilityZoneImpairmentPolicy | undefined;
  readonly reservation?: AutoScaling.CapacityReservationSpecification | undefined;
  readonly lifecyclePolicy?: AutoScaling.InstanceLifecyclePolicy | undefined;
  readonly deletionProtection?: string | undefined;
  readonly serviceRoleArn: string;
  readonly createdAt: Instant;
  readonly deleting?: boolean | undefined;
  readonly suspended: readonly { readonly name: string; readonly reason: string }[];
  /** Group metrics that are collected. */
  readonly metrics: readonly string[];
  readonly traffic: readonly TrafficSource[];
  readonly warmPool?: WarmPool | undefined;
  /** Why the capacity is what it is, for the activities to come: sentences that nobody has acted on yet. */
  readonly causes: readonly string[];
  /** Until when no simple-scaling policy acts. */
  readonly cooldownUntil?: Instant | undefined;
  /** How long it cools down after what the last such policy began is done. */
  readonly coolingSeconds?: number | undefined;
  /** What predictive scaling asks for at least. */
  readonly forecastMin?: number | undefined;
  /** Launches that failed in a row. */
  readonly failures: number;
}

/** A launch configuration: what it was made with. */
export interface ConfigurationRow {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Instant;
  readonly settings: Omit<AutoScaling.CreateLaunchConfigurationType, 'LaunchConfigurationName' | 'InstanceId'>;
}

export type LifecycleState = AutoScaling.LifecycleState;

/** An instance of a group. */
export interface MemberRow {
  readonly id: string;
  readonly group: string;
  readonly state: LifecycleState;
  readonly zone: string;
  readonly zoneId: string;
  readonly subnetId: string;
  readonly type: string;
  readonly imageId: string;
  readonly weight: number;
  /** True when the group's overrides gave the weight. */
  readonly isWeighted: boolean;
  readonly market: Market;
  readonly healthy: boolean;
  /** Why it is not: as the cause of its end will say it. */
  readonly trouble?: string | undefined;
  readonly protected: boolean;
  readonly configuration?: string | undefined;
  readonly template?: { readonly id: string; readonly name: string; readonly version: string } | undefined;
  readonly launchedAt: Instant;
  readonly inServiceAt?: Instant | undefined;
  /** Since when its status checks fail. */
  readonly impairedSince?: Instant | undefined;
  /** The activity that made it, or ends it. */
  readonly activityId: string;
  /** Beyond the desired capacity until it is in service: it takes the place of another. */
  readonly isExtra: boolean;
  /** The instance refresh that launched it. */
  readonly refreshId?: string | undefined;
  /** EC2 is about to take it: it goes first when the one that was launched for it is in service. */
  readonly isAtRisk?: boolean | undefined;
  /** Leaving for this state instead of its end: back to the warm pool, standby, out of the group. */
  readonly leavingFor?: 'warm-pool' | undefined;
}

/** A launch that was decided on; gone as soon as its instance has a row. */
export interface LaunchRow {
  readonly activityId: string;
  readonly group: string;
  readonly zone: string;
  readonly subnetId?: string | undefined;
  readonly market: Market;
  readonly weight: number;
  readonly isExtra: boolean;
  readonly isWarm: boolean;
  readonly refreshId?: string | undefined;
}

export interface ActivityRow {
  readonly id: string;
  readonly sequence: number;
  readonly group: string;
  readonly groupArn: string;
  readonly description: string;
  readonly cause: string;
  readonly startAt: Instant;
  readonly endAt?: Instant | undefined;
  readonly code: AutoScaling.ScalingActivityStatusCode;
  readonly message?: string | undefined;
  readonly progress: number;
  readonly details: string;
  /** Set when its group is deleted. */
  readonly groupGone?: boolean | undefined;
}

export interface HookRow {
  readonly group: string;
  readonly name: string;
  readonly transition: 'autoscaling:EC2_INSTANCE_LAUNCHING' | 'autoscaling:EC2_INSTANCE_TERMINATING';
  readonly timeoutSeconds: number;
  readonly defaultResult: string;
  readonly metadata?: string | undefined;
  readonly targetArn?: string | undefined;
  readonly roleArn?: string | undefined;
}

/** A hook that holds an instance. */
export interface HookActionRow {
  readonly group: string;
  readonly instanceId: string;
  readonly hook: string;
  readonly token: string;
  readonly transition: HookRow['transition'];
  readonly timeoutSeconds: number;
  readonly defaultResult: string;
  readonly endsAt: Instant;
  readonly jobId: string;
}

export interface PolicyRow {
  readonly group: string;
  readonly name: string;
  readonly arn: string;
  readonly type: 'SimpleScaling' | 'StepScaling' | 'TargetTrackingScaling' | 'PredictiveScaling';
  readonly enabled: boolean;
  readonly adjustmentType?: string | undefined;
  readonly adjustment?: number | undefined;
  readonly minMagnitude?: number | undefined;
  readonly cooldownSeconds?: number | undefined;
  readonly steps?: readonly AutoScaling.StepAdjustment[] | undefined;
  readonly aggregation?: string | undefined;
  readonly warmupSeconds?: number | undefined;
  readonly tracking?: AutoScaling.TargetTrackingConfiguration | undefined;
  readonly predictive?: AutoScaling.PredictiveScalingConfiguration | undefined;
  /** The alarms that target tracking made for itself. */
  readonly alarms: readonly { readonly name: string; readonly arn: string }[];
  /** When its low alarm last spoke. */
  readonly readyAt?: Instant | undefined;
  /** The next forecast. */
  readonly jobId?: string | undefined;
}

export interface ScheduleRow {
  readonly group: string;
  readonly name: string;
  readonly arn: string;
  /** When it is carried out next. */
  readonly nextAt: Instant;
  readonly startAt?: Instant | undefined;
  readonly endAt?: Instant | undefined;
  readonly recurrence?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly desired?: number | undefined;
  readonly jobId: string;
}

export interface NotificationRow {
  readonly group: string;
  readonly topicArn: string;
  readonly type: string;
}

export interface TagRow {
  readonly group: string;
  readonly key: string;
  readonly value: string;
  readonly propagates: boolean;
}

export interface RefreshRow {
  readonly id: string;
  readonly group: string;
  readonly sequence: number;
  readonly status: AutoScaling.InstanceRefreshStatus;
  readonly reason?: string | undefined;
  readonly strategy: string;
  readonly startAt: Instant;
  readonly endAt?: Instant | undefined;
  readonly preferences: AutoScaling.RefreshPreferences;
  readonly wanted?: AutoScaling.DesiredConfiguration | undefined;
  readonly isRollback: boolean;
  readonly rollbackReason?: string | undefined;
  readonly rollbackStartAt?: Instant | undefined;
  readonly progressAtRollback?: number | undefined;
  /** Instances that were there at the start and are still to be replaced. */
  readonly left: readonly string[];
  readonly total: number;
  /** Checkpoints that were passed. */
  readonly passed: number;
  readonly waitUntil?: Instant | undefined;
  readonly bakeUntil?: Instant | undefined;
  /** Since when there are only instances left that it may not replace. */
  readonly heldSince?: Instant | undefined;
}

/** The next look at a group. */
export interface TurnRow {
  readonly group: string;
  readonly jobId: string;
  readonly at: Instant;
}

/** A zone in which a group could not launch. */
export interface ZoneTroubleRow {
  readonly group: string;
  readonly zone: string;
  readonly until: Instant;
  readonly failures: number;
}

/** How many instances a group had in which state, since when. */
export interface CountRow {
  readonly group: string;
  readonly at: Instant;
  readonly values: Readonly<Record<string, number>>;
}

/** The watch over status checks of a Region's groups. */
export interface WatchRow {
  readonly id: 'watch';
  readonly jobId: string;
  readonly stamp: string;
}

export interface TokenRow {
  readonly id: string;
  readonly digest: string;
  readonly answer: string;
  readonly expiresAt: Instant;
}

export interface CounterRow {
  readonly name: string;
  readonly next: number;
}

export const scalingTables = {
  groups: table<GroupRow>()({ key: (row) => row.name }),
  configurations: table<ConfigurationRow>()({ key: (row) => row.name }),
  members: table<MemberRow>()({
    key: (row) => row.id,
    indexes: { group: (row) => key(row.group, row.launchedAt) },
  }),
  launches: table<LaunchRow>()({
    key: (row) => row.activityId,
    indexes: { group: (row) => key(row.group) },
  }),
  activities: table<ActivityRow>()({
    key: (row) => row.id,
    indexes: { group: (row) => key(row.group, row.sequence), all: (row) => key(row.sequence) },
  }),
  hooks: table<HookRow>()({ key: (row) => key(row.group, row.name) }),
  hookActions: table<HookActionRow>()({
    key: (row) => key(row.instanceId, row.hook),
    indexes: { token: (row) => row.token },
  }),
  policies: table<PolicyRow>()({ key: (row) => key(row.group, row.name), indexes: { arn: (row) => row.arn } }),
  schedules: table<ScheduleRow>()({ key: (row) => key(row.group, row.name) }),
  notifications: table<NotificationRow>()({ key: (row) => key(row.group, row.topicArn, row.type) }),
  tags: table<TagRow>()({ key: (row) => key(row.group, row.key) }),
  refreshes: table<RefreshRow>()({
    key: (row) => row.id,
    indexes: {
      group: (row) => key(row.group, row.sequence),
      active: (row) => (row.endAt === undefined ? key(row.group) : undefined),
    },
  }),
  turns: table<TurnRow>()({ key: (row) => row.group }),
  zoneTroubles: table<ZoneTroubleRow>()({ key: (row) => key(row.group, row.zone) }),
  counts: table<CountRow>()({ key: (row) => key(row.group, row.at) }),
  watches: table<WatchRow>()({ key: (row) => row.id }),
  tokens: table<TokenRow>()({ key: (row) => row.id, indexes: { expiry: (row) => key(row.expiresAt) } }),
  counters: table<CounterRow>()({ key: (row) => row.name }),
};

export type ScalingState = StateOf<typeof scalingTables>;
export type ScalingContext = Context<ScalingState>;
export type Sdk = typeof AutoScaling;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, ScalingState, Name>;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
export type Output<Name extends OperationName<Sdk>> = OutputOf<Sdk, Name>;

/** The next of a row of numbers. */
export function nextNumber({ state }: ScalingContext, name: string): number {
  const next = state.counters.find(name)?.next ?? 1;
  state.counters.put({ name, next: next + 1 });
  return next;
}

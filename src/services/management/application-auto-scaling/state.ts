// What Application Auto Scaling keeps. Read this first.
import type * as Scaling from '@aws-sdk/client-application-auto-scaling';
import { key } from '../../../kernel/key.ts';
import type { Context, Handler, InputOf, OperationName, OutputOf } from '../../../kernel/service.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

/** What is scaled: a quantity of a resource of a service. */
export interface Subject {
  readonly namespace: string;
  /** `table/orders`, `service/web/api`. */
  readonly resourceId: string;
  /** `dynamodb:table:ReadCapacityUnits`. */
  readonly dimension: string;
}

export interface TargetRow extends Subject {
  readonly arn: string;
  readonly min: number;
  readonly max: number;
  readonly roleArn: string;
  readonly createdAt: Instant;
  readonly suspended: Scaling.SuspendedState;
  /** Until when nothing more is added, and nothing more taken away. */
  readonly outUntil?: Instant | undefined;
  readonly inUntil?: Instant | undefined;
}

export interface PolicyRow extends Subject {
  readonly name: string;
  readonly arn: string;
  readonly type: 'StepScaling' | 'TargetTrackingScaling';
  readonly step?: Scaling.StepScalingPolicyConfiguration | undefined;
  readonly tracking?: Scaling.TargetTrackingScalingPolicyConfiguration | undefined;
  readonly alarms: readonly { readonly name: string; readonly arn: string }[];
  readonly createdAt: Instant;
}

export interface ScheduleRow extends Subject {
  readonly name: string;
  readonly arn: string;
  readonly schedule: string;
  readonly timeZone?: string | undefined;
  readonly startAt?: Instant | undefined;
  readonly endAt?: Instant | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly createdAt: Instant;
  readonly jobId: string;
}

export interface ActivityRow extends Subject {
  readonly id: string;
  readonly sequence: number;
  readonly description: string;
  readonly cause: string;
  readonly startAt: Instant;
  readonly endAt?: Instant | undefined;
  readonly status: Scaling.ScalingActivityStatusCode;
  readonly message?: string | undefined;
}

export interface TagRow {
  readonly arn: string;
  readonly key: string;
  readonly value: string;
}

export interface CounterRow {
  readonly name: string;
  readonly next: number;
}

export const subjectKey = ({ namespace, resourceId, dimension }: Subject): string =>
  key(namespace, resourceId, dimension);

export const tables = {
  targets: table<TargetRow>()({ key: subjectKey, indexes: { arn: (row) => row.arn } }),
  policies: table<PolicyRow>()({
    key: (row) => subjectKey(row) + key(row.name),
    indexes: { arn: (row) => row.arn },
  }),
  schedules: table<ScheduleRow>()({ key: (row) => subjectKey(row) + key(row.name) }),
  activities: table<ActivityRow>()({ key: (row) => key(row.namespace, row.sequence) }),
  tags: table<TagRow>()({ key: (row) => key(row.arn, row.key) }),
  counters: table<CounterRow>()({ key: (row) => row.name }),
};

export type State = StateOf<typeof tables>;
export type ScalingContext = Context<State>;
export type Sdk = typeof Scaling;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, State, Name>;
export type Input<Name extends OperationName<Sdk>> = InputOf<Sdk, Name>;
export type Output<Name extends OperationName<Sdk>> = OutputOf<Sdk, Name>;

/** Calls of other services are made in this name. */
export const asScaling = { as: { service: 'application-autoscaling.amazonaws.com' } } as const;

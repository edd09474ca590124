// One alarm as it is kept, metric and composite alike.
import type { Instant } from '../../../kernel/units.ts';
import type { AlarmState } from './facts.ts';
import type { QueryInput } from './query.ts';

export type Operator =
  | 'GreaterThanOrEqualToThreshold'
  | 'GreaterThanThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold'
  | 'LessThanLowerOrGreaterThanUpperThreshold'
  | 'LessThanLowerThreshold'
  | 'GreaterThanUpperThreshold';

/** What a metric alarm looks at and when it alarms, in AWS's names and as it was given, so that it is told again so. */
export interface MetricRule {
  readonly Namespace?: string | undefined;
  readonly MetricName?: string | undefined;
  readonly Statistic?: string | undefined;
  readonly ExtendedStatistic?: string | undefined;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[] | undefined;
  readonly Period?: number | undefined;
  readonly Unit?: string | undefined;
  readonly Metrics?: readonly QueryInput[] | undefined;
  readonly ThresholdMetricId?: string | undefined;
  readonly Threshold?: number | undefined;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number | undefined;
  readonly ComparisonOperator: Operator;
  readonly TreatMissingData?: string | undefined;
  readonly EvaluateLowSampleCountPercentile?: string | undefined;
}

/** How a composite alarm follows others. */
export interface CompositeRule {
  readonly AlarmRule: string;
  readonly ActionsSuppressor?: string | undefined;
  readonly ActionsSuppressorWaitPeriod?: number | undefined;
  readonly ActionsSuppressorExtensionPeriod?: number | undefined;
}

/** A time series of a Metrics Insights query that is in ALARM by itself. */
export interface Contributor {
  /** What the query groups by. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly since: Instant;
}

/** Why the actions of a composite alarm do not run now. */
export interface Suppression {
  readonly by: 'WaitPeriod' | 'ExtensionPeriod' | 'Alarm';
  readonly reason: string;
  /** The job that ends a period. */
  readonly job?: string | undefined;
  /** True while a change of state still waits for its actions. */
  readonly holdsActions: boolean;
}

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  readonly description?: string | undefined;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  readonly state: AlarmState;
  readonly reason: string;
  readonly reasonData?: string | undefined;
  readonly stateAt: Instant;
  readonly transitionedAt: Instant;
  readonly configuredAt: Instant;
  readonly metric?: MetricRule | undefined;
  readonly composite?: CompositeRule | undefined;
  readonly suppression?: Suppression | undefined;
  /** Of an alarm that looks at many time series: those that are in ALARM. */
  readonly contributors?: readonly Contributor[] | undefined;
  /** Set when the alarm cannot be evaluated, or not as a whole. */
  readonly evaluationState?: 'EVALUATION_ERROR' | 'PARTIAL_DATA' | undefined;
  /** Seconds between evaluations. */
  readonly cadence: number;
  /** False while nothing but new data can change it. */
  readonly awake: boolean;
}

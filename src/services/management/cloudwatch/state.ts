// The data model of CloudWatch. Read this first.
//
// What users send (`PutMetricData`) is kept; what services report is drawn by them on demand (`kernel/metric.ts`), so that nothing runs
// while nobody looks. Both are read through `reading.ts`.
//
//   series   a namespace, a name and dimensions; its streams are one for each unit
//   blocks   sixty slots of one stream at one resolution, the newest minutes fine, older ones rolled up (`block.ts`)
//   alarms   metric and composite ones; `watches` leads from a series to its alarms, `parents` from an alarm to composite ones
//   cadences one row for each rhythm in which some alarm must be looked at; alarms that nothing can change sleep
import { key } from '../../../kernel/key.ts';
import type { Context, Handler, OperationName } from '../../../kernel/service.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { Alarm } from './alarm-row.ts';
import type { Block } from './block.ts';

export interface MetricDimension {
  readonly Name: string;
  readonly Value: string;
}

/** A metric of the user's own, as `ListMetrics` lists it. */
export interface CustomSeries {
  readonly id: number;
  readonly namespace: string;
  readonly name: string;
  /** In order of name. */
  readonly dimensions: readonly MetricDimension[];
  /** Units in which data came; the place in this list is the number of the stream. */
  readonly units: readonly string[];
  /** When data came last; kept to some minutes, so that not every value writes this row. */
  readonly activeAt: Instant;
}

export interface HistoryItem {
  readonly alarmName: string;
  readonly composite: boolean;
  readonly at: Instant;
  readonly sequence: number;
  readonly type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action';
  readonly summary: string;
  readonly data: string;
}

export interface Dashboard {
  readonly name: string;
  readonly body: string;
  readonly modifiedAt: Instant;
}

/** One anomaly detector; its model is worked out from the metric's history when somebody asks for a band. */
export interface Detector {
  readonly key: string;
  readonly createdAt: Instant;
  /** As it was put, without defaults. */
  readonly single?: DetectedMetric | undefined;
  readonly math?: { readonly MetricDataQueries: readonly object[] } | undefined;
  readonly excluded: readonly { readonly from: Instant; readonly to: Instant }[];
  readonly timezone?: string | undefined;
  readonly periodicSpikes?: boolean | undefined;
}

export interface DetectedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly MetricDimension[];
  readonly stat: string;
}

export interface InsightRule {
  readonly name: string;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly definition: string;
  readonly schema: string;
  readonly onTransformedLogs?: boolean | undefined;
}

export interface StreamFilter {
  readonly namespace: string;
  /** None: all metrics of the namespace. */
  readonly names: readonly string[];
}

export interface MetricStream {
  readonly name: string;
  readonly state: 'running' | 'stopped';
  readonly firehoseArn: string;
  readonly roleArn: string;
  readonly format: 'json' | 'opentelemetry0.7' | 'opentelemetry1.0';
  readonly include?: readonly StreamFilter[] | undefined;
  readonly exclude?: readonly StreamFilter[] | undefined;
  /** As they were put. */
  readonly statistics?:
    | readonly {
        readonly IncludeMetrics: readonly { readonly Namespace: string; readonly MetricName: string }[];
        readonly AdditionalStatistics: readonly string[];
      }[]
    | undefined;
  readonly linkedAccounts: boolean;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface MuteRule {
  readonly name: string;
  readonly description?: string | undefined;
  readonly expression: string;
  readonly timeZone: string;
  readonly durationSeconds: number;
  /** Names of alarms. */
  readonly targets: readonly string[];
  readonly startAt?: Instant | undefined;
  readonly expireAt?: Instant | undefined;
  readonly updatedAt: Instant;
  /** The job that begins the next window, or ends the running one. */
  readonly job?: string | undefined;
  /** The end of the running window. */
  readonly until?: Instant | undefined;
}

export interface TagRow {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Cadence {
  readonly seconds: number;
  readonly at: Instant;
  readonly job: string;
}

/** The order in which dimensions stand never matters. */
export const sortDimensions = (dimensions: readonly MetricDimension[] | undefined): readonly MetricDimension[] =>
  [...(dimensions ?? [])]
    .map(({ Name, Value }) => ({ Name, Value }))
    .sort((a, b) => (a.Name < b.Name ? -1 : a.Name > b.Name ? 1 : 0));

export const dimensionsKey = (sorted: readonly MetricDimension[]): string =>
  key(...sorted.flatMap(({ Name, Value }) => [Name, Value]));

/** Key of a series, the same for metrics of users and of services. */
export const seriesKey = (namespace: string, name: string, sorted: readonly MetricDimension[]): string =>
  key(namespace, name, dimensionsKey(sorted));

export const definitions = {
  series: table<CustomSeries>()({ key: (row) => seriesKey(row.namespace, row.name, row.dimensions) }),
  blocks: table<Block>()({ key: (block) => key(block.series, block.stream, block.resolution, block.start) }),
  counters: table<{ readonly name: string; readonly next: number }>()({ key: (counter) => counter.name }),
  alarms: table<Alarm>()({
    key: (alarm) => alarm.name,
    indexes: {
      awake: (alarm) => (alarm.awake ? key(alarm.cadence) : undefined),
    },
  }),
  /** Which alarms look at a series. */
  watches: table<{ readonly series: string; readonly alarm: string }>()({
    key: (watch) => key(watch.series, watch.alarm),
    indexes: { alarm: (watch) => key(watch.alarm) },
  }),
  /** Which composite alarms name an alarm in their rule, or as their suppressor. */
  parents: table<{ readonly child: string; readonly parent: string; readonly suppresses: boolean }>()({
    key: (link) => key(link.child, link.parent, link.suppresses ? 1 : 0),
    indexes: { parent: (link) => key(link.parent) },
  }),
  history: table<HistoryItem>()({
    key: (item) => key(item.at, item.sequence),
    indexes: { alarm: (item) => key(item.alarmName, item.at, item.sequence) },
  }),
  cadences: table<Cadence>()({ key: (cadence) => key(cadence.seconds) }),
  /** Dashboards are the account's, whatever the Region. */
  dashboards: table<Dashboard>()({ key: (dashboard) => dashboard.name, scope: 'account' }),
  detectors: table<Detector>()({ key: (detector) => detector.key }),
  insightRules: table<InsightRule>()({ key: (rule) => rule.name }),
  muteRules: table<MuteRule>()({ key: (rule) => rule.name }),
  /** Which mute rules name an alarm. */
  muteTargets: table<{ readonly alarm: string; readonly rule: string }>()({ key: (row) => key(row.alarm, row.rule) }),
  streams: table<MetricStream>()({ key: (stream) => stream.name }),
  /** Tags of alarms, rules, metric streams: by ARN. */
  tags: table<TagRow>()({ key: (row) => row.arn }),
  dashboardTags: table<TagRow>()({ key: (row) => row.arn, scope: 'account' }),
};

export type Sdk = typeof import('@aws-sdk/client-cloudwatch');
export type State = StateOf<typeof definitions>;
export type CloudWatchContext = Context<State>;
export type Operation<Name extends OperationName<Sdk>> = Handler<Sdk, State, Name>;

/** Inside a transaction: the next number of a counter, from 1. */
export function nextNumber(state: State, name: string): number {
  const next = state.counters.find(name)?.next ?? 1;
  state.counters.put({ name, next: next + 1 });
  return next;
}

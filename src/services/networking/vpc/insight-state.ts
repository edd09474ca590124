// The data model of what looks at networks: flow logs, reachability and access analyses.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { Observation } from './flow-observation.ts';
import type { TransitObservation } from './transit-observation.ts';
import { byId } from './row.ts';

export interface FlowLogRow {
  readonly id: string;
  readonly resourceId: string;
  readonly traffic?: 'ACCEPT' | 'REJECT' | 'ALL' | undefined;
  readonly destinationType: 'cloud-watch-logs' | 's3' | 'kinesis-data-firehose';
  readonly destination?: string | undefined;
  readonly logGroup?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly crossAccountRoleArn?: string | undefined;
  readonly format: string;
  readonly intervalSeconds: number;
  readonly createdAt: Instant;
  readonly fileFormat: 'plain-text' | 'parquet';
  readonly hive: boolean;
  readonly perHour: boolean;
  /** Up to when records were delivered. */
  readonly deliveredUntil?: Instant | undefined;
  /** Why the latest delivery failed, when it did. */
  readonly failure?: string | undefined;
}

/** One flow at one interface in one aggregation interval. */
export interface FlowTally {
  readonly seen: Observation | TransitObservation;
  readonly packets: number;
  readonly bytes: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly tcpFlags: number;
}

/** What a flow log knows of an aggregation interval. */
export interface FlowIntervalRow {
  readonly flowLogId: string;
  /** Start of the interval. */
  readonly at: Instant;
  readonly tallies: readonly FlowTally[];
  /** Interfaces of which more was seen than is kept. */
  readonly skippedInterfaceIds: readonly string[];
}

/** JSON of the wire's packet header filter. */
export interface InsightsPathRow {
  readonly id: string;
  readonly source: string;
  readonly destination?: string | undefined;
  readonly sourceIp?: string | undefined;
  readonly destinationIp?: string | undefined;
  readonly protocol: 'tcp' | 'udp';
  readonly port?: number | undefined;
  readonly filterAtSource?: object | undefined;
  readonly filterAtDestination?: object | undefined;
  readonly createdAt: Instant;
}

export interface InsightsAnalysisRow {
  readonly id: string;
  readonly pathId: string;
  readonly startedAt: Instant;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly message?: string | undefined;
  readonly found?: boolean | undefined;
  readonly filterInArns: readonly string[];
  readonly filterOutArns: readonly string[];
  readonly additionalAccounts: readonly string[];
  /** The wire's components and explanations, as JSON. */
  readonly answer: string;
}

/** Match and exclude paths as on the wire. */
export interface AccessScopeRow {
  readonly id: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly matchPaths: readonly object[];
  readonly excludePaths: readonly object[];
}

export interface AccessScopeAnalysisRow {
  readonly id: string;
  readonly scopeId: string;
  readonly startedAt: Instant;
  readonly endedAt?: Instant | undefined;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly analyzedInterfaces: number;
  /** The wire's findings, as JSON texts. */
  readonly findings: readonly string[];
}

export const insightTables = {
  flowLogs: table<FlowLogRow>()({
    ...byId<FlowLogRow>(),
    indexes: { resource: (row: FlowLogRow) => key(row.resourceId) },
  }),
  flowIntervals: table<FlowIntervalRow>()({ key: (row) => key(row.flowLogId, row.at) }),
  insightsPaths: table<InsightsPathRow>()(byId<InsightsPathRow>()),
  insightsAnalyses: table<InsightsAnalysisRow>()({
    ...byId<InsightsAnalysisRow>(),
    indexes: { path: (row: InsightsAnalysisRow) => key(row.pathId) },
  }),
  accessScopes: table<AccessScopeRow>()(byId<AccessScopeRow>()),
  accessScopeAnalyses: table<AccessScopeAnalysisRow>()({
    ...byId<AccessScopeAnalysisRow>(),
    indexes: { scope: (row: AccessScopeAnalysisRow) => key(row.scopeId) },
  }),
};

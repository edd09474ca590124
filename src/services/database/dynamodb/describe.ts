// Tables as answers describe them.
import { secondsPerDay, toDate, later } from '../../../kernel/units.ts';
import type { KeySchema } from './key.ts';
import { onDemandWarmReadUnits, onDemandWarmWriteUnits } from './limits.ts';
import {
  type DynamoContext,
  indexArn,
  type OutputTable,
  type SecondaryIndex,
  streamArn,
  type TableRow,
  tableArn,
  type Throughput,
  type Units,
} from './state.ts';

export const keyElements = ({ hash, range }: KeySchema): { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[] => [
  { AttributeName: hash.name, KeyType: 'HASH' },
  ...(range === undefined ? [] : [{ AttributeName: range.name, KeyType: 'RANGE' as const }]),
];

const describeThroughput = ({ clock }: DynamoContext, throughput: Throughput) => {
  const { read, write, increasedAt, decreasedAt, decreases } = throughput;
  const dayAgo = later(clock.now(), -secondsPerDay);
  return {
    NumberOfDecreasesToday: decreases.filter((at) => at > dayAgo).length,
    ReadCapacityUnits: read,
    WriteCapacityUnits: write,
    ...(increasedAt !== undefined && { LastIncreaseDateTime: toDate(increasedAt) }),
    ...(decreasedAt !== undefined && { LastDecreaseDateTime: toDate(decreasedAt) }),
  };
};

const onDemand = (max: Partial<Units> | undefined) =>
  max && {
    OnDemandThroughput: { MaxReadRequestUnits: max.read ?? -1, MaxWriteRequestUnits: max.write ?? -1 },
  };

const warmOf = (table: TableRow, owner: TableRow | SecondaryIndex) => {
  const { read, write } =
    owner.warm ??
    (table.billing === 'PROVISIONED'
      ? owner.throughput
      : { read: onDemandWarmReadUnits, write: onDemandWarmWriteUnits });
  return { ReadUnitsPerSecond: read, WriteUnitsPerSecond: write, Status: owner.status };
};

const describeProjection = ({ type, names }: SecondaryIndex['projection']) => ({
  ProjectionType: type,
  ...(type === 'INCLUDE' && { NonKeyAttributes: [...names] }),
});

function describeIndex(context: DynamoContext, table: TableRow, index: SecondaryIndex) {
  const usage = context.state.usage.find(index.space);
  return {
    IndexName: index.name,
    KeySchema: keyElements(index.key),
    Projection: describeProjection(index.projection),
    IndexSizeBytes: usage?.bytes ?? 0,
    ItemCount: usage?.items ?? 0,
    IndexArn: indexArn(context, table.name, index.name),
  };
}

const describeGlobalIndex = (context: DynamoContext, table: TableRow, index: SecondaryIndex) => ({
  ...describeIndex(context, table, index),
  IndexStatus: index.status,
  ...(index.status === 'CREATING' && table.status !== 'CREATING' && { Backfilling: index.backfilling }),
  ProvisionedThroughput: describeThroughput(context, index.throughput),
  ...onDemand(index.onDemandMax),
  WarmThroughput: warmOf(table, index),
});

function describeIndexes(context: DynamoContext, table: TableRow) {
  const global = table.indexes.filter((index) => index.kind === 'global');
  const local = table.indexes.filter((index) => index.kind === 'local');
  return {
    ...(local.length > 0 && {
      LocalSecondaryIndexes: local.map((index) => describeIndex(context, table, index)),
    }),
    ...(global.length > 0 && {
      GlobalSecondaryIndexes: global.map((index) => describeGlobalIndex(context, table, index)),
    }),
  };
}

function describeStream(context: DynamoContext, { name, streamLabel, streamView }: TableRow) {
  return {
    ...(streamView !== undefined && { StreamSpecification: { StreamEnabled: true, StreamViewType: streamView } }),
    ...(streamLabel !== undefined && {
      LatestStreamLabel: streamLabel,
      LatestStreamArn: streamArn(context, name, streamLabel),
    }),
  };
}

function describeReplicas({ replicas, globalVersion }: TableRow) {
  if (globalVersion === undefined) return {};
  return {
    GlobalTableVersion: globalVersion,
    ...(replicas.length > 0 && {
      Replicas: replicas.map(({ region, status, tableClass, read }) => ({
        RegionName: region,
        ReplicaStatus: status,
        ...(tableClass !== undefined && { ReplicaTableClassSummary: { TableClass: tableClass } }),
        ...(read !== undefined && { ProvisionedThroughputOverride: { ReadCapacityUnits: read } }),
      })),
    }),
  };
}

function describeSettings({ encryption, tableClass, tableClassAt, restore, billing, onDemandSince }: TableRow) {
  return {
    ...(billing === 'PAY_PER_REQUEST' && {
      BillingModeSummary: {
        BillingMode: billing,
        ...(onDemandSince !== undefined && { LastUpdateToPayPerRequestDateTime: toDate(onDemandSince) }),
      },
    }),
    ...(billing === 'PROVISIONED' &&
      onDemandSince !== undefined && {
        BillingModeSummary: { BillingMode: billing, LastUpdateToPayPerRequestDateTime: toDate(onDemandSince) },
      }),
    ...(encryption !== undefined && {
      SSEDescription: { Status: 'ENABLED' as const, SSEType: 'KMS' as const, KMSMasterKeyArn: encryption.keyArn },
    }),
    ...(tableClass !== undefined && {
      TableClassSummary: {
        TableClass: tableClass,
        ...(tableClassAt !== undefined && { LastUpdateDateTime: toDate(tableClassAt) }),
      },
    }),
    ...(restore !== undefined && {
      RestoreSummary: {
        ...(restore.backupArn !== undefined && { SourceBackupArn: restore.backupArn }),
        ...(restore.sourceArn !== undefined && { SourceTableArn: restore.sourceArn }),
        RestoreDateTime: toDate(restore.at),
        RestoreInProgress: restore.inProgress,
      },
    }),
  };
}

/** `TableDescription`, whole. */
export function describeTable(context: DynamoContext, table: TableRow): OutputTable {
  const usage = context.state.usage.find(table.space);
  return {
    AttributeDefinitions: table.attributes.map((definition) => ({ ...definition })),
    TableName: table.name,
    KeySchema: keyElements(table.key),
    TableStatus: table.status,
    CreationDateTime: toDate(table.createdAt),
    ProvisionedThroughput: describeThroughput(context, table.throughput),
    TableSizeBytes: usage?.bytes ?? 0,
    ItemCount: usage?.items ?? 0,
    TableArn: tableArn(context, table.name),
    TableId: table.id,
    DeletionProtectionEnabled: table.deletionProtection,
    ...onDemand(table.onDemandMax),
    ...(table.status !== 'DELETING' && { WarmThroughput: warmOf(table, table) }),
    ...describeIndexes(context, table),
    ...describeStream(context, table),
    ...describeReplicas(table),
    ...describeSettings(table),
  };
}

/** What is left to tell of a table that goes. */
export function describeDeleted(context: DynamoContext, table: TableRow): OutputTable {
  const { AttributeDefinitions: _definitions, KeySchema: _key, ...rest } = describeTable(context, table);
  return rest;
}

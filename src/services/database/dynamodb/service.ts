// Amazon DynamoDB.
import { defineService } from '../../../kernel/service.ts';
import { permissions } from './access.ts';
import { DescribeEndpoints, DescribeLimits } from './account.ts';
import { backfillIndex, dropIndex } from './backfill.ts';
import { CreateBackup, DeleteBackup, DescribeBackup, expireBackup, ListBackups, settleBackup } from './backup.ts';
import { BatchGetItem, BatchWriteItem } from './batch.ts';
import { clearSpaces } from './clear-away.ts';
import {
  DescribeContributorInsights,
  ListContributorInsights,
  settleInsights,
  UpdateContributorInsights,
} from './contributor-insights.ts';
import { DescribeExport, ExportTableToPointInTime, ListExports, runExport } from './export.ts';
import {
  CreateGlobalTable,
  DescribeGlobalTable,
  ListGlobalTables,
  settleGlobalTable,
  UpdateGlobalTable,
} from './global-table.ts';
import { forgetBefore } from './history.ts';
import { DescribeImport, ImportTable, ListImports, runImport } from './import.ts';
import { DeleteItem, GetItem, PutItem, UpdateItem } from './item.ts';
import {
  DescribeKinesisStreamingDestination,
  DisableKinesisStreamingDestination,
  EnableKinesisStreamingDestination,
} from './kinesis-destination.ts';
import { BatchExecuteStatement, ExecuteStatement, ExecuteTransaction } from './partiql/operation.ts';
import { DeleteResourcePolicy, GetResourcePolicy, PutResourcePolicy } from './policy.ts';
import { Query } from './query.ts';
import { metered } from './metering.ts';
import { DescribeContinuousBackups, UpdateContinuousBackups } from './recovery.ts';
import { replicateItem, settleReplica } from './replica.ts';
import { DescribeTableReplicaAutoScaling, UpdateTableReplicaAutoScaling } from './replica-scaling.ts';
import { RestoreTableFromBackup, RestoreTableToPointInTime } from './restore.ts';
import { Scan } from './scan.ts';
import { definitions } from './state.ts';
import { dropStream, settleStream, trimStream } from './stream.ts';
import { CreateTable, DeleteTable, DescribeTable, dropTable, ListTables, settleTable } from './table.ts';
import { tableMetrics } from './table-metric.ts';
import { UpdateTable } from './table-update.ts';
import { ListTagsOfResource, TagResource, UntagResource } from './tag.ts';
import { DescribeTimeToLive, expireItems, settleTimeToLive, UpdateTimeToLive } from './time-to-live.ts';
import { TransactGetItems, TransactWriteItems } from './transaction.ts';

export default defineService({
  name: 'dynamodb',
  state: definitions,
  permissions,
  operations: {
    // table.ts, table-update.ts
    CreateTable,
    DescribeTable,
    ListTables,
    DeleteTable,
    UpdateTable,
    // item.ts
    PutItem: metered('PutItem', 4, PutItem),
    GetItem: metered('GetItem', 2, GetItem),
    UpdateItem: metered('UpdateItem', 4, UpdateItem),
    DeleteItem: metered('DeleteItem', 4, DeleteItem),
    // query.ts, scan.ts
    Query: metered('Query', 5, Query),
    Scan: metered('Scan', 8, Scan),
    // batch.ts, transaction.ts
    BatchGetItem: metered('BatchGetItem', 6, BatchGetItem),
    BatchWriteItem: metered('BatchWriteItem', 6, BatchWriteItem),
    TransactGetItems: metered('TransactGetItems', 8, TransactGetItems),
    TransactWriteItems: metered('TransactWriteItems', 12, TransactWriteItems),
    // partiql/operation.ts
    ExecuteStatement: metered('ExecuteStatement', 5, ExecuteStatement),
    BatchExecuteStatement: metered('BatchExecuteStatement', 6, BatchExecuteStatement),
    ExecuteTransaction: metered('ExecuteTransaction', 12, ExecuteTransaction),
    // time-to-live.ts
    UpdateTimeToLive,
    DescribeTimeToLive,
    // recovery.ts, backup.ts, restore.ts
    UpdateContinuousBackups,
    DescribeContinuousBackups,
    CreateBackup,
    DescribeBackup,
    DeleteBackup,
    ListBackups,
    RestoreTableFromBackup,
    RestoreTableToPointInTime,
    // export.ts, import.ts
    ExportTableToPointInTime,
    DescribeExport,
    ListExports,
    ImportTable,
    DescribeImport,
    ListImports,
    // global-table.ts, replica-scaling.ts
    CreateGlobalTable,
    DescribeGlobalTable,
    UpdateGlobalTable,
    ListGlobalTables,
    DescribeTableReplicaAutoScaling,
    UpdateTableReplicaAutoScaling,
    // policy.ts, contributor-insights.ts, kinesis-destination.ts
    PutResourcePolicy,
    GetResourcePolicy,
    DeleteResourcePolicy,
    UpdateContributorInsights,
    DescribeContributorInsights,
    ListContributorInsights,
    EnableKinesisStreamingDestination,
    DisableKinesisStreamingDestination,
    DescribeKinesisStreamingDestination,
    // tag.ts, account.ts
    TagResource,
    UntagResource,
    ListTagsOfResource,
    DescribeLimits,
    DescribeEndpoints,
  },
  metrics: tableMetrics,
  jobs: {
    settleTable,
    dropTable,
    clearSpaces,
    backfillIndex,
    dropIndex,
    settleStream,
    trimStream,
    dropStream,
    settleTimeToLive,
    expireItems,
    settleReplica,
    replicateItem,
    settleGlobalTable,
    forgetBefore,
    settleBackup,
    expireBackup,
    runExport,
    runImport,
    settleInsights,
  },
});

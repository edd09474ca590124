// Amazon DynamoDB.
import { defineService } from '../../../kernel/service.ts';
import { DescribeEndpoints, DescribeLimits } from './account.ts';
import { backfillIndex, dropIndex } from './backfill.ts';
import { BatchGetItem, BatchWriteItem } from './batch.ts';
import { DeleteItem, GetItem, PutItem, UpdateItem } from './item.ts';
import { Query } from './query.ts';
import { replicateItem, settleReplica } from './replica.ts';
import { Scan } from './scan.ts';
import { definitions } from './state.ts';
import { dropStream, settleStream, trimStream } from './stream.ts';
import { clearSpaces, CreateTable, DeleteTable, DescribeTable, dropTable, ListTables, settleTable } from './table.ts';
import { UpdateTable } from './table-update.ts';
import { ListTagsOfResource, TagResource, UntagResource } from './tag.ts';
import { DescribeTimeToLive, expireItems, settleTimeToLive, UpdateTimeToLive } from './time-to-live.ts';
import { TransactGetItems, TransactWriteItems } from './transaction.ts';

export default defineService({
  name: 'dynamodb',
  state: definitions,
  operations: {
    // table.ts, table-update.ts
    CreateTable,
    DescribeTable,
    ListTables,
    DeleteTable,
    UpdateTable,
    // item.ts
    PutItem,
    GetItem,
    UpdateItem,
    DeleteItem,
    // query.ts, scan.ts
    Query,
    Scan,
    // batch.ts, transaction.ts
    BatchGetItem,
    BatchWriteItem,
    TransactGetItems,
    TransactWriteItems,
    // time-to-live.ts
    UpdateTimeToLive,
    DescribeTimeToLive,
    // tag.ts, account.ts
    TagResource,
    UntagResource,
    ListTagsOfResource,
    DescribeLimits,
    DescribeEndpoints,
  },
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
  },
});

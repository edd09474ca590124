// Every number that DynamoDB states.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
import { gibibyte, kibibyte, mebibyte, secondsPerDay, secondsPerHour } from '../../../kernel/units.ts';

/** The largest item, names and values together, in bytes (400 KB). */
export const itemSizeMaxBytes = 400 * kibibyte;
/** The deepest nesting of a value: 32 levels. */
export const nestingMax = 32;
/** The longest partition key value, in bytes. */
export const partitionKeyMaxBytes = 2048;
/** The longest sort key value, in bytes. */
export const sortKeyMaxBytes = 1024;
/** The longest expression, in bytes (4 KB). */
export const expressionMaxBytes = 4 * kibibyte;
/** Operators and functions in one expression. */
export const operatorMax = 300;
/** Operands of `IN`. */
export const inOperandMax = 100;
/** The most a page of `Query` or `Scan` reads, in bytes, before the filter (1 MB). */
export const pageMaxBytes = mebibyte;
/** The most `BatchGetItem` returns, in bytes (16 MB). */
export const batchGetMaxBytes = 16 * mebibyte;
/** The most a transaction holds, in bytes (4 MB). */
export const transactionMaxBytes = 4 * mebibyte;
export const batchGetMaxItems = 100;
export const batchWriteMaxItems = 25;
export const transactionMaxItems = 100;
/** One read unit reads so many bytes (4 KB), strongly consistent; half a unit does, eventually consistent. */
export const readUnitBytes = 4 * kibibyte;
/** One write unit writes so many bytes (1 KB). */
export const writeUnitBytes = kibibyte;
export const localIndexMax = 5;
export const globalIndexMax = 20;
/** Attributes named as `NonKeyAttributes`, over all indexes of a table. */
export const projectedAttributeMax = 100;
/** Unused capacity that is kept for bursts, in seconds. */
export const burstSeconds = 300;
/** What one partition gives, in units a second. */
export const partitionReadUnits = 3000;
export const partitionWriteUnits = 1000;
/** A partition splits above this size, in bytes; also the most an item collection of a table with local indexes holds. */
export const partitionMaxBytes = 10 * gibibyte;
/** Throughput of one table, and of one account in one Region, in units a second. */
export const tableReadUnitsMax = 40_000;
export const tableWriteUnitsMax = 40_000;
export const accountReadUnitsMax = 80_000;
export const accountWriteUnitsMax = 80_000;
/** The largest capacity that the API takes at all. */
export const capacityMax = 1_000_000_000_000;
/** How long a new on-demand table gives at once, in units a second. */
export const onDemandWarmReadUnits = 12_000;
export const onDemandWarmWriteUnits = 4_000;
/** Decreases of one table's capacity: 4 at any time in a day, then one in each hour without one (27 in all). */
export const decreasesAtOnce = 4;
export const decreasesPerDay = 27;
/** Tables in an account and Region. */
export const tableMax = 2_500;
/** Tables with an operation under way. */
export const concurrentTableOperationMax = 500;
export const tagMax = 50;
/** How long a stream keeps its records, in seconds (24 h). */
export const streamRetentionSeconds = 24 * secondsPerHour;
/** After so long a shard is closed and another one follows it, in seconds (4 h). */
export const shardLifeSeconds = 4 * secondsPerHour;
/** How long a shard iterator can be used, in seconds (15 min). */
export const shardIteratorSeconds = 900;
/** How long a `ClientRequestToken` makes a transaction idempotent, in seconds (10 min). */
export const tokenSeconds = 600;
/** Point-in-time recovery reaches back so far by default, in seconds (35 days). */
export const recoveryMaxDays = 35;
export const recoverySeconds = recoveryMaxDays * secondsPerDay;
/** The latest restorable instant is so many seconds in the past (5 min). */
export const recoveryLagSeconds = 300;
/** The longest list that `ListContributorInsights` gives at once. */
export const insightsPageMax = 100;
/** The longest list of exports or imports. */
export const transferPageMax = 25;
/** How long a `ClientToken` of an export or import is known, in seconds (8 h). */
export const transferTokenSeconds = 8 * secondsPerHour;
/** The span of an incremental export, in seconds: 15 minutes to 24 hours. */
export const exportSpanMinSeconds = 900;
export const exportSpanMaxSeconds = 24 * secondsPerHour;
/** The longest list that `ListGlobalTables` gives at once. */
export const globalTablePageMax = 100;
/** The longest list that `ListBackups` gives at once. */
export const backupPageMax = 100;
/** The largest number of segments of a parallel scan. */
export const segmentMax = 1_000_000;
/** The longest list that `ListTables` gives at once. */
export const listTablesMax = 100;
/** Length of a resource policy, in bytes (20 KB). */
export const resourcePolicyMaxBytes = 20 * kibibyte;

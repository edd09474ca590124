// Throttling: a token bucket for each table, index and partition. A bucket fills at the capacity's rate and keeps at most five
// minutes of it; a request goes through while the bucket is not empty, and may overdraw it once, as the size of a request is
// known only when it is done.
//
// Differs: buckets are not kept over a restart or in a snapshot; they start full.
// Unknown: AWS's rule for the burst of one partition; here it, too, keeps five minutes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
import type { Instant } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { hashSpace } from './key.ts';
import {
  burstSeconds,
  onDemandWarmReadUnits,
  onDemandWarmWriteUnits,
  partitionMaxBytes,
  partitionReadUnits,
  partitionWriteUnits,
  tableReadUnitsMax,
  tableWriteUnitsMax,
} from './limits.ts';
import { type Kind, meterConsumed, meterThrottled, type ThrottleLimit } from './metering.ts';
import { type DynamoContext, indexArn, type SecondaryIndex, type State, type TableRow, tableArn } from './state.ts';

interface Bucket {
  tokens: number;
  at: number;
}

const bucketsOf = new WeakMap<State, Map<string, Bucket>>();

function bucket(state: State, name: string, rate: number, now: Instant): Bucket {
  let buckets = bucketsOf.get(state);
  if (buckets === undefined) bucketsOf.set(state, (buckets = new Map()));
  const full = rate * burstSeconds;
  const known = buckets.get(name);
  if (known === undefined || known.at > now) {
    const fresh = { tokens: full, at: now };
    buckets.set(name, fresh);
    return fresh;
  }
  known.tokens = Math.min(full, known.tokens + ((now - known.at) / 1000) * rate);
  known.at = now;
  return known;
}

/** What a table or one of its indexes may consume in a second. */
function rateOf(table: TableRow, index: SecondaryIndex | undefined, kind: Kind): number {
  // A local index draws on its table.
  const owner = index?.kind === 'global' ? index : table;
  if (table.billing === 'PROVISIONED') return owner.throughput[kind];
  return owner.onDemandMax?.[kind] ?? (kind === 'read' ? tableReadUnitsMax : tableWriteUnitsMax);
}

/** Over how many partitions a table or index is spread: by throughput and by size. */
export function partitionCount(state: State, table: TableRow, index?: SecondaryIndex): number {
  const owner = index?.kind === 'global' ? index : table;
  const { read, write } =
    table.billing === 'PROVISIONED'
      ? owner.throughput
      : (owner.warm ?? { read: onDemandWarmReadUnits, write: onDemandWarmWriteUnits });
  const bySize = Math.ceil((state.usage.find(owner.space)?.bytes ?? 0) / partitionMaxBytes);
  return Math.max(1, bySize, Math.ceil(read / partitionReadUnits + write / partitionWriteUnits));
}

/** `TableReadProvisionedThroughputExceeded` and its kin. */
const reasonName = (index: SecondaryIndex | undefined, kind: Kind, limit: string): string =>
  `${index === undefined ? 'Table' : 'Index'}${kind === 'read' ? 'Read' : 'Write'}${limit}Exceeded`;

/** Refuses a request while its table, index or partition has no capacity left; otherwise takes what it consumes. */
export function consume(
  context: DynamoContext,
  table: TableRow,
  index: SecondaryIndex | undefined,
  kind: Kind,
  hash: number | undefined,
  units: number,
): void {
  const { state, clock } = context;
  const now = clock.now();
  const owner = index?.kind === 'global' ? index : undefined;
  const space = owner?.space ?? table.space;
  const rate = rateOf(table, owner, kind);
  const whole = bucket(state, `${space}/${kind}`, rate, now);
  if (whole.tokens <= 0) throw refusal(context, table, owner, kind, 'whole');
  const share = kind === 'read' ? partitionReadUnits : partitionWriteUnits;
  // A table that gives no more than a partition does has no hot keys.
  if (hash !== undefined && rate > share) {
    const partition = Math.floor((hash / hashSpace) * partitionCount(state, table, owner));
    const part = bucket(state, `${space}/${kind}/${partition}`, share, now);
    if (part.tokens <= 0) throw refusal(context, table, owner, kind, 'partition');
    part.tokens -= units;
  }
  whole.tokens -= units;
  meterConsumed(context, table, owner, kind, units);
}

function refusal(
  context: DynamoContext,
  table: TableRow,
  index: SecondaryIndex | undefined,
  kind: Kind,
  scope: 'whole' | 'partition',
): Error {
  const resource = index === undefined ? tableArn(context, table.name) : indexArn(context, table.name, index.name);
  const provisioned = table.billing === 'PROVISIONED';
  const limit: ThrottleLimit =
    scope === 'partition'
      ? 'KeyRangeThroughput'
      : provisioned
        ? 'ProvisionedThroughput'
        : (index ?? table).onDemandMax?.[kind] === undefined
          ? 'AccountLimit'
          : 'MaxOnDemandThroughput';
  meterThrottled(context, table, index, kind, limit);
  const reasons = [{ reason: reasonName(index, kind, limit), resource }];
  return provisioned || scope === 'partition' ? errors.throughputExceeded(reasons) : errors.throttling(reasons);
}

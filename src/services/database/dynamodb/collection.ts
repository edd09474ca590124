// Item collections: all items of one partition key value, in tables with local indexes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections
import { gibibyte } from '../../../kernel/units.ts';
import { partitionPrefix } from './key.ts';
import type { DynamoContext, TableRow } from './state.ts';
import type { AttributeValue, Item } from './value.ts';

export interface CollectionMetrics {
  ItemCollectionKey: Record<string, AttributeValue>;
  SizeEstimateRangeGB: number[];
}

/** How large the collection of an item is, within one GB; undefined when nobody asked or the table has no such limit. */
export function collectionMetrics(
  { state }: DynamoContext,
  table: TableRow,
  item: Item,
  asked: string | undefined,
): CollectionMetrics | undefined {
  if (asked !== 'SIZE' || !table.indexes.some((index) => index.kind === 'local')) return undefined;
  const { name } = table.key.hash;
  const value = item[name] as AttributeValue;
  const bytes = state.collections.find(partitionPrefix(table.space, value))?.bytes ?? 0;
  const gigabytes = Math.floor(bytes / gibibyte);
  return { ItemCollectionKey: { [name]: value }, SizeEstimateRangeGB: [gigabytes, gigabytes + 1] };
}

/** `{ ItemCollectionMetrics }`, or nothing. */
export const metricsReport = <Metrics>(metrics: Metrics | undefined): { ItemCollectionMetrics?: Metrics } =>
  metrics === undefined ? {} : { ItemCollectionMetrics: metrics };

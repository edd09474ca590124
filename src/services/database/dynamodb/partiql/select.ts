// SELECT: a query when the condition names partition keys, a scan otherwise; what it says further is a filter.
import { Consumption } from '../capacity.ts';
import { errors } from '../errors.ts';
import { bindCondition, type Condition } from '../expression/condition.ts';
import type { PathNode } from '../expression/node.ts';
import { readPath } from '../expression/path.ts';
import { Placeholders } from '../expression/placeholder.ts';
import type { Projection } from '../expression/projection.ts';
import { afterPrefix } from '../../../../kernel/key.ts';
import { checkKeySizes, hashOf, type KeySchema, orderText } from '../key.ts';
import { checkScalarKeys } from '../parameter.ts';
import { boundsOf } from '../query.ts';
import { readPage } from '../read-page.ts';
import type { Located } from '../reference.ts';
import { shapeOf } from '../select.ts';
import type { SecondaryIndex } from '../state.ts';
import { type AttributeValue, type Item, setAttribute } from '../value.ts';
import { allowedValues, inOrder, sortTermIn } from './plan.ts';
import type { Select } from './statement.ts';

/** Binds a condition of a statement; none holds always. */
export const bindWhere = (where: Select['where']): Condition | undefined =>
  where && bindCondition('Statement', where, new Placeholders());

/**
 * Columns by the last names of their paths.
 *
 * Unknown: the name that AWS gives to a member of a list; here `_1` for the first column, as PartiQL has it.
 */
export function columnProjection(columns: readonly PathNode[] | undefined): Projection | undefined {
  if (columns === undefined) return undefined;
  const paths = columns.map(({ steps }) => steps);
  return {
    paths,
    names: new Set(paths.map((path) => String(path[0]))),
    apply: (item) => {
      const row: Record<string, AttributeValue> = {};
      for (const [at, path] of paths.entries()) {
        const value = readPath(item, path);
        const last = path.at(-1);
        if (value !== undefined) setAttribute(row, typeof last === 'string' ? last : `_${at + 1}`, value);
      }
      return row;
    },
  };
}

function findIndex({ table }: Located, { source }: Select): SecondaryIndex | undefined {
  if (source.index === undefined) return undefined;
  const index = table.indexes.find(({ name }) => name === source.index);
  if (index === undefined || index.status === 'CREATING' || index.status === 'DELETING')
    throw errors.validation('The table does not have the specified index');
  return index;
}

interface Ordering {
  readonly byHash: 'ascending' | 'descending' | undefined;
  readonly isDescending: boolean;
}

function orderingOf({ order, where }: Select, { hash, range }: KeySchema, values: unknown): Ordering {
  if (order.length === 0) return { byHash: undefined, isDescending: false };
  if (where === undefined)
    throw errors.validation('Must have WHERE clause in the statement when using ORDER BY clause.');
  for (const { name } of order) {
    if (name !== hash.name && name !== range?.name)
      throw errors.validation(`Attribute ${name} in ORDER BY clause must be part of the primary key`);
  }
  if (values === undefined) {
    throw errors.validation(
      'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.',
    );
  }
  const hashOrder = order.find(({ name }) => name === hash.name);
  const direction = hashOrder?.isDescending ? 'descending' : 'ascending';
  return {
    byHash: hashOrder && direction,
    isDescending: order.find(({ name }) => name === range?.name)?.isDescending ?? false,
  };
}

/** Where the next page begins: in which partition, after which row. */
export interface Place {
  readonly partition: number;
  readonly after: string;
}

export interface Answer {
  readonly items: readonly Item[];
  readonly next: Place | undefined;
  readonly lastKey: Item | undefined;
  readonly consumption: Consumption;
}

interface Part {
  readonly from: string;
  readonly to: string | undefined;
  readonly hash: number | undefined;
}

/** The parts of the key order to read, one after the other. */
function partsOf(select: Select, space: string, schema: KeySchema, values: AttributeValue[] | undefined): Part[] {
  if (values === undefined) return [{ from: space, to: afterPrefix(space), hash: undefined }];
  const sort = sortTermIn(select.where, schema);
  return values.map((value) => {
    const { name } = schema.hash;
    checkKeySizes({ hash: schema.hash, range: undefined }, { [name]: value });
    const equal = { name, operator: '=' as const, values: [value] };
    const { from, to } = boundsOf(space, schema, sort === undefined ? [equal] : [equal, sort]);
    return { from, to, hash: hashOf(orderText(value)) };
  });
}

/** True when the statement reads a whole table or index. */
export const isScan = (select: Select, schema: KeySchema): boolean =>
  allowedValues(select.where, schema.hash) === undefined;

/** One page of what a statement selects. */
export function runSelect(
  located: Located,
  select: Select,
  options: { readonly consistent: boolean; readonly limit: number | undefined; readonly start: Place | undefined },
): Answer {
  const { table } = located;
  const index = findIndex(located, select);
  if (options.consistent && index?.kind === 'global')
    throw errors.validation('Strongly consistent read is not supported on Global Secondary Indexes');
  const schema = index?.key ?? table.key;
  const values = allowedValues(select.where, schema.hash);
  const ordering = orderingOf(select, schema, values);
  const ordered = values && ordering.byHash ? inOrder(values, ordering.byHash === 'descending') : values;
  const filter = bindWhere(select.where);
  checkScalarKeys(table, filter?.paths);
  const shape = shapeOf(table, index, undefined, columnProjection(select.columns), filter);
  const parts = partsOf(select, index?.space ?? table.space, schema, ordered);
  const items: Item[] = [];
  const consumption = new Consumption('read');
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for (const [at, { from, to, hash }] of parts.entries()) {
    if (at < (options.start?.partition ?? 0)) continue;
    const page = readPage({
      located,
      index,
      from,
      to,
      after: at === options.start?.partition ? options.start.after : undefined,
      reverse: ordering.isDescending,
      limit: left,
      filter: filter?.holds,
      shape,
      consistent: options.consistent,
      hash,
    });
    items.push(...page.items);
    consumption.add(page.consumption);
    left -= page.scanned;
    if (page.lastRow !== undefined)
      return { items, consumption, next: { partition: at, after: page.lastRow }, lastKey: page.lastKey };
  }
  return { items, consumption, next: undefined, lastKey: undefined };
}

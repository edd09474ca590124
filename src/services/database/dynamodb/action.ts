// Writes as values: put, update, delete, check. Read from parameters without a table, then performed on one; a single request, a
// batch, a transaction and PartiQL all perform the same.
import { Consumption, writeUnits } from './capacity.ts';
import { errors } from './errors.ts';
import type { Condition } from './expression/condition.ts';
import { projectionOfPaths } from './expression/projection.ts';
import type { Update } from './expression/update.ts';
import { checkItemKey, checkKey, hashIn, itemKey } from './key.ts';
import { itemSizeMaxBytes } from './limits.ts';
import { checkScalarKeys } from './parameter.ts';
import type { Located } from './reference.ts';
import type { TableRow } from './state.ts';
import { consume } from './throttle.ts';
import { checkAttributes, type Item, itemBytes } from './value.ts';
import { applyChange, type Cause } from './write.ts';

export interface Action {
  readonly tableName: string;
  readonly kind: 'put' | 'insert' | 'update' | 'delete' | 'check';
  readonly condition: Condition | undefined;
  /** Gives the item back when the condition fails. */
  readonly showOnFailure: boolean;
  /** What holds the key: the whole item of a put. */
  readonly target: Item;
  /** Paths that an update changes. */
  readonly paths?: Update['paths'];
  /** The item after the action, from the item before. */
  after(before: Item | undefined): Item | undefined;
}

/** An item as it may be stored. */
export function checkItem(item: Item): Item {
  const checked = checkAttributes(item);
  if (itemBytes(checked) > itemSizeMaxBytes) throw errors.validation('Item size has exceeded the maximum allowed size');
  return checked;
}

/** What all kinds have. Named one by one: an object that another is spread into costs many times as much. */
type Common = Pick<Action, 'tableName' | 'condition' | 'showOnFailure'>;

export const putAction = ({ tableName, condition, showOnFailure }: Common, item: Item): Action => ({
  tableName,
  condition,
  showOnFailure,
  kind: 'put',
  target: item,
  after: () => item,
});

/** A put that replaces nothing. */
export const insertAction = (common: Common, item: Item): Action => ({ ...putAction(common, item), kind: 'insert' });

export const deleteAction = (common: Common, key: Item): Action => ({
  kind: 'delete',
  target: key,
  after: () => undefined,
  ...common,
});

export const checkAction = (common: Common, key: Item): Action => ({
  kind: 'check',
  target: key,
  after: (before) => before,
  ...common,
});

export const updateAction = (
  { tableName, condition, showOnFailure }: Common,
  key: Item,
  update: Update | undefined,
): Action => ({
  tableName,
  condition,
  showOnFailure,
  kind: 'update',
  target: key,
  paths: update?.paths ?? [],
  after: (before) => {
    const item = update === undefined ? (before ?? key) : update.apply(before ?? key);
    // What an expression builds may be deeper and larger than anything that was sent.
    if (update !== undefined) checkAttributes(item);
    if (itemBytes(item) > itemSizeMaxBytes)
      throw errors.validation('Item size to update has exceeded the maximum allowed size');
    return item;
  },
});

/** Refuses what does not fit the table's key. Answers the key of the item's row. */
export function rowKeyOf(action: Action, table: TableRow): string {
  if (action.kind === 'put' || action.kind === 'insert') checkItemKey(table.key, action.target);
  else checkKey(table.key, action.target);
  checkScalarKeys(table, action.condition?.paths);
  const { hash, range } = table.key;
  const changed = action.paths?.find((path) => path[0] === hash.name || path[0] === range?.name);
  if (changed !== undefined)
    throw errors.invalidParameter(`Cannot update attribute ${changed[0]}. This attribute is part of the key`);
  checkScalarKeys(table, action.paths);
  return itemKey(table.space, table.key, action.target);
}

export interface Performed {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly consumption: Consumption;
}

const nothing: Item = Object.freeze({});

/** True when the action's condition holds, or it has none. */
export const isMet = ({ condition, kind }: Action, before: Item | undefined): boolean =>
  kind === 'insert' ? before === undefined : condition === undefined || condition.holds(before ?? nothing);

/** What an action whose condition does not hold is refused with. */
export const refusalOf = ({ kind, showOnFailure }: Action, before: Item | undefined): Error =>
  kind === 'insert' ? errors.duplicateItem() : errors.conditionFailed(showOnFailure ? before : undefined);

/** Performs an action. @throws ConditionalCheckFailedException, with the item when the action asks for it */
export function perform({ context, table }: Located, action: Action, cause: Cause['by'] = 'request'): Performed {
  const key = rowKeyOf(action, table);
  const row = context.state.items.find(key);
  const before = row?.item;
  const consumption = new Consumption('write', cause === 'transaction');
  if (!isMet(action, before)) {
    const hash = hashIn(table.space, key);
    consume(context, table, undefined, 'write', hash, writeUnits(row?.bytes ?? 0));
    throw refusalOf(action, before);
  }
  const after = action.after(before);
  applyChange(context, table, { key, before: row, after }, consumption, {
    by: cause,
    update: action.kind === 'update',
  });
  return { before, after, consumption };
}

/** `Attributes` as `ReturnValues` asks for them; undefined when there are none. */
export function returnedValues(
  asked: string | undefined,
  action: Action,
  { before, after }: Performed,
): Item | undefined {
  switch (asked) {
    case 'ALL_OLD':
      return before;
    case 'ALL_NEW':
      return after;
    case 'UPDATED_OLD':
      return before && updatedPart(action, before);
    case 'UPDATED_NEW':
      return after && updatedPart(action, after);
    default:
      return undefined;
  }
}

function updatedPart({ paths = [] }: Action, item: Item): Item | undefined {
  if (paths.length === 0) return undefined;
  const part = projectionOfPaths(paths).apply(item);
  return Object.keys(part).length === 0 ? undefined : part;
}

// Update expressions: every operand reads the item as it was; the changes are then made on a copy.
import { sameValue } from '../compare.ts';
import { errors } from '../errors.ts';
import { addNumbers } from '../number.ts';
import { type AttributeValue, bytesAsText, type Item, longTypeName, type TypeName } from '../value.ts';
import type { PathStep, UpdateAction } from './node.ts';
import { Binder, type Operand, wrongType } from './operand.ts';
import { parseUpdate } from './parser.ts';
import { child, type Path, pathTree, readPath } from './path.ts';
import type { Placeholders } from './placeholder.ts';
import type { ExpressionKind } from './token.ts';

export interface Update {
  /** The paths that it changes. */
  readonly paths: readonly Path[];
  /** The item after the update. */
  apply(item: Item): Record<string, AttributeValue>;
}

interface BoundAction {
  readonly kind: UpdateAction['kind'];
  readonly path: Path;
  readonly value: Operand | undefined;
}

const addable: readonly TypeName[] = ['N', 'SS', 'NS', 'BS'];
const sets: readonly TypeName[] = ['SS', 'NS', 'BS'];

const invalidPath = () =>
  errors.validation('The document path provided in the update expression is invalid for update');

/** The value with another one put at the rest of the path; `undefined` takes it away. */
function changed(value: AttributeValue, path: Path, at: number, put: AttributeValue | undefined): AttributeValue {
  const step = path[at] as PathStep;
  const isLast = at === path.length - 1;
  let next = put;
  if (!isLast) {
    const inner = child(value, step);
    if (inner === undefined) throw invalidPath();
    next = changed(inner, path, at + 1, put);
  }
  if (typeof step === 'number') {
    if (value.L === undefined) throw invalidPath();
    const list = [...value.L];
    if (next === undefined) list.splice(step, 1);
    else if (step < list.length) list[step] = next;
    else list.push(next);
    return { L: list };
  }
  if (value.M === undefined) throw invalidPath();
  return { M: withAttribute(value.M, step, next) };
}

function withAttribute(map: Item, name: string, value: AttributeValue | undefined): Record<string, AttributeValue> {
  if (value !== undefined) return { ...map, [name]: value };
  const { [name]: _gone, ...rest } = map;
  return rest;
}

function place(item: Item, path: Path, put: AttributeValue | undefined): Record<string, AttributeValue> {
  const first = path[0] as string;
  if (path.length === 1) return withAttribute(item, first, put);
  if (!Object.hasOwn(item, first)) throw invalidPath();
  return withAttribute(item, first, changed(item[first] as AttributeValue, path, 1, put));
}

/** `ADD`: a sum of numbers, or a union of sets. */
function added(old: AttributeValue | undefined, operand: AttributeValue): AttributeValue {
  if (old === undefined) return operand;
  if (old.N !== undefined && operand.N !== undefined) return { N: addNumbers(old.N, operand.N) };
  if (old.SS !== undefined && operand.SS !== undefined) return { SS: [...new Set([...old.SS, ...operand.SS])] };
  if (old.NS !== undefined && operand.NS !== undefined) return { NS: [...new Set([...old.NS, ...operand.NS])] };
  if (old.BS !== undefined && operand.BS !== undefined) {
    const known = new Set(old.BS.map(bytesAsText));
    return { BS: [...old.BS, ...operand.BS.filter((member) => !known.has(bytesAsText(member)))] };
  }
  throw wrongType();
}

const without = <Member>(
  old: readonly Member[],
  gone: readonly Member[],
  as: (member: Member) => string,
): Member[] | undefined => {
  const names = new Set(gone.map(as));
  const left = old.filter((member) => !names.has(as(member)));
  return left.length === 0 ? undefined : left;
};

/** `DELETE`: a set without some members; undefined when none is left. */
function taken(old: AttributeValue, operand: AttributeValue): AttributeValue | undefined {
  if (old.SS !== undefined && operand.SS !== undefined) {
    const left = without(old.SS, operand.SS, (member) => member);
    return left && { SS: left };
  }
  if (old.NS !== undefined && operand.NS !== undefined) {
    const left = without(old.NS, operand.NS, (member) => member);
    return left && { NS: left };
  }
  if (old.BS !== undefined && operand.BS !== undefined) {
    const left = without(old.BS, operand.BS, bytesAsText);
    return left && { BS: left };
  }
  throw wrongType();
}

/** Removals last, and of one list from its end, so that indexes keep meaning what they meant. */
function inOrder(actions: readonly BoundAction[]): readonly BoundAction[] {
  if (actions.length < 2) return actions;
  const writes = actions.filter(({ kind }) => kind !== 'REMOVE').toSorted((a, b) => comparePaths(a.path, b.path));
  const removals = actions.filter(({ kind }) => kind === 'REMOVE').toSorted((a, b) => comparePaths(b.path, a.path));
  return [...writes, ...removals];
}

function comparePaths(a: Path, b: Path): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const left = a[at];
    const right = b[at];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return 0;
  }
  return 0;
}

function newValue(action: BoundAction, item: Item): AttributeValue | undefined {
  const { kind, path, value } = action;
  if (kind === 'REMOVE' || value === undefined) return undefined;
  const operand = value.read(item);
  if (operand === undefined)
    throw errors.validation('The provided expression refers to an attribute that does not exist in the item');
  if (kind === 'SET') return operand;
  const old = readPath(item, path);
  if (kind === 'ADD') return added(old, operand);
  return old === undefined ? undefined : taken(old, operand);
}

function applyAll(actions: readonly BoundAction[], item: Item): Record<string, AttributeValue> {
  const puts = actions.map((action) => [action.path, newValue(action, item)] as const);
  let result: Record<string, AttributeValue> = { ...item };
  for (const [path, put] of puts) {
    const old = readPath(item, path);
    if (put !== undefined && old !== undefined && sameValue(old, put)) continue;
    result = place(result, path, put);
  }
  return result;
}

class UpdateBinder extends Binder {
  action(node: UpdateAction, path: Path): BoundAction {
    const { kind } = node;
    if (kind === 'REMOVE') return { kind, path, value: undefined };
    const value = this.operand(node.value);
    if (kind !== 'SET') this.checkOperandOf(kind, value);
    return { kind, path, value };
  }

  private checkOperandOf(kind: 'ADD' | 'DELETE', { type }: Operand): void {
    this.countOperator();
    if (type === undefined || (kind === 'ADD' ? addable : sets).includes(type)) return;
    throw this.invalid(
      `Incorrect operand type for operator or function; operator: ${kind}, operand type: ${longTypeName[type]}, typeSet: ALLOWED_FOR_${kind}_OPERAND`,
    );
  }
}

/** Binds actions that were parsed. */
export function bindUpdate(
  nodes: readonly UpdateAction[],
  placeholders: Placeholders,
  kind: ExpressionKind = 'UpdateExpression',
): Update {
  const binder = new UpdateBinder(kind, placeholders);
  const paths: Path[] = [];
  for (const node of nodes.toReversed()) paths.unshift(binder.path(node.path));
  if (nodes.length > 1) pathTree(kind, paths);
  const actions = inOrder(nodes.map((node, at) => binder.action(node, paths[at] as Path)));
  return { paths, apply: (item) => applyAll(actions, item) };
}

/** Reads and binds an update expression. */
export const readUpdate = (text: string, placeholders: Placeholders): Update =>
  bindUpdate(parseUpdate('UpdateExpression', text), placeholders);

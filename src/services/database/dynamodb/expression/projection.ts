// Projection expressions: the parts of an item that are asked for, in their places; lists close up.
import { type AttributeValue, type Item, setAttribute } from '../value.ts';
import type { PathNode } from './node.ts';
import { parseProjection } from './parser.ts';
import { child, type Path, type PathTree, pathTree } from './path.ts';
import type { Placeholders } from './placeholder.ts';

export interface Projection {
  /** Names of the attributes that paths start with. */
  readonly names: ReadonlySet<string>;
  readonly paths: readonly Path[];
  apply(item: Item): Record<string, AttributeValue>;
}

function project(value: AttributeValue, tree: PathTree | 'leaf'): AttributeValue | undefined {
  if (tree === 'leaf') return value;
  if (value.L !== undefined) {
    const steps = [...tree.children].filter(([step]) => typeof step === 'number');
    const list = steps
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([step, next]) => {
        const member = child(value, step);
        return member === undefined ? undefined : project(member, next);
      })
      .filter((member) => member !== undefined);
    return list.length === 0 ? undefined : { L: list };
  }
  if (value.M === undefined) return undefined;
  const map = projectMap(value.M, tree);
  return Object.keys(map).length === 0 ? undefined : { M: map };
}

function projectMap(map: Item, tree: PathTree): Record<string, AttributeValue> {
  const result: Record<string, AttributeValue> = {};
  for (const [step, next] of tree.children) {
    if (typeof step !== 'string' || !Object.hasOwn(map, step)) continue;
    const found = project(map[step] as AttributeValue, next);
    if (found !== undefined) setAttribute(result, step, found);
  }
  return result;
}

const projectionOf = (paths: readonly Path[], tree: PathTree): Projection => ({
  paths,
  names: new Set(paths.map((path) => String(path[0]))),
  apply: (item) => projectMap(item, tree),
});

/** Binds paths that were parsed. */
export function bindProjection(paths: readonly PathNode[], placeholders: Placeholders): Projection {
  const bound: Path[] = [];
  for (const path of paths.toReversed()) bound.unshift(placeholders.path('ProjectionExpression', path));
  return projectionOf(bound, pathTree('ProjectionExpression', bound));
}

/** Reads and binds a projection expression. */
export const readProjection = (text: string, placeholders: Placeholders): Projection =>
  bindProjection(parseProjection('ProjectionExpression', text), placeholders);

/** A projection of whole attributes, or of paths that are known not to overlap. */
export const projectionOfPaths = (paths: readonly Path[]): Projection =>
  projectionOf(paths, pathTree('ProjectionExpression', paths));

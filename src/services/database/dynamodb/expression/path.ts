// Document paths: reading along them, and telling when two cannot stand together.
import type { AttributeValue, Item } from '../value.ts';
import type { PathStep } from './node.ts';
import { type ExpressionKind, invalidExpression } from './token.ts';

export type Path = readonly PathStep[];

/** A path as it stands in messages: `[a, b, [1]]`. */
export const describePath = (path: Path): string =>
  `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;

/** One step deeper; undefined where nothing is. */
export function child(value: AttributeValue, step: PathStep): AttributeValue | undefined {
  if (typeof step === 'number') return value.L?.[step];
  return value.M !== undefined && Object.hasOwn(value.M, step) ? value.M[step] : undefined;
}

/** The value at a path; undefined where nothing is. */
export function readPath(item: Item, path: Path): AttributeValue | undefined {
  const first = path[0] as string;
  let value = Object.hasOwn(item, first) ? item[first] : undefined;
  for (let at = 1; at < path.length && value !== undefined; at++) value = child(value, path[at] as PathStep);
  return value;
}

/** Paths as a tree: a leaf is where a path ends. */
export interface PathTree {
  readonly children: Map<PathStep, PathTree | 'leaf'>;
}

const firstLeaf = (tree: PathTree, before: Path): Path => {
  const path = [...before];
  let at: PathTree | 'leaf' = tree;
  while (at !== 'leaf') {
    const [step, next] = [...at.children][0] as [PathStep, PathTree | 'leaf'];
    path.push(step);
    at = next;
  }
  return path;
};

/**
 * Puts paths into one tree and refuses two of which one holds the other, or that take the same thing once as a map and
 * once as a list. The last path goes first, as in AWS, which shows in the order of the two that the message names.
 */
export function pathTree(kind: ExpressionKind, paths: readonly Path[]): PathTree {
  const root: PathTree = { children: new Map() };
  for (const path of paths.toReversed()) {
    let tree = root;
    for (const [at, step] of path.entries()) {
      const refuse = (problem: string): Error =>
        invalidExpression(
          kind,
          `Two document paths ${problem} with each other; must remove or rewrite one of these paths; ` +
            `path one: ${describePath(path)}, path two: ${describePath(firstLeaf(tree, path.slice(0, at)))}`,
        );
      const isLast = at === path.length - 1;
      const known = tree.children.get(step);
      if (known === undefined) {
        const [sibling] = tree.children.keys();
        if (sibling !== undefined && typeof sibling !== typeof step) throw refuse('conflict');
      } else if (known === 'leaf' || isLast) {
        throw refuse('overlap');
      }
      const next: PathTree | 'leaf' = known ?? (isLast ? 'leaf' : { children: new Map() });
      tree.children.set(step, next);
      if (next !== 'leaf') tree = next;
    }
  }
  return root;
}

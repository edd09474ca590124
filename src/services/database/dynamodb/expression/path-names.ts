// Names that an expression speaks of, before any placeholder is put in.
import type { ConditionNode, OperandNode, PathNode, UpdateAction } from './node.ts';

type Node = ConditionNode | OperandNode | PathNode | UpdateAction;

/** The first step of every path in some trees: `a`, or `#a`. */
export function pathsIn(nodes: Node | readonly Node[]): string[] {
  const found: string[] = [];
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    if ('kind' in part && part.kind === 'path') found.push(String((part as PathNode).steps[0]));
    else if (!('kind' in part && part.kind === 'constant')) for (const inner of Object.values(part)) walk(inner);
  };
  walk(nodes);
  return found;
}

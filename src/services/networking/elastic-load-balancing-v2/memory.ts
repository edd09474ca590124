// What nodes remember: whose turn it is, and who is busy. It is the running process's alone: a restarted load balancer starts to count
// anew, as AWS's nodes do. The same for classic load balancers.
import type { Parts } from '../../../kernel/parts.ts';
import type { Context } from '../../../kernel/service.ts';

interface Memory {
  /** A target group or load balancer → whose turn it is. */
  readonly turns: Map<string, number>;
  /** Key of a target → requests that it has not answered yet. */
  readonly outstanding: Map<string, number>;
}

const memories = new WeakMap<Parts, Memory>();

function memoryOf(parts: Parts): Memory {
  let memory = memories.get(parts);
  if (memory === undefined) memories.set(parts, (memory = { turns: new Map(), outstanding: new Map() }));
  return memory;
}

/** Counts a request to a target until `done` is called. */
export function occupy(parts: Parts, at: string): () => void {
  const { outstanding } = memoryOf(parts);
  outstanding.set(at, (outstanding.get(at) ?? 0) + 1);
  return () => {
    const left = (outstanding.get(at) ?? 1) - 1;
    if (left > 0) outstanding.set(at, left);
    else outstanding.delete(at);
  };
}

/** Those with the fewest requests outstanding. */
export function leastBusy<Row>(parts: Parts, rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  const { outstanding } = memoryOf(parts);
  if (outstanding.size === 0) return rows;
  const load = (row: Row): number => outstanding.get(keyOf(row)) ?? 0;
  const least = Math.min(...rows.map(load));
  return rows.filter((row) => load(row) === least);
}

/** A number that goes up by one with each call; it starts anywhere below `count`. */
export function nextTurn({ parts, random }: Pick<Context, 'parts' | 'random'>, at: string, count: number): number {
  const { turns } = memoryOf(parts);
  const turn = (turns.get(at) ?? random.integer(0, count)) + 1;
  turns.set(at, turn);
  return turn;
}

// Rows of tables, indexes and backups that are gone: out of sight at once, cleared away by jobs.
import { afterPrefix } from '../../../kernel/key.ts';
import type { DynamoContext } from './state.ts';
import { chunkItems } from './timing.ts';

/** Clears away all rows of some spaces, little by little. */
export function clearAway(context: DynamoContext, spaces: readonly string[]): void {
  context.jobs.at(context.clock.now(), 'clearSpaces', { spaces });
}

/** Job: clears away some rows, and comes back for more. */
export function clearSpaces({ spaces }: { spaces: readonly string[] }, context: DynamoContext): void {
  const { state } = context;
  const left = spaces.filter((space) => {
    const range = { from: space, to: afterPrefix(space) as string, limit: chunkItems };
    state.usage.delete(space);
    state.collections.deleteAll(range);
    const cleared = state.items.deleteAll(range) + state.entries.deleteAll(range);
    const forgotten = state.history.deleteAll({ prefix: `${space}\u0000`, limit: chunkItems });
    return cleared + forgotten >= chunkItems;
  });
  if (left.length > 0) clearAway(context, left);
}

// What the three batch operations have in common: rules on the entries, and one answer or one failure for each.
import { AwsError } from '../../../kernel/errors.ts';
import { errors } from './errors.ts';
import { batchEntriesMax } from './limits.ts';

const entryId = /^[\w-]{1,80}$/;

/** Refuses the whole batch when it is empty, too long, or its ids are malformed or repeated. */
export function checkEntries(operation: string, entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0) throw errors.emptyBatch(operation);
  if (entries.length > batchEntriesMax) throw errors.tooManyEntries(entries.length);
  const seen = new Set<string>();
  for (const { Id } of entries) {
    if (!entryId.test(Id)) throw errors.invalidEntryId();
    if (seen.has(Id)) throw errors.entryIdRepeated(Id);
    seen.add(Id);
  }
}

export interface Failure {
  Id: string;
  SenderFault: boolean;
  Code: string;
  Message: string;
}

/** Does `work` for each entry. An entry that AWS would refuse fails alone, having changed nothing. */
export function eachEntry<Entry extends { readonly Id: string }, Result extends object>(
  entries: readonly Entry[],
  work: (entry: Entry) => Result,
): { Successful: (Result & { Id: string })[] | undefined; Failed: Failure[] | undefined } {
  const successful: (Result & { Id: string })[] = [];
  const failed: Failure[] = [];
  for (const entry of entries) {
    try {
      successful.push({ ...work(entry), Id: entry.Id });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful: nonEmpty(successful), Failed: nonEmpty(failed) };
}

const nonEmpty = <Item>(list: Item[]): Item[] | undefined => (list.length > 0 ? list : undefined);

// The document of a name.
import { errors } from './errors.ts';
import type { SsmContext } from './operation.ts';
import type { DocumentRow } from './state.ts';

export function getDocument({ state }: SsmContext, name: string): DocumentRow {
  const row = state.documents.find(name);
  if (row === undefined) throw errors.noDocument(name);
  return row;
}

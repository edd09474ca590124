// Pages of lists: a token is where the next page begins.
import { errors } from './errors.ts';

interface PageInput {
  readonly MaxRecords?: number | undefined;
  readonly NextToken?: string | undefined;
}

/**
 * One page of rows that are in order.
 *
 * @throws InvalidNextToken
 */
export function pageOf<Row>(
  rows: readonly Row[],
  { MaxRecords, NextToken }: PageInput,
  { usual, most }: { readonly usual: number; readonly most: number },
): { readonly rows: readonly Row[]; readonly NextToken: string | undefined } {
  const start = NextToken === undefined ? 0 : readToken(NextToken);
  const size = MaxRecords ?? usual;
  if (size < 1 || size > most)
    throw errors.validation(
      `1 validation error detected: Value '${size}' at 'maxRecords' failed to satisfy constraint: Member must have value ${size < 1 ? 'greater than or equal to 1' : `less than or equal to ${most}`}`,
    );
  const end = start + size;
  return { rows: rows.slice(start, end), NextToken: end < rows.length ? writeToken(end) : undefined };
}

const writeToken = (at: number): string => Buffer.from(`at:${at}`).toString('base64url');

function readToken(token: string): number {
  const at = /^at:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (at === undefined) throw errors.invalidToken();
  return Number(at);
}

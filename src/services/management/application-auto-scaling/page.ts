// Pages of lists: a token is where the next page begins.
import { errors } from './errors.ts';

interface PageInput {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** A dimension goes with the resource that has it. Unknown: AWS's words. */
export function checkFilter(resource: string | undefined, dimension: string | undefined): void {
  if (dimension !== undefined && resource === undefined)
    throw errors.validation('If you specify a scalable dimension, you must also specify a resource ID.');
}

/** @throws InvalidNextTokenException */
export function pageOf<Row>(rows: readonly Row[], { MaxResults, NextToken }: PageInput) {
  const text = NextToken === undefined ? 'at:0' : Buffer.from(NextToken, 'base64url').toString();
  const at = /^at:(\d+)$/.exec(text)?.[1];
  if (at === undefined) throw errors.invalidToken();
  const start = Number(at);
  const end = start + Math.min(50, Math.max(1, MaxResults ?? 50));
  return {
    rows: rows.slice(start, end),
    NextToken: end < rows.length ? Buffer.from(`at:${end}`).toString('base64url') : undefined,
  };
}

// Pages of lists: a token is where the next page begins.
import { errors } from './errors.ts';

interface PageInput {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
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

// Pages of `ListQueues` and `ListDeadLetterSourceQueues`: in order of queue name; the token is the last name given.
import { errors } from './errors.ts';
import { listResultsMax } from './limits.ts';

interface Asked {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** Cuts a page; `list` gives names after `after`, at most `limit`. Without `MaxResults` there are 1,000 and no token. */
export function pageOf<Item extends { readonly name: string }>(
  { MaxResults, NextToken }: Asked,
  list: (range: { after: string | undefined; limit: number }) => readonly Item[],
): { items: readonly Item[]; NextToken: string | undefined } {
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > listResultsMax))
    throw errors.invalidParameter(
      `Value for parameter MaxResults is invalid. Reason: MaxResults must be between 1 and ${listResultsMax}.`,
    );
  const limit = MaxResults ?? listResultsMax;
  const found = list({ after: NextToken === undefined ? undefined : readToken(NextToken), limit: limit + 1 });
  const items = found.slice(0, limit);
  const more = MaxResults !== undefined && found.length > limit;
  return { items, NextToken: more ? writeToken(items.at(-1)?.name as string) : undefined };
}

const writeToken = (name: string): string => Buffer.from(`after:${name}`).toString('base64');

function readToken(token: string): string {
  const name = /^after:([\w.-]+)$/.exec(Buffer.from(token, 'base64').toString())?.[1];
  if (name === undefined) throw errors.invalidParameter('Invalid or expired next token.');
  return name;
}

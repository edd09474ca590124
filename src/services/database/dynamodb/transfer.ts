// Exports and imports: what both keep, how both are found, listed and told to have failed.
import { AwsError } from '../../../kernel/errors.ts';
import { later, secondsPerDay } from '../../../kernel/units.ts';
import { transferPageMax, transferTokenSeconds } from './limits.ts';
import type { DynamoContext, TransferRow } from './state.ts';

type Kept = Omit<TransferRow, 'description'>;

/** A row with its description: as JSON, for rows hold no dates. */
export const writeDescription = (row: Kept, description: object): TransferRow => ({
  ...row,
  description: JSON.parse(JSON.stringify(description)) as object,
});

const asDates = (name: string, value: unknown): unknown =>
  name.endsWith('Time') && typeof value === 'string' ? new Date(value) : value;

/** The description of a row. */
export const readDescription = <Description>({ description }: TransferRow): Description =>
  JSON.parse(JSON.stringify(description), asDates) as Description;

/** The transfer that a token started within the last hours. */
export function findByToken(
  { state, clock }: DynamoContext,
  kind: TransferRow['kind'],
  token: string | undefined,
): TransferRow | undefined {
  if (token === undefined) return undefined;
  const since = later(clock.now(), -transferTokenSeconds);
  const row = state.transfers.index('token').first({ prefix: `${kind} ${token}\u0000`, reverse: true });
  return row !== undefined && row.startedAt >= since ? row : undefined;
}

/** How long a transfer is listed, in seconds: 90 days. */
const listedSeconds = 90 * secondsPerDay;

/** Transfers of a kind, newest last, from a token on; `next` when there are more. */
export function pageOfTransfers(
  { state, clock }: DynamoContext,
  kind: TransferRow['kind'],
  of: string | undefined,
  limit: number = transferPageMax,
  token: string | undefined,
): { readonly rows: readonly TransferRow[]; readonly next: string | undefined } {
  const since = later(clock.now(), -listedSeconds);
  const range = of === undefined ? {} : { prefix: `${of}/` };
  const rows: TransferRow[] = [];
  for (const row of state.transfers.each({ ...range, after: token })) {
    if (row.kind === kind && row.startedAt >= since) rows.push(row);
    if (rows.length > limit) break;
  }
  const page = rows.slice(0, limit);
  return { rows: page, next: rows.length > limit ? page.at(-1)?.arn : undefined };
}

/** S3's errors as an export or import names them. */
export const failureOf = (error: unknown): { FailureCode: string; FailureMessage: string } => {
  if (!(error instanceof AwsError)) throw error;
  return { FailureCode: `S3${error.code}`, FailureMessage: error.message };
};

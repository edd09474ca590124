// Pages of all load balancers' lists: `Marker`, `PageSize`, `NextMarker`. The marker is the last key given.
import type { AwsError } from '../../../kernel/errors.ts';

export interface PageRequest {
  readonly Marker?: string | undefined;
  readonly PageSize?: number | undefined;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly NextMarker: string | undefined;
}

/** Makes an API's way to cut pages: of at most `most` rows where none are asked for, with its own refusal of a marker. */
export const pagesOf =
  (most: number, invalid: (text: string) => AwsError) =>
  <Row>(rows: readonly Row[], { Marker, PageSize = most }: PageRequest, keyOf: (row: Row) => string): Page<Row> => {
    let start = 0;
    if (Marker !== undefined) {
      const last = Buffer.from(Marker, 'base64url').toString();
      start = rows.findIndex((row) => keyOf(row) === last) + 1;
      if (start === 0) throw invalid(`Invalid marker: '${Marker}'`);
    }
    const shown = rows.slice(start, start + PageSize);
    const last = shown.at(-1);
    const more = start + PageSize < rows.length && last !== undefined;
    return { rows: shown, NextMarker: more ? Buffer.from(keyOf(last)).toString('base64url') : undefined };
  };

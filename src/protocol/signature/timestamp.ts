// Times as they stand in signatures.

/** `20150830T123600Z` and its instant in milliseconds. */
export interface Timestamp {
  readonly text: string;
  readonly epochMs: number;
}

const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

export const timestampText = (epochMs: number): string =>
  new Date(Math.floor(epochMs / 1000) * 1000).toISOString().replaceAll(/[-:]|\.000/g, '');

let last: Timestamp | undefined;

/** Reads `X-Amz-Date`, which has one form only. Requests of one second have the same, so the last one is kept. */
export function readTimestamp(text: string | undefined): Timestamp | undefined {
  if (text !== undefined && text === last?.text) return last;
  const read = parseTimestamp(text);
  if (read !== undefined) last = read;
  return read;
}

function parseTimestamp(text: string | undefined): Timestamp | undefined {
  const parts = text === undefined ? null : basic.exec(text);
  if (text === undefined || parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  const epochMs = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  return timestampText(epochMs) === text ? { text, epochMs } : undefined;
}

/** Reads the `Date` header, which may be as HTTP has it, or as `X-Amz-Date`. */
export function readDateHeader(text: string | undefined): Timestamp | undefined {
  const exact = readTimestamp(text);
  if (exact !== undefined || text === undefined || text.length > 64) return exact;
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : { text: timestampText(epochMs), epochMs };
}

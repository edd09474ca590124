// Conditional requests: what `If-Match` and its kin decide, for reads, copies and writes.
//
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
// @see https://www.rfc-editor.org/rfc/rfc9110#name-precedence-of-preconditions
import type { Instant } from '../../../kernel/units.ts';

export interface ReadConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: Date | undefined;
  readonly ifUnmodifiedSince?: Date | undefined;
}

/** What is asked about: an ETag without quotes, and the instant of the last change. */
export interface Judged {
  readonly etag: string;
  readonly modifiedAt: Instant;
}

const unquoted = (text: string): string =>
  text
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');

/** True when the header names this ETag, with or without quotes, or is `*`. */
export const matchesEtag = (header: string, etag: string): boolean =>
  header.split(',').some((one) => unquoted(one) === '*' || unquoted(one) === etag);

/** HTTP dates have whole seconds. */
const secondOf = (epochMs: number): number => Math.floor(epochMs / 1000);

const isValid = (date: Date | undefined): date is Date => date !== undefined && !Number.isNaN(date.getTime());

export type ConditionName = 'If-Match' | 'If-None-Match' | 'If-Modified-Since' | 'If-Unmodified-Since';
export type Verdict = 'go' | { readonly failed: ConditionName };

/**
 * Judges the conditions of a read, in the order of RFC 9110: `If-Match` outdoes `If-Unmodified-Since`, `If-None-Match` outdoes
 * `If-Modified-Since`. A date of the future in `If-Modified-Since` is ignored.
 */
export function judgeRead(conditions: ReadConditions, { etag, modifiedAt }: Judged, now: Instant): Verdict {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const modified = secondOf(modifiedAt);
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, etag)) return { failed: 'If-Match' };
  } else if (isValid(ifUnmodifiedSince) && modified > secondOf(ifUnmodifiedSince.getTime())) {
    return { failed: 'If-Unmodified-Since' };
  }
  if (ifNoneMatch !== undefined) {
    if (matchesEtag(ifNoneMatch, etag)) return { failed: 'If-None-Match' };
  } else if (
    isValid(ifModifiedSince) &&
    ifModifiedSince.getTime() <= now &&
    modified <= secondOf(ifModifiedSince.getTime())
  ) {
    return { failed: 'If-Modified-Since' };
  }
  return 'go';
}

export type WriteVerdict =
  | 'go'
  /** 412. */
  | { readonly failed: 'If-Match' | 'If-None-Match' }
  /** `If-Match` on a key that is not there: 404. */
  | 'missing'
  /** 501: the header is used in a way S3 does not know. */
  | { readonly unknown: 'If-Match' | 'If-None-Match' | 'If-Match,If-None-Match'; readonly why: string };

/**
 * Judges the conditions of a write against the current object, `undefined` when there is none (or a delete marker).
 *
 * S3 takes `If-None-Match: *` and `If-Match: <etag>` only, and not both.
 */
export function judgeWrite(
  conditions: { readonly ifMatch?: string | undefined; readonly ifNoneMatch?: string | undefined },
  current: { readonly etag: string } | undefined,
): WriteVerdict {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifMatch !== undefined && ifNoneMatch !== undefined)
    return { unknown: 'If-Match,If-None-Match', why: 'Multiple conditional request headers present in the request' };
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') return { unknown: 'If-None-Match', why: refusedValue('If-None-Match') };
    return current === undefined ? 'go' : { failed: 'If-None-Match' };
  }
  if (ifMatch === undefined) return 'go';
  if (ifMatch.trim() === '*') return { unknown: 'If-Match', why: refusedValue('If-Match') };
  if (current === undefined) return 'missing';
  return matchesEtag(ifMatch, current.etag) ? 'go' : { failed: 'If-Match' };
}

const refusedValue = (header: string): string => `We don't accept the provided value of ${header} header for this API`;

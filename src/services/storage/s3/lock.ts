// Object Lock: who may not be deleted or shortened, and until when.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
import { type Instant, later, secondsPerDay } from '../../../kernel/units.ts';
import { errors } from './errors.ts';

export const lockModes = ['GOVERNANCE', 'COMPLIANCE'] as const;
export type LockMode = (typeof lockModes)[number];

/** The retention that a bucket gives to each new version. */
export interface LockRule {
  readonly mode: LockMode;
  readonly days?: number | undefined;
  readonly years?: number | undefined;
}

export interface Retention {
  readonly mode: LockMode;
  readonly until: Instant;
}

export const isLockMode = (text: string | undefined): text is LockMode => lockModes.some((mode) => mode === text);

/** The retention of a version made now under a bucket's rule. */
export const retentionOf = ({ mode, days, years }: LockRule, now: Instant): Retention => ({
  mode,
  until: later(now, (days ?? (years ?? 0) * 365) * secondsPerDay),
});

interface LockDocument {
  readonly ObjectLockEnabled?: string | undefined;
  readonly Rule?:
    | {
        readonly DefaultRetention?:
          | {
              readonly Mode?: string | undefined;
              readonly Days?: number | undefined;
              readonly Years?: number | undefined;
            }
          | undefined;
      }
    | undefined;
}

/**
 * Reads an `ObjectLockConfiguration`.
 *
 * Limit: at most 36,500 days or 100 years.
 */
export function readLockConfiguration(document: LockDocument | undefined): { readonly rule?: LockRule } {
  if (document?.ObjectLockEnabled !== 'Enabled') throw errors.malformedXml();
  if (document.Rule === undefined) return {};
  const { Mode, Days, Years } = document.Rule.DefaultRetention ?? {};
  if (!isLockMode(Mode) || (Days === undefined) === (Years === undefined)) throw errors.malformedXml();
  const [period, most] = Days === undefined ? [Years, 100] : [Days, 36_500];
  if (period === undefined || period < 1)
    throw errors.argument('Default retention period must be a positive integer value.');
  if (period > most) throw errors.argument('Default retention period too large.');
  return { rule: { mode: Mode, days: Days, years: Years } };
}

interface LockHeaders {
  readonly ObjectLockMode?: string | undefined;
  readonly ObjectLockRetainUntilDate?: Date | undefined;
  readonly ObjectLockLegalHoldStatus?: string | undefined;
}

export interface Locks {
  readonly retention?: Retention | undefined;
  readonly legalHold?: boolean | undefined;
}

/** The locks of a new version: what the request's headers say, else the bucket's rule. */
export function readLockHeaders(
  headers: LockHeaders,
  bucketLock: { readonly rule?: LockRule | undefined } | undefined,
  now: Instant,
): Locks {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = headers;
  const asks = mode !== undefined || until !== undefined || hold !== undefined;
  if (asks && bucketLock === undefined) throw errors.invalidRequest('Bucket is missing Object Lock Configuration');
  if ((mode === undefined) !== (until === undefined))
    throw errors.argument('x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied', {
      ArgumentName: mode === undefined ? 'x-amz-object-lock-retain-until-date' : 'x-amz-object-lock-mode',
    });
  if (hold !== undefined && hold !== 'ON' && hold !== 'OFF')
    throw errors.invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", 'x-amz-object-lock-legal-hold', hold);
  const legalHold = hold === undefined ? undefined : hold === 'ON';
  if (mode !== undefined && until !== undefined) return { retention: readRetention(mode, until, now), legalHold };
  const rule = bucketLock?.rule;
  return { retention: rule === undefined ? undefined : retentionOf(rule, now), legalHold };
}

const readRetention = (mode: string, until: Date, now: Instant): Retention => {
  if (!isLockMode(mode)) throw errors.invalidArgument('Unknown wormMode directive.', 'x-amz-object-lock-mode', mode);
  if (until.getTime() <= now)
    throw errors.invalidArgument(
      'The retain until date must be in the future!',
      'x-amz-object-lock-retain-until-date',
      until.toISOString(),
    );
  return { mode, until: until.getTime() as Instant };
};

/** Refuses to remove a version that a lock protects. `bypass`: the caller asked for it, and IAM allowed it. */
export function refuseLocked(locks: Locks, bypass: boolean, now: Instant): void {
  if (locks.legalHold === true) throw errors.locked();
  const { retention } = locks;
  if (retention === undefined || retention.until <= now) return;
  if (retention.mode === 'COMPLIANCE' || !bypass) throw errors.locked();
}

/** Refuses to weaken a retention: compliance never, governance only with the bypass. */
export function refuseWeaker(
  current: Retention | undefined,
  wanted: Retention | undefined,
  bypass: boolean,
  now: Instant,
): void {
  if (current === undefined || current.until <= now) return;
  const weaker = wanted === undefined || wanted.until < current.until || wanted.mode !== current.mode;
  if (!weaker) return;
  const hardens = wanted?.mode === 'COMPLIANCE' && current.mode === 'GOVERNANCE' && wanted.until >= current.until;
  if (current.mode === 'COMPLIANCE' || (!bypass && !hardens)) throw errors.locked();
}

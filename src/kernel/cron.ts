// When a recurrence comes next. Croner reads the expression and knows the calendar and time zones; its timers are never used: what is to
// happen is a job.
import { Cron } from 'croner';
import { type Instant, instant } from './units.ts';

/**
 * The first instant after `after` of a crontab expression of five fields; undefined when there is none, or when the expression or the
 * time zone makes no sense.
 *
 * @see https://man7.org/linux/man-pages/man5/crontab.5.html
 */
export function nextCron(expression: string, after: Instant, timeZone = 'UTC'): Instant | undefined {
  try {
    const next = new Cron(expression, { mode: '5-part', timezone: timeZone, paused: true }).nextRun(new Date(after));
    return next === null ? undefined : instant(next.getTime());
  } catch {
    return undefined;
  }
}

/** `MON-FRI` stays; numbers count from 1 for Sunday here and from 0 there. */
const weekday = (field: string): string =>
  field
    .replaceAll(/(?<![#\d])([1-7])(?!\d)/g, (_, day: string) => String(Number(day) - 1))
    .replace(/^([0-6]|[A-Z]{3})L$/, '$1#L');

const matchesYear = (field: string, year: number): boolean =>
  field.split(',').some((part) => {
    const [, from = '', to, step] = /^(\d{4}|\*)(?:-(\d{4}))?(?:\/(\d+))?$/.exec(part) ?? [];
    if (from === '') return false;
    const low = from === '*' ? 1970 : Number(from);
    const high = to === undefined ? (from === '*' || step !== undefined ? 2199 : low) : Number(to);
    return year >= low && year <= high && (year - low) % Number(step ?? 1) === 0;
  });

/** Years that are looked through for one that a recurrence names. */
const yearsMax = 200;

/** The first instant after `after` of AWS's cron with six fields: `0 9 ? * MON-FRI *`; undefined when there is none. */
function nextSixFields(fields: string, after: Instant, timeZone: string): Instant | undefined {
  const parts = fields.trim().split(/\s+/);
  const [minute, hour, date, month, day, year] = parts;
  if (parts.length !== 6 || day === undefined || year === undefined) return undefined;
  // One of the two days has to be left open, and only one can be.
  if ((date === '?') === (day === '?')) return undefined;
  const days = [date === '?' ? '*' : date, month, day === '?' ? '*' : weekday(day.toUpperCase())];
  const pattern = [minute, hour, ...days].join(' ');
  let from = after;
  for (let tries = 0; tries < yearsMax; tries++) {
    const next = nextCron(pattern, from, timeZone);
    if (next === undefined) return undefined;
    const found = new Date(next).getUTCFullYear();
    if (year === '*' || matchesYear(year, found)) return next;
    from = instant(Date.UTC(found + 1, 0, 1) - 1);
  }
  return undefined;
}

const unitSeconds: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

/**
 * The first instant after `after` of a schedule as AWS writes them: `at(2026-03-02T09:00:00)`, `rate(5 minutes)` counted from `base`, or
 * `cron(0 9 ? * MON-FRI *)`; undefined when there is none, or when it makes no sense.
 *
 * @see https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
 */
export function nextScheduled(
  schedule: string,
  after: Instant,
  { base = after, timeZone = 'UTC' }: { readonly base?: Instant; readonly timeZone?: string } = {},
): Instant | undefined {
  const [, kind, text = ''] = /^(at|rate|cron)\(([^()]*)\)$/.exec(schedule.trim()) ?? [];
  if (kind === 'cron') return nextSixFields(text, after, timeZone);
  if (kind === 'rate') {
    const [, count = '', unit = '', plural] = /^(\d+) (minute|hour|day)(s?)$/.exec(text.trim()) ?? [];
    const stepMs = Number(count) * (unitSeconds[unit] ?? 0) * 1000;
    if (!(stepMs > 0) || (Number(count) === 1) !== (plural === '')) return undefined;
    return instant(base + (Math.floor((after - base) / stepMs) + 1) * stepMs);
  }
  if (kind === 'at') {
    const [, y, mo, d, h, mi, s = '0'] =
      /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim()) ?? [];
    if (y === undefined) return undefined;
    // As a moment of every year in that zone, of which only one is meant.
    const found = nextSixFields(
      `${Number(mi)} ${Number(h)} ${Number(d)} ${Number(mo)} ? ${y}`,
      instant(after - Number(s) * 1000),
      timeZone,
    );
    return found === undefined ? undefined : instant(found + Number(s) * 1000);
  }
  return undefined;
}

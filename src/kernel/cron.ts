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

// Standard metrics read off the meter and off the rows that note how many hosts were healthy; the same for classic load balancers.
import type { SeriesWindow, StatisticSet } from '../../../kernel/metric.ts';
import type { Context } from '../../../kernel/service.ts';
import { instant, minuteMs } from '../../../kernel/units.ts';
import type { HostCountRow } from './state.ts';

type Metering = Pick<Context, 'parts' | 'clock'>;

/** What was ever counted of a subject in the last two weeks. */
export function quantitiesOf({ parts, clock }: Metering, subject: string): string[] {
  const now = clock.now();
  const minutes = parts.meter.read(subject, instant(Math.max(0, now - 14 * 86_400_000)), instant(now + minuteMs));
  return [...new Set(minutes.flatMap(({ tallies }) => Object.keys(tallies)))];
}

/** A minute is told when it is over. */
const endOf = ({ to }: SeriesWindow, { clock }: Metering): number =>
  Math.min(to, Math.floor(clock.now() / minuteMs) * minuteMs);

export function counted(window: SeriesWindow, subject: string, quantity: string, context: Metering): StatisticSet[] {
  const minutes = context.parts.meter.read(subject, window.from, instant(endOf(window, context)));
  return minutes.flatMap(({ at, tallies }) => {
    const tally = tallies[quantity];
    if (tally === undefined || at < window.from) return [];
    const { count: sampleCount, sum, minimum, maximum } = tally;
    return [{ at, sampleCount, sum, minimum, maximum }];
  });
}

/** The number of healthy (or sick) hosts in each minute: what was last noted before it was over. */
export function hostsOf(
  window: SeriesWindow,
  rows: readonly Pick<HostCountRow, 'at' | 'healthy' | 'unhealthy'>[],
  context: Metering,
): StatisticSet[] {
  const sets: StatisticSet[] = [];
  let next = 0;
  let value: number | undefined;
  for (let at = Math.ceil(window.from / minuteMs) * minuteMs; at < endOf(window, context); at += minuteMs) {
    for (let row = rows[next]; row !== undefined && row.at < at + minuteMs; row = rows[++next])
      value = window.name === 'HealthyHostCount' ? row.healthy : row.unhealthy;
    if (value !== undefined) sets.push({ at: instant(at), sampleCount: 1, sum: value, minimum: value, maximum: value });
  }
  return sets;
}

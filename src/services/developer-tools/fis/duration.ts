// Durations as actions take them: ISO 8601, in whole days, hours, minutes and seconds.
import { secondsPerDay, secondsPerHour, secondsPerMinute } from '../../../kernel/units.ts';

const form = /^P(?=[\dT])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** Seconds of `PT5M`; undefined for anything else. */
export function readSeconds(text: string): number | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return days * secondsPerDay + hours * secondsPerHour + minutes * secondsPerMinute + seconds;
}

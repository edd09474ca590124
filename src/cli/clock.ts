import type { ClockView } from '../admin/clock.ts';
import { writeDuration } from '../kernel/duration.ts';
import { type CommonOptions, connect } from './connect.ts';
import { show } from './terminal.ts';

/** `2026-11-23T12:00:00.000Z, 30d ahead, frozen; next: sqs.expireMessage in 4d`. */
export function clockLine({ now, mode, factor, aheadSeconds, nextJob }: ClockView): string {
  const away = Math.abs(aheadSeconds);
  const ahead = away < 1 ? '' : `, ${writeDuration(away)} ${aheadSeconds > 0 ? 'ahead' : 'behind'}`;
  const pace = mode === 'scaled' ? `${factor}x` : mode;
  const next =
    nextJob === undefined ? '' : `; next: ${nextJob.what} in ${writeDuration(Math.max(0, nextJob.inSeconds))}`;
  return `${now}${ahead}, ${pace}${next}`;
}

async function move(options: CommonOptions, path: string, body: object): Promise<void> {
  const view = await connect(options).post<ClockView>(`/clock/${path}`, body);
  show(view, options.json, () => `${clockLine(view)}\n`);
}

export async function showClock(options: CommonOptions): Promise<void> {
  const view = await connect(options).get<ClockView>('/clock');
  show(view, options.json, () => `${clockLine(view)}\n`);
}

export const freezeClock = (options: CommonOptions): Promise<void> => move(options, 'freeze', {});

export const resumeClock = (options: CommonOptions): Promise<void> => move(options, 'resume', {});

/** `10x` or `10`. */
export const scaleClock = (factor: string, options: CommonOptions): Promise<void> =>
  move(options, 'scale', { factor: Number(factor.replace(/x$/, '')) });

/** `30d`, `2h30m`, or an instant such as `2027-01-01T00:00:00Z`. */
export const advanceClock = (by: string, options: CommonOptions): Promise<void> =>
  move(options, 'advance', /^\d{4}-\d\d-\d\d/.test(by) ? { to: by } : { by });

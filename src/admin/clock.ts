// /_hakoniwa/clock: what time it is in the cloud, and making it later.
import { secondsBetween } from '../kernel/units.ts';
import { badRequest } from './answer.ts';
import { readDuration } from '../kernel/duration.ts';
import type { House } from './house.ts';

/** The clock as the API shows it. */
export interface ClockView {
  readonly now: string;
  readonly mode: 'real' | 'scaled' | 'frozen';
  /** Seconds of the cloud per second of real time; zero when frozen. */
  readonly factor: number;
  /** By how much the cloud is ahead of this machine, in seconds. */
  readonly aheadSeconds: number;
  readonly jobs: number;
  readonly nextJob?: { readonly at: string; readonly inSeconds: number; readonly what: string } | undefined;
}

export function viewClock({ clock, jobs }: House): ClockView {
  const { mode } = clock;
  const now = clock.now();
  const next = jobs.first();
  return {
    now: new Date(now).toISOString(),
    mode: mode.kind,
    factor: mode.kind === 'scaled' ? mode.factor : mode.kind === 'real' ? 1 : 0,
    aheadSeconds: clock.aheadMs / 1000,
    jobs: jobs.size,
    nextJob: next && {
      at: new Date(next.at).toISOString(),
      inSeconds: secondsBetween(now, next.at),
      what: `${next.service}.${next.name}`,
    },
  };
}

type Body = Readonly<Record<string, unknown>>;

/** `{"by":"30d"}` or `{"to":"2027-01-01T00:00:00Z"}`: all that falls due on the way is done before the answer. */
async function advance(house: House, { by, to }: Body): Promise<void> {
  if (to !== undefined) {
    const at = typeof to === 'string' ? Date.parse(to) : Number.NaN;
    if (Number.isNaN(at)) throw badRequest(`"to" is no instant: ${String(to)}`, 'Write it as 2027-01-01T00:00:00Z.');
    const seconds = (at - house.clock.now()) / 1000;
    if (seconds < 0) {
      throw badRequest(
        'A clock does not go back: that instant has passed in the cloud.',
        'Load a snapshot, or reset the cloud, to be earlier.',
      );
    }
    await house.advance(seconds);
    return;
  }
  const seconds = typeof by === 'number' || typeof by === 'string' ? readDuration(String(by)) : undefined;
  if (seconds === undefined) {
    throw badRequest(
      by === undefined ? 'Nothing says by how much: "by" or "to".' : `${String(by)} is no duration.`,
      'Write 30d, 2h30m, 90s, PT1H or a number of seconds, at most a hundred years. Months and years have no fixed length: write days.',
    );
  }
  await house.advance(seconds);
}

const factorLimit = 1_000_000;

const actions: Readonly<Record<string, (house: House, body: Body) => Promise<void>>> = {
  advance,
  freeze: (house) => house.setClock({ kind: 'frozen' }),
  resume: (house) => house.setClock({ kind: 'real' }),
  scale: (house, { factor }) => {
    if (typeof factor !== 'number' || !(factor > 0) || factor > factorLimit) {
      throw badRequest(
        `"factor" must be a number from above 0 to ${factorLimit}.`,
        'For a clock that stands, freeze it.',
      );
    }
    return house.setClock(factor === 1 ? { kind: 'real' } : { kind: 'scaled', factor });
  },
};

export async function moveClock(house: House, action: string, body: Body): Promise<ClockView | undefined> {
  const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (act === undefined) return undefined;
  await act(house, body);
  return viewClock(house);
}

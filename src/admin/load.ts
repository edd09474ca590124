// /_hakoniwa/load: simulated requests to load balancers, as shapes over time.
import type { Parts } from '../kernel/parts.ts';
import { type Instant, instant, later, toDate } from '../kernel/units.ts';
import { AdminError, badRequest } from './answer.ts';
import { readDuration } from '../kernel/duration.ts';
import type { House } from './house.ts';

type LoadPlan = Parts['load'];
type Wave = ReturnType<LoadPlan['add']>;

/** Requests a second over time. */
type Shape =
  | { readonly kind: 'constant'; readonly perSecond: number }
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number; readonly seconds: number }
  | { readonly kind: 'sine'; readonly low: number; readonly high: number; readonly periodSeconds: number };

/** A wave as the API shows it. */
export interface LoadView {
  readonly id: string;
  readonly balancer: string;
  readonly account: string;
  readonly region: string;
  readonly shape: Shape;
  readonly from: string;
  readonly until?: string | undefined;
  readonly state: 'planned' | 'active' | 'ended';
  /** Requests a second at this moment. */
  readonly perSecond: number;
  /** Said of a load that was just added to nothing. */
  readonly note?: string | undefined;
}

type Body = Readonly<Record<string, unknown>>;

function view(plan: LoadPlan, wave: Wave, now: Instant): LoadView {
  const { from, until } = wave;
  return {
    id: wave.id,
    balancer: wave.balancer,
    account: wave.account,
    region: wave.region,
    shape: wave.shape,
    from: toDate(from).toISOString(),
    until: until === undefined ? undefined : toDate(until).toISOString(),
    state: from > now ? 'planned' : until !== undefined && until <= now ? 'ended' : 'active',
    perSecond: Math.round(plan.rateOf(wave) * 100) / 100,
  };
}

export async function listLoad(house: House): Promise<{ readonly load: readonly LoadView[] }> {
  const plan = await house.part('load');
  return { load: plan.list().map((wave) => view(plan, wave, house.clock.now())) };
}

function text(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw badRequest(`"${name}" must be a text.`, `Write {"${name}": "…"}, or leave it out.`);
}

function rate(body: Body, name: string): number {
  const value = body[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw badRequest(`"${name}" must be a number of requests a second.`, `Write {"${name}": 50}.`);
}

function seconds(body: Body, name: string): number | undefined {
  const value = text(body, name);
  if (value === undefined) return undefined;
  const found = readDuration(value);
  if (found !== undefined && found > 0) return found;
  throw badRequest(`"${name}" is no duration: ${value}`, 'Write 90s, 10m, or 24h.');
}

const daySeconds = 86_400;

function shapeOf(body: Body, lastsSeconds: number | undefined): Shape {
  const kind = body['shape'] ?? 'constant';
  if (kind === 'constant') return { kind, perSecond: rate(body, 'rate') };
  if (kind === 'ramp')
    return {
      kind,
      from: rate(body, 'low'),
      to: rate(body, 'high'),
      seconds: seconds(body, 'period') ?? lastsSeconds ?? 3_600,
    };
  if (kind === 'sine')
    return {
      kind,
      low: rate(body, 'low'),
      high: rate(body, 'high'),
      periodSeconds: seconds(body, 'period') ?? daySeconds,
    };
  throw badRequest(`There is no shape ${String(kind)}.`, 'Use constant, ramp or sine.');
}

/** `{"balancer":"web","shape":"sine","low":10,"high":500,"period":"24h","for":"48h"}`. */
export async function addLoad(house: House, body: Body): Promise<LoadView> {
  const balancer = text(body, 'balancer');
  if (balancer === undefined) throw badRequest('"balancer" is missing.', 'Name a load balancer, or give its ARN.');
  const { clock, store, jobs } = house;
  const arn = balancer.split(':');
  const account = text(body, 'account') ?? arn[4] ?? house.account;
  const region = text(body, 'region') ?? arn[3] ?? house.region;
  const now = clock.now();
  const lastsSeconds = seconds(body, 'for');
  const from = later(now, seconds(body, 'after') ?? 0);
  const shape = shapeOf(body, lastsSeconds);
  const until = lastsSeconds === undefined ? undefined : later(from, lastsSeconds);
  const plan = await house.part('load');
  const wave = store.transaction(() => {
    const isPouring = plan.of(account, region).length > 0;
    const added = plan.add({ account, region, balancer, shape, from, until });
    // In the middle of each minute, so that its rate stands for the whole of it.
    const middle = instant(Math.floor(now / 60_000) * 60_000 + 30_000);
    const at = middle < now ? later(middle, 60) : middle;
    if (!isPouring) jobs.add({ at, service: 'elastic-load-balancing-v2', account, region, name: 'pourLoad', data: {} });
    return added;
  }).result;
  const shown = view(plan, wave, now);
  return (await isThere(house, balancer)) ? shown : { ...shown, note: `No load balancer is called ${balancer} yet.` };
}

/** Whether any listens that is called so: its name stands at the beginning of its host name. */
async function isThere(house: House, balancer: string): Promise<boolean> {
  const path = balancer.split('/');
  const name = (path.length > 2 ? path.at(-2) : path.at(-1)) ?? balancer;
  const beginnings = [`${name}-`, `internal-${name}-`].map((beginning) => beginning.toLowerCase());
  const ports = await (await house.doors()).ports();
  return ports.some((port) => beginnings.some((beginning) => port.name.toLowerCase().startsWith(beginning)));
}

export async function endLoad(house: House, id: string): Promise<LoadView> {
  const plan = await house.part('load');
  const wave = plan.end(id);
  if (wave === undefined) throw new AdminError(404, 'NoSuchLoad', `There is no load ${id}.`, 'hakoniwa load list');
  return view(plan, wave, house.clock.now());
}

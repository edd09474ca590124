// How much a load balancer takes: a model of its scaling, pure, one step a minute, for live requests and for simulated load alike.
//
// A load balancer serves what its nodes have capacity for. More load makes them grow, not at once: by half in five minutes at most, as
// AWS advises clients to raise their load no faster. What comes beyond the capacity of a minute is refused (503). A reservation is
// a floor under the capacity. Idle capacity is given back slowly.
//
// Unknown: AWS's own numbers. Documented are the size of a unit, and that a sudden spike needs a reservation ahead.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/capacity-unit-reservation.html
import { type Instant, instant } from '../kernel/units.ts';

/** One load balancer capacity unit: 25 new connections a second. */
export const requestsPerUnitMinute = 25 * 60;
/** What a new load balancer has, in units: 5,000 requests a second. Unknown: AWS's own. */
export const initialUnits = 200;
/** By half in five minutes. */
const growthPerMinute = 1.5 ** (1 / 5);
/** Idle capacity halves in twelve hours. */
const declinePerMinute = 0.5 ** (1 / 720);
/** It grows while more than so much of it is in use, up to where no more than that would be. */
const busyShare = 0.6;

const minuteMs = 60_000;

export interface BalancerLoad {
  /** Start of the minute of which this tells. */
  readonly minute: Instant;
  /** Capacity in that minute, units. */
  readonly units: number;
  /** Requests that came in it so far, refused ones included. */
  readonly requests: number;
}

export const freshLoad = (now: Instant, reservedUnits = 0): BalancerLoad => ({
  minute: instant(Math.floor(now / minuteMs) * minuteMs),
  units: Math.max(initialUnits, reservedUnits),
  requests: 0,
});

/** The capacity of the next minute. */
export function nextUnits(units: number, requests: number, reservedUnits: number): number {
  const least = Math.max(initialUnits, reservedUnits);
  const wanted = requests / requestsPerUnitMinute / busyShare;
  const next = wanted > units ? Math.min(units * growthPerMinute, wanted) : Math.max(units * declinePerMinute, wanted);
  return Math.max(least, next);
}

/** The load as it stands at `now`, before anything more comes: minutes that passed have changed the capacity. */
export function loadAt(load: BalancerLoad, now: Instant, reservedUnits: number): BalancerLoad {
  const minutes = Math.floor((now - load.minute) / minuteMs);
  if (minutes <= 0) return reservedUnits > load.units ? { ...load, units: reservedUnits } : load;
  const first = nextUnits(load.units, load.requests, reservedUnits);
  // Idle minutes need no loop.
  const units = Math.max(initialUnits, reservedUnits, first * declinePerMinute ** (minutes - 1));
  return { minute: instant(load.minute + minutes * minuteMs), units, requests: 0 };
}

export interface Carried {
  readonly load: BalancerLoad;
  readonly served: number;
  readonly refused: number;
}

/** Takes so many requests at `now`, and says how many of them find capacity. */
export function carry(before: BalancerLoad, now: Instant, requests: number, reservedUnits = 0): Carried {
  const load = loadAt(before, now, reservedUnits);
  const room = Math.max(0, Math.floor(load.units * requestsPerUnitMinute) - load.requests);
  const served = Math.min(room, requests);
  return { load: { ...load, requests: load.requests + requests }, served, refused: requests - served };
}

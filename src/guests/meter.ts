// What a guest did, minute by minute, in the terms of CPU and network: from what was counted, what it burns by itself, and when it ran.
import { key } from '../kernel/key.ts';
import { type Instant, instant } from '../kernel/units.ts';
import type { TrafficMeter } from '../traffic/meter.ts';
import type { Usage, Work } from './guest.ts';
import type { GuestState } from './record.ts';

const minuteMs = 60_000;
const minuteOf = (at: number): number => Math.floor(at / minuteMs) * minuteMs;

/** An idle system still does something: percent of CPU, and bytes a minute each way. */
const idlePercent = 1;
const idleBytes = 1_200;
/** Of a megabit a second. */
const bytesPerMinute = (1_000_000 / 8) * 60;

const subjectOf = (instanceId: string): string => `guest/${instanceId}`;

export function countWork(meter: TrafficMeter, instanceId: string, at: Instant, cpuMs: number, work: Work): void {
  const subject = subjectOf(instanceId);
  meter.count(subject, at, 'requests', work.requests);
  meter.count(subject, at, 'cpuMs', cpuMs);
  meter.count(subject, at, 'bytesIn', work.bytesIn);
  meter.count(subject, at, 'bytesOut', work.bytesOut);
}

/** Minutes in which the guest ran, with what it did in them. */
export function usageOf(
  meter: TrafficMeter,
  state: GuestState,
  instanceId: string,
  from: Instant,
  to: Instant,
): Usage[] {
  const found: Usage[] = [];
  const busy = state.busy.list({ prefix: key(instanceId) });
  for (const life of state.lives.list({ prefix: key(instanceId) })) {
    const start = Math.max(minuteOf(from), minuteOf(life.from));
    const end = Math.min(to, life.until ?? to);
    if (start >= end) continue;
    const counted = new Map(
      meter.read(subjectOf(instanceId), instant(start), instant(end)).map((row) => [row.at, row]),
    );
    for (let at = start; at < end; at += minuteMs) {
      const own = busy.findLast((row) => row.from < at + minuteMs);
      const sum = (quantity: string): number => counted.get(instant(at))?.tallies[quantity]?.sum ?? 0;
      const served = (sum('cpuMs') / (life.vcpus * minuteMs)) * 100;
      found.push({
        at: instant(at),
        cpuPercent: Math.min(100, Math.max(idlePercent, own?.cpuPercent ?? 0) + served),
        requests: sum('requests'),
        bytesIn: idleBytes + sum('bytesIn'),
        bytesOut: idleBytes + sum('bytesOut') + (own?.networkMbps ?? 0) * bytesPerMinute,
      });
    }
  }
  return found;
}

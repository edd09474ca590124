// Counts what guests do. A request costs no row: counts are gathered in memory for the running minute and written when it is over, when
// somebody asks, or when the cloud closes. A crash loses at most the running minute of counts; no answer depends on them.
import { key } from '../kernel/key.ts';
import type { Store } from '../kernel/table.ts';
import { type Instant, instant } from '../kernel/units.ts';
import type { Usage, Work } from './guest.ts';
import type { GuestState, MinuteRow } from './record.ts';

const minuteMs = 60_000;
export const minuteOf = (at: Instant): Instant => instant(Math.floor(at / minuteMs) * minuteMs);

/** An idle system still does something: percent of CPU, and bytes a minute each way. */
const idlePercent = 1;
const idleBytes = 1_200;

export class Meter {
  readonly #store: Store;
  readonly #state: GuestState;
  readonly #running = new Map<string, MinuteRow>();
  #minute: Instant = instant(0);

  constructor(store: Store, state: GuestState) {
    this.#store = store;
    this.#state = state;
  }

  count(instanceId: string, at: Instant, cpuMs: number, { requests, bytesIn, bytesOut }: Work): void {
    const minute = minuteOf(at);
    if (minute !== this.#minute) {
      this.flush();
      this.#minute = minute;
    }
    const so = this.#running.get(instanceId);
    this.#running.set(instanceId, {
      instanceId,
      at: minute,
      cpuMs: (so?.cpuMs ?? 0) + cpuMs,
      requests: (so?.requests ?? 0) + requests,
      bytesIn: (so?.bytesIn ?? 0) + bytesIn,
      bytesOut: (so?.bytesOut ?? 0) + bytesOut,
    });
  }

  /** Writes what was gathered. */
  flush(): void {
    if (this.#running.size === 0) return;
    const rows = [...this.#running.values()];
    this.#running.clear();
    this.#store.transaction(() => {
      for (const row of rows) {
        const kept = this.#state.minutes.find(key(row.instanceId, row.at));
        this.#state.minutes.put(kept === undefined ? row : sumOf(kept, row));
      }
    });
  }

  /** The cloud's state was replaced: what was gathered belongs to another one. */
  forget(): void {
    this.#running.clear();
  }

  /** Minutes in which the guest ran, with what it did in them. */
  usage(instanceId: string, from: Instant, to: Instant): Usage[] {
    const found: Usage[] = [];
    for (const life of this.#state.lives.list({ prefix: key(instanceId) })) {
      const start = Math.max(minuteOf(from), minuteOf(life.from));
      const end = Math.min(to, life.until ?? to);
      if (start >= end) continue;
      const busy = this.#state.busy.list({ prefix: key(instanceId) });
      const rows = new Map<number, MinuteRow>();
      for (const row of this.#state.minutes.each({ from: key(instanceId, start), to: key(instanceId, Math.ceil(end)) }))
        rows.set(row.at, row);
      for (const row of this.#running.values()) {
        if (row.instanceId !== instanceId) continue;
        const kept = rows.get(row.at);
        rows.set(row.at, kept === undefined ? row : sumOf(kept, row));
      }
      for (let at = start; at < end; at += minuteMs) {
        const burned = busy.findLast((row) => row.from < at + minuteMs)?.cpuPercent ?? 0;
        found.push(usageOf(instant(at), rows.get(at), life.vcpus, burned));
      }
    }
    return found;
  }
}

const sumOf = (a: MinuteRow, b: MinuteRow): MinuteRow => ({
  ...a,
  cpuMs: a.cpuMs + b.cpuMs,
  requests: a.requests + b.requests,
  bytesIn: a.bytesIn + b.bytesIn,
  bytesOut: a.bytesOut + b.bytesOut,
});

function usageOf(at: Instant, row: MinuteRow | undefined, vcpus: number, burned: number): Usage {
  const served = ((row?.cpuMs ?? 0) / (vcpus * minuteMs)) * 100;
  return {
    at,
    cpuPercent: Math.min(100, Math.max(idlePercent, burned) + served),
    requests: row?.requests ?? 0,
    bytesIn: idleBytes + (row?.bytesIn ?? 0),
    bytesOut: idleBytes + (row?.bytesOut ?? 0),
  };
}

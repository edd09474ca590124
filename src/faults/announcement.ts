// A fault begins: services that have to do something about it hear of it.
import type { Fault, FaultBegan } from './fault.ts';
import type { Clock } from '../kernel/clock.ts';
import { factPrefix } from '../kernel/context.ts';
import type { JobQueue } from '../kernel/jobs.ts';
import type { Store } from '../kernel/table.ts';
import { instant } from '../kernel/units.ts';

interface Announcer {
  readonly clock: Clock;
  readonly store: Store;
  readonly jobs: JobQueue;
  /** Names of the services that listen to a fact. */
  listenersOf(fact: string): readonly string[];
}

/** Tells services that listen, in each account and Region in which they have anything, when the fault begins. */
export function announceFault({ id, breakage, from }: Fault, { clock, store, jobs, listenersOf }: Announcer): void {
  const fact: FaultBegan = { faultId: id, breakage };
  const at = instant(Math.max(from, clock.now()));
  for (const service of listenersOf('faults.Began')) {
    const own = store.places().filter((place) => place.startsWith(`${service}/`));
    const places = new Set(own.map((place) => place.split('/').slice(1, 3).join('/')));
    for (const [account = '', region = ''] of [...places].map((place) => place.split('/')))
      jobs.add({ at, service, account, region, name: `${factPrefix}faults.Began`, data: fact });
  }
}

// /_hakoniwa/status: which cloud this is, and how much is in it.
import { stopwatchMs } from '../kernel/clock.ts';
import { version } from '../kernel/version.ts';
import { type ClockView, viewClock } from './clock.ts';
import type { House, HouseOptions } from './house.ts';

export interface StatusView {
  readonly status: 'running';
  readonly version: string;
  readonly pid: number;
  readonly node: string;
  readonly uptimeSeconds: number;
  readonly memoryBytes: number;
  readonly account: string;
  readonly region: string;
  readonly seed: string;
  readonly endpoint?: string | undefined;
  /** Where it keeps its data; in memory when absent. */
  readonly dataFolder?: string | undefined;
  readonly iam?: string | undefined;
  readonly clock: ClockView;
  /** Service → table → rows, in all accounts and Regions. */
  readonly state: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The house's own tables are nobody's resources. */
const isOurs = (service: string): boolean => service.startsWith('kernel-');

function countRows({ store }: House): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const [place, rows] of store.sizes()) {
    const [service = '', , , table = ''] = place.split('/');
    if (rows === 0 || isOurs(service)) continue;
    const tables = (counts[service] ??= {});
    tables[table] = (tables[table] ?? 0) + rows;
  }
  return counts;
}

export const viewStatus = (house: House, { endpoint, dataFolder, iam }: HouseOptions): StatusView => ({
  status: 'running',
  version,
  pid: process.pid,
  node: process.version,
  uptimeSeconds: Math.round((stopwatchMs() - house.startedMs) / 1000),
  memoryBytes: process.memoryUsage().rss,
  account: house.account,
  region: house.region,
  seed: house.seed,
  endpoint,
  dataFolder,
  iam,
  clock: viewClock(house),
  state: countRows(house),
});

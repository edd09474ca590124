import { resolve } from 'node:path';
import { writeDuration } from '../kernel/duration.ts';
import type { SnapshotView } from '../admin/snapshot.ts';
import { type CommonOptions, connect } from './connect.ts';
import { show, tableOf } from './terminal.ts';

/** With a slash or an ending it is a file, else a name in the cloud's memory. */
const placeOf = (place: string): { readonly file: string } | { readonly name: string } =>
  /[/\\]|\.(?:hakoniwa|gz)$/.test(place) ? { file: resolve(place) } : { name: place };

interface Done {
  readonly name?: string;
  readonly file?: string;
  readonly clock: string;
  readonly rows?: number;
  readonly bodies?: number;
}

const sizeOf = ({ rows, bodies }: Done): string => (rows === undefined ? '' : `, ${rows} rows, ${bodies ?? 0} bodies`);

export async function saveSnapshot(place: string, options: CommonOptions): Promise<void> {
  const done = await connect(options).post<Done>('/snapshots', placeOf(place));
  show(done, options.json, () => `Saved ${done.file ?? done.name} (clock ${done.clock}${sizeOf(done)}).\n`);
}

export async function loadSnapshot(place: string, options: CommonOptions): Promise<void> {
  const done = await connect(options).post<Done>('/snapshots/load', placeOf(place));
  show(
    done,
    options.json,
    () => `Loaded ${done.file ?? done.name}: the clock stands at ${done.clock}${sizeOf(done)}.\n`,
  );
}

export async function deleteSnapshot(name: string, options: CommonOptions): Promise<void> {
  const done = await connect(options).delete<object>(`/snapshots/${encodeURIComponent(name)}`);
  show(done, options.json, () => `Deleted ${name}.\n`);
}

export async function listSnapshots(options: CommonOptions): Promise<void> {
  const { snapshots } = await connect(options).get<{ readonly snapshots: readonly SnapshotView[] }>('/snapshots');
  show(snapshots, options.json, () => {
    if (snapshots.length === 0) return 'No snapshots in memory. Save one with: hakoniwa snapshot save NAME\n';
    return tableOf(
      ['name', 'saved', 'clock'],
      snapshots.map(({ name, savedAt, clock }) => [
        name,
        `${writeDuration((Date.now() - Date.parse(savedAt)) / 1000)} ago`,
        clock,
      ]),
    );
  });
}

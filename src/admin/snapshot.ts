// /_hakoniwa/snapshots: states to come back to, by name in memory or as a file.
import { isAbsolute } from 'node:path';
import type { Snapshot } from '../kernel/snapshot.ts';
import { readSnapshotFile, SnapshotFileError, writeSnapshotFile } from '../kernel/snapshot-file.ts';
import { AdminError, badRequest } from './answer.ts';
import type { House } from './house.ts';

interface Saved {
  readonly snapshot: Snapshot;
  readonly savedAt: string;
}

export interface SnapshotView {
  readonly name: string;
  /** Real time. */
  readonly savedAt: string;
  /** Where the cloud's clock stood. */
  readonly clock: string;
}

/** Named snapshots live as long as their cloud; a reset leaves them. */
const savedOf = new WeakMap<House, Map<string, Saved>>();

function savedIn(house: House): Map<string, Saved> {
  let saved = savedOf.get(house);
  if (saved === undefined) savedOf.set(house, (saved = new Map()));
  return saved;
}

const isoOf = (epochMs: number): string => new Date(epochMs).toISOString();

const viewOf = ([name, { snapshot, savedAt }]: readonly [string, Saved]): SnapshotView => ({
  name,
  savedAt,
  clock: isoOf(snapshot.now),
});

export const listSnapshots = (house: House): SnapshotView[] => [...savedIn(house)].map(viewOf);

type Place = { readonly name: string } | { readonly file: string };

function placeOf({ name, file }: Readonly<Record<string, unknown>>): Place {
  if (typeof name === 'string' && file === undefined) {
    if (/^[\w.-]{1,100}$/.test(name)) return { name };
    throw badRequest(
      `No name of a snapshot: ${JSON.stringify(name)}`,
      'Use 1 to 100 letters, digits, dots, hyphens and underscores.',
    );
  }
  if (typeof file === 'string' && name === undefined) {
    if (isAbsolute(file)) return { file };
    throw badRequest(
      `Not an absolute path: ${JSON.stringify(file)}`,
      'Give the whole path: the server has a folder of its own.',
    );
  }
  throw badRequest(
    'A snapshot needs either a "name" or a "file".',
    'Send {"name":"before"} or {"file":"/path/to/it.hakoniwa"}.',
  );
}

const orRefused = async <Result>(work: Promise<Result>): Promise<Result> => {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SnapshotFileError)) throw error;
    throw new AdminError(409, 'SnapshotFile', error.message, 'The cloud is as it was.');
  }
};

export async function saveSnapshot(house: House, body: Readonly<Record<string, unknown>>): Promise<object> {
  const place = placeOf(body);
  const snapshot = house.snapshot();
  const savedAt = isoOf(house.clock.realNow());
  if ('name' in place) {
    const saved = savedIn(house);
    saved.get(place.name)?.snapshot.release();
    saved.set(place.name, { snapshot, savedAt });
    return viewOf([place.name, { snapshot, savedAt }]);
  }
  try {
    const size = await orRefused(writeSnapshotFile(place.file, snapshot, house.blobs));
    return { file: place.file, savedAt, clock: isoOf(snapshot.now), ...size };
  } finally {
    snapshot.release();
  }
}

export async function loadSnapshot(house: House, body: Readonly<Record<string, unknown>>): Promise<object> {
  const place = placeOf(body);
  if ('name' in place) {
    const saved = savedIn(house).get(place.name);
    if (saved === undefined) throw noSuchSnapshot(house, place.name);
    await house.restore(saved.snapshot);
    return viewOf([place.name, saved]);
  }
  const snapshot = await orRefused(readSnapshotFile(place.file, house.blobs));
  try {
    await house.restore(snapshot);
  } finally {
    snapshot.release();
  }
  return { file: place.file, clock: isoOf(snapshot.now), ...snapshot.size };
}

export function deleteSnapshot(house: House, name: string): object {
  const saved = savedIn(house).get(name);
  if (saved === undefined) throw noSuchSnapshot(house, name);
  savedIn(house).delete(name);
  saved.snapshot.release();
  return { deleted: name };
}

function noSuchSnapshot(house: House, name: string): AdminError {
  const names = [...savedIn(house).keys()];
  const remedy =
    names.length === 0 ? 'None is saved: POST /_hakoniwa/snapshots first.' : `There are: ${names.join(', ')}.`;
  return new AdminError(404, 'NoSuchSnapshot', `There is no snapshot called ${JSON.stringify(name)}.`, remedy);
}

// What there is to know of every service without reading its model (`directory.json`, written by tools/models.mjs).
import { readDataFile } from '../kernel/data-file.ts';
import type { Protocol } from './model.ts';

export interface DirectoryEntry {
  /** Folder name: the SDK package without `client-`. */
  readonly service: string;
  readonly sdkId: string;
  readonly apiVersion: string;
  readonly signingName: string;
  readonly endpointPrefix: string;
  readonly protocols: readonly Protocol[];
  /** What stands before the operation in `X-Amz-Target`. */
  readonly targets?: readonly string[];
  readonly xmlNamespace?: string;
  readonly queryCompatible?: boolean;
  /** How many operations the model has. */
  readonly operations: number;
}

/** Services that share a name: the one that answers when nothing tells them apart stands first. */
const first = new Set(['dynamodb', 'rds', 's3', 'ses', 'api-gateway', 'elastic-load-balancing-v2', 'timestream-write']);

const grouped = (
  entries: readonly DirectoryEntry[],
  keys: (entry: DirectoryEntry) => readonly string[],
): ReadonlyMap<string, readonly DirectoryEntry[]> => {
  const groups = new Map<string, DirectoryEntry[]>();
  for (const entry of entries) {
    for (const key of keys(entry)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
    }
  }
  for (const group of groups.values())
    group.sort((a, b) => Number(first.has(b.service)) - Number(first.has(a.service)));
  return groups;
};

export class Directory {
  readonly entries: readonly DirectoryEntry[];
  readonly #byName: ReadonlyMap<string, DirectoryEntry>;
  readonly #bySigningName: ReadonlyMap<string, readonly DirectoryEntry[]>;
  readonly #byTarget: ReadonlyMap<string, readonly DirectoryEntry[]>;
  readonly #byVersion: ReadonlyMap<string, readonly DirectoryEntry[]>;
  readonly #byPrefix: ReadonlyMap<string, readonly DirectoryEntry[]>;
  readonly #bySdkId: ReadonlyMap<string, readonly DirectoryEntry[]>;

  constructor(raw: Readonly<Record<string, Omit<DirectoryEntry, 'service'>>>) {
    this.entries = Object.entries(raw).map(([service, entry]) => ({ service, ...entry }));
    this.#byName = new Map(this.entries.map((entry) => [entry.service, entry]));
    this.#bySigningName = grouped(this.entries, ({ signingName }) => [signingName]);
    this.#byTarget = grouped(this.entries, ({ targets }) => targets ?? []);
    this.#byVersion = grouped(this.entries, ({ apiVersion, protocols }) =>
      protocols.some((name) => name === 'awsQuery' || name === 'ec2Query') ? [apiVersion] : [],
    );
    this.#byPrefix = grouped(this.entries, ({ endpointPrefix, service, signingName }) => [
      ...new Set([endpointPrefix, service, signingName]),
    ]);
    this.#bySdkId = grouped(this.entries, ({ sdkId }) => [sdkIdKey(sdkId)]);
  }

  find(service: string): DirectoryEntry | undefined {
    return this.#byName.get(service);
  }

  bySigningName(name: string): readonly DirectoryEntry[] {
    return this.#bySigningName.get(name) ?? [];
  }

  byTarget(prefix: string): readonly DirectoryEntry[] {
    return this.#byTarget.get(prefix) ?? [];
  }

  /** Services that speak a query protocol in this API version. */
  byVersion(version: string): readonly DirectoryEntry[] {
    return this.#byVersion.get(version) ?? [];
  }

  /** By the name that stands in a host: `monitoring`, `email`, `streams.dynamodb`. */
  byHostName(name: string): readonly DirectoryEntry[] {
    return this.#byPrefix.get(name) ?? [];
  }

  bySdkId(id: string): DirectoryEntry | undefined {
    return this.#bySdkId.get(sdkIdKey(id))?.[0];
  }
}

/** SDKs write the id in lower case and join its words in their own ways. */
const sdkIdKey = (id: string): string => id.toLowerCase().replace(/[^a-z0-9]/g, '');

let directory: Directory | undefined;

/** The directory of all services. */
export const theDirectory = (): Directory => {
  directory ??= new Directory(JSON.parse(readDataFile(new URL('directory.json', import.meta.url))));
  return directory;
};

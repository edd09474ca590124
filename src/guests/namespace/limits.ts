// What a guest may use of this machine: as many processors and as much memory as its instance type has. Kept by control groups, which only
// root may make; elsewhere, and where a container's own groups cannot be divided, guests are bounded by their number of processes alone.
// @see https://docs.kernel.org/admin-guide/cgroup-v2.html
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot } from './fabric.ts';

export interface Limit {
  readonly cpus: number;
  /** Undefined: not bounded. */
  readonly memoryBytes?: number | undefined;
}

const top = '/sys/fs/cgroup';
const periodUs = 100_000;
/** Of the first version each has a tree of its own. */
const controllers = ['cpu', 'memory', 'pids'] as const;

const nameOf = (owner: number): string => `hakoniwa-${owner}`;

/** Folders in which a cloud's groups lie. */
function treesOf(owner: number): string[] {
  if (existsSync(join(top, 'cgroup.controllers'))) return [join(top, nameOf(owner))];
  return controllers.map((controller) => join(top, controller, nameOf(owner)));
}

function prepare(tree: string): void {
  mkdirSync(tree, { recursive: true });
  if (!existsSync(join(tree, 'cgroup.controllers'))) return;
  const wanted = controllers.map((controller) => `+${controller}`).join(' ');
  for (const folder of [top, tree]) writeFileSync(join(folder, 'cgroup.subtree_control'), wanted);
}

/** Files of both versions; those that are not there are not of this one. */
function write(group: string, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    const path = join(group, name);
    if (existsSync(path)) writeFileSync(path, value);
  }
}

const remove = (folder: string): void => {
  try {
    rmdirSync(folder);
  } catch {
    // It was never made, or somebody is still in it.
  }
};

export class Limits {
  readonly #owner = process.pid;
  #state: 'new' | 'ready' | 'none' = 'new';

  /** Puts a guest's first process, and all that come of it, under a limit. @returns false where this system takes none */
  bound(id: string, pid: number, { cpus, memoryBytes }: Limit): boolean {
    if (this.#state === 'none' || !isRoot()) return false;
    try {
      if (this.#state === 'new') for (const tree of treesOf(this.#owner)) prepare(tree);
      this.#state = 'ready';
      for (const tree of treesOf(this.#owner)) {
        const group = join(tree, id);
        mkdirSync(group, { recursive: true });
        const quota = String(Math.max(1, cpus) * periodUs);
        const memory =
          memoryBytes === undefined
            ? {}
            : { 'memory.max': String(memoryBytes), 'memory.limit_in_bytes': String(memoryBytes) };
        write(group, { 'cpu.max': `${quota} ${periodUs}`, 'cpu.cfs_quota_us': quota, ...memory });
        writeFileSync(join(group, 'cgroup.procs'), String(pid));
      }
      return true;
    } catch {
      this.#state = 'none';
      return false;
    }
  }

  free(id: string): void {
    for (const tree of treesOf(this.#owner)) remove(join(tree, id));
  }

  close(): void {
    removeLimits(this.#owner);
  }
}

/** Removes the groups of a cloud that has ended. */
export function removeLimits(owner: number): void {
  for (const tree of treesOf(owner).filter((folder) => existsSync(folder))) {
    for (const entry of readdirSync(tree, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(tree, entry.name));
    remove(tree);
  }
}

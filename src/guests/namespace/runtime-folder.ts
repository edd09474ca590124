// Where guests' sockets and disks lie, and what stands there of clouds that were killed. A folder names the processes that it belongs to,
// each with the time at which it began, so that a number that was given away again is not taken for the old process.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isRoot } from './fabric.ts';
import { removeLimits } from './limits.ts';

interface Process {
  readonly pid: number;
  /** Clock ticks since the system started. */
  readonly began: string;
}

interface Registry {
  readonly owner: Process;
  readonly fabrics: readonly Process[];
}

const prefix = 'hakoniwa-guests-';

/** When a process began; undefined when it is not there. */
export function beganAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has ended may still be listed, until somebody asks how.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

const isAlive = ({ pid, began }: Process): boolean => beganAt(pid) === began;

function readRegistry(folder: string): Registry | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'registry.json'), 'utf8')) as Registry;
  } catch {
    return undefined;
  }
}

/** Ends and removes what clouds left behind that were killed. Folders of other users stay. */
export function reapLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(tmpdir(), name);
    try {
      if (statSync(folder).uid !== process.getuid?.()) continue;
      const registry = readRegistry(folder);
      if (registry === undefined || isAlive(registry.owner)) continue;
      for (const fabric of registry.fabrics) if (isAlive(fabric)) process.kill(fabric.pid, 'SIGKILL');
      removeLimits(registry.owner.pid);
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Somebody else removes it at the same time, or may not be asked.
    }
  }
}

/** The first folder on the way that guests cannot pass, where they are not the user. */
function closedFolder(path: string): string | undefined {
  if (!isRoot()) return undefined;
  for (let at = resolve(path); at !== '/'; at = dirname(at)) if ((statSync(at).mode & 0o001) === 0) return at;
  return undefined;
}

export class RuntimeFolder {
  readonly path: string;
  /** Guests' disks. They outlive the process in a data folder only. */
  readonly disks: string;
  readonly #owner: Process;
  #fabrics: readonly Process[] = [];

  constructor(dataFolder: string | undefined) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
    chmodSync(this.path, 0o711);
    this.#owner = { pid: process.pid, began: beganAt(process.pid) ?? '' };
    this.disks = dataFolder === undefined ? join(this.path, 'disks') : resolve(dataFolder, 'guests');
    mkdirSync(this.disks, { recursive: true, mode: 0o711 });
    const closed = closedFolder(this.disks);
    if (closed !== undefined)
      throw new Error(`guests cannot reach their disks: open ${closed} for passing (chmod o+x), or use another folder`);
    this.#write();
  }

  #write(): void {
    writeFileSync(join(this.path, 'registry.json'), JSON.stringify({ owner: this.#owner, fabrics: this.#fabrics }));
  }

  /** Says which fabrics run. */
  register(pids: readonly number[]): void {
    this.#fabrics = pids.map((pid) => ({ pid, began: beganAt(pid) ?? '' }));
    this.#write();
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

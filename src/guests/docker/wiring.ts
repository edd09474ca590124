// Containers in the fabrics of namespace guests. Where the engine is this machine's own and the cloud is root, a container is made without a
// network, and gets links of the fabric of its VPC instead: its private addresses, the filters of groups and ACLs, names, metadata.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { promisify } from 'node:util';
import type { GuestEnd } from '../namespace/fabric.ts';
import { isRoot, whyNoNamespaces } from '../namespace/fabric.ts';
import { deviceOf } from '../namespace/links.ts';
import type { Engine } from './engine.ts';

const execute = promisify(execFile);
const timeoutMs = 20_000;

/** Why containers cannot be given links of a fabric; undefined when they can. */
export async function whyNotWired(engine: Engine): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (!isRoot()) return 'the cloud is not root';
  const missing = whyNoNamespaces();
  if (missing !== undefined) return missing;
  const { OSType, KernelVersion, Name, SecurityOptions } = await engine.info();
  const isHere = OSType === 'linux' && KernelVersion === release() && Name === hostname();
  if (!isHere) return 'the engine runs on another machine';
  return SecurityOptions?.some((option) => option.includes('rootless')) === true ? 'the engine is not root' : undefined;
}

/** A container says whose it is by its environment, so that a number of another machine is not taken for one of this. */
export function isProcessOf(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false;
  }
}

async function tellAll(pid: number, lines: readonly string[], ...options: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const words = [`--net=/proc/${pid}/ns/net`, 'ip', ...options, '-batch', '-'];
  const told = execute('nsenter', words, { timeout: timeoutMs });
  told.child.stdin?.end(`${lines.join('\n')}\n`);
  await told;
}

/** The end of links that is in a container, by its first process. */
export const containerEnd = (pid: number): GuestEnd => ({
  async plug(fabric, link) {
    const here = ['link', 'add', 'name', link.link, 'netns', String(fabric.pid), 'type', 'veth'];
    const there = ['peer', 'name', deviceOf(link), 'address', link.mac, 'netns', String(pid)];
    await execute('ip', [...here, ...there], { timeout: timeoutMs });
  },
  async tell(lines, lines6) {
    await tellAll(pid, lines);
    await tellAll(pid, lines6, '-6');
  },
});

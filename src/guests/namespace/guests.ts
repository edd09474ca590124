// Guests as processes in namespaces of their own (Linux). Each VPC has a fabric, a process that holds its network; each instance is a tree
// of processes inside of it, with a link for each of its network interfaces. See `fabric.mjs` and `guest.sh` for what they may and may not.
//
// Limit: a guest has one user, root, who is nobody outside; programs that change to another user fail.
// Limit: no system call is filtered: this keeps programs apart, it does not keep out an attacker who knows a hole in the kernel.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Machine } from '../../kernel/machine.ts';
import type { Datagram } from '../../kernel/datagram.ts';
import type { PartWorld } from '../../kernel/parts.ts';
import { bootScript } from '../cloud-init/script.ts';
import type { Guests, InsideAnswer, InsideRequest, Refusal, Sender } from '../guest.ts';
import { type Ends, RealGuests, type Wanted } from '../real.ts';
import { Volumes } from '../volumes.ts';
import { giveToGuests, whyNoNamespaces } from './fabric.ts';
import { Limits } from './limits.ts';
import { Plants } from './plants.ts';
import { reapLeftovers, RuntimeFolder } from './runtime-folder.ts';

/** How long a guest may take to end before it is ended. */
const graceMs = 5_000;
/** How soon what was written to a volume is kept. */
const volumeMs = 2_000;
/** Bytes of a console that are kept: what GetConsoleOutput tells. */
const consoleBytes = 65_536;
/** How many processes a guest may have for each of its vCPUs. */
const processesPerVcpu = 1_024;

class NamespaceGuests extends RealGuests {
  override readonly kind: Guests['kind'] = 'namespace';
  readonly #folder: RuntimeFolder;
  readonly #plants: Plants;
  readonly #watch: NodeJS.Timeout;
  readonly #volumes: Volumes;
  readonly #limits = new Limits();
  /** Guests in which programs can be run. */
  readonly #started = new Set<string>();

  constructor(world: PartWorld) {
    super(world);
    reapLeftovers();
    this.#folder = new RuntimeFolder(world.dataFolder);
    this.#plants = new Plants(world, this.#folder, (ids) => this.lost(ids));
    this.#volumes = new Volumes(world);
    this.#watch = setInterval(() => void this.#followVolumes(), volumeMs);
    this.#watch.unref();
  }

  #diskOf = (instanceId: string): string => join(this.#folder.disks, instanceId);

  protected known(): readonly string[] {
    return readdirSync(this.#folder.disks);
  }

  protected async start({ spec }: Wanted): Promise<void> {
    const { instanceId, account, region, tags } = spec;
    const machine = this.world.parts.machines.find({ account, region }, instanceId);
    const address = addressOf(machine);
    if (machine === undefined || address === undefined) throw new Error('it has no address to be reached at');
    const disk = this.#prepareDisk(machine);
    const root = this.#rootOf(tags['hakoniwa:root']);
    const fabric = await this.#plants.enter(spec);
    const pid = await fabric.start({
      id: instanceId,
      address,
      hostName: machine.hostName,
      disk,
      root,
      processes: processesPerVcpu * Math.max(1, spec.vcpus),
    });
    if (pid !== undefined) this.#limits.bound(instanceId, pid, { cpus: spec.vcpus, memoryBytes: spec.memoryBytes });
    await this.#plants.connect(spec);
    await fabric.go(instanceId);
    this.#started.add(instanceId);
    await this.#volumes.follow(fabric, spec);
  }

  #prepareDisk({ id, userData }: Machine): string {
    const disk = this.#diskOf(id);
    mkdirSync(disk, { recursive: true, mode: 0o700 });
    giveToGuests(disk);
    const path = join(disk, 'boot');
    rmSync(path, { force: true });
    writeFileSync(path, bootScript(id, userData), { mode: 0o644 });
    return disk;
  }

  /**
   * A root file system in place of this system's: the name of a folder in HAKONIWA_GUEST_ROOTS. A name and no path, so that whoever may
   * launch instances may not choose any folder of this machine.
   */
  #rootOf(name: string | undefined): string | undefined {
    const folder = process.env['HAKONIWA_GUEST_ROOTS'];
    if (name === undefined) return undefined;
    if (folder === undefined || !/^\w[\w.-]*$/.test(name))
      throw new Error(`there is no root file system ${name}: HAKONIWA_GUEST_ROOTS names the folder where they lie`);
    const path = join(folder, name);
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`there is no folder ${path}`);
    return path;
  }

  async #followVolumes(): Promise<void> {
    for (const { instanceId } of this.#plants.tenants()) {
      const guest = this.state.guests.find(instanceId);
      const fabric = this.#plants.fabricOf(instanceId);
      if (guest?.running !== true || fabric === undefined || !this.#started.has(instanceId)) continue;
      await this.#volumes.follow(fabric, guest.spec).catch((error: unknown) => {
        this.world.report(error, `volumes of ${instanceId}`);
      });
    }
  }

  async #keepVolumes(instanceId: string): Promise<void> {
    // Not of the rows: its own may be gone by now.
    const spec = this.#plants.specOf(instanceId);
    const fabric = this.#plants.fabricOf(instanceId);
    if (spec === undefined || fabric === undefined) return;
    await this.#volumes
      .keep(fabric, spec)
      .catch((error: unknown) => this.world.report(error, `volumes of ${instanceId}`));
  }

  protected async end(instanceId: string): Promise<void> {
    await this.#keepVolumes(instanceId);
    this.#started.delete(instanceId);
    await this.#plants.fabricOf(instanceId)?.stop(instanceId, graceMs);
    this.#plants.leave(instanceId);
    this.#limits.free(instanceId);
  }

  protected clear(instanceId: string): Promise<void> {
    rmSync(this.#diskOf(instanceId), { recursive: true, force: true });
    return Promise.resolve();
  }

  override async settle(): Promise<void> {
    await this.#plants.settle();
    await this.#followVolumes();
  }

  protected open({ spec }: Wanted, port: number, ends: Ends): Promise<Duplex | Refusal> {
    return this.#plants.open(spec, port, ends);
  }

  protected override hand({ spec }: Wanted, port: number, datagram: Datagram, sender: Sender) {
    return this.#plants.hand(spec, port, datagram, sender);
  }

  async shell(instanceId: string): Promise<readonly string[] | undefined> {
    await this.idle();
    return this.#plants.fabricOf(instanceId)?.shell(instanceId);
  }

  async send(instanceId: string, request: InsideRequest): Promise<InsideAnswer | Refusal> {
    await this.idle();
    const fabric = this.#plants.fabricOf(instanceId);
    return fabric === undefined ? 'timeout' : fabric.send(instanceId, request);
  }

  override consoleOutput(instanceId: string): string {
    try {
      const bytes = readFileSync(join(this.#diskOf(instanceId), 'console.log'));
      return bytes.subarray(-consoleBytes).toString('utf8');
    } catch {
      return '';
    }
  }

  protected async close(): Promise<void> {
    clearInterval(this.#watch);
    for (const { instanceId } of this.#plants.tenants()) await this.#keepVolumes(instanceId);
    await this.#plants.close(graceMs);
    this.#limits.close();
    this.#folder.remove();
  }
}

/** Where a guest is reached: its first address, IPv6 in a subnet that has no other. */
const addressOf = (machine: Machine | undefined): string | undefined => {
  const primary = machine?.interfaces[0];
  return primary?.addresses[0]?.private ?? primary?.ipv6[0];
};

/** Why there can be no such guests here; undefined when there can. */
export const whyNot = whyNoNamespaces;

export const makePart = (world: PartWorld): Guests => new NamespaceGuests(world);

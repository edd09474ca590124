// Guests as processes in namespaces of their own (Linux). Each VPC has a fabric, a process that holds its network; each instance is a tree
// of processes inside of it, with its private address on a link of its own. See `fabric.mjs` and `guest.sh` for what they may and may not.
//
// Limit: of an instance's interfaces the primary one has a link, with its primary IPv4 address; IPv6 stays with `trace`.
// Limit: a guest has one user, root, who is nobody outside; programs that change to another user fail.
// Limit: nothing bounds a guest's CPU and memory, and no system call is filtered: this keeps programs apart, it does not keep out an attacker
// who knows a hole in the kernel.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Machine } from '../../kernel/machine.ts';
import type { PartWorld } from '../../kernel/parts.ts';
import { address4, readPrefix } from '../../network/address.ts';
import type { Topology } from '../../network/topology.ts';
import { vpcIndex } from '../../network/topology-index.ts';
import type { Guests, InsideAnswer, InsideRequest, Refusal } from '../guest.ts';
import { RealGuests, type Wanted } from '../real.ts';
import { Fabric, giveToGuests, whyNoNamespaces } from './fabric.ts';
import { answerQuery, carryOut } from './outside.ts';
import { compileRuleset, linkOf } from './ruleset.ts';
import { Volumes } from './volumes.ts';
import { reapLeftovers, RuntimeFolder } from './runtime-folder.ts';

/** How long a guest may take to end before it is ended. */
const graceMs = 5_000;
/** How soon a changed rule is in force. */
const watchMs = 200;
/** How soon what was written to a volume is kept. */
const volumeMs = 2_000;
/** Bytes of a console that are kept: what GetConsoleOutput tells. */
const consoleBytes = 65_536;

/** Ports on which guests reach what is not in their fabric: web, databases, caches, queues, and the usual ones of programs. */
const caughtPorts = [
  22, 25, 53, 80, 111, 389, 443, 465, 587, 636, 1433, 1521, 2049, 2181, 3000, 3306, 4000, 4566, 5000, 5432, 5439, 5671,
  5672, 6379, 6443, 7000, 7687, 8000, 8001, 8080, 8081, 8088, 8182, 8443, 8883, 8888, 9000, 9042, 9090, 9092, 9094,
  9098, 9142, 9200, 9300, 9418, 10_000, 11_211, 27_017,
];

interface Plant {
  readonly fabric: Fabric;
  readonly ready: Promise<void>;
  /** Instance → interface with a link. */
  readonly links: Map<string, string>;
  rules: string | undefined;
}

class NamespaceGuests extends RealGuests {
  override readonly kind: Guests['kind'] = 'namespace';
  readonly #folder: RuntimeFolder;
  readonly #plants = new Map<string, Plant>();
  readonly #watch: NodeJS.Timeout;
  readonly #watchVolumes: NodeJS.Timeout;
  readonly #volumes: Volumes;
  /** Guests in which programs can be run. */
  readonly #started = new Set<string>();
  #topology: Topology | undefined;
  #applying: Promise<void> = Promise.resolve();

  constructor(world: PartWorld) {
    super(world);
    reapLeftovers();
    this.#folder = new RuntimeFolder(world.dataFolder);
    this.#volumes = new Volumes(world);
    this.#watchVolumes = setInterval(() => void this.#followVolumes(), volumeMs);
    this.#watchVolumes.unref();
    this.#watch = setInterval(() => {
      if (this.#plants.size > 0 && world.parts.network.topology() !== this.#topology) void this.settled();
    }, watchMs);
    this.#watch.unref();
  }

  #diskOf = (instanceId: string): string => join(this.#folder.disks, instanceId);

  protected known(): readonly string[] {
    return readdirSync(this.#folder.disks);
  }

  /** The fabric of a VPC, made with its first guest. */
  #plantOf(vpcId: string): Plant {
    const before = this.#plants.get(vpcId);
    if (before !== undefined) return before;
    const { world } = this;
    const fabric = new Fabric(join(this.#folder.path, vpcId), {
      console: () => {},
      exit: () => {},
      name: (id, _source, message) =>
        void answerQuery(world, vpcId, message).then(
          (answer) => answer !== undefined && fabric.answerName(id, answer),
          (error: unknown) => world.report(error, 'a name server’s answer'),
        ),
      caught: (caught, socket) =>
        void carryOut(world, vpcId, caught, socket).catch((error: unknown) => {
          socket.destroy();
          world.report(error, 'a guest’s connection');
        }),
      end: () => {
        if (this.#plants.get(vpcId)?.fabric === fabric) this.#plants.delete(vpcId);
      },
    });
    const bases = this.world.parts.network.topology().vpcs.get(vpcId)?.cidrs ?? [];
    const resolvers = bases.flatMap((cidr) => {
      const prefix = readPrefix(cidr);
      return prefix.family === 4 ? [address4(prefix.bits + 2).text] : [];
    });
    const ready = fabric.prepare(caughtPorts, ['169.254.169.253', ...resolvers]);
    const plant: Plant = { fabric, ready, links: new Map(), rules: undefined };
    this.#plants.set(vpcId, plant);
    this.#register();
    return plant;
  }

  #register(): void {
    this.#folder.register([...this.#plants.values()].flatMap(({ fabric }) => fabric.pid ?? []));
  }

  protected async start({ spec }: Wanted): Promise<void> {
    const { instanceId, vpcId, subnetId, interfaceId, privateIp, account, region } = spec;
    const machine = this.world.parts.machines.find({ account, region }, instanceId);
    const vpc = this.world.parts.network.topology().vpcs.get(vpcId);
    const subnet = vpc === undefined ? undefined : vpcIndex(vpc).subnets.get(subnetId);
    if (machine === undefined || subnet?.cidr === undefined || privateIp === '')
      throw new Error('it has no IPv4 address to be reached at');
    const prefix = readPrefix(subnet.cidr);
    const disk = this.#prepareDisk(machine);
    const plant = this.#plantOf(vpcId);
    // Known from here on, so that nobody takes the fabric for one without guests.
    plant.links.set(instanceId, interfaceId);
    await plant.ready;
    await this.#apply(vpcId, plant);
    await plant.fabric.start({
      id: instanceId,
      link: linkOf(interfaceId),
      mac: machine.interfaces[0]?.mac ?? '02:00:00:00:00:01',
      address: privateIp,
      prefixLength: prefix.length,
      router: address4(Number(prefix.bits) + 1).text,
      hostName: machine.hostName,
      disk,
      root: this.#rootOf(spec.tags['hakoniwa:root']),
    });
    this.#started.add(instanceId);
    await this.#volumes.follow(plant.fabric, spec);
  }

  #prepareDisk({ id, userData }: Machine): string {
    const disk = this.#diskOf(id);
    mkdirSync(disk, { recursive: true, mode: 0o700 });
    giveToGuests(disk);
    const path = join(disk, 'user-data');
    rmSync(path, { force: true });
    if (userData !== undefined) writeFileSync(path, userData, { mode: 0o644 });
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
    for (const { fabric, links } of this.#plants.values())
      for (const instanceId of links.keys()) {
        const guest = this.state.guests.find(instanceId);
        if (guest?.running !== true || !this.#started.has(instanceId)) continue;
        await this.#volumes.follow(fabric, guest.spec).catch((error: unknown) => {
          this.world.report(error, `volumes of ${instanceId}`);
        });
      }
  }

  protected async end(instanceId: string): Promise<void> {
    const spec = this.state.guests.find(instanceId)?.spec;
    for (const plant of this.#plants.values()) {
      if (!plant.links.has(instanceId)) continue;
      if (spec !== undefined)
        await this.#volumes
          .keep(plant.fabric, spec)
          .catch((error: unknown) => this.world.report(error, `volumes of ${instanceId}`));
      this.#started.delete(instanceId);
      await plant.fabric.stop(instanceId, graceMs);
      plant.links.delete(instanceId);
    }
  }

  protected clear(instanceId: string): Promise<void> {
    rmSync(this.#diskOf(instanceId), { recursive: true, force: true });
    return Promise.resolve();
  }

  /** Rules as the network is now; a VPC without guests needs no fabric. */
  protected override settled(): Promise<void> {
    this.#applying = this.#applying.then(async () => {
      this.#topology = this.world.parts.network.topology();
      for (const [vpcId, plant] of this.#plants) {
        if (plant.links.size > 0) {
          await plant.ready;
          await this.#apply(vpcId, plant);
        } else {
          this.#plants.delete(vpcId);
          await plant.fabric.close();
          this.#register();
        }
      }
    });
    this.#applying = this.#applying.catch((error: unknown) => this.world.report(error, 'the rules of a fabric'));
    return this.#applying;
  }

  async #apply(vpcId: string, plant: Plant): Promise<void> {
    const { network, machines } = this.world.parts;
    const topology = network.topology();
    const vpc = topology.vpcs.get(vpcId);
    if (vpc === undefined) return;
    const interfaceIds = [...plant.links.values()];
    const hopLimits = new Map(
      [...plant.links].flatMap(([instanceId, interfaceId]) => {
        const access = machines.find(vpc, instanceId)?.access;
        return access === undefined ? [] : [[interfaceId, access.hopLimit] as const];
      }),
    );
    const script = compileRuleset(topology, vpcId, { interfaceIds, hopLimits, caughtPorts });
    if (script === plant.rules) return;
    plant.rules = script;
    await plant.fabric.apply(script);
  }

  protected async open({ spec }: Wanted, port: number): Promise<Duplex | Refusal> {
    const plant = this.#plants.get(spec.vpcId);
    if (plant === undefined || !plant.links.has(spec.instanceId)) return 'timeout';
    return plant.fabric.connect(spec.privateIp, port);
  }

  #fabricOf(instanceId: string): Fabric | undefined {
    return [...this.#plants.values()].find(({ links }) => links.has(instanceId))?.fabric;
  }

  async shell(instanceId: string): Promise<readonly string[] | undefined> {
    await this.idle();
    return this.#fabricOf(instanceId)?.shell(instanceId);
  }

  async send(instanceId: string, request: InsideRequest): Promise<InsideAnswer | Refusal> {
    await this.idle();
    const fabric = this.#fabricOf(instanceId);
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
    clearInterval(this.#watchVolumes);
    for (const { fabric, links } of this.#plants.values())
      for (const id of links.keys()) {
        const spec = this.state.guests.find(id)?.spec;
        if (spec !== undefined) await this.#volumes.keep(fabric, spec).catch(() => {});
      }
    await this.#applying;
    await Promise.all(
      [...this.#plants.values()].map(async ({ fabric, links }) => {
        await Promise.all([...links.keys()].map((id) => fabric.stop(id, graceMs).catch(() => {})));
        await fabric.close();
      }),
    );
    this.#folder.remove();
  }
}

/** Why there can be no such guests here; undefined when there can. */
export const whyNot = whyNoNamespaces;

export const makePart = (world: PartWorld): Guests => new NamespaceGuests(world);

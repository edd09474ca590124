// The fabrics of all VPCs in which real guests run, whatever the guests are: made with the first guest, gone with the last, and always as
// the topology is now: rules, links, addresses.
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Datagram } from '../../kernel/datagram.ts';
import type { PartWorld } from '../../kernel/parts.ts';
import { type Address, address4, findAddress, readPrefix } from '../../network/address.ts';
import type { Topology } from '../../network/topology.ts';
import { vpcIndex } from '../../network/topology-index.ts';
import type { GuestSpec, Refusal, Sender } from '../guest.ts';
import type { Ends } from '../real.ts';
import { Fabric, type GuestEnd } from './fabric.ts';
import { type Link, linksOf } from './links.ts';
import { answerQuery, carryOut } from './outside.ts';
import { compileRuleset } from './ruleset.ts';
import type { RuntimeFolder } from './runtime-folder.ts';

/** How soon a changed rule is in force. */
const watchMs = 200;

/** Ports on which guests reach what is not in their fabric: web, databases, caches, queues, and the usual ones of programs. */
const caughtPorts = [
  22, 25, 53, 80, 111, 389, 443, 465, 587, 636, 1433, 1521, 2049, 2181, 3000, 3306, 4000, 4566, 5000, 5432, 5439, 5671,
  5672, 6379, 6443, 7000, 7687, 8000, 8001, 8080, 8081, 8088, 8182, 8443, 8883, 8888, 9000, 9042, 9090, 9092, 9094,
  9098, 9142, 9200, 9300, 9418, 10_000, 11_211, 27_017,
];

interface Tenant {
  readonly spec: GuestSpec;
  /** Those that it has. */
  links: readonly Link[];
  /** Set from when on it can be wired. */
  end?: GuestEnd | undefined;
}

interface Plant {
  readonly fabric: Fabric;
  readonly ready: Promise<void>;
  readonly tenants: Map<string, Tenant>;
  rules: string | undefined;
}

export class Plants {
  readonly #world: PartWorld;
  readonly #folder: RuntimeFolder;
  readonly #plants = new Map<string, Plant>();
  readonly #watch: NodeJS.Timeout;
  readonly #lost: (instanceIds: readonly string[]) => void;
  #topology: Topology | undefined;
  #settling: Promise<void> = Promise.resolve();

  /** @param lost hears of guests whose fabric has ended without a word of the cloud. */
  constructor(world: PartWorld, folder: RuntimeFolder, lost: (instanceIds: readonly string[]) => void) {
    this.#world = world;
    this.#folder = folder;
    this.#lost = lost;
    this.#watch = setInterval(() => {
      if (this.#plants.size > 0 && world.parts.network.topology() !== this.#topology) void this.settle();
    }, watchMs);
    this.#watch.unref();
  }

  /** The fabric of a VPC, made with its first guest. */
  #plantOf(vpcId: string): Plant {
    const before = this.#plants.get(vpcId);
    if (before !== undefined) return before;
    const world = this.#world;
    const fabric = new Fabric(join(this.#folder.path, vpcId), {
      console: () => {},
      exit: () => {},
      name: (id, source, message) =>
        void answerQuery(world, vpcId, source, message).then(
          (answer) => answer !== undefined && fabric.answerName(id, answer),
          (error: unknown) => world.report(error, 'a name server’s answer'),
        ),
      caught: (caught, socket) =>
        void carryOut(world, vpcId, caught, socket).catch((error: unknown) => {
          socket.destroy();
          world.report(error, 'a guest’s connection');
        }),
      end: () => {
        const ended = this.#plants.get(vpcId);
        if (ended?.fabric !== fabric) return;
        this.#plants.delete(vpcId);
        this.#lost([...ended.tenants.keys()]);
      },
    });
    const bases = world.parts.network.topology().vpcs.get(vpcId)?.cidrs ?? [];
    const resolvers = bases.flatMap((cidr) => {
      const prefix = readPrefix(cidr);
      return prefix.family === 4 ? [address4(prefix.bits + 2).text] : [];
    });
    const ready = fabric.prepare(caughtPorts, ['169.254.169.253', 'fd00:ec2::253', ...resolvers]);
    const plant: Plant = { fabric, ready, tenants: new Map(), rules: undefined };
    this.#plants.set(vpcId, plant);
    this.#register();
    return plant;
  }

  #register(): void {
    this.#folder.register([...this.#plants.values()].flatMap(({ fabric }) => fabric.pid ?? []));
  }

  /** A fabric for a guest that is about to start, with rules that know it. */
  async enter(spec: GuestSpec): Promise<Fabric> {
    const plant = this.#plantOf(spec.vpcId);
    // Known from here on, so that nobody takes the fabric for one without guests.
    plant.tenants.set(spec.instanceId, { spec, links: [] });
    await plant.ready;
    await this.#apply(spec.vpcId, plant);
    return plant.fabric;
  }

  /** Gives a guest that is there its links; they follow its interfaces from then on. */
  async connect({ vpcId, instanceId }: GuestSpec, end: GuestEnd = {}): Promise<void> {
    const plant = this.#plants.get(vpcId);
    const tenant = plant?.tenants.get(instanceId);
    if (plant === undefined || tenant === undefined) return;
    // One after the other: what was wired last is what is wired on.
    const wired = this.#settling.then(() => {
      tenant.end = end;
      return this.#wire(plant, tenant);
    });
    this.#settling = wired.catch(() => {});
    await wired;
  }

  #linksOf({ account, region, instanceId, vpcId }: GuestSpec): readonly Link[] {
    const machine = this.#world.parts.machines.find({ account, region }, instanceId);
    return machine === undefined ? [] : linksOf(machine, vpcId);
  }

  async #wire({ fabric }: Plant, tenant: Tenant): Promise<void> {
    const { spec, links, end } = tenant;
    if (end === undefined) return;
    const wanted = this.#linksOf(spec);
    if (JSON.stringify(wanted) === JSON.stringify(links)) return;
    await fabric.wire(spec.instanceId, links, wanted, end);
    tenant.links = wanted;
  }

  leave(instanceId: string): void {
    for (const { tenants } of this.#plants.values()) tenants.delete(instanceId);
  }

  fabricOf(instanceId: string): Fabric | undefined {
    return [...this.#plants.values()].find(({ tenants }) => tenants.has(instanceId))?.fabric;
  }

  specOf(instanceId: string): GuestSpec | undefined {
    return this.tenants().find((spec) => spec.instanceId === instanceId);
  }

  /** Where a guest is reached, and as from whom: the address that was asked for and who asks, as far as these are not another guest's. */
  #endsOf(
    spec: GuestSpec,
    sourceIp: string,
    asked = '',
  ): { readonly address: string; readonly source?: string } | undefined {
    const own = this.#linksOf(spec).flatMap(({ addresses, ipv6 }) => [...addresses, ...ipv6]);
    const address = own.includes(asked) ? asked : own[0];
    if (address === undefined) return undefined;
    const source = findAddress(sourceIp);
    const isFree =
      source !== undefined && source.family === findAddress(address)?.family && !this.#isGuest(spec, source);
    return isFree ? { address, source: source.text } : { address };
  }

  /** A connection to a guest. */
  async open(spec: GuestSpec, port: number, { sourceIp, address }: Ends): Promise<Duplex | Refusal> {
    const fabric = this.fabricOf(spec.instanceId);
    const ends = this.#endsOf(spec, sourceIp, address);
    return fabric === undefined || ends === undefined ? 'timeout' : fabric.connect(ends.address, port, ends.source);
  }

  /** Gives a datagram to a guest. */
  async hand(spec: GuestSpec, port: number, datagram: Datagram, sender: Sender): Promise<'taken' | Refusal> {
    const fabric = this.fabricOf(spec.instanceId);
    const ends = this.#endsOf(spec, sender.sourceIp, sender.destinationIp);
    if (fabric === undefined || ends === undefined) return 'timeout';
    await fabric.datagram({ ...ends, port, sourcePort: sender.sourcePort }, datagram);
    return 'taken';
  }

  /** Whether answers to an address go to a guest of the same fabric. */
  #isGuest({ vpcId }: GuestSpec, address: Address): boolean {
    const vpc = this.#world.parts.network.topology().vpcs.get(vpcId);
    return vpc !== undefined && vpcIndex(vpc).interfaceAt(address)?.owner.kind === 'instance';
  }

  /** Those that are in a fabric, running or about to. */
  tenants(): readonly GuestSpec[] {
    return [...this.#plants.values()].flatMap(({ tenants }) => [...tenants.values()].map(({ spec }) => spec));
  }

  /** Rules and links as the network is now; a VPC without guests needs no fabric. */
  settle(): Promise<void> {
    this.#settling = this.#settling.then(async () => {
      this.#topology = this.#world.parts.network.topology();
      for (const [vpcId, plant] of this.#plants) {
        if (plant.tenants.size > 0) {
          await plant.ready;
          await this.#apply(vpcId, plant);
          for (const tenant of plant.tenants.values()) await this.#wire(plant, tenant);
        } else {
          this.#plants.delete(vpcId);
          await plant.fabric.close();
          this.#register();
        }
      }
    });
    this.#settling = this.#settling.catch((error: unknown) => this.#world.report(error, 'the rules of a fabric'));
    return this.#settling;
  }

  async #apply(vpcId: string, plant: Plant): Promise<void> {
    const { network, machines } = this.#world.parts;
    const topology = network.topology();
    const vpc = topology.vpcs.get(vpcId);
    if (vpc === undefined) return;
    const links = [...plant.tenants.values()].map(({ spec }) => [spec.instanceId, this.#linksOf(spec)] as const);
    const interfaceIds = links.flatMap(([, own]) => own.map(({ interfaceId }) => interfaceId));
    const hopLimits = new Map(
      links.flatMap(([instanceId, own]) => {
        const access = machines.find(vpc, instanceId)?.access;
        return access === undefined ? [] : own.map(({ interfaceId }) => [interfaceId, access.hopLimit] as const);
      }),
    );
    const script = compileRuleset(topology, vpcId, { interfaceIds, hopLimits, caughtPorts });
    if (script === plant.rules) return;
    await plant.fabric.apply(script);
    plant.rules = script;
  }

  /** Ends all guests of fabrics, and fabrics. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#watch);
    await this.#settling;
    await Promise.all(
      [...this.#plants.values()].map(async ({ fabric, tenants }) => {
        await Promise.all([...tenants.keys()].map((id) => fabric.stop(id, graceMs).catch(() => {})));
        await fabric.close();
      }),
    );
  }
}

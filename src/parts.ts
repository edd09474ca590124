// Which module makes which part of a cloud. A part is loaded with the first service that asks for it (`uses` in the catalogue).
import type { PartModule, Parts, PartWorld } from './kernel/parts.ts';

/** The fault plan is there from the start: the road asks it. */
export type PartName = Exclude<keyof Parts, 'faults'>;

type Loaders = { readonly [Name in PartName]?: () => Promise<PartModule<Parts[Name]>> };

const loaders: Loaders = {
  disks: () => import('./services/compute/ec2/live-disk.ts'),
  network: () => import('./services/networking/vpc/live-topology.ts'),
  inspectors: () => import('./services/networking/elastic-load-balancing-v2/live-inspector.ts'),
  machines: () => import('./services/compute/ec2/live-machine.ts'),
  metadata: () => import('./guests/metadata-service.ts'),
  names: () => import('./traffic/names.ts'),
  guests: () => import('./guests/simulated.ts'),
  traffic: () => import('./traffic/traffic.ts'),
  flowLogs: () => import('./services/networking/vpc/live-flow-log.ts'),
  meter: () => import('./traffic/meter.ts'),
  load: () => import('./traffic/wave.ts'),
};

export type GuestKind = Parts['guests']['kind'];

/** Guests of the kind cannot run on this machine. The message says why, and what to do. */
export class GuestsUnavailable extends Error {}

/** Loads the module of a kind of guests. @throws GuestsUnavailable */
export async function loadGuests(kind: GuestKind): Promise<PartModule<Parts['guests']>> {
  if (kind === 'simulated') return import('./guests/simulated.ts');
  const module = await (kind === 'namespace'
    ? import('./guests/namespace/guests.ts')
    : import('./guests/docker/guests.ts'));
  const reason = await module.whyNot();
  if (reason !== undefined) throw new GuestsUnavailable(`There are no ${kind} guests here: ${reason}.`);
  return module;
}

/** Parts that a part asks for. */
const needs: { readonly [Name in PartName]?: readonly PartName[] } = {
  guests: ['meter', 'network', 'machines', 'names', 'traffic', 'disks'],
  metadata: ['machines'],
  network: ['inspectors'],
  names: ['network'],
  inspectors: ['meter'],
  traffic: ['network', 'guests', 'metadata', 'flowLogs', 'meter'],
};

const loaded = new Map<PartName, PartModule<unknown>>();

function withNeeds(names: readonly PartName[], all = new Set<PartName>()): ReadonlySet<PartName> {
  for (const name of names) if (!all.has(name)) withNeeds(needs[name] ?? [], all.add(name));
  return all;
}

/** Loads the modules of parts; undefined when all of them are there already. */
export function loadParts(names: readonly PartName[]): Promise<unknown> | undefined {
  const missing = [...withNeeds(names)].filter((name) => !loaded.has(name));
  if (missing.length === 0) return undefined;
  return Promise.all(
    missing.map(async (name) => {
      const load = loaders[name];
      if (load === undefined) throw new Error(`nothing makes the part ${name}`);
      const module: PartModule<unknown> = await load();
      loaded.set(name, module);
    }),
  );
}

function moduleOf(name: PartName): PartModule<unknown> {
  const module = loaded.get(name);
  if (module === undefined) throw new Error(`the part ${name} is not loaded: name it under "uses" in the catalogue`);
  return module;
}

export interface PartChoice {
  readonly faults: Parts['faults'];
  /** Default: simulated ones. */
  readonly guests?: PartModule<Parts['guests']> | undefined;
}

/** The parts of one cloud: an object whose members are made when they are first read, and plain from then on: hot paths read them. */
export function makeParts({ faults, guests }: PartChoice, worldOf: (parts: Parts) => PartWorld): Parts {
  const parts: Parts = { faults } as Parts;
  for (const name of Object.keys(loaders) as PartName[])
    Object.defineProperty(parts, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        const value = (name === 'guests' && guests !== undefined ? guests : moduleOf(name)).makePart(world);
        Object.defineProperty(parts, name, { value, configurable: true, enumerable: true });
        return value;
      },
    });
  const world = worldOf(parts);
  return parts;
}

// All services: shelf, folder, loader. A service is loaded at its first call. One without a loader is known by its API model only: each
// of its operations answers NotImplemented.
import type { AnyService } from '../kernel/service.ts';

export interface CatalogEntry {
  /** The shelf under `src/services/`. */
  readonly shelf: string;
  readonly load?: (() => Promise<{ readonly default: unknown }>) | undefined;
  /** Facts of other services that this one wants to hear. */
  readonly listens?: readonly string[];
}

export const catalog: Readonly<Record<string, CatalogEntry>> = {
  sqs: { shelf: 'integration', load: () => import('./integration/sqs/service.ts') },
  sts: { shelf: 'security', load: () => import('./security/sts/service.ts') },
};

const loaded = new Map<string, Promise<AnyService> | AnyService>();

/** The service, loaded once per process; undefined when nothing of it is built. A promise only the first time. */
export function loadService(name: string): AnyService | Promise<AnyService> | undefined {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const load = catalog[name]?.load;
  if (load === undefined) return undefined;
  const loading = load().then((module) => {
    const service = module.default as AnyService;
    loaded.set(name, service);
    return service;
  });
  loaded.set(name, loading);
  return loading;
}

const listeners = new Map<string, string[]>();
for (const [name, { listens }] of Object.entries(catalog))
  for (const fact of listens ?? []) listeners.set(fact, [...(listeners.get(fact) ?? []), name]);

/** Services that listen to a fact. */
export const listenersOf = (fact: string): readonly string[] => listeners.get(fact) ?? [];

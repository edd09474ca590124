// Which module makes which part of a cloud. A part is loaded with the first service that asks for it (`uses` in the catalogue).
import type { PartModule, Parts } from './kernel/parts.ts';

type Loaders = { readonly [Name in keyof Parts]?: () => Promise<PartModule<Parts[Name]>> };

const loaders: Loaders = {};

export type PartName = keyof Parts;

const loaded = new Map<PartName, PartModule<unknown>>();

/** Loads the modules of parts; undefined when all of them are there already. */
export function loadParts(names: readonly PartName[]): Promise<unknown> | undefined {
  const missing = names.filter((name) => !loaded.has(name));
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

/** The module that makes a part, which must have been loaded. */
export function partModule(name: PartName): PartModule<unknown> {
  const module = loaded.get(name);
  if (module === undefined) throw new Error(`the part ${name} is not loaded: name it under "uses" in the catalogue`);
  return module;
}

export const isPart = (name: string): name is PartName => name in loaders;

// How much of AWS is built: the operations of each service, beside the number in its model. Asking loads every built service.
import type { ServiceLine } from './admin/house.ts';
import rawDirectory from './protocol/directory.json' with { type: 'json' };
import { catalog, loadService } from './services/catalog.ts';

const directory: Readonly<Record<string, { readonly operations: number }>> = rawDirectory;

export async function inventory(): Promise<readonly ServiceLine[]> {
  return Promise.all(
    Object.entries(catalog).map(async ([name, { shelf }]) => {
      const service = await loadService(name);
      const operations = Object.keys(service?.operations ?? {}).sort();
      return { name, shelf, operations, modelled: directory[name]?.operations ?? operations.length };
    }),
  );
}

// Names of services and operations, as people write them on a command line.
import { catalog, foldersOf, modelledOperations, textOf } from './service-tree.mjs';

const directory = JSON.parse(textOf('src/protocol/directory.json'));

/** The folder of a service's table of contents; undefined when nothing of it is built. */
export const directoryOf = (service) => foldersOf(service)[0];

/** A service by its name in the catalogue, or by the name that signatures and policies have for it. */
export const serviceNamed = (name) =>
  catalog[name] === undefined
    ? Object.keys(catalog).filter((service) => directory[service]?.signingName === name)
    : [name];

/** `s3:GetObject` or `GetObject` → every service that has it in its model, as `{ service, operation }`. Case does not matter. */
export function servicesWith(asked) {
  const at = asked.lastIndexOf(':');
  const services = at < 0 ? Object.keys(catalog) : serviceNamed(asked.slice(0, at));
  const name = asked.slice(at + 1).toLowerCase();
  return services.flatMap((service) =>
    modelledOperations(service)
      .filter((operation) => operation.toLowerCase() === name)
      .map((operation) => ({ service, operation })),
  );
}

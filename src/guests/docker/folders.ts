// Folders of volumes in containers. The engine packs and unpacks them, so it may be anywhere, and no link in them leads out of a container.
import type { Folders } from '../volumes.ts';
import type { Engine } from './engine.ts';
import { makeTar } from './tar.ts';

export const containerFolders = (engine: Engine, nameOf: (instanceId: string) => string): Folders => ({
  pack: (instanceId, folder) => engine.read(nameOf(instanceId), folder),
  async unpack(instanceId, folder, archive) {
    const name = nameOf(instanceId);
    // Limit: what a container without a program `rm` has there stays.
    if (archive === undefined) return engine.run(name, ['rm', '-rf', folder]);
    const path = folder.slice(1);
    const above = path.slice(0, path.indexOf('/') + 1);
    await engine.write(
      name,
      '/',
      makeTar([
        { name: above, mode: 0o755 },
        { name: `${path}/`, mode: 0o755 },
      ]),
    );
    if (archive.byteLength > 0) await engine.write(name, folder, archive);
  },
});

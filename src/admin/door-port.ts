// /_hakoniwa/doors: the names and ports of what users built, and on which local ports they are, when they have any.
import type { House, HouseOptions } from './house.ts';

export interface ShownDoor {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  /** `127.0.0.1:8000`; without it the name works on the cloud's own port, for HTTP. */
  readonly local?: string | undefined;
}

export async function listDoors(house: House, { doorPorts }: HouseOptions): Promise<{ doors: readonly ShownDoor[] }> {
  const ports = await (await house.doors()).ports();
  const doors = ports.map(({ name, port, protocol }) => {
    const local = doorPorts?.localPort(name, port, protocol);
    return { name, port, protocol, local: local === undefined ? undefined : `127.0.0.1:${local}` };
  });
  return { doors };
}

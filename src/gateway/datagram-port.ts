// A local port for the datagrams of a listener, on loopback alone. Each is handed to the load balancer behind; what it answers goes back
// to whoever sent it. What is too much at once is lost, as in a queue that is full.
import dgram from 'node:dgram';
import { datagramBytesMax } from '../kernel/datagram.ts';
import type { DoorPort } from '../kernel/door.ts';
import type { Doors, Open } from './door-port.ts';

/** Datagrams of one port that are on their way at once. */
const pendingMax = 1_024;

/** Undefined when the port is not free. */
export function listenForDatagrams(
  { name, port }: DoorPort,
  localPort: number,
  doors: Pick<Doors, 'datagram'>,
): Promise<Open | undefined> {
  const socket = dgram.createSocket('udp4');
  let pending = 0;
  let isShut = false;
  socket.on('message', (bytes, { address, port: senderPort }) => {
    if (pending >= pendingMax) return;
    pending++;
    const answer = (back: Uint8Array): void => {
      if (!isShut && back.byteLength <= datagramBytesMax) socket.send(back, senderPort, address, () => {});
    };
    const settle = (): void => void pending--;
    doors.datagram(`${name}:${port}`, { address, port: senderPort }, { bytes, answer }).then(settle, settle);
  });
  return new Promise((resolve) => {
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ port: localPort, address: '127.0.0.1' }, () => {
      socket.removeAllListeners('error').on('error', () => {});
      socket.unref();
      resolve({
        localPort,
        shut() {
          isShut = true;
          socket.close();
        },
      });
    });
  });
}

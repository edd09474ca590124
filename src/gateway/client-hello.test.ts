import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { isHandshake, readHello } from './client-hello.ts';

/** What a client says first. */
async function helloOf(options: tls.ConnectionOptions): Promise<Buffer> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ host: '127.0.0.1', port, ...options });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

test('readHello: tells the name for which a client comes, once all of its first message has arrived', async () => {
  const bytes = await helloOf({ servername: 'Web.elb.localhost' });
  expect(isHandshake(bytes[0])).toBe(true);
  expect(readHello(bytes)).toEqual({ name: 'web.elb.localhost' });
  for (const length of [1, 5, 6, 40, bytes.byteLength - 1])
    expect(readHello(bytes.subarray(0, length))).toBeUndefined();
});

test('readHello: a message in several records is read as one', async () => {
  const bytes = await helloOf({ servername: 'web.elb.localhost' });
  const message = bytes.subarray(5);
  const record = (part: Buffer): Buffer => {
    const head = Buffer.from([0x16, 3, 1, 0, 0]);
    head.writeUInt16BE(part.byteLength, 3);
    return Buffer.concat([head, part]);
  };
  const split = [record(message.subarray(0, 10)), record(message.subarray(10, 60)), record(message.subarray(60))];
  expect(readHello(Buffer.concat(split))).toEqual({ name: 'web.elb.localhost' });
  expect(readHello(Buffer.concat(split.slice(0, 2)))).toBeUndefined();
});

test('readHello: a client that connected to an address has no name, and neither has one that talks nonsense', async () => {
  expect(readHello(await helloOf({}))).toEqual({ name: undefined });
  expect(readHello(Buffer.from([0x16, 3, 1, 0, 4, 2, 0, 0, 0]))).toEqual({ name: undefined });
});

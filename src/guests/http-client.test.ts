import http2 from 'node:http2';
import net from 'node:net';
import { expect, test } from 'vitest';
import { bodyOf } from '../kernel/http.ts';
import { exchangeHttp2 } from './http-client.ts';

test('exchangeHttp2: a server of HTTP/2 gets the request whole, and its trailers come back', async () => {
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(`${headers[':method']} ${headers[':authority']} ${headers['te']} ${Buffer.concat(chunks)}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const answer = await exchangeHttp2(socket, {
    method: 'POST',
    target: '/shop.Cart/Add',
    headers: { host: 'shop.example.com', 'content-type': 'application/grpc', connection: 'keep-alive' },
    body: bodyOf(Buffer.from('hello')),
    sourceIp: '10.0.0.5',
    secure: false,
  });
  if (typeof answer === 'string') throw new Error(answer);
  let text = '';
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString();
  expect([answer.status, text, answer.trailers?.()]).toEqual([
    200,
    'POST shop.example.com trailers hello',
    { 'grpc-status': '0' },
  ]);
  server.close();
});

test('exchangeHttp2: a server that breaks off is told as one that refuses', async () => {
  const server = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const request = {
    method: 'GET',
    target: '/',
    headers: {},
    body: bodyOf(new Uint8Array()),
    sourceIp: '',
    secure: false,
  };
  expect(await exchangeHttp2(socket, request)).toBe('refused');
  server.close();
});

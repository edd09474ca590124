import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { expect, test } from 'vitest';
import type { HttpResponse } from '../kernel/http.ts';
import { listen } from './listen.ts';

const hello: HttpResponse = { status: 200, headers: {}, body: 'hello' };

const get = (port: number, agent: http.Agent): Promise<string> =>
  new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', agent }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });

test('close: does not wait for connections that are kept alive, of either protocol, nor for silent ones', async () => {
  const listening = await listen(() => Promise.resolve({ ...hello, headers: {} }), { port: 0 });
  const agent = new http.Agent({ keepAlive: true });
  expect(await get(listening.port, agent)).toBe('hello');
  const session = http2.connect(`http://127.0.0.1:${listening.port}`);
  const status = await new Promise((resolve) => {
    const stream = session.request({ ':path': '/' });
    stream.on('response', (headers) => resolve(headers[':status']));
    stream.resume().end();
  });
  expect(status).toBe(200);
  const silent = net.connect(listening.port, '127.0.0.1');
  await new Promise((resolve) => silent.once('connect', resolve));
  const started = performance.now();
  await listening.close(20_000);
  expect(performance.now() - started).toBeLessThan(5_000);
  agent.destroy();
  session.destroy();
  silent.destroy();
});

test('close: lets a running request finish', async () => {
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  let reached: () => void = () => {};
  const running = new Promise<void>((resolve) => (reached = resolve));
  const listening = await listen(
    async () => {
      reached();
      await finished;
      return { ...hello, headers: {} };
    },
    { port: 0 },
  );
  const agent = new http.Agent({ keepAlive: true });
  const answered = get(listening.port, agent);
  await running;
  const closed = listening.close(20_000);
  finish();
  expect(await answered).toBe('hello');
  await closed;
  agent.destroy();
});

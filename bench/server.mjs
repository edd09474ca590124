// The server side of a measurement, in a process of its own: a cloud, or the bare node:http server it is compared with.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [mode, ...rest] = process.argv.slice(2);
const options = rest.length > 0 ? JSON.parse(rest[0]) : {};

/** Parses JSON and answers JSON of the size asked for; PUTs are hashed and written to a file. */
function bare() {
  const answers = new Map();
  const answerOf = (size) => {
    if (!answers.has(size)) answers.set(size, JSON.stringify({ ok: 'x'.repeat(Math.max(0, size - 9)) }));
    return answers.get(size);
  };
  return http.createServer((request, response) => {
    if (request.method === 'PUT') {
      const hash = createHash('md5');
      const file = join(tmpdir(), `hakoniwa-bench-${process.pid}-${Math.random()}`);
      request.on('data', (chunk) => hash.update(chunk));
      pipeline(request, createWriteStream(file)).then(async () => {
        await rm(file);
        response.writeHead(200, { etag: hash.digest('hex'), 'content-length': 0 }).end();
      });
      return;
    }
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (text.startsWith('{')) JSON.parse(text);
      const body = answerOf(Number(request.headers['x-answer-size'] ?? 100));
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
        .end(body);
    });
  });
}

let port;
let host;
if (mode === 'bare') {
  const server = bare().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  port = server.address().port;
} else if (mode === 'proxy') {
  const { openProxy } = await import('./balancer.mjs');
  const server = (await openProxy()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  port = server.address().port;
} else if (mode === 'balancer') {
  const { openBalancer } = await import('./balancer.mjs');
  const opened = await openBalancer();
  host = opened.host;
  port = Number(new URL(await opened.cloud.listen({ port: 0 })).port);
} else {
  const { startCloud } = await import('../dist/embed/index.js');
  const cloud = await startCloud(options);
  port = Number(new URL(await cloud.listen({ port: 0 })).port);
}
const collected = { user: 0, system: 0 };
process.send({ port, host });
process.on('message', (message) => {
  if (message === 'usage') {
    const { user, system } = process.cpuUsage();
    globalThis.gc?.();
    const after = process.cpuUsage();
    // Collecting a large heap on demand is no part of what requests cost.
    collected.user += after.user - user;
    collected.system += after.system - system;
    const cpu = { user: after.user - collected.user, system: after.system - collected.system };
    process.send({ cpu, rss: process.memoryUsage().rss });
  }
  if (message === 'exit') process.exit(0);
});

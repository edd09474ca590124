// Spawns `hakoniwa start`, calls it until the first success, and prints the milliseconds since the spawn (or, with `rss`, the idle memory in MB).
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';

const free = await new Promise((resolve) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const started = performance.now();
const main = new URL('../dist/cli/main.js', import.meta.url).pathname;
const child = spawn(process.execPath, [main, 'start', '--port', String(free), '--log', 'quiet'], { stdio: 'ignore' });
const call = () =>
  new Promise((resolve) => {
    const request = http.request(
      {
        port: free,
        host: '127.0.0.1',
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization:
            'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0',
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode === 200));
      },
    );
    request.on('error', () => resolve(false));
    request.end('Action=GetCallerIdentity&Version=2011-06-15');
  });
while (!(await call())) await new Promise((resolve) => setTimeout(resolve, 2));
const elapsed = performance.now() - started;
if (process.argv[2] === 'rss') {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]);
  console.log(kilobytes / 1024);
} else console.log(elapsed);
child.kill('SIGKILL');

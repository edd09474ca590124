// A load generator that costs little itself: raw keep-alive sockets, one request at a time on each.
// `next(state)` answers the bytes of the next request, or undefined when there is nothing more to send; `state.body` is the last answer's body.
import net from 'node:net';

const headEnd = Buffer.from('\r\n\r\n');

/** One HTTP/1.1 request as bytes. */
export function request(method, target, headers, body = '', host = '127.0.0.1:4566') {
  const payload = Buffer.from(body);
  const lines = [`${method} ${target} HTTP/1.1`, `host: ${host}`, ...headers.map(([n, v]) => `${n}: ${v}`)];
  if (payload.byteLength > 0 || method === 'POST' || method === 'PUT')
    lines.push(`content-length: ${payload.byteLength}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), payload]);
}

/**
 * Sends requests for `seconds` (or until `next` has no more) over `connections` sockets.
 * @returns requests per second, answers that were not 2xx, and the sorted latencies in ms.
 */
export async function load(port, { connections = 16, seconds = 3, next, keepBody = false }) {
  const latencies = [];
  let failed = 0;
  let firstFailure = '';
  const start = performance.now();
  const end = start + seconds * 1000;
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
      const state = { body: undefined, status: 0 };
      let buffered = [];
      let bufferedBytes = 0;
      let neededBytes = -1;
      let sentAt = 0;
      const send = () => {
        const bytes = performance.now() < end ? next(state) : undefined;
        if (bytes === undefined) return socket.end();
        sentAt = performance.now();
        socket.write(bytes);
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('close', resolve);
      socket.on('data', (chunk) => {
        buffered.push(chunk);
        bufferedBytes += chunk.byteLength;
        if (neededBytes < 0) {
          const all = buffered.length === 1 ? chunk : Buffer.concat(buffered);
          buffered = [all];
          const at = all.indexOf(headEnd);
          if (at < 0) return;
          const head = all.toString('latin1', 0, at);
          state.status = Number(head.slice(9, 12));
          const length = /content-length: *(\d+)/i.exec(head);
          if (length === null && state.status !== 204 && !/transfer-encoding/i.test(head))
            return reject(new Error(`no length: ${head}`));
          if (length === null && state.status !== 204)
            return reject(new Error(`chunked answers are not read here: ${head}`));
          neededBytes = at + 4 + Number(length?.[1] ?? 0);
        }
        if (bufferedBytes < neededBytes) return;
        latencies.push(performance.now() - sentAt);
        if (state.status < 200 || state.status > 299) {
          failed++;
          firstFailure ||= Buffer.concat(buffered).toString('utf8').slice(0, 600);
        }
        if (keepBody) {
          const all = Buffer.concat(buffered);
          state.body = all.toString('utf8', all.indexOf(headEnd) + 4);
        }
        buffered = [];
        bufferedBytes = 0;
        neededBytes = -1;
        send();
      });
    });
  await Promise.all(Array.from({ length: connections }, one));
  const elapsed = (performance.now() - start) / 1000;
  if (failed > 0) console.error(`  ${failed} of ${latencies.length} answers failed; the first: ${firstFailure}`);
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / elapsed,
    count: latencies.length,
    failed,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

// `node bench/terraform.mjs [FOLDER]`: what of the time of `terraform apply` and `destroy` is ours, and what the AWS provider's own.
//
// The same run is made twice. First against Hakoniwa, through a proxy that writes down every request and answer. Then against a server
// that has nothing but those answers and gives them at once; so the second run is what the provider needs by itself, with all its waits.
// Requests are matched by operation and content, and given the recorded answers in their order; what differs from run to run (idempotency
// tokens, names with a time in them) is left out of the match and put into the answers. A request that was never recorded is an error
// that the run ends with, so a finished second run is a true one.
//
// Needs `npm run build`, and Terraform with the AWS provider at hand. The clock of the cloud runs sixtyfold: what AWS itself takes
// minutes for is not measured.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import { join } from 'node:path';
import { startCloud } from '../dist/embed/index.js';

const root = new URL('..', import.meta.url).pathname;
const source = process.argv[2] ?? join(root, 'examples/three-tier');
const limit = 1.3;

const bodyOf = async (message) => {
  const chunks = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** `shop-web-20261124132900041400000001`, a UUID, an instant; user data may hold any of them. */
const changing =
  /\d{18}[\da-f]{8}|[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}|\d{4}-\d\d-\d\dT[\d:%A.]+Z|UserData=[^&]*/g;

/** What a request asks, whatever the order in which Go wrote the members of its maps. */
function matchOf({ method, url, headers }, body) {
  const said = `${headers['x-amz-target'] ?? ''} ${method} ${url} ${body}`.replaceAll(changing, '#');
  return said
    .split(/[^\w#./-]+/)
    .sort()
    .join(' ');
}

const serve = async (answer) => {
  const server = http.createServer(async (request, response) => {
    const { status, headers, body } = await answer(request, await bodyOf(request));
    const { 'transfer-encoding': _, 'x-amz-crc32': __, ...rest } = headers;
    response.writeHead(status, request.method === 'HEAD' ? rest : { ...rest, 'content-length': body.byteLength });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { endpoint: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
};

/** Runs Terraform and answers with the seconds that it took. */
function terraform(folder, endpoint, ...words) {
  const env = {
    ...process.env,
    TF_VAR_endpoint: endpoint,
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn('terraform', [...words, '-no-color', '-input=false'], { cwd: folder, env });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve((performance.now() - started) / 1000);
      else reject(new Error(`terraform ${words[0]} ended with ${code}\n${text.slice(-3000)}`));
    });
  });
}

const phases = ['apply', 'destroy'];

/** Applies and destroys in a folder of its own; `enter` is told which of the two begins. */
async function run(endpoint, enter) {
  const folder = mkdtempSync(join(os.tmpdir(), 'hakoniwa-terraform-'));
  try {
    cpSync(source, folder, { recursive: true });
    await terraform(folder, endpoint, 'init');
    const seconds = {};
    for (const phase of phases) {
      enter(phase);
      seconds[phase] = await terraform(folder, endpoint, phase, '-auto-approve', '-parallelism=30');
    }
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let phase = 'apply';
const enter = (next) => (phase = next);
/** By phase and match: the recorded exchanges, in order. */
const recorded = new Map();
let count = 0;
let ourMs = 0;

const cloud = await startCloud({ clock: { kind: 'scaled', factor: 60 }, seed: 'bench' });
const target = new URL(await cloud.listen());
const agent = new http.Agent({ keepAlive: true });

const recorder = await serve(async (request, body) => {
  const { method, url, headers } = request;
  const key = `${phase} ${matchOf(request, body)}`;
  const started = performance.now();
  const answer = await new Promise((resolve, reject) => {
    const out = http.request({ host: target.hostname, port: target.port, method, path: url, headers, agent }, resolve);
    out.on('error', reject).end(body);
  });
  const exchange = {
    status: answer.statusCode,
    headers: answer.headers,
    body: await bodyOf(answer),
    names: String(body).match(/\d{18}[\da-f]{8}/g) ?? [],
  };
  ourMs += performance.now() - started;
  count++;
  recorded.set(key, [...(recorded.get(key) ?? []), exchange]);
  return exchange;
});
const ours = await run(recorder.endpoint, enter);
recorder.close();
agent.destroy();
await cloud.close();

let unknown = 0;
/** Times in names, as they were recorded: what they are in this run. */
const renamed = new Map();
const replayer = await serve(async (request, body) => {
  const kept = recorded.get(`${phase} ${matchOf(request, body)}`);
  if (kept === undefined) {
    unknown++;
    return { status: 501, headers: {}, body: Buffer.from(`never recorded: ${request.method} ${request.url} ${body}`) };
  }
  // A state that is waited for stays as it was last seen.
  const exchange = kept.length > 1 ? kept.shift() : kept[0];
  (String(body).match(/\d{18}[\da-f]{8}/g) ?? []).forEach((name, at) => renamed.set(exchange.names[at], name));
  let text = exchange.body.toString('latin1');
  for (const [before, now] of renamed) text = text.replaceAll(before, now);
  return { ...exchange, body: Buffer.from(text, 'latin1') };
});
const alone = await run(replayer.endpoint, enter);
replayer.close();

const sum = (seconds) => phases.reduce((total, one) => total + seconds[one], 0);
const ratio = sum(ours) / sum(alone);
const shown = (seconds) => phases.map((one) => `${one} ${seconds[one].toFixed(1)} s`).join(', ');
console.log(`terraform against Hakoniwa        ${shown(ours)}`);
console.log(`terraform against answers at once ${shown(alone)}, ${unknown} requests that were never recorded`);
console.log(
  `${count} requests, ${(ourMs / 1000).toFixed(2)} s of answering in all, ${(ourMs / count).toFixed(1)} ms each`,
);
console.log(`${ratio <= limit ? 'ok  ' : 'MISS'}  ${ratio.toFixed(2)} × the provider's own time (limit ${limit})`);
process.exitCode = ratio <= limit ? 0 : 1;

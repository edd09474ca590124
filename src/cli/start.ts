// `hakoniwa start`: a cloud on a port, until somebody stops it.
import { admin } from '../admin/door.ts';
import type { Cloud } from '../cloud.ts';
import { openCloud } from '../cloud.ts';
import type { DoorPorts, PortRange } from '../gateway/door-port.ts';
import { type Listening, listen } from '../gateway/listen.ts';
import { version } from '../kernel/version.ts';
import { readStartFlags } from './start-flag.ts';
import { readStartOptions, type StartOptions } from './start-option.ts';

/** How long running requests may take once the cloud is asked to stop. */
const graceMs = 5_000;

export interface Served {
  readonly cloud: Cloud;
  readonly listening: Listening;
  /** `http://localhost:4566`: how a client of this machine writes it. */
  readonly endpoint: string;
  /** Finishes what runs, writes what waits, and settles when all is closed. Twice is once. */
  close(): Promise<void>;
  /** Settles when the admin API was asked to stop. */
  readonly asked: Promise<void>;
}

/** `0.0.0.0` and loopback are this machine, under the name that clients expect. */
function endpointOf({ host, port }: Listening): string {
  const here = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' || host === '::1';
  return `http://${here ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Opens the port first, so that a taken one is told before a data folder is touched; requests wait for the cloud. */
export async function serve(options: StartOptions): Promise<Served> {
  let ready: (cloud: Cloud) => void = () => {};
  let ask: () => void = () => {};
  const opening = new Promise<Cloud>((resolve) => (ready = resolve));
  const asked = new Promise<void>((resolve) => (ask = resolve));
  let cloud: Cloud | undefined;
  let house = {};
  const doorsOf = async () => (cloud ?? (await opening)).doors();
  const listening = await listen(
    async (request) => {
      const opened = cloud ?? (await opening);
      return admin(request, opened, house) ?? opened.handle(request);
    },
    { port: options.port, host: options.host },
    {
      connect: async (host, sender) => (await doorsOf()).connect(host, sender),
      identities: () => doorsOf(),
    },
  ).catch(async (error: NodeJS.ErrnoException) => {
    const { explainPort } = await import('./port.ts');
    throw await explainPort(error, options);
  });
  const endpoint = endpointOf(listening);
  try {
    cloud = await openCloud(options.cloud);
  } catch (error) {
    await listening.close(0);
    throw error;
  }
  const { iam, dataFolder } = options.cloud;
  const doorPorts = options.balancerPorts === undefined ? undefined : await openDoorPorts(cloud, options.balancerPorts);
  house = { stop: ask, hosts: options.adminHosts, endpoint, iam, dataFolder, doorPorts };
  ready(cloud);
  return { cloud, listening, endpoint, asked, close: closer(cloud, listening, doorPorts) };
}

async function openDoorPorts(cloud: Cloud, range: PortRange): Promise<DoorPorts> {
  const { DoorPorts: Ports } = await import('../gateway/door-port.ts');
  return new Ports(await cloud.doors(), range);
}

function closer(cloud: Cloud, listening: Listening, doorPorts: DoorPorts | undefined): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    // Long polls answer at once, watchers end: neither must hold up the end.
    cloud.timeline.endWaits();
    const { endFollows } = await import('../admin/request.ts');
    endFollows(cloud);
    await doorPorts?.close();
    await listening.close(graceMs);
    await cloud.close();
  };
  return () => (closing ??= close());
}

export async function start(words: readonly string[]): Promise<void> {
  const options = readStartOptions(readStartFlags(words));
  const served = await serve(options);
  const stop = (): void => {
    void served.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`hakoniwa: could not close cleanly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) onSignal(signal, stop, options);
  void served.asked.then(stop);
  if (options.log !== 'quiet') {
    const { logRequests } = await import('./request-line.ts');
    logRequests(served.cloud, options.log);
  }
  process.stdout.write(greeting(served, options));
}

/** The first signal ends gracefully, the second at once. */
function onSignal(signal: NodeJS.Signals, stop: () => void, { log }: StartOptions): void {
  let signalled = false;
  process.on(signal, () => {
    if (signalled) process.exit(130);
    signalled = true;
    if (log !== 'json') process.stderr.write('hakoniwa: finishing what runs; again to stop at once\n');
    stop();
  });
}

function greeting({ endpoint, cloud }: Served, { cloud: { dataFolder }, log }: StartOptions): string {
  const tookMs = Math.round(performance.now());
  const { account, region, seed } = cloud;
  if (log === 'json') {
    return `${JSON.stringify({ event: 'ready', version, endpoint, pid: process.pid, account, region, dataFolder, seed, tookMs })}\n`;
  }
  const { kind } = cloud.clock.mode;
  return [
    `Hakoniwa ${version} is ready at ${endpoint} (${tookMs} ms)`,
    `  account ${account} · ${region} · ${dataFolder === undefined ? 'in memory' : `data in ${dataFolder}`} · ${kind} clock`,
    `  try   aws --endpoint-url ${endpoint} sts get-caller-identity`,
    `  stop  Ctrl-C, or: hakoniwa stop${endpoint.endsWith(':4566') ? '' : ` --endpoint ${endpoint}`}`,
    '',
  ].join('\n');
}

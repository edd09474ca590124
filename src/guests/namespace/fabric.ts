// The cloud's side of a fabric: starts the process of `fabric.mjs` in namespaces of its own, tells it what to do, hears what happens.
//
// The process runs as nobody who owns anything: where the cloud is root it gives up that first, else it is the user's own, and in both
// cases a user namespace makes it root of its own networks alone.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Datagram } from '../../kernel/datagram.ts';
import type { InsideAnswer, InsideRequest, Refusal } from '../guest.ts';
import { deviceOf, type Link, wiringOf } from './links.ts';

/** Programs are handed over as text: whom they run as may not be able to read where they lie. */
const fabricProgram = (): string => readFileSync(fileURLToPath(new URL('fabric.mjs', import.meta.url)), 'utf8');
const guestProgram = (): string => readFileSync(fileURLToPath(new URL('guest.sh', import.meta.url)), 'utf8');

/** User and group ID of guests where the cloud is root: one that no system gives away. */
const nobody = 1_879_048_191;

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Gives a folder to whom guests run as. */
export function giveToGuests(folder: string): void {
  if (isRoot()) chownSync(folder, nobody, nobody);
}

/** System programs are not on everybody's path. */
const systemPath = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

const needed: readonly (readonly [program: string, probe: readonly string[], remedy: string])[] = [
  ['unshare', ['--version'], 'install util-linux'],
  ['setpriv', ['--version'], 'install util-linux'],
  ['ip', ['-V'], 'install iproute2'],
  ['nft', ['--version'], 'install nftables'],
];

/** Why namespace guests cannot run here, with the remedy; undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'namespace guests need Linux: use simulated or docker guests here';
  for (const [program, probe, remedy] of needed) {
    try {
      execFileSync(program, [...probe], { stdio: 'ignore', timeout: 10_000, env: { PATH: systemPath } });
    } catch {
      return `namespace guests need the program ${program}: ${remedy}`;
    }
  }
  const runs = (...command: readonly string[]): boolean => {
    const [program = '', ...words] = commandOf(command);
    const options = { stdio: 'ignore', timeout: 10_000, env: { PATH: systemPath }, cwd: '/', ...asNobody() } as const;
    try {
      execFileSync(program, words, options);
      return true;
    } catch {
      return false;
    }
  };
  if (!runs('ip', 'link', 'add', 'name', 'v0', 'type', 'veth', 'peer', 'name', 'v1'))
    return 'this system lets nobody make user and network namespaces: see the sysctls kernel.unprivileged_userns_clone, user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns';
  if (!runs(process.execPath, '--version'))
    return `nobody but root may run ${process.execPath}: install Node.js where everybody can read it, or start the cloud as another user`;
  return undefined;
}

const asNobody = (): { uid?: number; gid?: number } => (isRoot() ? { uid: nobody, gid: nobody } : {});

const commandOf = (words: readonly string[]): string[] => [
  'unshare',
  ...[
    '--user',
    '--map-root-user',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount',
    '--mount-proc',
    '--ipc',
    '--uts',
  ],
  ...words,
];

/** The best shell that there is, which asks for commands where somebody sits before it. */
const shellScript =
  'cd; shell=$(command -v bash || command -v sh); if [ -t 0 ]; then exec "$shell" -i; else exec "$shell"; fi';

/** Rights that no program of a guest has, though it is root there. Also in `guest.sh`. */
const withheld =
  '-sys_admin,-sys_module,-sys_rawio,-sys_boot,-sys_time,-sys_resource,-sys_ptrace,-mknod,-mac_admin,-mac_override,-audit_control,-syslog';

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** The first process of a guest as this machine numbers it, by the number that its maker has in the fabric. */
function findGuest(fabric: number | undefined, inside: number | undefined): number | undefined {
  if (fabric === undefined || inside === undefined) return undefined;
  const makers = childrenOf(fabric).flatMap(childrenOf);
  const maker = makers.find((pid) => {
    const numbers = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split(/\s+/);
    return Number(numbers?.at(-1)) === inside;
  });
  return maker === undefined ? undefined : childrenOf(maker)[0];
}

/** A TCP connection of a guest to what is not in its fabric. */
export interface Caught {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
}

export interface FabricListener {
  console(instanceId: string, text: string): void;
  exit(instanceId: string): void;
  /** A guest asks its name server; the answer goes by `answerName`. */
  name(id: string, source: string, message: Uint8Array): void;
  caught(what: Caught, socket: net.Socket): void;
  /** The process is gone, and all its guests with it. */
  end(): void;
}

export interface GuestPlan {
  readonly id: string;
  /** The primary one. */
  readonly address: string;
  readonly hostName: string;
  /** A folder of the guest's own. */
  readonly disk: string;
  /** A root file system to build its view from, in place of this system's. */
  readonly root?: string | undefined;
  /** How many processes it may have. */
  readonly processes: number;
}

/** Folders are named in scripts. @throws when one is not that of a device */
function checked(folder: string): string {
  if (/^\/mnt\/[a-z0-9]+$/.test(folder)) return folder;
  throw new Error(`no folder of a device: ${folder}`);
}

/** Who makes links of guests that are not the fabric's own processes, and tells their end what it is. */
export interface GuestEnd {
  plug?(fabric: Fabric, link: Link): Promise<void>;
  tell?(lines: readonly string[], lines6: readonly string[]): Promise<void>;
}

const ownEnd: GuestEnd = {};

export interface DatagramFlow {
  readonly address: string;
  readonly port: number;
  /** Undefined: the router. */
  readonly source?: string | undefined;
  readonly sourcePort: number;
}

type Answer = { readonly error?: string } & Readonly<Record<string, unknown>>;

/** Reads one line, and leaves what follows it in the stream. */
export function readLine(socket: net.Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let head = Buffer.alloc(0);
    const done = (line: string | undefined): void => {
      socket.off('data', read).off('close', gone).off('end', gone);
      socket.pause();
      resolve(line);
    };
    const gone = (): void => done(undefined);
    const read = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(10);
      if (end < 0) return;
      const rest = head.subarray(end + 1);
      done(head.subarray(0, end).toString());
      if (rest.byteLength > 0) socket.unshift(rest);
    };
    socket.on('data', read).on('close', gone).on('end', gone);
  });
}

export class Fabric {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #server: net.Server;
  readonly #asked = new Map<number, (answer: Answer) => void>();
  readonly #ended: Promise<void>;
  /** Of guests, as numbered inside. */
  readonly #pids = new Map<string, number>();
  /** Who hears what guests answer to datagrams. */
  readonly #flows = new Map<string, (bytes: Uint8Array) => void>();
  #asks = 0;

  /** @param folder a short path: sockets lie in it. */
  constructor(folder: string, listener: FabricListener) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    giveToGuests(folder);
    for (const name of ['fabric.sock', 'cloud.sock']) rmSync(join(folder, name), { force: true });
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      void readLine(socket).then((line) =>
        line === undefined ? socket.destroy() : listener.caught(JSON.parse(line) as Caught, socket),
      );
    });
    const words = commandOf([process.execPath, '--input-type=module', '-e', fabricProgram(), folder, guestProgram()]);
    this.#child = spawn(words[0] as string, words.slice(1), {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: systemPath },
      cwd: '/',
      // Signals of the terminal are for the cloud, which ends its guests in order.
      detached: true,
      ...asNobody(),
    });
    this.#child.stdin?.on('error', () => {});
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => this.#hear(JSON.parse(line) as Answer, listener));
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        for (const tell of this.#asked.values()) tell({ error: 'the fabric has ended' });
        this.#asked.clear();
        this.#server.close();
        listener.end();
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('close', end);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  #hear(message: Answer, listener: FabricListener): void {
    const { answer, event, id } = message;
    if (typeof answer === 'number') {
      this.#asked.get(answer)?.(message);
      this.#asked.delete(answer);
    } else if (event === 'console') listener.console(String(id), String(message['text']));
    else if (event === 'datagram') this.#flows.get(String(id))?.(Buffer.from(String(message['bytes']), 'base64'));
    else if (event === 'silence') this.#flows.delete(String(id));
    else if (event === 'exit') listener.exit(String(id));
    else if (event === 'name')
      listener.name(String(id), String(message['source']), Buffer.from(String(message['message']), 'base64'));
  }

  #ask(order: object): Promise<Answer> {
    const ask = ++this.#asks;
    return new Promise((resolve, reject) => {
      this.#asked.set(ask, (answer) =>
        answer.error === undefined ? resolve(answer) : reject(new Error(answer.error)),
      );
      this.#child.stdin?.write(`${JSON.stringify({ ...order, ask })}\n`);
    });
  }

  /** @param ports those on which connections to the outside are brought to the cloud. */
  async prepare(ports: readonly number[], resolvers: readonly string[]): Promise<void> {
    const path = join(this.folder, 'cloud.sock');
    await new Promise<void>((resolve) => this.#server.listen(path, resolve));
    giveToGuests(path);
    await this.#ask({ do: 'prepare', ports, resolvers });
  }

  async apply(script: string): Promise<void> {
    await this.#ask({ do: 'rules', script });
  }

  /** Makes a guest's namespaces, in which it waits. @returns its first process, as this machine numbers it */
  async start(guest: GuestPlan): Promise<number | undefined> {
    const { pid } = await this.#ask({ do: 'start', ...guest });
    if (typeof pid === 'number') this.#pids.set(guest.id, pid);
    return this.pidOf(guest.id);
  }

  /** Lets a guest that has its links begin. */
  async go(id: string): Promise<void> {
    await this.#ask({ do: 'go', id });
  }

  pidOf(id: string): number | undefined {
    return findGuest(this.#child.pid, this.#pids.get(id));
  }

  /** Makes a guest's links those that it should have, from those that it had. */
  async wire(id: string, before: readonly Link[], after: readonly Link[], end: GuestEnd = ownEnd): Promise<void> {
    const kept = (link: Link): boolean => after.some((one) => one.link === link.link && one.index === link.index);
    for (const { link } of before.filter((one) => !kept(one))) await this.#ask({ do: 'unplug', id, link });
    for (const link of after) {
      const old = before.find((one) => one.link === link.link && kept(one));
      if (old === undefined) {
        await end.plug?.(this, link);
        await this.#ask({ do: 'plug', id, link: link.link, device: deviceOf(link), mac: link.mac });
      }
      const { fabric, guest, guest6 } = wiringOf(old, link);
      await this.#ask({ do: 'wire', id, fabric, guest, guest6 });
      await end.tell?.(guest, guest6);
    }
  }

  async send(id: string, request: InsideRequest): Promise<InsideAnswer | Refusal> {
    const { sent } = await this.#ask({ do: 'send', id, request });
    return sent as InsideAnswer | Refusal;
  }

  /** The content of a guest's folder as an archive; undefined when nothing in it has changed since the last time. */
  async pack(id: string, folder: string): Promise<Uint8Array | undefined> {
    const { archive } = await this.#ask({ do: 'pack', id, folder: checked(folder) });
    return typeof archive === 'string' ? Buffer.from(archive, 'base64') : undefined;
  }

  /** Puts an archive (empty: nothing) in place of what a guest's folder holds; undefined removes the folder. */
  async unpack(id: string, folder: string, archive: Uint8Array | undefined): Promise<void> {
    const packed = archive === undefined ? undefined : Buffer.from(archive).toString('base64');
    await this.#ask({ do: 'unpack', id, folder: checked(folder), archive: packed });
  }

  /** Words that open a shell in a guest, with no more rights than its own programs have. */
  shell(id: string): readonly string[] | undefined {
    const pid = this.pidOf(id);
    if (pid === undefined) return undefined;
    const drop = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
    const spaces = ['--user', '--net', '--pid', '--mount', '--uts', '--ipc', '--preserve-credentials'];
    const bare = ['env', '-i', `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`, 'HOME=/root'];
    return [
      ...(isRoot() ? drop : []),
      ...['nsenter', '--target', String(pid), ...spaces, '--', ...bare, 'TERM=xterm'],
      ...['setpriv', '--no-new-privs', `--bounding-set=${withheld}`, '/bin/sh', '-c', shellScript],
    ];
  }

  /** Settles when the guest has ended: by itself, or by force after the grace. */
  async stop(id: string, graceMs: number): Promise<void> {
    await this.#ask({ do: 'stop', id, graceMs });
  }

  answerName(id: string, message: Uint8Array): void {
    void this.#ask({ do: 'name', id, message: Buffer.from(message).toString('base64') }).catch(() => {});
  }

  /** @param source an address that is nobody's here, from which it shall come. Default: the router's. */
  async connect(address: string, port: number, source?: string): Promise<net.Socket | Refusal> {
    const path = join(this.folder, 'fabric.sock');
    if (!existsSync(path)) return 'timeout';
    const socket = net.connect({ path, allowHalfOpen: true });
    socket.on('error', () => {});
    socket.write(`${JSON.stringify({ address, port, source })}\n`);
    const line = await readLine(socket);
    if (line === 'open') return socket;
    socket.destroy();
    return line === 'refused' ? 'refused' : 'timeout';
  }

  /** Gives a guest a datagram; answers come for as long as its sender goes on. */
  async datagram(flow: DatagramFlow, { bytes, answer }: Datagram): Promise<void> {
    const id = `${flow.source} ${flow.sourcePort} ${flow.address} ${flow.port}`;
    this.#flows.set(id, answer);
    await this.#ask({ do: 'datagram', id, ...flow, bytes: Buffer.from(bytes).toString('base64') });
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await this.#ended;
    clearTimeout(late);
  }
}

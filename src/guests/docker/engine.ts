// A client of the Docker Engine API, as far as guests need it. Podman serves the same API on a socket of its own.
// @see https://docs.docker.com/reference/api/engine/
import { existsSync } from 'node:fs';
import http from 'node:http';

/** Where engines listen: what the user says, Docker, Podman of the system, Podman of the user. */
export function findSocket(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = environment['DOCKER_HOST'];
  if (given?.startsWith('unix://') === true) return given.slice('unix://'.length);
  const runtime = environment['XDG_RUNTIME_DIR'];
  const places = ['/var/run/docker.sock', '/run/podman/podman.sock'];
  if (runtime !== undefined) places.push(`${runtime}/docker.sock`, `${runtime}/podman/podman.sock`);
  return places.find((path) => existsSync(path));
}

/** The engine refused, with its own words. */
export class EngineError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ContainerSpec {
  readonly Image: string;
  readonly Hostname: string;
  readonly Entrypoint?: readonly string[] | undefined;
  readonly Cmd?: readonly string[] | undefined;
  readonly Env?: readonly string[] | undefined;
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>> | undefined;
  readonly HostConfig: object;
}

export interface ContainerView {
  readonly Id: string;
  readonly Names?: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface ContainerDetail {
  readonly Id: string;
  /** Of its first process, as the engine's machine numbers it; 0 when it does not run. */
  readonly State: { readonly Running: boolean; readonly Pid?: number };
  readonly HostConfig?: { readonly NanoCpus?: number; readonly Memory?: number };
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string; readonly Gateway?: string }>>;
    readonly Ports?: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;
  };
}

/** What an engine says of its machine. */
export interface EngineInfo {
  readonly OSType?: string;
  readonly KernelVersion?: string;
  readonly Name?: string;
  readonly SecurityOptions?: readonly string[] | null;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** The oldest version of the API that engines of today still serve. */
const version = 'v1.41';

export class Engine {
  readonly socketPath: string;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** @param body an archive, or what is sent as JSON. */
  #ask(method: string, path: string, body?: object): Promise<Answer> {
    const isArchive = body instanceof Uint8Array;
    const text = body === undefined || isArchive ? body : JSON.stringify(body);
    const headers: Record<string, string> = { host: 'docker' };
    if (text !== undefined) {
      headers['content-type'] = isArchive ? 'application/x-tar' : 'application/json';
      headers['content-length'] = String(Buffer.byteLength(text));
    }
    return new Promise((resolve, reject) => {
      const request = http.request(
        { socketPath: this.socketPath, method, path: `/${version}${path}`, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => resolve({ status: response.statusCode ?? 500, body: Buffer.concat(chunks) }));
        },
      );
      request.on('error', reject);
      request.end(text);
    });
  }

  /** @param passed statuses that are no failures, besides those of success. */
  async #get(method: string, path: string, body?: object, passed: readonly number[] = []): Promise<Answer> {
    const answer = await this.#ask(method, path, body);
    if (answer.status < 300 || passed.includes(answer.status)) return answer;
    throw new EngineError(answer.status, messageOf(answer));
  }

  async #json<Value>(method: string, path: string, body?: object): Promise<Value> {
    return JSON.parse((await this.#get(method, path, body)).body.toString('utf8')) as Value;
  }

  async ping(): Promise<void> {
    await this.#get('GET', '/_ping');
  }

  info(): Promise<EngineInfo> {
    return this.#json('GET', '/info');
  }

  async hasImage(name: string): Promise<boolean> {
    return (await this.#get('GET', `/images/${encodeURIComponent(name)}/json`, undefined, [404])).status !== 404;
  }

  /** Loads an image from its registry. The answer is a stream of reports; one of them may be the failure. */
  async pull(name: string): Promise<void> {
    const { body } = await this.#get('POST', `/images/create?fromImage=${encodeURIComponent(name)}`);
    const failed = /"error"\s*:\s*"([^"]*)"/.exec(body.toString('utf8'))?.[1];
    if (failed !== undefined) throw new EngineError(500, failed);
  }

  list(label: string): Promise<readonly ContainerView[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
    return this.#json('GET', `/containers/json?all=true&filters=${filters}`);
  }

  async create(name: string, spec: ContainerSpec): Promise<string> {
    const { Id } = await this.#json<{ Id: string }>(
      'POST',
      `/containers/create?name=${encodeURIComponent(name)}`,
      spec,
    );
    return Id;
  }

  async find(id: string): Promise<ContainerDetail | undefined> {
    const { status, body } = await this.#get('GET', `/containers/${encodeURIComponent(id)}/json`, undefined, [404]);
    return status === 404 ? undefined : (JSON.parse(body.toString('utf8')) as ContainerDetail);
  }

  /** 304: it runs already. */
  async start(id: string): Promise<void> {
    await this.#get('POST', `/containers/${encodeURIComponent(id)}/start`, undefined, [304]);
  }

  /** Gracefully, by force after so many seconds; one that does not run, or is gone, is left alone. */
  async stop(id: string, seconds: number): Promise<void> {
    await this.#get('POST', `/containers/${encodeURIComponent(id)}/stop?t=${seconds}`, undefined, [304, 404]);
  }

  async remove(id: string): Promise<void> {
    await this.#get('DELETE', `/containers/${encodeURIComponent(id)}?force=true&v=true`, undefined, [404]);
  }

  /** A folder's content as an archive; undefined where there is no such folder. */
  async read(id: string, folder: string): Promise<Buffer | undefined> {
    const path = `/containers/${encodeURIComponent(id)}/archive?path=${encodeURIComponent(`${folder}/.`)}`;
    const { status, body } = await this.#get('GET', path, undefined, [404]);
    return status === 404 ? undefined : body;
  }

  /** Unpacks an archive in a folder. */
  async write(id: string, folder: string, archive: Uint8Array): Promise<void> {
    await this.#get('PUT', `/containers/${encodeURIComponent(id)}/archive?path=${encodeURIComponent(folder)}`, archive);
  }

  /** Runs a program in a container, and does not wait for its end. */
  async run(id: string, words: readonly string[]): Promise<void> {
    const path = `/containers/${encodeURIComponent(id)}/exec`;
    const { Id } = await this.#json<{ Id: string }>('POST', path, { Cmd: words });
    await this.#get('POST', `/exec/${Id}/start`, { Detach: true });
  }

  /** The end of what it wrote. */
  async logs(id: string, lines: number): Promise<string> {
    const query = `stdout=true&stderr=true&tail=${lines}`;
    const { status, body } = await this.#get(
      'GET',
      `/containers/${encodeURIComponent(id)}/logs?${query}`,
      undefined,
      [404],
    );
    return status === 404 ? '' : readFrames(body);
  }

  /** A network of bridges; one that is there already stays. */
  async network(name: string): Promise<void> {
    const found = await this.#get('GET', `/networks/${encodeURIComponent(name)}`, undefined, [404]);
    if (found.status === 404) await this.#get('POST', '/networks/create', { Name: name, Driver: 'bridge' });
  }
}

function messageOf({ status, body }: Answer): string {
  const text = body.toString('utf8');
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text === '' ? `the engine answered ${status}` : text;
  }
}

/** Output without a terminal comes in frames: stream, three zeros, length, bytes. */
export function readFrames(bytes: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 8 <= bytes.byteLength) {
    const kind = bytes[at] ?? 255;
    if (kind > 2 || bytes.readUIntBE(at + 1, 3) !== 0) return bytes.toString('utf8');
    const length = bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString('utf8');
}

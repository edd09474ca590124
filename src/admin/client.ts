// The admin API as its clients see it: the command line, and programs that drive a cloud in another process.
import http from 'node:http';
import https from 'node:https';

/** Nothing answers at the endpoint, or something that is no Hakoniwa. */
export class Unreachable extends Error {}

/** The cloud refused, and says what to do. */
export class Refused extends Error {
  readonly status: number;
  readonly remedy: string;

  constructor(status: number, message: string, remedy: string) {
    super(message);
    this.status = status;
    this.remedy = remedy;
  }
}

interface Problem {
  readonly error?: { readonly message?: string; readonly remedy?: string };
}

export class AdminClient {
  readonly endpoint: string;

  constructor(endpoint: string) {
    this.endpoint = endpoint.replace(/\/+$/, '');
  }

  get<Answer>(path: string, timeoutMs?: number): Promise<Answer> {
    return this.#call<Answer>('GET', path, undefined, timeoutMs);
  }

  post<Answer>(path: string, body: object = {}): Promise<Answer> {
    return this.#call<Answer>('POST', path, body);
  }

  delete<Answer>(path: string): Promise<Answer> {
    return this.#call<Answer>('DELETE', path, undefined);
  }

  async #call<Answer>(method: string, path: string, body: object | undefined, timeoutMs?: number): Promise<Answer> {
    const response = await this.#send(method, path, body, timeoutMs);
    const text = await textOf(response);
    const value = parsed(text);
    if (value === undefined) throw new Unreachable(`What answers at ${this.endpoint} is no Hakoniwa.`);
    if ((response.statusCode ?? 500) < 400) return value as Answer;
    const { error } = value as Problem;
    throw new Refused(response.statusCode ?? 500, error?.message ?? text, error?.remedy ?? '');
  }

  /** One value a line, until the server or the caller ends it. */
  async *follow<Line>(path: string): AsyncGenerator<Line> {
    const response = await this.#send('GET', path, undefined);
    if (response.statusCode !== 200) {
      const { error } = (parsed(await textOf(response)) ?? {}) as Problem;
      throw new Refused(response.statusCode ?? 500, error?.message ?? 'The cloud refused.', error?.remedy ?? '');
    }
    let held = '';
    response.setEncoding('utf8');
    for await (const chunk of response as AsyncIterable<string>) {
      held += chunk;
      const lines = held.split('\n');
      held = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line) as Line;
    }
  }

  #send(method: string, path: string, body: object | undefined, timeoutMs?: number): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = text === undefined ? {} : { 'content-type': 'application/json' };
      const { request: open } = this.endpoint.startsWith('https:') ? https : http;
      const request = open(
        `${this.endpoint}/_hakoniwa${path}`,
        // No agent: Node's own one gives up after five seconds, and moving the clock by a year may take longer.
        { method, headers, agent: false, ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) },
        resolve,
      );
      request.on('timeout', () => request.destroy(new Error('no answer in time')));
      request.on('error', (error) => reject(new Unreachable(`Nothing answers at ${this.endpoint}.`, { cause: error })));
      request.end(text);
    });
  }
}

async function textOf(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

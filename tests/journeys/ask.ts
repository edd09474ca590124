// A request over a real port for a name, as curl and browsers send it, without asking a name server. (`fetch` writes the host itself.)
import http from 'node:http';

export interface Asked {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export interface AskOptions {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks what listens at `endpoint` (`http://127.0.0.1:4566`) for the host `name`. */
export async function ask(endpoint: string, name: string, options: AskOptions = {}): Promise<Asked> {
  const { path = '/', method = 'GET', headers = {}, body } = options;
  const { hostname, port } = new URL(endpoint);
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const host = `${name}:${port}`;
    const request = http.request(
      { hostname, port, path, method, headers: { ...headers, host }, agent: false },
      resolve,
    );
    request.on('error', reject).end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString('utf8') };
}

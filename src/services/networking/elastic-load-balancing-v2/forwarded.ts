// What a load balancer changes in a request before it passes it on, and in an answer before it gives it back.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
import type { HttpRequest } from '../../../kernel/http.ts';
import type { TlsSession } from '../../../kernel/door.ts';
import type { Attributes, ElbContext } from './state.ts';

const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade']);

export interface Came {
  readonly clientIp: string;
  readonly clientPort: number;
  readonly protocol: 'http' | 'https';
  readonly port: number;
  /** What was agreed with a client that came by TLS, where that is known. */
  readonly tls?: Partial<TlsSession> | undefined;
}

function forwardedFor(
  before: string | undefined,
  { clientIp, clientPort }: Came,
  attributes: Attributes,
): string | undefined {
  const mode = attributes['routing.http.xff_header_processing.mode'] ?? 'append';
  if (mode === 'preserve') return before;
  if (mode === 'remove') return undefined;
  const own = attributes['routing.http.xff_client_port.enabled'] === 'true' ? `${clientIp}:${clientPort}` : clientIp;
  return before === undefined || before === '' ? own : `${before}, ${own}`;
}

/** `Root=1-67891233-abcdef012345678912345678`; one that came in keeps its root. */
function traceId(before: string | undefined, { clock, ids }: ElbContext): string {
  const fresh = `1-${Math.floor(clock.now() / 1000).toString(16)}-${ids.hex(24)}`;
  if (before === undefined) return `Root=${fresh}`;
  return before.includes('Root=') ? `Self=${fresh};${before}` : `Root=${fresh};${before}`;
}

/** The port of the listener stands in the host, unless it is one of the two usual ones: then none does. */
function hostFor(host: string, port: number): string {
  const name = host.replace(/:\d+$/, '');
  return port === 80 || port === 443 ? name : name === host ? `${name}:${port}` : host;
}

const validName = /^[A-Za-z0-9-]+$/;

/** The headers for a target: without those of the connection, with who came and how. */
export function forwardedHeaders(request: HttpRequest, came: Came, attributes: Attributes): Record<string, string> {
  const strict = attributes['routing.http.drop_invalid_header_fields.enabled'] === 'true';
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (!hopByHop.has(name) && !(strict && !validName.test(name))) headers[name] = value;
  const xff = forwardedFor(headers['x-forwarded-for'], came, attributes);
  if (xff === undefined) delete headers['x-forwarded-for'];
  else headers['x-forwarded-for'] = xff;
  headers['x-forwarded-proto'] = came.protocol;
  headers['x-forwarded-port'] = String(came.port);
  return headers;
}

/** The request as a target of an application load balancer sees it. */
export function passOn(request: HttpRequest, came: Came, attributes: Attributes, context: ElbContext): HttpRequest {
  const headers = forwardedHeaders(request, came, attributes);
  headers['x-amzn-trace-id'] = traceId(headers['x-amzn-trace-id'], context);
  if (attributes['routing.http.preserve_host_header.enabled'] !== 'true')
    headers['host'] = hostFor(headers['host'] ?? '', came.port);
  return { ...request, headers, sourceIp: came.clientIp };
}

/** Headers that end with the connection to the target. */
export function bringBack(headers: Readonly<Record<string, string | string[]>>): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (!hopByHop.has(name.toLowerCase())) kept[name] = value;
  return kept;
}

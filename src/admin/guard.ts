// Who may use the admin API: programs on this machine. A web page that somebody visits must not, neither by a form or a fetch to
// localhost (its Origin tells) nor by a name that was made to point here (DNS rebinding: the Host tells).
import { AdminError } from './answer.ts';
import type { HttpRequest } from '../kernel/http.ts';
import type { HouseOptions } from './house.ts';

const loopbackAddress = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/** `[::1]:4566` → `[::1]`. */
const nameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

function isHome(name: string, hosts: readonly string[]): boolean {
  if (name === 'localhost' || name === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)) return true;
  if (name.endsWith('.localhost') || name === 'localhost.localstack.cloud') return true;
  return name.endsWith('.localhost.localstack.cloud') || hosts.includes(name);
}

function originName(origin: string): string | undefined {
  try {
    const { protocol, host } = new URL(origin);
    return protocol === 'http:' || protocol === 'https:' ? nameOf(host) : undefined;
  } catch {
    return undefined;
  }
}

const changes = (method: string): boolean => method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';

/** Throws unless the request comes from this machine, or by a name that was allowed. */
export function guard({ method, headers, sourceIp }: HttpRequest, { hosts = [] }: HouseOptions): void {
  if (!loopbackAddress.test(sourceIp) && hosts.length === 0) {
    throw new AdminError(
      403,
      'NotLocal',
      `The admin API answers to this machine only; this request came from ${sourceIp}.`,
      'Start Hakoniwa with --admin-host NAME, where NAME is the host name by which other machines call it.',
    );
  }
  const host = headers['host'] ?? '';
  if (!isHome(nameOf(host), hosts)) {
    throw new AdminError(
      403,
      'ForeignHost',
      `The admin API does not answer to the name "${host}".`,
      'Call it as localhost or 127.0.0.1, or start Hakoniwa with --admin-host NAME.',
    );
  }
  const { origin } = headers;
  if (origin === undefined) {
    if (headers['sec-fetch-site'] === 'cross-site') throw foreignOrigin('another site');
    return;
  }
  const name = originName(origin);
  if (name === undefined || !isHome(name, hosts)) throw foreignOrigin(origin);
  const isJson = headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'application/json';
  if (changes(method) && !isJson && headers['x-hakoniwa'] === undefined) {
    throw new AdminError(
      415,
      'FormRefused',
      'A browser must send changes as JSON, so that no form of another page can.',
      'Send the header "content-type: application/json", or "x-hakoniwa: 1".',
    );
  }
}

const foreignOrigin = (origin: string): AdminError =>
  new AdminError(
    403,
    'ForeignOrigin',
    `The admin API does not answer to pages of ${origin}.`,
    'Open the page from localhost, or start Hakoniwa with --admin-host NAME, where NAME is the host name of that page.',
  );

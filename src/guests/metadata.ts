// The instance metadata service, IMDSv1 and v2, as one pure answer: simulated and real guests ask the same.
//
// A session begins with PUT /latest/api/token, which tells for how many seconds its token is good. A token is the instant of its end and a
// seal over that and the instance, so nothing is kept of it. Where tokens are required, a request without one gets 401; where they are
// optional, only one with a wrong token does.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import type { Machine } from '../kernel/machine.ts';
import { type Instant, instant } from '../kernel/units.ts';
import { type Entry, type Folder, isFolder, machineTree, type RoleSource, versions } from './metadata-tree.ts';

/** Longest life of a token, seconds: six hours. */
const tokenSecondsMax = 21_600;
const ttlHeader = 'x-aws-ec2-metadata-token-ttl-seconds';
const tokenHeader = 'x-aws-ec2-metadata-token';

export interface MetadataWorld {
  readonly now: Instant;
  /** Seals tokens. */
  readonly secret: string;
  readonly roles: RoleSource;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
};

function failure(status: number, headers: Record<string, string> = {}): HttpResponse {
  const title = `${status} - ${reasons[status] ?? ''}`;
  const body = `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
	"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${title}</title>
 </head>
 <body>
  <h1>${title}</h1>
 </body>
</html>
`;
  return { status, headers: { 'content-type': 'text/html', server: 'EC2ws', ...headers }, body };
}

const text = (body: string | Uint8Array, type = 'text/plain', headers: Record<string, string> = {}): HttpResponse => ({
  status: 200,
  headers: {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    server: 'EC2ws',
    ...headers,
  },
  body,
});

const sealOf = (secret: string, instanceId: string, end: string): Buffer =>
  createHmac('sha256', secret).update(`${instanceId} ${end}`).digest().subarray(0, 32);

/** 56 characters, as AWS's. */
function makeToken(secret: string, instanceId: string, end: Instant): string {
  const head = Buffer.alloc(10);
  head.write('AQ');
  head.writeBigUInt64BE(BigInt(end), 2);
  return Buffer.concat([head, sealOf(secret, instanceId, String(end))]).toString('base64url');
}

function isGoodToken(token: string, { now, secret }: MetadataWorld, instanceId: string): boolean {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.byteLength !== 42) return false;
  const end = instant(Number(bytes.readBigUInt64BE(2)));
  return timingSafeEqual(bytes.subarray(10), sealOf(secret, instanceId, String(end))) && now < end;
}

function beginSession({ headers }: HttpRequest, machine: Machine, world: MetadataWorld): HttpResponse {
  // What passed a proxy could have been sent by anybody.
  if (headers['x-forwarded-for'] !== undefined) return failure(403);
  const given = headers[ttlHeader] ?? '';
  const seconds = Number(given);
  if (!/^\d+$/.test(given) || seconds < 1 || seconds > tokenSecondsMax) return failure(400);
  const token = makeToken(world.secret, machine.id, instant(world.now + seconds * 1_000));
  return text(token, 'text/plain', { [ttlHeader]: given });
}

/** `0=my-key` is asked for as `0`. */
const nameOf = (name: string): string => (/^\d+=/.test(name) ? (name.split('=', 1)[0] ?? name) : name);

async function walk(start: Folder, parts: readonly string[]): Promise<Entry | undefined> {
  let at: Entry | undefined = start;
  for (const part of parts) {
    if (typeof at === 'function') at = await at();
    if (at === undefined || !isFolder(at)) return undefined;
    at = Object.entries(at).find(([name]) => nameOf(name) === part)?.[1];
  }
  return typeof at === 'function' ? at() : at;
}

/** Folders end with a slash; the list of keys does not. */
const listing = (folder: Folder): string =>
  Object.entries(folder)
    .filter(([, entry]) => entry !== undefined)
    .map(([name, entry]) => (isListed(name, entry as Entry) ? `${name}/` : name))
    .join('\n');

const foldersByPromise = new Set(['security-credentials']);
const isListed = (name: string, entry: Entry): boolean =>
  typeof entry === 'function' ? foldersByPromise.has(name) : isFolder(entry) && !/^\d+=/.test(name);

function partsOf(target: string): readonly string[] | undefined {
  try {
    return decodeURIComponent(target.split('?', 1)[0] ?? '')
      .split('/')
      .filter((part) => part !== '');
  } catch {
    return undefined;
  }
}

/** Answers what an instance asks of its metadata service. */
export async function answerMetadata(
  request: HttpRequest,
  machine: Machine,
  world: MetadataWorld,
): Promise<HttpResponse> {
  const parts = partsOf(request.target);
  if (parts === undefined) return failure(400);
  if (machine.access.endpoint === 'disabled') return failure(403);
  const [version, ...path] = parts;
  if (version === 'latest' && path.join('/') === 'api/token')
    return request.method === 'PUT' ? beginSession(request, machine, world) : failure(405, { allow: 'OPTIONS, PUT' });
  if (request.method !== 'GET' && request.method !== 'HEAD') return failure(405, { allow: 'OPTIONS, GET, HEAD' });

  const token = request.headers[tokenHeader];
  if (token === undefined ? machine.access.tokens === 'required' : !isGoodToken(token, world, machine.id))
    return failure(401);
  if (version === undefined) return text(versions.join('\n'));
  if (!versions.includes(version)) return failure(404);

  const found = await walk(machineTree(machine, world.roles), path);
  if (found === undefined || typeof found === 'function') return failure(404);
  const response = isFolder(found)
    ? text(listing(found))
    : text(found, path[0] === 'user-data' ? 'application/octet-stream' : 'text/plain');
  return request.method === 'HEAD' ? { ...response, body: undefined } : response;
}

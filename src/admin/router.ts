// /_hakoniwa/…: the cloud's own API, for its command line, its console and the tests of its users. docs/admin-api.md describes it.
import { AwsError } from '../kernel/errors.ts';
import { type HttpRequest, type HttpResponse, BodyTooLarge } from '../kernel/http.ts';
import { stopwatchMs } from '../kernel/clock.ts';
import { mebibyte } from '../kernel/units.ts';
import { version } from '../kernel/version.ts';
import { answerAlias } from './alias.ts';
import { AdminError, badRequest, failure, json, jsonLines } from './answer.ts';
import { certificateFile, viewCertificate } from './certificate.ts';
import { moveClock, viewClock } from './clock.ts';
import { listDoors } from './door-port.ts';
import { addFault, endFault, listFaults } from './fault.ts';
import { guard } from './guard.ts';
import { behaveGuest, getGuest, getShell } from './guest.ts';
import type { House, HouseOptions } from './house.ts';
import { listJobs } from './job.ts';
import { addLoad, endLoad, listLoad } from './load.ts';
import { listIssuers, trustIssuer } from './issuer.ts';
import { endFollows, followRequests, listRequests } from './request.ts';
import { deleteSnapshot, listSnapshots, loadSnapshot, saveSnapshot } from './snapshot.ts';
import { sendRequest, traceFlow } from './trace.ts';
import { viewStatus } from './status.ts';

type Body = Readonly<Record<string, unknown>>;

interface Call {
  readonly house: House;
  readonly options: HouseOptions;
  readonly request: HttpRequest;
  readonly query: URLSearchParams;
  /** What stood in place of `:name` in the route. */
  readonly name: string;
  readonly body: Body;
}

type Route = (call: Call) => unknown;

/** `METHOD /path/:name` → answer, or a value to be sent as JSON. */
const routes: Readonly<Record<string, Route>> = {
  'GET /health': () => ({ status: 'running', version }),
  'GET /status': ({ house, options }) => viewStatus(house, options),
  'POST /stop': stop,
  'POST /reset': async ({ house }) => {
    const started = stopwatchMs();
    await house.reset();
    return { reset: true, tookMs: stopwatchMs() - started };
  },
  'GET /clock': ({ house }) => viewClock(house),
  'POST /clock/:name': async ({ house, name, body }) => (await moveClock(house, name, body)) ?? noSuchPath(name),
  'GET /snapshots': ({ house }) => ({ snapshots: listSnapshots(house) }),
  'POST /snapshots': async ({ house, body }) => json(await saveSnapshot(house, body), 201),
  'POST /snapshots/load': ({ house, body }) => loadSnapshot(house, body),
  'DELETE /snapshots/:name': ({ house, name }) => deleteSnapshot(house, name),
  'GET /certificate': ({ house }) => viewCertificate(house),
  'GET /certificate.pem': ({ house }) => certificateFile(house),
  'GET /doors': ({ house, options }) => listDoors(house, options),
  'GET /services': ({ house }) => listServices(house),
  'GET /services/:name': ({ house, name }) => getService(house, name),
  'GET /requests': ({ house, query, request }) =>
    query.has('follow') && query.get('follow') !== 'false'
      ? jsonLines(followRequests(house, query, request))
      : { requests: listRequests(house, query) },
  'GET /identity-keys': ({ house }) => listIssuers(house),
  'POST /identity-keys': ({ house, query, body }) => trustIssuer(house, query, body),
  'GET /faults': ({ house }) => listFaults(house),
  'POST /faults': ({ house, body }) => json(addFault(house, body), 201),
  'DELETE /faults/:name': ({ house, name }) => endFault(house, name),
  'GET /load': ({ house }) => listLoad(house),
  'POST /load': async ({ house, body }) => json(await addLoad(house, body), 201),
  'DELETE /load/:name': ({ house, name }) => endLoad(house, name),
  'POST /trace': ({ house, body }) => traceFlow(house, body),
  'POST /http': ({ house, body }) => sendRequest(house, body),
  'GET /guests/:name': ({ house, name }) => getGuest(house, name),
  'POST /guests/:name': ({ house, name, body }) => behaveGuest(house, name, body),
  'GET /shells/:name': ({ house, name }) => getShell(house, name),
  'GET /jobs': ({ house, query }) => listJobs(house, query),
};

function stop({ options, house }: Call): object {
  const { stop: end } = options;
  if (end === undefined) {
    throw new AdminError(
      409,
      'Embedded',
      'This cloud lives inside a program and ends with it.',
      'Close it there: await cloud.close().',
    );
  }
  endFollows(house);
  // The answer goes out first.
  setImmediate(end);
  return { stopping: true, pid: process.pid };
}

async function listServices(house: House): Promise<object> {
  const services = await house.services();
  return {
    services: services.map(({ name, shelf, operations, modelled }) => ({
      name,
      shelf,
      done: operations.length,
      modelled,
    })),
  };
}

async function getService(house: House, name: string): Promise<object> {
  const service = (await house.services()).find((line) => line.name === name);
  if (service !== undefined) return service;
  throw new AdminError(404, 'NoSuchService', `There is no service ${name}.`, 'GET /_hakoniwa/services lists them.');
}

function noSuchPath(path: string): never {
  const known = [...new Set(Object.keys(routes).map((route) => route.split(' ')[1]))];
  throw new AdminError(
    404,
    'NoSuchPath',
    `There is no ${path} here.`,
    `Under /_hakoniwa there are: ${known.join(', ')}.`,
  );
}

interface Match {
  readonly route: Route;
  readonly name: string;
}

/** A route of the exact path goes before one with `:name`. */
function findRoute(method: string, path: string): Match | undefined {
  const exact = routes[`${method} ${path}`];
  if (exact !== undefined) return { route: exact, name: '' };
  const at = path.lastIndexOf('/');
  const route = at > 0 ? routes[`${method} ${path.slice(0, at)}/:name`] : undefined;
  return route && { route, name: decodeURIComponent(path.slice(at + 1)) };
}

const methods = ['GET', 'POST', 'DELETE'];

function routeOf(method: string, path: string): Match {
  const match = findRoute(method === 'HEAD' ? 'GET' : method, path);
  if (match !== undefined) return match;
  const others = methods.filter((other) => findRoute(other, path) !== undefined);
  if (others.length === 0) return noSuchPath(path);
  throw new AdminError(405, 'WrongMethod', `${path} does not take ${method}.`, `Use ${others.join(' or ')}.`);
}

async function readBody({ body, method }: HttpRequest): Promise<Body> {
  if (method === 'GET' || method === 'HEAD') return {};
  const text = Buffer.from(await body.bytes(mebibyte)).toString('utf8');
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  } catch {
    // Told below.
  }
  throw badRequest('The body is no JSON object.', 'Send an object such as {"by":"30d"}, or nothing.');
}

/** A page of this machine may read the answers of a cloud on another port. */
function allowOrigin({ headers }: HttpRequest, response: HttpResponse): HttpResponse {
  if (headers['origin'] === undefined) return response;
  const allowed = { 'access-control-allow-origin': headers['origin'], vary: 'Origin' };
  return { ...response, headers: { ...response.headers, ...allowed } };
}

const preflight: HttpResponse = {
  status: 204,
  headers: {
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': 'content-type, x-hakoniwa',
    'access-control-max-age': '600',
  },
  body: undefined,
};

async function respond(request: HttpRequest, house: House, options: HouseOptions): Promise<HttpResponse> {
  guard(request, options);
  if (request.method === 'OPTIONS') return preflight;
  const { pathname, searchParams: query } = new URL(request.target, 'http://localhost');
  const path = pathname.length > 1 ? pathname.replace(/\/+$/, '') : pathname;
  if (!path.startsWith('/_hakoniwa')) return (await answerAlias(request, path, query, house)) ?? noSuchPath(path);
  const { route, name } = routeOf(request.method, path.slice('/_hakoniwa'.length) || '/');
  const value = await route({ house, options, request, query, name, body: await readBody(request) });
  return isResponse(value) ? value : json(value);
}

const isResponse = (value: unknown): value is HttpResponse =>
  typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'body' in value;

/** Answers any request for the admin API, errors included. */
export async function answer(request: HttpRequest, house: House, options: HouseOptions): Promise<HttpResponse> {
  try {
    return allowOrigin(request, await respond(request, house, options));
  } catch (error) {
    if (error instanceof AdminError) {
      const refused = failure(error);
      return error.status === 403 ? refused : allowOrigin(request, refused);
    }
    if (error instanceof BodyTooLarge) return failure(badRequest('The body is too large.', 'Send at most 1 MiB.'));
    if (error instanceof AwsError)
      return failure(new AdminError(error.status ?? 500, error.code, error.message, 'The cloud is as it was.'));
    if (error instanceof URIError || error instanceof TypeError) {
      return failure(badRequest(`The address cannot be read: ${request.target.slice(0, 200)}`, 'Check its encoding.'));
    }
    throw error;
  }
}

// The door: a request becomes a value, walks the road of `kernel/road.ts`, and becomes bytes again.
import type { Cloud } from '../cloud.ts';
import { stopwatchMs } from '../kernel/clock.ts';
import type { AwsError } from '../kernel/errors.ts';
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import { type Decoded, type Identified, publicError } from '../kernel/road.ts';
import type { Origin } from '../kernel/service.ts';
import { Activity } from '../kernel/timeline.ts';
import type { Witnessed } from '../kernel/witness.ts';
import type { OperationModel } from '../protocol/model.ts';
import { validatorOf } from '../protocol/validation.ts';
import { type Identification, identify, readInput, writeError, writeOutput } from '../protocol/wire.ts';
import { corsHeaders, preflight } from './cors.ts';
import { authenticate } from './authenticate.ts';

/** What is known of a request so far; an error is answered with as much of it as there is. */
interface Progress {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly startedMs: number;
  identification?: Identification;
  operation?: OperationModel;
  call?: Identified;
  errorCode?: string;
}

/** Answers any request; it never throws. */
export async function dispatch(request: HttpRequest, cloud: Cloud): Promise<HttpResponse> {
  const progress: Progress = { request, requestId: cloud.makeRequestId(), startedMs: stopwatchMs() };
  let answer: HttpResponse;
  try {
    const doors = cloud.doorsOf(request.headers['host']);
    const entered = doors.length === 0 ? undefined : await askDoors(doors, progress, cloud);
    answer = entered ?? (await serve(progress, cloud));
  } catch (error) {
    answer = refuse(progress, cloud, error);
  }
  if (progress.call !== undefined) cloud.witness(progress.call, () => seenOf(progress, answer));
  if (request.headers['origin'] !== undefined) Object.assign(answer.headers, await crossOrigin(progress, cloud));
  return answer;
}

/** The request as an access log tells of it. */
function seenOf(
  { request, identification, operation, call, startedMs, errorCode }: Progress,
  answer: HttpResponse,
): Witnessed {
  const { body, headers } = answer;
  const length =
    typeof body === 'string' ? Buffer.byteLength(body) : body instanceof Uint8Array ? body.byteLength : undefined;
  return {
    request,
    operation: operation?.name,
    caller: (call as Identified).caller,
    path: identification?.path ?? '/',
    query: identification?.query ?? [],
    hostBucket: identification?.hostBucket,
    status: answer.status,
    errorCode,
    bytesSent: length ?? (headers['content-length'] === undefined ? undefined : Number(headers['content-length'])),
    tookMs: stopwatchMs() - startedMs,
  };
}

/** A request for a name that a user gave to something of his: a load balancer, a site. */
async function askDoors(
  doors: readonly string[],
  { request, requestId, startedMs }: Progress,
  cloud: Cloud,
): Promise<HttpResponse | undefined> {
  for (const name of doors) {
    const service = await cloud.service(name);
    if (service?.door === undefined) continue;
    const call = cloud.nobody(name, requestId);
    const answered = await service.door.answer(request, cloud.context(call, service, new Activity()));
    if (answered === undefined) continue;
    cloud.record({ ...call, operation: request.method }, answered.status, startedMs, undefined, false);
    return answered;
  }
  return undefined;
}

async function serve(progress: Progress, cloud: Cloud): Promise<HttpResponse> {
  const { request, requestId } = progress;
  const identification = identify(request);
  progress.identification = identification;

  const authenticated = authenticate(request, identification, cloud);
  const { identity, trusted } = authenticated instanceof Promise ? await authenticated : authenticated;
  const call: Identified = {
    service: identification.service,
    account: identity.principal.kind === 'anonymous' ? cloud.account : identity.principal.account,
    region: identification.region ?? cloud.region,
    partition: cloud.partition,
    requestId,
    caller: identity.principal,
    origin: originOf(trusted, identification),
    onGone: request.onGone,
  };
  progress.call = call;

  const fronted = identification.operation === undefined ? await askFront(progress, trusted, cloud) : undefined;
  if (fronted !== undefined) return fronted;

  const read = readInput(identification, trusted);
  const { operation, input } = read instanceof Promise ? await read : read;
  progress.operation = operation;
  const refused = validatorOf(operation.service.service, operation.name)?.(input);
  if (refused !== undefined) throw refused;

  const decoded = decodedOf(call, operation, input);
  const output = await cloud.walk(decoded);
  const written = begun(writeOutput(identification, operation, output, { requestId, head: request.method === 'HEAD' }));
  const answer = written instanceof Promise ? await written : written;
  cloud.record(decoded, answer.status, progress.startedMs, undefined, false);
  return answer;
}

/** Member by member: adding to a spread copy costs a microsecond, and every request comes by here. */
const decodedOf = (call: Identified, operation: OperationModel, input: object): Decoded => ({
  service: operation.service.service,
  account: call.account,
  region: call.region,
  partition: call.partition,
  requestId: call.requestId,
  caller: call.caller,
  origin: call.origin,
  onGone: call.onGone,
  operation: operation.name,
  input,
});

/** A body of known length is begun before its headers are sent: when it cannot be read, that is told as an error. */
function begun(answer: HttpResponse): HttpResponse | Promise<HttpResponse> {
  const { body, headers } = answer;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return answer;
  if (headers['content-length'] === undefined) return answer;
  const chunks = body[Symbol.asyncIterator]();
  return chunks.next().then((first) => ({ ...answer, body: joined(first, chunks) }));
}

async function* joined(first: IteratorResult<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    // A client that leaves early must not leave a file open.
    await rest.return?.();
  }
}

function refuse(progress: Progress, cloud: Cloud, error: unknown): HttpResponse {
  const { request, requestId, identification, operation, call } = progress;
  const shown: AwsError = publicError(error, (bug) =>
    cloud.report(bug, `${identification?.service ?? 'the door'}:${operation?.name ?? ''} request ${requestId}`),
  );
  progress.errorCode = shown.code;
  const answer = writeError(identification, operation, shown, { requestId, head: request.method === 'HEAD' });
  Object.assign(answer.headers, shown.headers);
  const service = identification?.service ?? 'unknown';
  const known = operation?.name ?? identification?.operation?.name ?? identification?.operationName ?? '';
  const seen = call ?? cloud.nobody(service, requestId);
  cloud.record({ ...seen, service, operation: known }, answer.status, progress.startedMs, shown, false);
  return answer;
}

/** Where the request came from, and by which name: addresses in answers follow it. */
function originOf(request: HttpRequest, identification: Identification): Origin {
  const { headers } = request;
  const host = headers['host'] ?? 'localhost:4566';
  const scheme = request.secure || headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  return {
    sourceIp: request.sourceIp,
    secure: request.secure,
    userAgent: headers['user-agent'] ?? '',
    endpoint: `${scheme}://${host}`,
    host,
    headers,
    trailers: request.body.trailers,
    via: request.via,
    presigned: identification.scope !== undefined && headers['authorization'] === undefined,
  };
}

async function askFront(progress: Progress, request: HttpRequest, cloud: Cloud): Promise<HttpResponse | undefined> {
  const { identification, call } = progress;
  if (identification === undefined || call === undefined) return undefined;
  const loaded = cloud.service(identification.service);
  const service = loaded instanceof Promise ? await loaded : loaded;
  const { path, query, hostBucket } = identification;
  const front = { request, path, query, hostBucket };
  const answered =
    service?.front?.answer && (await service.front.answer(front, cloud.context(call, service, new Activity())));
  if (answered !== undefined) {
    cloud.record({ ...call, operation: request.method }, answered.status, progress.startedMs, undefined, false);
    return answered;
  }
  return request.method === 'OPTIONS' ? preflight(request) : undefined;
}

async function crossOrigin(progress: Progress, cloud: Cloud): Promise<Readonly<Record<string, string>>> {
  const { identification, request } = progress;
  const service = identification && (await cloud.service(identification.service));
  if (service?.front?.crossOrigin === undefined || identification === undefined) return corsHeaders;
  const { path, query, hostBucket } = identification;
  const call = progress.call ?? cloud.nobody(identification.service, progress.requestId);
  const context = cloud.context(call, service, new Activity());
  return service.front.crossOrigin({ request, path, query, hostBucket }, context);
}

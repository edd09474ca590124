// For which service and operation a request is, told from its head alone. In the order of how much one can rely on them: the
// signature's scope, `X-Amz-Target`, the path of Smithy RPC, the host, `Action` and `Version`, the path, the user agent. An unsigned
// request that matches nothing is S3's, because a public object is fetched by nothing but its path.
import { AwsError } from '../kernel/errors.ts';
import { type Directory, type DirectoryEntry, theDirectory } from './directory.ts';
import { parsePairs } from './form.ts';
import { type HostName, readHostName } from './host-name.ts';
import type { HttpRequest } from '../kernel/http.ts';
import { modelOf, type OperationModel, type Protocol } from './model.ts';
import { acceptsJson } from './query-json.ts';
import { type RouteMatch, Router } from './router.ts';
import { routeS3, s3Place } from './s3-route.ts';
import { readScope, type Scope } from './scope.ts';

export interface Identification {
  /**
   * Folder name of the service. For a query protocol whose `Version` stands in the body this is the likeliest one: the
   * operation that `readInput` answers knows for certain.
   */
  readonly service: string;
  readonly protocol: Protocol;
  /** Undefined for an unsigned request to a host that names none. */
  readonly region: string | undefined;
  readonly accessKeyId: string | undefined;
  /** Undefined for an unsigned request. */
  readonly scope: Scope | undefined;
  /** Known from the head for all but query protocols; undefined too when there is no such operation. */
  readonly operation: OperationModel | undefined;
  /** The operation's name as the client gave it, for the error. */
  readonly operationName: string | undefined;
  /** Path labels of REST operations, percent-encoded. */
  readonly labels: Readonly<Record<string, string>>;
  /** Path as sent, without the query. */
  readonly path: string;
  /** The query string, decoded, in order. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The bucket of a virtual host: `bucket.s3.localhost`. */
  readonly hostBucket: string | undefined;
  /** True for a form whose sender accepts JSON. */
  readonly wantsJson?: boolean | undefined;
}

/** A request for a service that is not in the catalogue, or for none that can be told. */
export class UnknownService extends AwsError {
  /** The protocol that the client seems to speak, for the shape of the answer. */
  readonly protocol: Protocol;

  constructor(protocol: Protocol, name: string) {
    super('NotImplemented', 501, `Hakoniwa has no service ${name}.`);
    this.protocol = protocol;
  }
}

interface Head {
  readonly request: HttpRequest;
  readonly directory: Directory;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly scope: Scope | undefined;
  readonly host: HostName;
}

const noLabels: Readonly<Record<string, string>> = {};
const form = 'application/x-www-form-urlencoded';

const isForm = ({ request }: Head): boolean => request.headers['content-type']?.startsWith(form) === true;

/** Signing names that are not the directory's: older ones, and those of S3's other endpoints. */
const aliases: Readonly<Record<string, string>> = {
  s3express: 's3',
  's3-object-lambda': 's3',
  's3-outposts': 's3',
  cloudwatch: 'monitoring',
  sesv2: 'ses',
  'elasticbeanstalk-health': 'elasticbeanstalk',
};

const candidatesOf = ({ directory, scope, host }: Head): readonly DirectoryEntry[] => {
  if (scope === undefined) return host.services;
  const signed = directory.bySigningName(aliases[scope.signingName] ?? scope.signingName);
  if (signed.length < 2 || host.services.length === 0) return signed;
  const both = signed.filter((entry) => host.services.includes(entry));
  return both.length === 0 ? signed : both;
};

/** The SDKs name the client: `api/docdb#3.1.0`. */
const byUserAgent = ({ request, directory }: Head): DirectoryEntry | undefined => {
  const { 'user-agent': agent = '', 'x-amz-user-agent': browserAgent = '' } = request.headers;
  const id = /(?:^|\s)api\/([^#\s]+)/.exec(`${browserAgent} ${agent}`)?.[1];
  return id === undefined ? undefined : directory.bySdkId(id);
};

const preferAgent = (head: Head, candidates: readonly DirectoryEntry[]): DirectoryEntry | undefined => {
  if (candidates.length < 2) return candidates[0];
  const told = byUserAgent(head);
  return told !== undefined && candidates.includes(told) ? told : candidates[0];
};

const answer = (
  head: Head,
  service: string,
  protocol: Protocol,
  operationName: string | undefined,
  match?: RouteMatch,
  hostBucket?: string,
): Identification => ({
  service,
  protocol,
  region: head.scope?.region ?? head.host.region,
  accessKeyId: head.scope?.accessKeyId,
  scope: head.scope,
  operation:
    match?.operation ?? (operationName === undefined ? undefined : modelOf(service).operations.get(operationName)),
  operationName: match?.operation.name ?? operationName,
  labels: match?.labels ?? noLabels,
  path: head.path,
  query: head.query,
  hostBucket,
});

const jsonProtocol = (entry: DirectoryEntry): Protocol =>
  entry.protocols.find((protocol) => protocol.startsWith('awsJson')) ?? entry.protocols[0] ?? 'awsJson1_1';

/** `X-Amz-Target: DynamoDB_20120810.PutItem`. */
const byTarget = (head: Head): Identification | undefined => {
  const target = head.request.headers['x-amz-target'];
  if (target === undefined) return undefined;
  const dot = target.lastIndexOf('.');
  const prefix = target.slice(0, Math.max(dot, 0));
  const name = target.slice(dot + 1);
  const signed = candidatesOf(head);
  const named = head.directory.byTarget(prefix);
  const both = named.filter((entry) => signed.includes(entry));
  const candidates = both.length > 0 ? both : named.length > 0 ? named : signed;
  // Two services of one target (Timestream) differ in their operations.
  const knowing =
    candidates.length > 1 ? candidates.filter(({ service }) => modelOf(service).operations.has(name)) : [];
  const entry = preferAgent(head, knowing.length > 0 ? knowing : candidates);
  if (entry === undefined) return undefined;
  return answer(head, entry.service, jsonProtocol(entry), name);
};

/** `/service/GraniteServiceVersion20100801/operation/PutMetricData`. */
const bySmithyRpc = (head: Head): Identification | undefined => {
  const found = /^\/service\/([^/]+)\/operation\/([^/]+)\/?$/.exec(head.path);
  if (found === null || head.request.headers['smithy-protocol'] === undefined) return undefined;
  const [, name = '', operation = ''] = found;
  const entry = head.directory.byTarget(name)[0] ?? candidatesOf(head)[0];
  if (entry === undefined || !entry.protocols.includes('rpcv2Cbor')) return undefined;
  return answer(head, entry.service, 'rpcv2Cbor', operation);
};

const queryProtocol = (entry: DirectoryEntry): Protocol | undefined =>
  entry.protocols.find((protocol) => protocol === 'awsQuery' || protocol === 'ec2Query');

/** `/000000000000/orders`: what the URL of a queue looks like. */
const queuePath = /^\/\d{12}\/[\w-]{1,80}(?:\.fifo)?\/?$/;

/** Nothing in the head names the service of an unsigned form, unless its path is a queue's: `readInput` finds it by the body's `Version`. */
const unsignedCandidates = ({ directory, path }: Head, version: string | undefined): readonly DirectoryEntry[] => {
  const queues = version === undefined && queuePath.test(path) ? directory.find('sqs') : undefined;
  return queues === undefined ? directory.byVersion(version ?? '2011-06-15') : [queues];
};

/** A form body, or `Action` in the query. */
const byAction = (head: Head): Identification | undefined => {
  const action = head.query.find(([name]) => name === 'Action')?.[1];
  if (action === undefined && !(head.request.method === 'POST' && isForm(head))) return undefined;
  const version = head.query.find(([name]) => name === 'Version')?.[1];
  const told = candidatesOf(head);
  const all = told.length > 0 ? told : head.scope === undefined ? unsignedCandidates(head, version) : [];
  const speaking = all.filter((entry) => queryProtocol(entry) !== undefined);
  const sameVersion = speaking.filter(({ apiVersion }) => apiVersion === version);
  const entry = preferAgent(head, sameVersion.length > 0 ? sameVersion : speaking);
  if (entry === undefined) return undefined;
  const found = answer(head, entry.service, queryProtocol(entry) ?? 'awsQuery', action);
  return acceptsJson(head.request.headers['accept']) ? { ...found, wantsJson: true } : found;
};

const routers = new Map<string, Router>();

const routerOf = (service: string): Router => {
  let router = routers.get(service);
  if (router === undefined) {
    router = new Router(modelOf(service).operations.values());
    routers.set(service, router);
  }
  return router;
};

const isRest = ({ protocols }: DirectoryEntry): boolean => protocols[0] === 'restJson1' || protocols[0] === 'restXml';

const asS3 = (head: Head): Identification => {
  const { request, host, path, query } = head;
  const virtual = host.services.length === 0 || host.services.some(({ service }) => service === 's3');
  const hostBucket = virtual ? host.before : undefined;
  const match = routeS3(request.method, s3Place(path, hostBucket), query, request.headers);
  return answer(head, 's3', 'restXml', undefined, match, hostBucket);
};

const s3ControlPath = /^\/v20180820(?:\/|$)/;

const byPath = (head: Head): Identification | undefined => {
  const candidates = candidatesOf(head).filter(isRest);
  if (candidates.some(({ service }) => service === 's3') && !s3ControlPath.test(head.path)) return asS3(head);
  let fallback: Identification | undefined;
  const preferred = preferAgent(head, candidates);
  for (const entry of [preferred, ...candidates.filter((other) => other !== preferred)]) {
    if (entry === undefined || entry.service === 's3') continue;
    const protocol = entry.protocols[0] ?? 'restJson1';
    const match = routerOf(entry.service).match(head.request.method, head.path, head.query, head.request.headers);
    if (match !== undefined) return answer(head, entry.service, protocol, undefined, match);
    fallback ??= answer(head, entry.service, protocol, undefined);
  }
  return fallback;
};

/** What the client seems to speak, when nobody knows the service. */
const seemingProtocol = (head: Head): Protocol => {
  if (head.request.headers['x-amz-target'] !== undefined) return 'awsJson1_1';
  if (isForm(head) || head.query.some(([name]) => name === 'Action')) return 'awsQuery';
  return 'restJson1';
};

/** Tells service, operation, Region and access key of a request from its method, target and headers. */
export const identify = (request: HttpRequest): Identification => {
  const directory = theDirectory();
  const { target, headers } = request;
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const query = question < 0 ? [] : parsePairs(target.slice(question + 1));
  const scope = readScope(headers, query);
  const head: Head = { request, directory, path, query, scope, host: readHostName(headers.host, directory) };
  const found = byTarget(head) ?? bySmithyRpc(head) ?? byAction(head) ?? byPath(head);
  if (found !== undefined) return found;
  if (scope !== undefined) {
    const known = candidatesOf(head)[0];
    if (known === undefined) throw new UnknownService(seemingProtocol(head), scope.signingName);
    return answer(head, known.service, known.protocols[0] ?? 'awsJson1_1', undefined);
  }
  if (headers['x-amz-target'] !== undefined) {
    throw new UnknownService('awsJson1_1', headers['x-amz-target'].split('.')[0] ?? '');
  }
  const told = byUserAgent(head);
  if (told !== undefined && isRest(told)) {
    const match = routerOf(told.service).match(request.method, path, query, headers);
    if (match !== undefined && told.service !== 's3')
      return answer(head, told.service, told.protocols[0] ?? 'restJson1', undefined, match);
  }
  return asS3(head);
};

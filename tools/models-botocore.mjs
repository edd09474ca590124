// Reads the models of an installed botocore: what the SDK's schemas do not tell (kinds of numbers, endpoint names,
// signing names, unsigned operations), and whole services whose client has no schemas.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { packTraits } from './models-sdk.mjs';

const ask =
  'import botocore,os;print(botocore.__version__);print(os.path.join(os.path.dirname(botocore.__file__),"data"))';

/** The botocore that `python3` has: its version and its data folder. */
const findInstalled = () => {
  try {
    const answer = execFileSync('python3', ['-c', ask], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [version, folder] = answer.trim().split('\n');
    return { version, folder };
  } catch {
    return undefined;
  }
};

/** The data folder of the installed botocore, if it is of that version; else a sentence that says why not. */
export const botocoreFolder = (version) => {
  const installed = findInstalled();
  if (installed === undefined) return { note: 'no botocore is installed: what only it tells is left as committed' };
  if (installed.version !== version) {
    return {
      note: `botocore ${installed.version} is installed, not ${version}: what only it tells is left as committed`,
    };
  }
  return { folder: installed.folder };
};

/** The models of a data folder by service id and by folder, read when asked for; undefined when there is none. */
export const openBotocore = (folder) => {
  if (folder === undefined || !existsSync(folder)) return undefined;
  const read = (name) => {
    if (!existsSync(join(folder, name))) return undefined;
    const version = readdirSync(join(folder, name))
      .filter((entry) => /^\d{4}-\d\d-\d\d$/.test(entry))
      .sort()
      .at(-1);
    const path = version === undefined ? undefined : join(folder, name, version, 'service-2.json');
    if (path === undefined) return undefined;
    if (existsSync(`${path}.gz`)) return JSON.parse(gunzipSync(readFileSync(`${path}.gz`)).toString('utf8'));
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  };
  const ids = new Map();
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return {
    byFolder: read,
    bySdkId(id) {
      if (ids.size === 0) {
        for (const { name } of folders) {
          const model = read(name);
          if (model !== undefined) ids.set(model.metadata.serviceId, { name, model });
        }
      }
      return ids.get(id);
    },
  };
};

/** Our type numbers of numbers; the SDK knows only 1, "a number". */
export const numberTypes = { integer: 8, short: 8, byte: 8, long: 9, float: 10, double: 11 };

const simpleTypes = { string: 0, character: 0, boolean: 2, blob: 21, bigdecimal: 19, ...numberTypes };
const timestampTypes = { iso8601: 5, rfc822: 6, unixTimestamp: 7 };

const protocolOf = (metadata, protocol) =>
  ({
    json: `awsJson${(metadata.jsonVersion ?? '1.0').replace('.', '_')}`,
    'rest-json': 'restJson1',
    'rest-xml': 'restXml',
    query: 'awsQuery',
    ec2: 'ec2Query',
    'smithy-rpc-v2-cbor': 'rpcv2Cbor',
  })[protocol];

const memberTraits = (model, structure, name, member) => {
  const traits = {};
  const target = model.shapes[member.shape];
  const rest = model.metadata.protocol.startsWith('rest-');
  const wire = member.locationName ?? name;
  if (member.location === 'uri') {
    traits.httpLabel = 1;
    if (wire !== name) traits.labelName = wire;
  } else if (member.location === 'querystring') {
    if (target.type === 'map') traits.httpQueryParams = 1;
    else traits.httpQuery = wire;
  } else if (member.location === 'header') traits.httpHeader = wire;
  else if (member.location === 'headers') traits.httpPrefixHeaders = wire;
  else if (member.location === 'statusCode') traits.httpResponseCode = 1;
  else if (member.locationName !== undefined && member.locationName !== name && rest) traits.jsonName = wire;
  if (structure.payload === name) traits.httpPayload = 1;
  if (member.idempotencyToken) traits.idempotencyToken = 1;
  if (member.hostLabel) traits.hostLabel = 1;
  if (member.jsonvalue ?? target.jsonvalue) traits.mediaType = 'application/json';
  if (member.eventpayload) traits.eventPayload = 1;
  if (member.eventheader) traits.eventHeader = 1;
  return traits;
};

const simple = (target, member) => {
  if (target.type === 'timestamp') return timestampTypes[member?.timestampFormat ?? target.timestampFormat] ?? 4;
  if (target.type === 'blob' && (member?.streaming ?? target.streaming)) return 42;
  return simpleTypes[target.type];
};

const refer = (model, reference, shapes, traits = {}) => {
  const target = model.shapes[reference.shape];
  const merged = { ...(target.sensitive ? { sensitive: 1 } : {}), ...traits };
  const with_ = (base) => (Object.keys(merged).length === 0 ? base : [base, merged]);
  const plain = simple(target, reference);
  if (plain !== undefined) return with_(plain);
  if (target.type === 'structure' && target.document) return with_(15);
  if (shapes[reference.shape] === undefined) convertShape(model, reference.shape, shapes);
  return with_(reference.shape);
};

const convertShape = (model, name, shapes) => {
  const target = model.shapes[name];
  if (target.type === 'list') {
    const shape = [1, 0];
    shapes[name] = shape;
    shape.push(refer(model, target.member, shapes));
    return;
  }
  if (target.type === 'map') {
    const shape = [2, 0];
    shapes[name] = shape;
    shape.push(refer(model, target.key, shapes), refer(model, target.value, shapes));
    return;
  }
  const traits = {};
  if (target.eventstream) traits.streaming = 1;
  if (target.exception) {
    traits.error = target.fault || target.error?.httpStatusCode >= 500 ? 'server' : 'client';
    if (target.error?.httpStatusCode) traits.httpError = target.error.httpStatusCode;
  }
  const shape = [target.exception ? -3 : target.union ? 4 : 3, packTraits(traits)];
  shapes[name] = shape;
  const required = (target.required ?? []).filter((member) => target.members[member] !== undefined);
  const names = [...required, ...Object.keys(target.members ?? {}).filter((member) => !required.includes(member))];
  shape.push(
    names,
    names.map((member) =>
      refer(model, target.members[member], shapes, memberTraits(model, target, member, target.members[member])),
    ),
    required.length,
  );
};

const operationTraits = (operation, rest) => {
  const traits = {};
  const { method, requestUri, responseCode } = operation.http;
  if (rest) traits.http = [method, requestUri, responseCode ?? 200];
  if (operation.endpoint?.hostPrefix) traits.endpoint = [operation.endpoint.hostPrefix];
  if (operation.idempotent) traits.idempotent = 1;
  return traits;
};

/** A whole service of botocore, in the form of `convertSchemas`. */
export const convertBotocore = (model) => {
  const shapes = {};
  const operations = {};
  const rest = model.metadata.protocol.startsWith('rest-');
  for (const name of Object.keys(model.operations).sort()) {
    const operation = model.operations[name];
    operations[name] = [
      packTraits(operationTraits(operation, rest)),
      operation.input ? refer(model, operation.input, shapes) : null,
      operation.output ? refer(model, operation.output, shapes) : null,
    ];
    for (const error of operation.errors ?? []) refer(model, error, shapes);
  }
  return { operations, shapes };
};

/** Facts of a service as `readClientFacts` gives them. */
export const readBotocoreFacts = (service, model) => {
  const { metadata } = model;
  return {
    sdkId: metadata.serviceId,
    apiVersion: metadata.apiVersion,
    namespace: `com.amazonaws.${service.replaceAll('-', '')}`,
    protocol: protocolOf(metadata, metadata.protocol),
    target: metadata.targetPrefix,
    xmlNamespace: typeof metadata.xmlNamespace === 'string' ? metadata.xmlNamespace : undefined,
    queryCompatible: metadata.awsQueryCompatible !== undefined,
  };
};

/** What only botocore tells of a service that the SDK has too. */
export const readEndpointFacts = (model) => ({
  endpointPrefix: model.metadata.endpointPrefix,
  signingName: model.metadata.signingName ?? model.metadata.endpointPrefix,
  target: model.metadata.targetPrefix,
  protocols: (model.metadata.protocols ?? [model.metadata.protocol]).map((name) => protocolOf(model.metadata, name)),
});

/** A URI template without the names of its labels, and without what names the operation for logs. */
const uriForm = (uri) =>
  uri
    .replace(/\{[^}]*?(\+?)\}/g, '{$1}')
    .replace(/[?&]x-id=\w+/, '')
    .replace(/\/(\?|$)/, '$1');

/** Where clients of an older model send an operation, when the SDK's sends it elsewhere. S3's bucket stands aside. */
const olderHttp = (http, { method, requestUri }, { protocol, endpointPrefix }) => {
  if (http === undefined || !protocol.startsWith('rest') || endpointPrefix === 's3') return undefined;
  const same = http[0] === method && uriForm(http[1]) === uriForm(requestUri);
  return same ? undefined : [method, requestUri];
};

const isNumber = (type) => type === 1;

/**
 * Puts the kinds of numbers, unsigned operations and older URIs of botocore's model into a converted one: both are walked from the
 * operations inwards, member by member, so that differing shape names do not matter.
 */
export const enrich = ({ operations, shapes }, model) => {
  const seen = new Set();
  const kind = (reference, shapeName) => {
    const [base, traits] = Array.isArray(reference) ? reference : [reference, undefined];
    const target = model.shapes[shapeName];
    if (target === undefined || base === null) return reference;
    const number = (type) => numberTypes[target.type] ?? type;
    if (typeof base === 'string') {
      walk(base, shapeName);
      return reference;
    }
    let type = base;
    if (isNumber(base)) type = number(base);
    else if (base >= 64 && isNumber(base & 63)) {
      const inner = model.shapes[(target.member ?? target.value)?.shape];
      type = (base & 192) | (numberTypes[inner?.type] ?? 1);
    }
    return traits === undefined ? type : [type, traits];
  };
  const walk = (name, shapeName) => {
    const pair = `${name}=${shapeName}`;
    const shape = shapes[name];
    const target = model.shapes[shapeName];
    if (seen.has(pair) || shape === undefined || target === undefined) return;
    seen.add(pair);
    if (shape[0] === 1 && target.member) shape[2] = kind(shape[2], target.member.shape);
    else if (shape[0] === 2 && target.value) {
      shape[2] = kind(shape[2], target.key.shape);
      shape[3] = kind(shape[3], target.value.shape);
    } else if (Array.isArray(shape[3])) {
      shape[3] = shape[3].map((member, i) => {
        const other = target.members?.[shape[2][i]];
        return other === undefined ? member : kind(member, other.shape);
      });
    }
  };
  for (const [name, operation] of Object.entries(operations)) {
    const other = model.operations[name];
    if (other === undefined) continue;
    if (operation[1] !== null && other.input) kind(operation[1], other.input.shape);
    if (operation[2] !== null && other.output) kind(operation[2], other.output.shape);
    for (const error of other.errors ?? []) if (shapes[error.shape]) walk(error.shape, error.shape);
    const unsigned = other.authtype === 'none' || other.auth?.includes('smithy.api#noAuth');
    if (unsigned) operation[0] = { ...operation[0], noAuth: 1 };
    const older = olderHttp(operation[0].http, other.http, model.metadata);
    if (older !== undefined) operation[0] = { ...operation[0], olderHttp: older };
  }
};

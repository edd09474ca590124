// Requests as their services' protocols write them, of inputs that are nearly sound.
import type { OperationModel } from '../../src/protocol/model.ts';
import { modelOf } from '../../src/protocol/model.ts';
import { theDirectory } from '../../src/protocol/directory.ts';
import { catalog } from '../../src/services/catalog.ts';
import type { Chance } from './chance.ts';
import { hostileInput, hostileTexts } from './value.ts';

export interface RawRequest {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: Buffer;
}

const built = Object.entries(catalog).flatMap(([name, { load }]) => (load === undefined ? [] : [name]));
const signingNames = new Map(theDirectory().entries.map((entry) => [entry.service, entry.signingName]));

const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${signingNames.get(service) ?? service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? '');

/** Lone halves of a character have no form in an address. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

/** As JSON writes it; bytes in base64. */
const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Uint8Array ? Buffer.from(inner).toString('base64') : inner,
  ) ?? '';

function* formOf(prefix: string, value: unknown, depth: number): Generator<string> {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) yield* formOf(`${prefix}.member.${at + 1}`, item, depth + 1);
  } else if (typeof value === 'object' && !(value instanceof Date) && !(value instanceof Uint8Array) && depth < 60) {
    for (const [name, item] of Object.entries(value)) {
      yield* formOf(prefix === '' ? name : `${prefix}.${name}`, item, depth + 1);
    }
  } else yield `${encodeURIComponent(wellFormed(prefix))}=${encodeURIComponent(wellFormed(textOf(value)))}`;
}

function xmlOf(name: string, value: unknown, depth = 0): string {
  if (value === null || value === undefined || depth > 60) return '';
  if (Array.isArray(value)) return value.map((item) => xmlOf(name, item, depth + 1)).join('');
  if (typeof value === 'object' && !(value instanceof Date) && !(value instanceof Uint8Array)) {
    const inner = Object.entries(value).map(([member, item]) => xmlOf(member, item, depth + 1));
    return `<${name}>${inner.join('')}</${name}>`;
  }
  return `<${name}>${textOf(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`;
}

/** A small item of CBOR: sizes and kinds as they come, now and then deep, endless or larger than its bytes. */
function cborOf(chance: Chance): Buffer {
  switch (chance.below(5)) {
    case 0:
      return Buffer.alloc(chance.one([10, 500, 100_000]), 0x81);
    case 1:
      return Buffer.from([0xbf, 0x61, 0x61, 0x9f]);
    case 2:
      return Buffer.from([0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    case 3:
      return Buffer.concat([Buffer.from([0xa1, 0x69]), Buffer.from('Namespace'), chance.bytes(chance.below(40))]);
    default:
      return chance.bytes(chance.below(200));
  }
}

function rest(operation: OperationModel, input: Record<string, unknown>, chance: Chance): RawRequest {
  const [method, uri] = operation.traits.http ?? ['POST', '/', 200];
  const headers: [string, string][] = [];
  const query: string[] = [];
  const fields: Record<string, unknown> = {};
  let path = uri;
  let payload: Buffer | undefined;
  for (const { name, traits } of operation.input.members) {
    const value = input[name];
    if (value === undefined) continue;
    const text = wellFormed(textOf(value));
    if (traits.httpLabel === 1) {
      const label = chance.once(3) ? encodeURI(text) : encodeURIComponent(text);
      path = path.replace(new RegExp(`\\{${traits.labelName ?? name}\\+?\\}`), () => label.slice(0, 6_000));
    } else if (traits.httpQuery !== undefined)
      query.push(`${traits.httpQuery}=${encodeURIComponent(text)}`.slice(0, 6_000));
    else if (traits.httpHeader !== undefined) {
      headers.push([traits.httpHeader, text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 6_000)]);
    } else if (traits.httpPayload === 1) {
      payload = Buffer.from(
        operation.service.protocols[0] === 'restXml' ? xmlOf(traits.xmlName ?? name, value) : jsonOf(value),
      );
    } else fields[name] = value;
  }
  // S3's own paths leave the bucket out: it stands before the key.
  if (operation.service.service === 's3' && typeof input['Bucket'] === 'string')
    path = `/${encodeURIComponent(wellFormed(input['Bucket'])).slice(0, 300)}${path}`;
  const isXml = operation.service.protocols[0] === 'restXml';
  const body = payload ?? Buffer.from(isXml ? xmlOf(`${operation.name}Request`, fields) : jsonOf(fields));
  const glue = path.includes('?') ? '&' : '?';
  const target = query.length === 0 ? path : `${path}${glue}${query.join('&')}`;
  return {
    method,
    target: target.replaceAll(' ', '%20').replaceAll(/[^\x21-\x7e]/g, '?'),
    headers: [...headers, ['content-type', isXml ? 'application/xml' : 'application/json']],
    body: method === 'GET' || method === 'HEAD' ? Buffer.alloc(0) : body,
  };
}

function written(operation: OperationModel, input: Record<string, unknown>, chance: Chance): RawRequest {
  const { service } = operation;
  const post = (type: string, body: Buffer, ...more: [string, string][]): RawRequest => ({
    method: 'POST',
    target: '/',
    headers: [['content-type', type], ...more],
    body,
  });
  switch (chance.one(service.protocols)) {
    case 'awsJson1_0':
    case 'awsJson1_1':
      return post('application/x-amz-json-1.0', Buffer.from(jsonOf(input)), [
        'x-amz-target',
        `${service.target}.${operation.name}`,
      ]);
    case 'rpcv2Cbor': {
      const request = post('application/cbor', cborOf(chance), ['smithy-protocol', 'rpc-v2-cbor']);
      request.target = `/service/${service.target ?? service.service}/operation/${operation.name}`;
      return request;
    }
    case 'awsQuery':
    case 'ec2Query': {
      const pairs = [`Action=${operation.name}`, `Version=${service.apiVersion}`, ...formOf('', input, 0)];
      return post('application/x-www-form-urlencoded', Buffer.from(pairs.join('&')));
    }
    default:
      return rest(operation, input, chance);
  }
}

/** Paths of our own API and of others that a stranger would try. */
const oddTargets: readonly string[] = [
  '/_hakoniwa/clock/advance',
  '/_hakoniwa/snapshots/%E0%A4%A',
  '/_hakoniwa/__proto__',
  '/_localstack/../../etc/passwd',
  '//',
  '/%00/%2e%2e/%2e%2e/etc/passwd',
  '/bucket/..%2f..%2f..%2ftmp/hakoniwa-escaped',
  '*',
  'http://other.example/',
  '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/b/c&X-Amz-Date=x&X-Amz-Expires=-1&X-Amz-SignedHeaders=;&X-Amz-Signature=z',
  '/b?policy&acl&uploads&versioning=%FF',
  `/${'a/'.repeat(3_000)}`,
  '/?%',
];

/** A request that is sound but for its input, or its place. */
export function makeRequest(chance: Chance): RawRequest {
  const service = chance.one(built);
  const model = modelOf(service);
  const operation = chance.one([...model.operations.values()]);
  const request = written(operation, hostileInput(operation, chance), chance);
  request.headers.unshift(['host', chance.once(15) ? chance.one(hostHeaders) : 'localhost:4566']);
  if (!chance.once(8)) request.headers.push(['authorization', authorization(service)]);
  if (chance.once(25)) request.target = chance.one(oddTargets);
  if (chance.once(40))
    request.headers.push([
      'x-amz-target',
      chance
        .one(hostileTexts)
        .replaceAll(/[^\x20-\x7e]/g, '?')
        .slice(0, 9_000),
    ]);
  return request;
}

const hostHeaders: readonly string[] = [
  '',
  '..',
  'a'.repeat(300),
  'bucket.s3.localhost:4566',
  '..s3.localhost',
  's3.us-east-1.amazonaws.com',
  'x.s3-website.localhost',
  '[::1]:4566',
  '[::1',
  '%00.localhost',
  'localhost:99999999',
];

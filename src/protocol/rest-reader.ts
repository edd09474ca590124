// HTTP requests → input, for restJson1 and restXml.
import { AwsError } from '../kernel/errors.ts';
import { readEvents } from './event-stream.ts';
import { serializationException } from './failure.ts';
import type { Headers, HttpBody } from '../kernel/http.ts';
import { decodeBase64, decodeUtf8, put, readJson } from './json-reader.ts';
import type { Member, OperationModel, Shape, TimestampFormat } from './model.ts';
import { bindingOf, type RestBinding } from './rest-binding.ts';
import { isScalar, parserOf } from './scalar.ts';
import { type XmlElement, XmlSyntaxError, parseXml } from './xml-parser.ts';
import { readXml, XmlValueError } from './xml-reader.ts';

/** What the router found besides the operation. */
export interface RestRequest {
  readonly method: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Headers;
}

const isS3 = (operation: OperationModel): boolean =>
  operation.service.service === 's3' || operation.service.service === 's3-control';

const notOfType = (operation: OperationModel, name: string, text: string): AwsError =>
  isS3(operation)
    ? new AwsError('InvalidArgument', 400, `Provided ${name} not an integer or within integer range`, {
        ArgumentName: name,
        ArgumentValue: text,
      })
    : serializationException(`${name} can not be converted from '${text.slice(0, 100)}'`);

/** The body is no XML of the operation. */
export const malformedXml = (operation: OperationModel): AwsError =>
  isS3(operation)
    ? new AwsError(
        'MalformedXML',
        400,
        'The XML you provided was not well-formed or did not validate against our published schema',
      )
    : new AwsError('MalformedInput', 400, 'Could not parse XML');

const parse = (
  operation: OperationModel,
  shape: Shape,
  format: TimestampFormat,
  name: string,
  text: string,
): unknown => {
  const value = parserOf(shape, format)(text);
  if (value === undefined) throw notOfType(operation, name, text);
  return value;
};

/** Splits a header at commas that stand outside quotes, and takes the quotes off. */
export const splitHeader = (text: string): string[] => {
  const items: string[] = [];
  let item = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\' && quoted && i + 1 < text.length) item += text[++i];
    else if (c === '"') quoted = !quoted;
    else if (c === ',' && !quoted) {
      items.push(item.trim());
      item = '';
    } else item += c;
  }
  items.push(item.trim());
  return items;
};

const splitDates = (text: string): string[] => {
  const parts = text.split(',').map((part) => part.trim());
  if (!/^[A-Za-z]{3}$/.test(parts[0] ?? '')) return parts;
  const dates: string[] = [];
  for (let i = 0; i < parts.length; i += 2) dates.push(`${parts[i]}, ${parts[i + 1] ?? ''}`);
  return dates;
};

const readHeader = (operation: OperationModel, member: Member, name: string, text: string): unknown => {
  const { shape, traits } = member;
  if (shape.kind === 'list') {
    const inner = shape.member.shape;
    const items = inner.kind === 'timestamp' ? splitDates(text) : splitHeader(text);
    return items.filter((item) => item !== '').map((item) => parse(operation, inner, 'http-date', name, item));
  }
  if (shape.kind === 'string' && traits.mediaType !== undefined) {
    const bytes = decodeBase64(text);
    return bytes === undefined ? text : decodeUtf8(bytes);
  }
  if (shape.kind !== 'string' && text === '') return undefined;
  return parse(operation, shape, 'http-date', name, text);
};

const readHeaders = (
  operation: OperationModel,
  binding: RestBinding,
  headers: Headers,
  input: Record<string, unknown>,
) => {
  for (const name in headers) {
    const member = binding.headers.get(name);
    if (member === undefined) continue;
    const text = headers[name] as string;
    const value = readHeader(operation, member, name, text);
    if (value !== undefined) input[member.name] = value;
  }
  for (const member of binding.prefixHeaders) {
    const prefix = (member.traits.httpPrefixHeaders ?? '').toLowerCase();
    const found: Record<string, unknown> = {};
    let any = false;
    for (const name in headers) {
      if (!name.startsWith(prefix) || name.length === prefix.length) continue;
      put(found, name.slice(prefix.length), headers[name]);
      any = true;
    }
    if (any) input[member.name] = found;
  }
};

/** Whether the URI template itself has the parameter: `?mode=import`. */
const isLiteral = (operation: OperationModel, name: string): boolean => {
  const template = operation.traits.http?.[1].split('?')[1];
  return template?.split('&').some((pair) => pair.split('=')[0] === name) === true;
};

const readQuery = (
  operation: OperationModel,
  binding: RestBinding,
  { query, method }: RestRequest,
  input: Record<string, unknown>,
) => {
  const { http, olderHttp } = operation.traits;
  const older = olderHttp?.[0] === method && http?.[0] !== method;
  for (const [name, text] of query) {
    const member = binding.query.get(name) ?? (older ? binding.body.find(name) : undefined);
    if (member !== undefined) {
      const { shape } = member;
      if (shape.kind === 'list') {
        const items = (input[member.name] ??= []) as unknown[];
        items.push(parse(operation, shape.member.shape, 'date-time', name, text));
      } else if (isScalar(shape)) {
        if (text === '' && shape.kind !== 'string') continue;
        input[member.name] = parse(operation, shape, 'date-time', name, text);
      }
    } else if (binding.queryParams?.shape.kind === 'map' && !isLiteral(operation, name)) {
      const all = (input[binding.queryParams.name] ??= {}) as Record<string, unknown>;
      if (binding.queryParams.shape.value.shape.kind === 'list') {
        if (Object.hasOwn(all, name)) (all[name] as unknown[]).push(text);
        else put(all, name, [text]);
      } else put(all, name, text);
    }
  }
};

const decodeLabel = (operation: OperationModel, text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw isS3(operation)
      ? new AwsError('InvalidURI', 400, "Couldn't parse the specified URI.", { URI: text })
      : serializationException('The request URI is not well-formed');
  }
};

const readLabels = (
  operation: OperationModel,
  binding: RestBinding,
  labels: RestRequest['labels'],
  input: Record<string, unknown>,
) => {
  for (const member of binding.labels) {
    const name = member.traits.labelName ?? member.name;
    const text = labels[name];
    if (text !== undefined)
      input[member.name] = parse(operation, member.shape, 'date-time', name, decodeLabel(operation, text));
  }
};

const parseRoot = (operation: OperationModel, body: Uint8Array, expected: string): XmlElement => {
  let root: XmlElement;
  try {
    root = parseXml(decodeUtf8(body));
  } catch (error) {
    if (error instanceof XmlSyntaxError || error instanceof AwsError) throw malformedXml(operation);
    throw error;
  }
  if (isS3(operation) && root.name !== expected) throw malformedXml(operation);
  return root;
};

const readXmlBody = (operation: OperationModel, shape: Shape, body: Uint8Array, expected: string): unknown => {
  try {
    return readXml(shape, parseRoot(operation, body, expected));
  } catch (error) {
    if (error instanceof XmlValueError) throw malformedXml(operation);
    throw error;
  }
};

const readPayload = (operation: OperationModel, member: Member, body: Uint8Array, xml: boolean): unknown => {
  const { shape, traits } = member;
  if (shape.kind === 'blob') return body.byteLength === 0 ? undefined : body;
  if (shape.kind === 'string') return body.byteLength === 0 ? undefined : decodeUtf8(body);
  if (body.byteLength === 0) return undefined;
  if (!xml) return readJson(shape, body, true);
  const name = shape.kind === 'structure' ? (shape.traits.xmlName ?? shape.name) : member.name;
  return readXmlBody(operation, shape, body, traits.xmlName ?? name);
};

/** S3 has no say of its own on a document that is not there: its handlers may take for granted what the model requires. */
function refuseIncomplete(operation: OperationModel, binding: RestBinding, input: Record<string, unknown>): void {
  const { payload, body } = binding;
  if (payload?.required === true && payload.shape.kind === 'structure' && input[payload.name] === undefined)
    throw new AwsError('MissingRequestBodyError', 400, 'Request Body is empty');
  if (payload === undefined && body.members.some(({ name, required }) => required && input[name] === undefined))
    throw malformedXml(operation);
}

/** True when the handler takes the body as a stream, so that nobody may read it before. */
export const streamsInput = (operation: OperationModel): boolean => {
  const { payload, events } = bindingOf(operation.input, 'request');
  return events !== undefined || (payload?.shape.kind === 'blob' && payload.shape.streaming);
};

/** Reads the input of an operation; `body` is the whole body, or the body itself for an operation that streams it. */
export const readRest = (
  operation: OperationModel,
  request: RestRequest,
  body: Uint8Array | HttpBody,
  xml: boolean,
): Record<string, unknown> => {
  const binding = bindingOf(operation.input, 'request');
  let input: Record<string, unknown> = {};
  if (binding.payload !== undefined) {
    const value =
      body instanceof Uint8Array
        ? readPayload(operation, binding.payload, body, xml)
        : binding.events !== undefined
          ? readEvents(binding.events, body.stream(), xml ? 'xml' : 'rest-json')
          : body.inMemory === true
            ? body.bytes(Number.POSITIVE_INFINITY)
            : body.stream();
    if (value !== undefined) input[binding.payload.name] = value;
  } else if (body instanceof Uint8Array && binding.body.members.length > 0 && body.byteLength > 0) {
    const shape = operation.input;
    const value = xml
      ? readXmlBody(operation, binding.body, body, shape.traits.xmlName ?? shape.name)
      : readJson(binding.body, body, true);
    input = value as Record<string, unknown>;
  }
  readLabels(operation, binding, request.labels, input);
  readQuery(operation, binding, request, input);
  readHeaders(operation, binding, request.headers, input);
  if (isS3(operation)) refuseIncomplete(operation, binding, input);
  return input;
};

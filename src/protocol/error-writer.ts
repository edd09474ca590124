// Errors in the shape of each protocol.
import type { AwsError } from '../kernel/errors.ts';
import { writeCbor } from './cbor-codec.ts';
import type { HttpResponse } from '../kernel/http.ts';
import { writeJson } from './json-writer.ts';
import type { Protocol, ServiceModel, StructureShape } from './model.ts';
import { writeQueryErrorJson } from './query-json.ts';
import { bindingOf, partOf } from './rest-binding.ts';
import { formatterOf } from './scalar.ts';
import { escapeXml, writeXmlContent } from './xml-writer.ts';

export interface AnswerOptions {
  readonly requestId: string;
  /** S3's second id, `x-amz-id-2`. Default: the request id. */
  readonly hostId?: string | undefined;
  /** True for HEAD: no body. */
  readonly head?: boolean | undefined;
  /** True for a client of the query protocol that accepts JSON. */
  readonly json?: boolean | undefined;
}

interface Failure {
  readonly error: AwsError;
  readonly service: ServiceModel | undefined;
  readonly shape: StructureShape | undefined;
  readonly protocol: Protocol;
  readonly status: number;
  /** The code as the protocol spells it. */
  readonly code: string;
  readonly options: AnswerOptions;
}

const isQuery = (protocol: Protocol): boolean => protocol === 'awsQuery' || protocol === 'ec2Query';

const statusOf = (error: AwsError, shape: StructureShape | undefined, protocol: Protocol): number => {
  if (error.status !== undefined) return error.status;
  const query = shape?.traits.awsQueryError?.[1];
  const rest = shape?.traits.httpError;
  const modelled = isQuery(protocol) ? (query ?? rest) : rest;
  return modelled ?? (shape?.traits.error === 'server' ? 500 : 400);
};

const codeOf = (
  error: AwsError,
  shape: StructureShape | undefined,
  protocol: Protocol,
  service: ServiceModel | undefined,
): string => {
  if (isQuery(protocol) || protocol === 'restXml') return shape?.traits.awsQueryError?.[0] ?? shape?.name ?? error.code;
  if (shape === undefined && service?.queryCompatible === true)
    return queryCompatibleNames.get(error.code) ?? error.code;
  return shape?.name ?? error.code;
};

/** Common errors whose names differ between query and JSON, where a service speaks both. Recorded for SQS. */
const queryCompatibleNames = new Map([
  ['InvalidParameterValue', 'InvalidParameterValueException'],
  ['MissingParameter', 'MissingRequiredParameterException'],
  ['AccessDenied', 'AccessDeniedException'],
  ['ValidationError', 'ValidationException'],
]);

/** Request-id headers of a service. */
export const idHeaders = (service: string | undefined, options: AnswerOptions): Record<string, string> =>
  service === 's3' || service === 's3-control'
    ? { 'x-amz-request-id': options.requestId, 'x-amz-id-2': options.hostId ?? options.requestId }
    : { 'x-amzn-RequestId': options.requestId };

/** The member of an error that holds the message, spelt as in its model. */
const messageName = (shape: StructureShape | undefined, fallback: string): string => {
  const found = shape?.members.find(({ name }) => name.toLowerCase() === 'message');
  return found?.name ?? fallback;
};

/** Services whose `__type` carries the name of AWS's own framework. */
const coral = new Map([
  ['SerializationException', 'com.amazon.coral.service'],
  ['UnknownOperationException', 'com.amazon.coral.service'],
  ['AccessDeniedException', 'com.amazon.coral.service'],
  ['InvalidParameterValueException', 'com.amazon.coral.service'],
  ['MissingRequiredParameterException', 'com.amazon.coral.service'],
  ['InternalFailure', 'com.amazon.coral.service'],
  ['ServiceUnavailable', 'com.amazon.coral.service'],
  ['ThrottlingException', 'com.amazon.coral.availability'],
  ['ValidationException', 'com.amazon.coral.validate'],
  ['UnrecognizedClientException', 'com.amazon.coral.service'],
  ['InvalidSignatureException', 'com.amazon.coral.service'],
  ['IncompleteSignatureException', 'com.amazon.coral.service'],
  ['MissingAuthenticationTokenException', 'com.amazon.coral.service'],
  ['ExpiredTokenException', 'com.amazon.coral.service'],
]);

const shapeNamespaces: Readonly<Record<string, string>> = {
  dynamodb: 'com.amazonaws.dynamodb.v20120810',
  'dynamodb-streams': 'com.amazonaws.dynamodb.v20120810',
};

/** JSON 1.0 names the namespace, JSON 1.1 does not. */
const typeName = ({ service, shape, protocol, code }: Failure): string => {
  if (protocol === 'awsJson1_1') return code;
  const namespace =
    shape === undefined ? coral.get(code) : (shapeNamespaces[service?.service ?? ''] ?? service?.namespace);
  return namespace === undefined ? code : `${namespace}#${code}`;
};

/** The older name of an error that came by its JSON name. */
const queryName = (code: string): string => [...queryCompatibleNames].find(([, json]) => json === code)?.[0] ?? code;

const queryErrorHeader = ({ error, service, shape, status }: Failure): Record<string, string> => {
  if (service?.queryCompatible !== true) return {};
  const old = shape?.traits.awsQueryError?.[0] ?? shape?.name ?? queryName(error.code);
  return { 'x-amzn-query-error': `${old};${status >= 500 ? 'Receiver' : 'Sender'}` };
};

const plainJson = (values: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(values, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );

const jsonMembers = (failure: Failure, renames: boolean): string => {
  const { shape } = failure;
  if (shape === undefined) {
    const spelling = failure.code === 'SerializationException' ? 'Message' : 'message';
    return plainJson({ [spelling]: failure.error.message, ...failure.error.members });
  }
  const body = renames ? bindingOf(shape, 'response').body : shape;
  const spelling = messageName(shape, 'message');
  const modelled = shape.find(spelling) !== undefined;
  const { members, message: text } = failure.error;
  const written = writeJson(body, modelled ? { [spelling]: text, ...members } : members, renames);
  if (modelled) return written;
  // The model has no message, AWS sends one all the same.
  const message = `"message":${JSON.stringify(text)}`;
  return written === '{}' ? `{${message}}` : `{${message},${written.slice(1)}`;
};

const jsonError = (failure: Failure): HttpResponse => {
  const { protocol, service, status, options } = failure;
  const members = jsonMembers(failure, false).slice(1);
  const type = `{"__type":${JSON.stringify(typeName(failure))}`;
  return {
    status,
    headers: {
      ...idHeaders(service?.service, options),
      'content-type': protocol === 'awsJson1_0' ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1',
      ...queryErrorHeader(failure),
    },
    body: members === '}' ? `${type}}` : `${type},${members}`,
  };
};

const boundHeaders = ({ shape, error }: Failure): Record<string, string> => {
  const headers: Record<string, string> = {};
  if (shape === undefined) return headers;
  for (const [name, member] of bindingOf(shape, 'response').headers) {
    const value = error.members[member.name];
    if (value !== undefined && value !== null) headers[name] = formatterOf(member.shape, 'http-date')(value);
  }
  return headers;
};

const restJsonError = (failure: Failure): HttpResponse => ({
  status: failure.status,
  headers: {
    ...idHeaders(failure.service?.service, failure.options),
    'content-type': 'application/json',
    'x-amzn-errortype': failure.code,
    ...boundHeaders(failure),
  },
  body: jsonMembers(failure, true),
});

const cborError = (failure: Failure): HttpResponse => {
  const { shape, error, code, status, service, options } = failure;
  const type = { name: '__type', required: false, traits: {}, shape: { kind: 'string' } } as const;
  const message = { ...type, name: messageName(shape, 'message') };
  const rest = (shape?.members ?? []).filter(({ name }) => name !== message.name);
  const full: StructureShape = { ...partOf(shape ?? emptyError, [type, message, ...rest]), find: () => type };
  const namespace = shape === undefined ? undefined : service?.namespace;
  return {
    status,
    headers: {
      ...idHeaders(service?.service, options),
      'content-type': 'application/cbor',
      'smithy-protocol': 'rpc-v2-cbor',
      ...queryErrorHeader(failure),
    },
    body: writeCbor(full, {
      __type: namespace === undefined ? code : `${namespace}#${code}`,
      [message.name]: error.message,
      ...error.members,
    }),
  };
};

const emptyError: StructureShape = {
  kind: 'structure',
  name: 'Error',
  traits: {},
  union: false,
  error: true,
  members: [],
  find: () => undefined,
};

const tag = (name: string, value: unknown): string => `<${name}>${escapeXml(String(value))}</${name}>`;

const plainXml = (members: Readonly<Record<string, unknown>>): string =>
  Object.entries(members)
    .filter(([, value]) => value !== undefined && value !== null && typeof value !== 'object')
    .map(([name, value]) => tag(name, value))
    .join('');

/** Members of a modelled error besides its message. */
const xmlMembers = ({ shape, error }: Failure): string => {
  if (shape === undefined) return plainXml(error.members);
  const rest = bindingOf(shape, 'response').body.members.filter(
    ({ name }) => !['message', 'code', 'type'].includes(name.toLowerCase()),
  );
  const known = writeXmlContent(
    partOf(shape, rest),
    Object.fromEntries(rest.map(({ name }) => [name, error.members[name]])),
  );
  const others = Object.entries(error.members).filter(([name]) => shape.find(name) === undefined);
  return known + plainXml(Object.fromEntries(others));
};

const xmlError = (failure: Failure, type: string, body: string): HttpResponse => ({
  status: failure.status,
  headers: { ...idHeaders(failure.service?.service, failure.options), 'content-type': type, ...boundHeaders(failure) },
  body,
});

const namespaceAttribute = ({ service }: Failure): string =>
  service?.xmlNamespace === undefined || service.service === 's3-control' ? '' : ` xmlns="${service.xmlNamespace}"`;

/** `<ErrorResponse>`, of the query services and of REST XML but S3. */
const errorResponse = (failure: Failure): HttpResponse => {
  const { error, code, status, service, options, protocol } = failure;
  const control = service?.service === 's3-control';
  const sender = control ? '' : tag('Type', status >= 500 ? 'Receiver' : 'Sender');
  const detail = protocol === 'awsQuery' && xmlMembers(failure) === '' ? '' : xmlMembers(failure);
  const hostId = control ? tag('HostId', options.hostId ?? options.requestId) : '';
  const declaration = protocol === 'restXml' ? '<?xml version="1.0"?>\n' : '';
  return xmlError(
    failure,
    protocol === 'restXml' ? 'application/xml' : 'text/xml',
    `${declaration}<ErrorResponse${namespaceAttribute(failure)}><Error>${sender}${tag('Code', code)}` +
      `${tag('Message', error.message)}${detail}</Error>${tag('RequestId', options.requestId)}${hostId}</ErrorResponse>`,
  );
};

const queryJsonError = ({ error, code, status, service, options }: Failure): HttpResponse => ({
  status,
  headers: { ...idHeaders(service?.service, options), 'content-type': 'application/json' },
  body: writeQueryErrorJson(code, error.message, status, options.requestId),
});

const ec2Error = (failure: Failure): HttpResponse =>
  xmlError(
    failure,
    'text/xml;charset=UTF-8',
    `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>${tag('Code', failure.code)}` +
      `${tag('Message', failure.error.message)}</Error></Errors>${tag('RequestID', failure.options.requestId)}</Response>`,
  );

const s3Error = (failure: Failure): HttpResponse => {
  const { error, code, options } = failure;
  return xmlError(
    failure,
    'application/xml',
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${tag('Code', code)}${tag('Message', error.message)}` +
      `${xmlMembers(failure)}${tag('RequestId', options.requestId)}` +
      `${tag('HostId', options.hostId ?? options.requestId)}</Error>`,
  );
};

const writers: Readonly<Record<Protocol, (failure: Failure) => HttpResponse>> = {
  awsJson1_0: jsonError,
  awsJson1_1: jsonError,
  restJson1: restJsonError,
  restXml: (failure) => (failure.service?.service === 's3' ? s3Error(failure) : errorResponse(failure)),
  awsQuery: (failure) => (failure.options.json === true ? queryJsonError(failure) : errorResponse(failure)),
  ec2Query: ec2Error,
  rpcv2Cbor: cborError,
};

/** The answer to a request that failed. `service` is undefined when nobody knows it. */
export const encodeError = (
  error: AwsError,
  service: ServiceModel | undefined,
  protocol: Protocol,
  options: AnswerOptions,
): HttpResponse => {
  const shape = service?.error(error.code);
  const status = statusOf(error, shape, protocol);
  const failure = { error, service, shape, protocol, status, code: codeOf(error, shape, protocol, service), options };
  const response = writers[protocol](failure);
  if (options.head !== true && status !== 304) return response;
  const { 'content-type': _, ...headers } = response.headers;
  return { status, headers, body: undefined };
};

// The door's three steps: `identify` (identify.ts), `readInput`, and `writeOutput` or `writeError`. A request whose body is in memory is read
// without waiting for anything.
import { gunzipSync } from 'node:zlib';
import { AwsError } from '../kernel/errors.ts';
import { mebibyte } from '../kernel/units.ts';
import { readCbor, writeCbor } from './cbor-codec.ts';
import { theDirectory } from './directory.ts';
import { type AnswerOptions, encodeError, idHeaders } from './error-writer.ts';
import { writeEvents } from './event-stream.ts';
import { inWordsOf, serializationException } from './failure.ts';
import { formTree, parsePairs } from './form.ts';
import { BodyIncomplete, BodyTooLarge, type HttpRequest, type HttpResponse } from '../kernel/http.ts';
import { type Identification, identify, UnknownService } from './identify.ts';
import { decodeUtf8, readJson } from './json-reader.ts';
import { writeJson } from './json-writer.ts';
import { modelOf, type OperationModel, type Protocol } from './model.ts';
import { writeQueryJson } from './query-json.ts';
import { readQuery } from './query-reader.ts';
import { eventMemberOf, partOf } from './rest-binding.ts';
import { type RestRequest, readRest, streamsInput } from './rest-reader.ts';
import { writeRest } from './rest-writer.ts';
import { emptyStructure } from './shape-link.ts';
import { writeXmlContent } from './xml-writer.ts';

export { type Identification, identify, UnknownService };
export type { AnswerOptions };

export interface Decoded {
  /** Its `service` is the service for certain. */
  readonly operation: OperationModel;
  /** Values as the SDK types them: timestamps are `Date`, blobs `Uint8Array`, streams `AsyncIterable<Uint8Array>`. */
  readonly input: Record<string, unknown>;
}

const defaultLimitBytes = 10 * mebibyte;

/** Largest body that is read into memory, where it is not 10 MiB. */
const limitsBytes: Readonly<Record<string, number>> = {
  dynamodb: 16 * mebibyte,
  kinesis: 16 * mebibyte,
  lambda: 70 * mebibyte,
  ses: 56 * mebibyte,
  sesv2: 56 * mebibyte,
  codecommit: 30 * mebibyte,
  ecr: 30 * mebibyte,
};

const tooLarge = (service: string, protocol: Protocol): AwsError => {
  if (service === 's3') return new AwsError('MaxMessageLengthExceeded', 400, 'Your request was too big.');
  const code =
    protocol === 'awsQuery' || protocol === 'ec2Query' ? 'RequestEntityTooLarge' : 'RequestEntityTooLargeException';
  return new AwsError(code, 413, 'Request size exceeded the maximum allowed size.');
};

const bodyFailure = (error: unknown, { service, protocol }: Identification): unknown => {
  if (error instanceof BodyTooLarge) return tooLarge(service, protocol);
  if (error instanceof BodyIncomplete) {
    return service === 's3'
      ? new AwsError(
          'IncompleteBody',
          400,
          'You did not provide the number of bytes specified by the Content-Length HTTP header',
        )
      : serializationException('The request body ended too early');
  }
  return error;
};

/** Who speaks of what when an operation is not there. */
const unknownOperation = (
  { protocol, service, operationName, query }: Identification,
  method: string,
  action?: string,
  version?: string,
): AwsError => {
  const name = operationName ?? action;
  switch (protocol) {
    case 'awsQuery':
    case 'ec2Query': {
      if (name === undefined || name === '') {
        return new AwsError('MissingAction', 400, 'The request is missing an action or a required parameter.');
      }
      const given = version ?? query.find(([key]) => key === 'Version')?.[1] ?? '';
      return new AwsError('InvalidAction', 400, invalidAction(service, protocol, name, given));
    }
    case 'awsJson1_0':
    case 'awsJson1_1':
      return new AwsError('UnknownOperationException', 400, `Operation ${name ?? ''} is not known.`);
    case 'restXml':
      if (service === 's3') {
        const message = 'The specified method is not allowed against this resource.';
        return new AwsError('MethodNotAllowed', 405, message, { Method: method });
      }
      return new AwsError('UnknownOperationException', 404, 'The requested operation is not known.');
    default:
      return new AwsError('UnknownOperationException', 404, 'The requested operation is not known.');
  }
};

const invalidAction = (service: string, protocol: Protocol, name: string, version: string): string => {
  if (service === 'sqs') return `The action ${name} is not valid for this endpoint.`;
  return protocol === 'ec2Query' || version === ''
    ? `The action ${name} is not valid for this web service.`
    : `Could not find operation ${name} for version ${version}`;
};

const unzip = (body: Uint8Array, limitBytes: number, identification: Identification): Uint8Array => {
  try {
    return gunzipSync(body, { maxOutputLength: limitBytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(identification.service, identification.protocol);
    throw serializationException('The request body is not valid gzip');
  }
};

type Pairs = readonly (readonly [name: string, value: string])[];

/** Finds the operation of a form: by `Version` and `Action`, among the services that the head allows. */
const queryOperation = (identification: Identification, pairs: Pairs, method: string): OperationModel => {
  const find = (name: string): string | undefined => pairs.find(([key]) => key === name)?.[1];
  const action = find('Action');
  const version = find('Version');
  const entry = theDirectory().find(identification.service);
  const others =
    version === undefined || version === entry?.apiVersion
      ? []
      : theDirectory()
          .byVersion(version)
          .filter(({ signingName }) => identification.scope === undefined || signingName === entry?.signingName);
  const candidates = [...others.map(({ service }) => service), identification.service];
  for (const service of candidates) {
    const operation = action === undefined ? undefined : modelOf(service).operations.get(action);
    if (operation !== undefined) return operation;
  }
  throw unknownOperation(identification, method, action, version);
};

const readForm = (identification: Identification, request: HttpRequest, body: Uint8Array): Decoded => {
  const pairs =
    body.byteLength === 0 ? identification.query : [...identification.query, ...parsePairs(decodeUtf8(body))];
  const operation = queryOperation(identification, pairs, request.method);
  const dialect = operation.service.protocols.includes('ec2Query') ? 'ec2Query' : 'awsQuery';
  const input = readQuery(dialect, operation.input, formTree(pairs));
  // Older SQS clients name the queue by the path they post to.
  if (
    operation.service.service === 'sqs' &&
    input.QueueUrl === undefined &&
    operation.input.find('QueueUrl') !== undefined
  ) {
    if (/^\/[^/]+\/[^/]+/.test(identification.path) && operation.name !== 'CreateQueue') {
      input.QueueUrl = `${request.secure ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}${identification.path}`;
    }
  }
  return { operation, input };
};

const restOf = ({ labels, query }: Identification, { method, headers }: HttpRequest): RestRequest => ({
  method,
  labels,
  query,
  headers,
});

const decode = (identification: Identification, request: HttpRequest, raw: Uint8Array): Decoded => {
  const { protocol, operation } = identification;
  const encoding = request.headers['content-encoding'];
  const limitBytes = limitsBytes[identification.service] ?? defaultLimitBytes;
  const body = encoding === 'gzip' && raw.byteLength > 0 ? unzip(raw, limitBytes, identification) : raw;
  if (protocol === 'awsQuery' || protocol === 'ec2Query') return readForm(identification, request, body);
  if (operation === undefined) throw unknownOperation(identification, request.method);
  if (protocol === 'restJson1' || protocol === 'restXml') {
    const rest = restOf(identification, request);
    return { operation, input: readRest(operation, rest, body, protocol === 'restXml') };
  }
  try {
    const input = protocol === 'rpcv2Cbor' ? readCbor(operation.input, body) : readJson(operation.input, body);
    return { operation, input: input as Record<string, unknown> };
  } catch (error) {
    throw inWordsOf(identification.service, error);
  }
};

const streamed = (identification: Identification, request: HttpRequest, operation: OperationModel): Decoded => {
  const rest = restOf(identification, request);
  return { operation, input: readRest(operation, rest, request.body, identification.protocol === 'restXml') };
};

const isRest = (protocol: Protocol): boolean => protocol === 'restJson1' || protocol === 'restXml';

/**
 * Reads the operation's input. Answers at once when the body is in memory, else a promise. A streaming payload is not
 * read: it is handed on. Throws the AWS error of a body or an operation that cannot be read.
 *
 * Limit: 10 MiB of body (DynamoDB 16, Lambda 70, SES 56), also after decompression.
 */
export const readInput = (identification: Identification, request: HttpRequest): Decoded | Promise<Decoded> => {
  const { protocol, operation, service } = identification;
  if (operation === undefined && protocol !== 'awsQuery' && protocol !== 'ec2Query') {
    throw unknownOperation(identification, request.method);
  }
  if (operation !== undefined && isRest(protocol) && streamsInput(operation)) {
    return streamed(identification, request, operation);
  }
  let body: Uint8Array | Promise<Uint8Array>;
  try {
    body = request.body.bytes(limitsBytes[service] ?? defaultLimitBytes);
  } catch (error) {
    throw bodyFailure(error, identification);
  }
  if (body instanceof Uint8Array) return decode(identification, request, body);
  return body.then(
    (bytes) => decode(identification, request, bytes),
    (error: unknown) => {
      throw bodyFailure(error, identification);
    },
  );
};

type Members = Readonly<Record<string, unknown>>;

const rpcEvents = (
  operation: OperationModel,
  output: Members,
  protocol: Protocol,
): AsyncIterable<Uint8Array> | undefined => {
  const member = eventMemberOf(operation.output);
  if (member?.shape.kind !== 'structure') return undefined;
  const rest = partOf(
    operation.output,
    operation.output.members.filter((other) => other !== member),
  );
  const dialect = protocol === 'rpcv2Cbor' ? 'cbor' : protocol === 'awsJson1_0' ? 'awsJson1_0' : 'awsJson1_1';
  const events = output[member.name] as AsyncIterable<object>;
  return writeEvents(member.shape, events, dialect, { shape: rest, value: output });
};

const writeQuery = (operation: OperationModel, output: Members, requestId: string): string => {
  const { name, service, output: shape } = operation;
  const content = writeXmlContent(shape, output);
  const result = shape === emptyStructure ? '' : `<${name}Result>${content}</${name}Result>`;
  return (
    `<${name}Response xmlns="${service.xmlNamespace ?? ''}">${result}` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`
  );
};

const writeEc2 = (operation: OperationModel, output: Members, requestId: string): string => {
  const { name, service, output: shape } = operation;
  const content = writeXmlContent(shape, output);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<${name}Response xmlns="${service.xmlNamespace ?? ''}/">` +
    `<requestId>${requestId}</requestId>${content}</${name}Response>`
  );
};

/** Writes an operation's output as the client's protocol has it. */
export const writeOutput = (
  identification: Pick<Identification, 'protocol' | 'wantsJson'>,
  operation: OperationModel,
  output: object | undefined,
  options: AnswerOptions,
): HttpResponse => {
  const { protocol } = identification;
  const members = (output ?? {}) as Members;
  const headers: Record<string, string | string[]> = idHeaders(operation.service.service, options);
  switch (protocol) {
    case 'awsJson1_0':
    case 'awsJson1_1': {
      const events = rpcEvents(operation, members, protocol);
      if (events !== undefined) {
        headers['content-type'] = 'application/vnd.amazon.eventstream';
        return { status: 200, headers, body: events };
      }
      headers['content-type'] = protocol === 'awsJson1_0' ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1';
      return { status: 200, headers, body: writeJson(operation.output, members) };
    }
    case 'rpcv2Cbor':
      headers['content-type'] = 'application/cbor';
      headers['smithy-protocol'] = 'rpc-v2-cbor';
      return { status: 200, headers, body: writeCbor(operation.output, members) };
    case 'awsQuery':
      if (identification.wantsJson === true) {
        headers['content-type'] = 'application/json';
        return { status: 200, headers, body: writeQueryJson(operation, members, options.requestId) };
      }
      headers['content-type'] = 'text/xml';
      return { status: 200, headers, body: writeQuery(operation, members, options.requestId) };
    case 'ec2Query':
      headers['content-type'] = 'text/xml;charset=UTF-8';
      return { status: 200, headers, body: writeEc2(operation, members, options.requestId) };
    default: {
      const answer = writeRest(operation, members, protocol === 'restXml');
      Object.assign(answer.headers, headers);
      if (options.head === true || operation.traits.http?.[0] === 'HEAD') answer.body = undefined;
      return answer;
    }
  }
};

/**
 * Writes an error as the client's protocol has it. `identification` is undefined when `identify` threw; then the error
 * itself may know the protocol.
 */
export const writeError = (
  identification: Identification | undefined,
  operation: OperationModel | undefined,
  error: AwsError,
  options: AnswerOptions,
): HttpResponse => {
  const known = operation?.service.service ?? identification?.service;
  const protocol = identification?.protocol ?? (error instanceof UnknownService ? error.protocol : 'awsJson1_1');
  const head = options.head ?? (operation ?? identification?.operation)?.traits.http?.[0] === 'HEAD';
  return encodeError(error, known === undefined ? undefined : modelOf(known), protocol, {
    ...options,
    head,
    json: identification?.wantsJson,
  });
};

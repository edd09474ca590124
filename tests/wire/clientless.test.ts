// Services without an installed client, driven by the SDK's protocol classes with schemas made of our models. It proves less
// than a client does: both sides read the same file. The forms on the wire are the SDK's all the same.
import { AwsJson1_0Protocol, AwsJson1_1Protocol, AwsRestJsonProtocol } from '@aws-sdk/core/protocols';
import { expect, test } from 'vitest';
import { modelOf, type OperationModel, type Shape, type Target, type Traits } from '../../src/protocol/model.ts';
import { handlerOf, type SdkRequest } from './exchange.ts';
import { sampleOf } from './sample.ts';
import { clientless } from './services.ts';

const timestampNumbers = { default: 4, 'date-time': 5, 'http-date': 6, 'epoch-seconds': 7 };

/** Shapes as the SDK writes them down. */
const schemaOf = (shape: Shape, made: Map<Shape, unknown>): unknown => {
  switch (shape.kind) {
    case 'string':
      return 0;
    case 'boolean':
      return 2;
    case 'document':
      return 15;
    case 'blob':
      return shape.streaming ? 42 : 21;
    case 'timestamp':
      return timestampNumbers[shape.format];
    case 'list':
    case 'map':
    case 'structure':
      break;
    default:
      return 1;
  }
  const known = made.get(shape);
  if (known !== undefined) return () => known;
  const schema: unknown[] = [];
  made.set(shape, schema);
  const target = ({ shape: inner, traits }: Target): unknown => [schemaOf(inner, made), traits];
  if (shape.kind === 'list') schema.push(1, 'ours', shape.name, shape.traits, target(shape.member));
  else if (shape.kind === 'map')
    schema.push(2, 'ours', shape.name, shape.traits, target(shape.key), target(shape.value));
  else {
    const names = shape.members.map(({ name }) => name);
    schema.push(shape.union ? 4 : 3, 'ours', shape.name, shape.traits, names, shape.members.map(target));
  }
  return () => schema;
};

const context = {
  endpoint: async () => ({ protocol: 'http:', hostname: 'localhost', port: 4566, path: '/' }),
  endpointV2: undefined,
  base64Encoder: (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
  base64Decoder: (text: string) => Buffer.from(text, 'base64'),
  utf8Encoder: (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8'),
  utf8Decoder: (text: string) => Buffer.from(text, 'utf8'),
  streamCollector: async (stream: AsyncIterable<Uint8Array>) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks);
  },
  disableHostPrefix: true,
};

interface SdkProtocol {
  setSerdeContext(context: object): void;
  serializeRequest(operation: object, input: object, context: object): Promise<SdkRequest>;
  deserializeResponse(operation: object, context: object, response: unknown): Promise<Record<string, unknown>>;
}

const protocolOf = ({ service }: OperationModel): SdkProtocol => {
  const options = {
    defaultNamespace: 'ours',
    errorTypeRegistries: [],
    serviceTarget: service.target ?? '',
    awsQueryCompatible: false,
  };
  const Class =
    service.protocols[0] === 'restJson1'
      ? AwsRestJsonProtocol
      : service.protocols[0] === 'awsJson1_0'
        ? AwsJson1_0Protocol
        : AwsJson1_1Protocol;
  const protocol: unknown = new Class(options);
  return protocol as SdkProtocol;
};

/** Label names of URIs that are not their member's name: in the SDK's form both are one. */
const uriOf = (operation: OperationModel, uri: string): string => {
  const renamed = operation.input.members.filter(({ traits }) => traits.labelName !== undefined);
  return renamed.reduce((text, { name, traits }) => text.replace(`{${traits.labelName}}`, `{${name}}`), uri);
};

const traitsOf = (operation: OperationModel): Traits => {
  const { http } = operation.traits;
  return http === undefined ? {} : { http: [http[0], uriOf(operation, http[1]), http[2]] };
};

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, item: unknown) => (item instanceof Uint8Array ? [...item] : item)));

test.each(clientless)('%s: every operation makes the round trip', async (service) => {
  const model = modelOf(service);
  for (const operation of model.operations.values()) {
    const protocol = protocolOf(operation);
    protocol.setSerdeContext(context);
    const made = new Map<Shape, unknown>();
    const schemas = { input: schemaOf(operation.input, made), output: schemaOf(operation.output, made) };
    const schema = { namespace: 'ours', name: operation.name, traits: traitsOf(operation), ...schemas };
    const input = sampleOf(operation.input) as Record<string, unknown>;
    const output = sampleOf(operation.output) as Record<string, unknown>;
    const request = await protocol.serializeRequest(schema, { ...input }, context);
    const credential = `AKIAEXAMPLE/20260101/us-east-1/${service === 'opsworkscm' ? 'opsworks-cm' : service.replace('-session', '')}/aws4_request`;
    const headers = { ...request.headers, authorization: `AWS4-HMAC-SHA256 Credential=${credential}, Signature=0` };
    const handler = handlerOf(() => output);
    const { method, hostname, path, query, body } = request;
    const answer = await handler.handle({
      method,
      hostname,
      path,
      headers,
      body,
      ...(query === undefined ? {} : { query }),
    });
    expect(handler.exchange.decoded?.operation).toBe(operation);
    expect(plain(handler.exchange.input)).toEqual(plain(input));
    const read = await protocol.deserializeResponse(schema, context, Reflect.get(answer, 'response'));
    const { $metadata: _, ...members } = read;
    expect(plain(members)).toEqual(plain(output));
  }
});

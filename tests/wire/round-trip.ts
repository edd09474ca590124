// Every operation of a service through its real client: the input that we read is the one that was given, the output that the
// client reads is the one that we wrote, and a modelled error arrives as the client's own class.
import { isDeepStrictEqual, inspect } from 'node:util';
import { AwsError } from '../../src/kernel/errors.ts';
import { modelOf, type OperationModel, type ServiceModel, type StructureShape } from '../../src/protocol/model.ts';
import { bindingOf } from '../../src/protocol/rest-binding.ts';
import { setStrict } from '../../src/protocol/strict.ts';
import { handlerOf } from './exchange.ts';
import { arrivesUnderOtherName, fixedOf, reasonToLeaveOut, skipOf } from './exceptions.ts';
import { type SampleOptions, sampleOf } from './sample.ts';

interface Client {
  send(command: object): Promise<Record<string, unknown>>;
  config: { requestHandler: object };
}
type Sdk = Readonly<Record<string, unknown>>;
type Constructor<T> = new (input: object) => T;

const isConstructor = (value: unknown): value is Constructor<object> => typeof value === 'function';

const clientClass = (sdk: Sdk): Constructor<Client> => {
  for (const [name, value] of Object.entries(sdk)) {
    if (/^[A-Z]\w+Client$/.test(name) && isConstructor(value) && 'send' in value.prototype)
      return value as Constructor<Client>;
  }
  throw new Error('no client in the module');
};

export const makeClient = (sdk: Sdk, config: object = {}): Client =>
  new (clientClass(sdk))({
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { handle: () => Promise.reject(new Error('no handler')) },
    ...config,
  });

/** Bytes compare as plain arrays, whatever class they came in. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  // JSON inside a string comes as the client's own kind of string.
  if (Object.prototype.toString.call(value) === '[object String]') return String(value);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, plain(item)]),
  );
};

const difference = (expected: unknown, actual: unknown, path = ''): string | undefined => {
  if (isDeepStrictEqual(expected, actual)) return undefined;
  if (
    typeof expected === 'object' &&
    typeof actual === 'object' &&
    expected !== null &&
    actual !== null &&
    !(expected instanceof Date) &&
    !(actual instanceof Date)
  ) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const found = difference(Reflect.get(expected, key), Reflect.get(actual, key), `${path}.${key}`);
      if (found !== undefined) return found;
    }
  }
  return `${path}: expected ${inspect(expected, { depth: 2, breakLength: 200 })}, got ${inspect(actual, { depth: 2, breakLength: 200 })}`;
};

const drainOutput = async (
  output: Record<string, unknown>,
  operation: OperationModel,
): Promise<Record<string, unknown>> => {
  const { $metadata: _, ...members } = output;
  const { payload, events } = bindingOf(operation.output, 'response');
  if (payload === undefined || members[payload.name] === undefined) return members;
  const value = members[payload.name];
  if (events !== undefined) {
    const all: unknown[] = [];
    for await (const event of value as AsyncIterable<unknown>) all.push(event);
    return { ...members, [payload.name]: all };
  }
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value && !(value instanceof Uint8Array)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of value as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return { ...members, [payload.name]: Buffer.concat(chunks) };
  }
  return members;
};

async function* each(events: readonly object[]): AsyncGenerator<object> {
  yield* events;
}

/** Which form unions take. */
type Form = Pick<SampleOptions, 'variant' | 'onUnion'>;

const sampleMembers = (shape: StructureShape, options: SampleOptions): Record<string, unknown> =>
  (sampleOf(shape, options) ?? {}) as Record<string, unknown>;

/** An output to write, and what the client shall make of it. */
const outputOf = (
  operation: OperationModel,
  form: Form,
): { given: Record<string, unknown>; expected: Record<string, unknown> } => {
  const shape = operation.output;
  const sample = sampleMembers(shape, { ...form, skip: skipOf(operation), fixed: fixedOf(operation).output });
  const { payload, events, status } = bindingOf(shape, 'response');
  if (status !== undefined) sample[status.name] = 200;
  if (payload === undefined || events === undefined) return { given: sample, expected: sample };
  const all = events.members
    .filter(({ shape: event }) => event.kind === 'structure' && !event.error)
    .map((member) => ({ [member.name]: sampleOf(member.shape) ?? {} }));
  return { given: { ...sample, [payload.name]: each(all) }, expected: { ...sample, [payload.name]: all } };
};

/** Errors of the model for which the client has a class. */
const errorShapes = (model: ServiceModel, sdk: Sdk): StructureShape[] => {
  const shapes: StructureShape[] = [];
  for (const [name, value] of Object.entries(sdk)) {
    const shape = isConstructor(value) && value.prototype instanceof Error ? model.error(name) : undefined;
    if (shape?.name === name && !arrivesUnderOtherName(model.service, name)) shapes.push(shape);
  }
  return shapes;
};

export interface RoundTripOptions {
  readonly config?: object;
}

interface Trip {
  readonly sdk: Sdk;
  readonly client: Client;
  readonly model: ServiceModel;
}

const commandOf = ({ sdk }: Trip, operation: OperationModel, input: object): object => {
  const command = sdk[`${operation.name}Command`];
  if (!isConstructor(command)) throw new Error('the client has no such command');
  return new command(input);
};

const inputOf = (operation: OperationModel, form: Form = {}): Record<string, unknown> =>
  sampleMembers(operation.input, { ...form, skip: skipOf(operation), fixed: fixedOf(operation).input });

const tripThere = async (trip: Trip, operation: OperationModel, form: Form): Promise<string[]> => {
  const failures: string[] = [];
  const input = inputOf(operation, form);
  const { given, expected } = outputOf(operation, form);
  const handler = handlerOf(() => given);
  trip.client.config.requestHandler = handler;
  const output = await trip.client.send(commandOf(trip, operation, { ...input }));
  const read = handler.exchange.decoded?.operation;
  if (read !== operation) failures.push(`taken for ${read?.service.service}:${read?.name}`);
  const there = difference(plain(input), plain(handler.exchange.input));
  if (there !== undefined) failures.push(`input${there}`);
  const back = difference(plain(expected), plain(await drainOutput(output, operation)));
  if (back !== undefined) failures.push(`output${back}`);
  return failures;
};

/** Once for each form of the operation's unions. */
const tripsThere = async (trip: Trip, operation: OperationModel): Promise<string[]> => {
  let forms = 1;
  const onUnion = (count: number): void => {
    forms = Math.max(forms, count);
  };
  const failures: string[] = [];
  for (let variant = 0; variant < forms; variant++) {
    failures.push(...(await tripThere(trip, operation, { variant, onUnion })));
  }
  return failures;
};

const tripOfError = async (trip: Trip, operation: OperationModel, shape: StructureShape): Promise<string[]> => {
  const members = sampleMembers(shape, { skip: ({ name }) => /^(message|code|type)$/i.test(name) });
  const handler = handlerOf(() => new AwsError(shape.name, undefined, 'It went wrong.', members));
  trip.client.config.requestHandler = handler;
  const input = inputOf(operation);
  try {
    await trip.client.send(commandOf(trip, operation, input));
  } catch (error) {
    if (!(error instanceof Error)) return ['no error came'];
    const failures: string[] = [];
    if (operation.traits.http?.[0] === 'HEAD') return failures;
    if (error.name !== shape.name) failures.push(`error ${shape.name} came as ${error.name}: ${error.message}`);
    else if (error.message !== 'It went wrong.') failures.push(`error ${shape.name} says ${error.message}`);
    const found = Object.fromEntries(Object.keys(members).map((name) => [name, Reflect.get(error, name)]));
    const different = difference(plain(members), plain(found));
    if (different !== undefined) failures.push(`error ${shape.name}${different}`);
    return failures;
  }
  return ['no error came'];
};

export interface Result {
  /** What does not make the round trip, one line each. */
  readonly failures: readonly string[];
  /** How many operations were tried. */
  readonly operations: number;
}

/** Sends every operation of a service there and back. */
export const roundTrip = async (service: string, sdk: Sdk, { config = {} }: RoundTripOptions = {}): Promise<Result> => {
  setStrict(true);
  const model = modelOf(service);
  const trip: Trip = { sdk, model, client: makeClient(sdk, config) };
  const errors = errorShapes(model, sdk);
  const failures: string[] = [];
  let operations = 0;
  for (const operation of model.operations.values()) {
    if (reasonToLeaveOut(operation) !== undefined) continue;
    const error = errors[operations++ % Math.max(errors.length, 1)];
    try {
      const found = await tripsThere(trip, operation);
      if (error !== undefined) found.push(...(await tripOfError(trip, operation, error)));
      failures.push(...found.map((failure) => `${operation.name}: ${failure}`));
    } catch (thrown) {
      const stack =
        thrown instanceof Error ? (thrown.stack ?? '').split('\n').slice(0, 4).join(' | ') : inspect(thrown);
      failures.push(`${operation.name}: ${stack}`);
    }
  }
  return { failures, operations };
};

// Event streams as values: an async iterable of union members, each `{ EventName: { … } }`.
import { AwsError } from '../kernel/errors.ts';
import { readCbor, writeCbor } from './cbor-codec.ts';
import { decodeFrame, decodeFrames, encodeFrame, type Frame, type FrameHeader } from './event-frame.ts';
import { decodeUtf8, readJson } from './json-reader.ts';
import { writeJson } from './json-writer.ts';
import type { Member, Shape, StructureShape } from './model.ts';
import { partOf } from './rest-binding.ts';
import { parseXml } from './xml-parser.ts';
import { readXml } from './xml-reader.ts';
import { writeXmlRoot } from './xml-writer.ts';

/** How structures inside events are written. */
export type EventDialect = 'awsJson1_0' | 'awsJson1_1' | 'rest-json' | 'xml' | 'cbor';

const contentTypes: Readonly<Record<EventDialect, string>> = {
  awsJson1_0: 'application/x-amz-json-1.0',
  awsJson1_1: 'application/x-amz-json-1.1',
  'rest-json': 'application/json',
  xml: 'text/xml',
  cbor: 'application/cbor',
};

type Members = Readonly<Record<string, unknown>>;

const writeStructure = (shape: StructureShape, value: unknown, dialect: EventDialect): Uint8Array => {
  if (dialect === 'cbor') return writeCbor(shape, value);
  const text =
    dialect === 'xml'
      ? writeXmlRoot(shape.traits.xmlName ?? shape.name, undefined, shape, value)
      : writeJson(shape, value, dialect === 'rest-json');
  return Buffer.from(text, 'utf8');
};

const readStructure = (shape: Shape, bytes: Uint8Array, dialect: EventDialect): unknown => {
  if (dialect === 'cbor') return readCbor(shape, bytes);
  if (dialect === 'xml') return bytes.byteLength === 0 ? {} : readXml(shape, parseXml(decodeUtf8(bytes)));
  return readJson(shape, bytes, dialect === 'rest-json');
};

const isHeader = (value: unknown): value is FrameHeader =>
  ['string', 'number', 'boolean', 'bigint'].includes(typeof value) ||
  value instanceof Date ||
  value instanceof Uint8Array;

const encodePayload = (
  shape: StructureShape,
  value: Members,
  dialect: EventDialect,
): { type?: string; bytes: Uint8Array } => {
  const payload = shape.members.find(({ traits }) => traits.eventPayload === 1);
  if (payload === undefined) {
    const body = shape.members.filter(({ traits }) => traits.eventHeader !== 1);
    if (body.length === 0) return { bytes: new Uint8Array(0) };
    return { type: contentTypes[dialect], bytes: writeStructure(partOf(shape, body), value, dialect) };
  }
  const item = value[payload.name];
  if (payload.shape.kind === 'blob') {
    const bytes = item instanceof Uint8Array ? item : new Uint8Array(0);
    return { type: 'application/octet-stream', bytes };
  }
  if (payload.shape.kind === 'string') return { type: 'text/plain', bytes: Buffer.from(String(item ?? ''), 'utf8') };
  if (payload.shape.kind !== 'structure') throw new Error(`${shape.name}: no event payload`);
  return { type: contentTypes[dialect], bytes: writeStructure(payload.shape, item ?? {}, dialect) };
};

const encodeEvent = (member: Member, value: Members, dialect: EventDialect): Uint8Array => {
  const { shape } = member;
  if (shape.kind !== 'structure') throw new Error(`${member.name} is no event`);
  const { type, bytes } = encodePayload(shape, value, dialect);
  const headers: Record<string, FrameHeader> = shape.error
    ? { ':message-type': 'exception', ':exception-type': member.name }
    : { ':message-type': 'event', ':event-type': member.name };
  if (type !== undefined) headers[':content-type'] = type;
  for (const { name, traits } of shape.members) {
    const item = value[name];
    if (traits.eventHeader === 1 && isHeader(item)) headers[name] = item;
  }
  return encodeFrame({ headers, payload: bytes });
};

const encodeFailure = (union: StructureShape, error: unknown, dialect: EventDialect): Uint8Array => {
  const known = error instanceof AwsError ? error : new AwsError('InternalFailure', 500, 'Internal failure');
  const member = union.find(known.code);
  if (member?.shape.kind === 'structure' && member.shape.error) {
    const spelling = member.shape.find('Message') === undefined ? 'message' : 'Message';
    return encodeEvent(member, { [spelling]: known.message, ...known.members }, dialect);
  }
  const headers = { ':message-type': 'error', ':error-code': known.code, ':error-message': known.message };
  return encodeFrame({ headers, payload: new Uint8Array(0) });
};

/**
 * The bytes of an event stream. An error thrown by `events` is sent as the stream's last message, since the status is
 * long gone; `initial` is the rest of an RPC output, sent as the first message.
 */
export async function* writeEvents(
  union: StructureShape,
  events: AsyncIterable<object>,
  dialect: EventDialect,
  initial?: { readonly shape: StructureShape; readonly value: object },
): AsyncGenerator<Uint8Array> {
  if (initial !== undefined) {
    const headers = {
      ':message-type': 'event',
      ':event-type': 'initial-response',
      ':content-type': contentTypes[dialect],
    };
    yield encodeFrame({ headers, payload: writeStructure(initial.shape, initial.value, dialect) });
  }
  try {
    for await (const event of events) {
      for (const [name, value] of Object.entries(event)) {
        const member = union.find(name);
        if (member !== undefined && typeof value === 'object' && value !== null) {
          yield encodeEvent(member, value as Members, dialect);
        }
      }
    }
  } catch (error) {
    yield encodeFailure(union, error, dialect);
    if (!(error instanceof AwsError)) throw error;
  }
}

const decodeEvent = (union: StructureShape, frame: Frame, dialect: EventDialect): object | undefined => {
  const name = String(frame.headers[':event-type'] ?? frame.headers[':exception-type'] ?? '');
  const shape = union.find(name)?.shape;
  if (shape?.kind !== 'structure') return undefined;
  const bound = shape.members.filter(({ traits }) => traits.eventHeader === 1 || traits.eventPayload === 1);
  const payload = bound.find(({ traits }) => traits.eventPayload === 1);
  if (bound.length === 0) return { [name]: readStructure(shape, frame.payload, dialect) };
  const event: Record<string, unknown> = {};
  for (const member of bound) {
    const header = frame.headers[member.name];
    if (member.traits.eventHeader === 1 && header !== undefined) event[member.name] = header;
  }
  if (payload !== undefined) {
    if (payload.shape.kind === 'blob') event[payload.name] = frame.payload;
    else if (payload.shape.kind === 'string') event[payload.name] = decodeUtf8(frame.payload);
    else event[payload.name] = readStructure(payload.shape, frame.payload, dialect);
  } else {
    const rest = shape.members.filter((member) => !bound.includes(member));
    if (rest.length > 0) Object.assign(event, readStructure(partOf(shape, rest), frame.payload, dialect));
  }
  return { [name]: event };
};

/** The events of a request. A signed stream wraps each message in another one; signatures are not looked at here. */
export async function* readEvents(
  union: StructureShape,
  stream: AsyncIterable<Uint8Array>,
  dialect: EventDialect,
): AsyncGenerator<object> {
  for await (const outer of decodeFrames(stream)) {
    const signed = outer.headers[':chunk-signature'] !== undefined;
    if (signed && outer.payload.byteLength === 0) return;
    const event = decodeEvent(union, signed ? decodeFrame(outer.payload) : outer, dialect);
    if (event !== undefined) yield event;
  }
}

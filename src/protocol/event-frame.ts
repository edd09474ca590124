// One message of `application/vnd.amazon.eventstream`: lengths, headers, payload, two CRC-32s.
import { crc32 } from 'node:zlib';
import { serializationException } from './failure.ts';

export type FrameHeader = string | number | boolean | bigint | Date | Uint8Array;

export interface Frame {
  readonly headers: Readonly<Record<string, FrameHeader>>;
  readonly payload: Uint8Array;
}

/** Limit: a message has at most 24 MiB of payload, and 128 KiB of headers. */
const longestFrameBytes = 24 * 1_048_576 + 131_072 + 16;
const preludeBytes = 12;
const overheadBytes = 16;

const encodeHeader = (name: string, value: FrameHeader): Buffer => {
  const start = Buffer.from(`\0${name}`, 'utf8');
  start[0] = start.byteLength - 1;
  const typed = (type: number, content: Buffer | Uint8Array): Buffer =>
    Buffer.concat([start, Uint8Array.of(type), content]);
  const sized = (type: number, content: Uint8Array): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(content.byteLength);
    return typed(type, Buffer.concat([length, content]));
  };
  if (typeof value === 'boolean') return typed(value ? 0 : 1, Buffer.alloc(0));
  if (typeof value === 'string') return sized(7, Buffer.from(value, 'utf8'));
  if (value instanceof Uint8Array) return sized(6, value);
  if (typeof value === 'number') {
    const number = Buffer.alloc(4);
    number.writeInt32BE(value);
    return typed(4, number);
  }
  const wide = Buffer.alloc(8);
  wide.writeBigInt64BE(typeof value === 'bigint' ? value : BigInt(value.getTime()));
  return typed(typeof value === 'bigint' ? 5 : 8, wide);
};

/** The bytes of a message. */
export const encodeFrame = ({ headers, payload }: Frame): Uint8Array => {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const frame = Buffer.alloc(overheadBytes + head.byteLength + payload.byteLength);
  frame.writeUInt32BE(frame.byteLength, 0);
  frame.writeUInt32BE(head.byteLength, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  frame.set(head, preludeBytes);
  frame.set(payload, preludeBytes + head.byteLength);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.byteLength - 4)), frame.byteLength - 4);
  return frame;
};

const broken = (): Error => serializationException('The event stream is not well-formed');

const decodeHeaders = (head: Buffer): Record<string, FrameHeader> => {
  const headers: Record<string, FrameHeader> = {};
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > head.byteLength) throw broken();
    at += count;
    return head.subarray(at - count, at);
  };
  while (at < head.byteLength) {
    const name = take(take(1).readUInt8()).toString('utf8');
    const type = take(1).readUInt8();
    if (type < 2) headers[name] = type === 0;
    else if (type === 2) headers[name] = take(1).readInt8();
    else if (type === 3) headers[name] = take(2).readInt16BE();
    else if (type === 4) headers[name] = take(4).readInt32BE();
    else if (type === 5) headers[name] = take(8).readBigInt64BE();
    else if (type === 6) headers[name] = take(take(2).readUInt16BE());
    else if (type === 7) headers[name] = take(take(2).readUInt16BE()).toString('utf8');
    else if (type === 8) headers[name] = new Date(Number(take(8).readBigInt64BE()));
    else if (type === 9) headers[name] = take(16).toString('hex');
    else throw broken();
  }
  return headers;
};

/** Reads one whole message. */
export const decodeFrame = (bytes: Uint8Array): Frame => {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (frame.byteLength < overheadBytes || frame.readUInt32BE(0) !== frame.byteLength) throw broken();
  const headBytes = frame.readUInt32BE(4);
  if (headBytes > frame.byteLength - overheadBytes) throw broken();
  if (frame.readUInt32BE(8) !== crc32(frame.subarray(0, 8))) throw broken();
  if (frame.readUInt32BE(frame.byteLength - 4) !== crc32(frame.subarray(0, frame.byteLength - 4))) throw broken();
  const payloadAt = preludeBytes + headBytes;
  return {
    headers: decodeHeaders(frame.subarray(preludeBytes, payloadAt)),
    payload: frame.subarray(payloadAt, frame.byteLength - 4),
  };
};

/** Cuts a byte stream into messages. */
export async function* decodeFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let held = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = held.byteLength === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    while (held.byteLength >= 4) {
      const length = held.readUInt32BE(0);
      if (length < overheadBytes || length > longestFrameBytes) throw broken();
      if (held.byteLength < length) break;
      yield decodeFrame(held.subarray(0, length));
      held = held.subarray(length);
    }
  }
  if (held.byteLength > 0) throw broken();
}

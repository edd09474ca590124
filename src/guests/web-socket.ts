// The WebSocket that a simulated guest serves on every path: it says back what it hears.
// @see https://www.rfc-editor.org/rfc/rfc6455
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { HttpRequest } from '../kernel/http.ts';

const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const closing = 8;
const ping = 9;
const pong = 10;
/** A longer message ends the connection. */
const payloadLimitBytes = 1_048_576;

interface Frame {
  /** First byte: whether it is the last of its message, and what it carries. */
  readonly lead: number;
  readonly payload: Buffer;
  /** Bytes that it took. */
  readonly sizeBytes: number;
}

/** The first frame of what has arrived; undefined while it is not whole. */
function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.byteLength < 2) return undefined;
  const lead = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskBytes = second >= 0x80 ? 4 : 0;
  const start = 2 + lengthBytes + maskBytes;
  if (bytes.byteLength < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (length > payloadLimitBytes) throw new RangeError('the message is too long');
  if (bytes.byteLength < start + length) return undefined;
  const payload = Buffer.from(bytes.subarray(start, start + length));
  const mask = bytes.subarray(start - maskBytes, start);
  if (maskBytes > 0) for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return { lead, payload, sizeBytes: start + length };
}

function writeFrame(lead: number, payload: Buffer): Buffer {
  const { byteLength } = payload;
  const head = Buffer.alloc(byteLength < 126 ? 2 : byteLength < 65_536 ? 4 : 10);
  head.writeUInt8(lead, 0);
  head.writeUInt8(byteLength < 126 ? byteLength : byteLength < 65_536 ? 126 : 127, 1);
  if (head.length === 4) head.writeUInt16BE(byteLength, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(byteLength), 2);
  return Buffer.concat([head, payload]);
}

/** Takes a connection over, as a server that echoes. */
export function echoFrames({ headers }: HttpRequest, socket: Duplex, head: Uint8Array): void {
  const key = headers['sec-websocket-key'];
  if (headers['upgrade']?.toLowerCase() !== 'websocket' || key === undefined) {
    socket.end('HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  const accept = createHash('sha1').update(`${key}${magic}`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
  );
  let waiting = Buffer.from(head);
  const hear = (chunk: Uint8Array): void => {
    waiting = Buffer.concat([waiting, chunk]);
    try {
      for (let frame = readFrame(waiting); frame !== undefined; frame = readFrame(waiting)) {
        waiting = waiting.subarray(frame.sizeBytes);
        const kind = frame.lead & 0x0f;
        if (kind === pong) continue;
        socket.write(writeFrame(kind === ping ? 0x80 | pong : frame.lead, frame.payload));
        if (kind === closing) socket.end();
      }
    } catch {
      socket.destroy();
    }
  };
  socket.on('error', () => socket.destroy());
  socket.on('data', hear);
  hear(Buffer.alloc(0));
}

// DNS messages, as far as a name server of a VPC needs them: one question in, addresses out. RFC 1035.

export interface Question {
  readonly id: number;
  readonly name: string;
  /** 1: A, 28: AAAA. */
  readonly type: number;
  /** The question as it came, to be repeated. */
  readonly bytes: Uint8Array;
  readonly wantsRecursion: boolean;
}

const headBytes = 12;

/** The question of a query; undefined for what is none, or asks for several things at once. */
export function readQuestion(message: Uint8Array): Question | undefined {
  const bytes = Buffer.from(message);
  if (bytes.byteLength < headBytes + 5) return undefined;
  const flags = bytes.readUInt16BE(2);
  if ((flags & 0xf800) !== 0 || bytes.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = headBytes;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63) return undefined;
    at++;
    if (length === 0) break;
    labels.push(bytes.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > bytes.byteLength) return undefined;
  return {
    id: bytes.readUInt16BE(0),
    name: labels.join('.'),
    type: bytes.readUInt16BE(at),
    bytes: bytes.subarray(headBytes, at + 4),
    wantsRecursion: (flags & 0x0100) !== 0,
  };
}

export const typeA = 1;
export const typeAaaa = 28;

/** Seconds for which Amazon's server lets its answers be kept. */
const ttlSeconds = 60;

export type Reply =
  | { readonly code: 'found'; readonly addresses: readonly Uint8Array[] }
  | { readonly code: 'unknown' };

/** @param reply addresses of the type that was asked for, as bytes. */
export function writeReply(question: Question, reply: Reply): Uint8Array {
  const addresses = reply.code === 'found' ? reply.addresses : [];
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(question.id, 0);
  head.writeUInt16BE(0x8080 | (question.wantsRecursion ? 0x0100 : 0) | (reply.code === 'found' ? 0 : 3), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(question.type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(ttlSeconds, 6);
    record.writeUInt16BE(address.byteLength, 10);
    return Buffer.concat([record, address]);
  });
  return Buffer.concat([head, question.bytes, ...records]);
}

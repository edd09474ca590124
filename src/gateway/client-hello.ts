// The first words of a TLS client, read before anything is answered: for which name it comes decides which certificate it sees.
// @see https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2

const handshakeRecord = 0x16;
const clientHello = 1;
const serverNameExtension = 0;

/** Reads numbers and stretches one after the other. @throws RangeError past the end */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.byteLength - this.#at;
  }

  number(sizeBytes: number): number {
    return this.take(sizeBytes).readUIntBE(0, sizeBytes);
  }

  take(sizeBytes: number): Buffer {
    if (sizeBytes > this.left) throw new RangeError('there is more to come');
    return this.#bytes.subarray(this.#at, (this.#at += sizeBytes));
  }

  /** A stretch behind its own length. */
  stretch(lengthBytes: number): Buffer {
    return this.take(this.number(lengthBytes));
  }
}

/** What stands in the records of a handshake that have arrived whole. */
function messagesOf(bytes: Buffer): Buffer {
  const records = new Reader(bytes);
  const parts: Buffer[] = [];
  while (records.left >= 5 && records.number(1) === handshakeRecord) {
    records.take(2);
    const length = records.number(2);
    if (length > records.left) break;
    parts.push(records.take(length));
  }
  return Buffer.concat(parts);
}

/** True for the first byte of a client that speaks TLS. */
export const isHandshake = (first: number | undefined): boolean => first === handshakeRecord;

export interface Hello {
  /** Undefined for a client that connected to an address. */
  readonly name: string | undefined;
}

/** Undefined as long as not all of it has arrived. */
export function readHello(bytes: Buffer): Hello | undefined {
  try {
    const message = new Reader(messagesOf(bytes));
    if (message.number(1) !== clientHello) return { name: undefined };
    const body = new Reader(message.stretch(3));
    // Version and random bytes; the session, the ciphers, the compressions.
    body.take(34);
    for (const lengthBytes of [1, 2, 1]) body.stretch(lengthBytes);
    const extensions = new Reader(body.left === 0 ? Buffer.alloc(0) : body.stretch(2));
    while (extensions.left > 0) {
      const type = extensions.number(2);
      const content = new Reader(extensions.stretch(2));
      if (type !== serverNameExtension) continue;
      const names = new Reader(content.stretch(2));
      names.number(1);
      return { name: names.stretch(2).toString('latin1').toLowerCase() };
    }
    return { name: undefined };
  } catch {
    return undefined;
  }
}

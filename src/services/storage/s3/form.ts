// `multipart/form-data` as a stream: the fields before the file in memory, the file as it comes.
// @see https://www.rfc-editor.org/rfc/rfc7578
import { bodyOf } from '../../../kernel/http.ts';
import { errors } from './errors.ts';
import { limits } from './limits.ts';

export interface FormFile {
  readonly name: string;
  readonly contentType: string | undefined;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface Form {
  /** By lower-case name. */
  readonly fields: Readonly<Record<string, string>>;
  readonly file: FormFile | undefined;
}

/** The boundary of a `Content-Type`; undefined when it is no form. */
export function readBoundary(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/form-data\b/i.test(contentType)) return undefined;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType) ?? [];
  return quoted ?? plain;
}

/** A body read piece by piece, up to marks. */
class Pieces {
  readonly #source: AsyncIterator<Uint8Array>;
  #held = Buffer.alloc(0);
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array> | Uint8Array) {
    this.#source = (source instanceof Uint8Array ? bodyOf(source).stream() : source)[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await this.#source.next();
    if (next.done === true) {
      this.#ended = true;
      return false;
    }
    this.#held = this.#held.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#held, next.value]);
    return true;
  }

  /** The bytes before a mark, which is taken too; undefined when it does not come within the limit. */
  async before(mark: string, limitBytes: number): Promise<Buffer | undefined> {
    for (;;) {
      const at = this.#held.indexOf(mark, 0, 'latin1');
      if (at >= 0) {
        const found = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + mark.length);
        return found;
      }
      if (this.#held.length > limitBytes || !(await this.#more())) return undefined;
    }
  }

  /** The bytes before a mark, as they come. @throws MalformedPOSTRequest when it never comes */
  async *until(mark: string): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(mark, 0, 'latin1');
      if (at >= 0) {
        if (at > 0) yield this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + mark.length);
        return;
      }
      const safe = this.#held.length - mark.length + 1; // the rest may begin the mark
      if (safe > 0) {
        yield this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
      }
      if (!(await this.#more())) throw errors.malformedPost();
    }
  }

  /** What follows a boundary: another part, or the end. */
  async goesOn(): Promise<boolean> {
    while (this.#held.length < 2) if (!(await this.#more())) throw errors.malformedPost();
    const two = this.#held.toString('latin1', 0, 2);
    this.#held = this.#held.subarray(2);
    if (two === '--') return false;
    if (two !== '\r\n') throw errors.malformedPost();
    return true;
  }

  async drain(): Promise<void> {
    this.#held = Buffer.alloc(0);
    while (await this.#more()) this.#held = Buffer.alloc(0);
  }
}

interface PartHead {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
}

const parameter = (header: string, name: string): string | undefined => {
  const [, quoted, plain] = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, 'i').exec(header) ?? [];
  return quoted?.replaceAll(/\\(["\\])/g, '$1') ?? plain;
};

function readHead(head: Buffer): PartHead {
  const headers = new Map<string, string>();
  for (const line of head.toString('utf8').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get('content-disposition') ?? '';
  const name = parameter(disposition, 'name');
  if (name === undefined) throw errors.malformedPost();
  return { name, fileName: parameter(disposition, 'filename'), contentType: headers.get('content-type') };
}

/**
 * Reads a form up to its file. What follows the file is read over, as S3 does.
 *
 * Limit: 20 KB of fields before the file.
 */
export async function readForm(body: AsyncIterable<Uint8Array> | Uint8Array, boundary: string): Promise<Form> {
  const pieces = new Pieces(body);
  const most = limits.postFieldsMaxBytes;
  const fields: Record<string, string> = {};
  let sizeBytes = 0;
  if ((await pieces.before(`--${boundary}`, most)) === undefined) throw errors.malformedPost();
  while (await pieces.goesOn()) {
    const head = await pieces.before('\r\n\r\n', most);
    if (head === undefined) throw errors.malformedPost();
    const { name, fileName, contentType } = readHead(head);
    const field = name.toLowerCase();
    if (field === 'file')
      return { fields, file: { name: fileName ?? '', contentType, content: fileOf(pieces, boundary) } };
    const value = await pieces.before(`\r\n--${boundary}`, most);
    if (value === undefined) throw errors.formTooLarge();
    sizeBytes += head.length + value.length;
    if (sizeBytes > most) throw errors.formTooLarge();
    fields[field] = value.toString('utf8');
  }
  return { fields, file: undefined };
}

async function* fileOf(pieces: Pieces, boundary: string): AsyncGenerator<Uint8Array> {
  yield* pieces.until(`\r\n--${boundary}`);
  await pieces.drain();
}

// For tests only: reads what `parquet.ts` writes, by the format's description and not by its code.
import { gunzipSync } from 'node:zlib';

type Thrift = number | string | readonly Thrift[] | { readonly [id: number]: Thrift };
type Struct = { readonly [id: number]: Thrift };

class Reader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  take(count: number): Buffer {
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.take(1)[0] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  value(type: number): Thrift {
    if (type === 5 || type === 6) return this.varint() / 2;
    if (type === 8) return this.take(this.varint()).toString();
    if (type === 12) return this.struct();
    const head = this.take(1)[0] as number;
    const count = head >> 4 === 15 ? this.varint() : head >> 4;
    return Array.from({ length: count }, () => this.value(head & 15));
  }

  struct(): Struct {
    const fields: Record<number, Thrift> = {};
    for (let id = 0; ; ) {
      const head = this.take(1)[0] as number;
      if (head === 0) return fields;
      id += head >> 4;
      fields[id] = this.value(head & 15);
    }
  }
}

function readLevels(page: Reader, count: number): boolean[] {
  const end = page.take(4).readUInt32LE() + page.at;
  const levels: boolean[] = [];
  while (page.at < end) {
    const run = page.varint() / 2;
    const isThere = page.take(1)[0] === 1;
    levels.push(...Array.from({ length: run }, () => isThere));
  }
  if (levels.length !== count) throw new RangeError(`${levels.length} levels for ${count} values`);
  return levels;
}

function readValues(page: Reader, type: number, count: number): (string | number | boolean)[] {
  if (type === 0) {
    const bits = page.take(Math.ceil(count / 8));
    return Array.from({ length: count }, (_, at) => (((bits[at >> 3] as number) >> (at & 7)) & 1) === 1);
  }
  return Array.from({ length: count }, () => {
    if (type === 6) return page.take(page.take(4).readUInt32LE()).toString();
    return type === 1 ? page.take(4).readInt32LE() : Number(page.take(8).readBigInt64LE());
  });
}

/** The rows of a file, by the names of its columns. */
export function readParquet(file: Uint8Array): Record<string, string | number | boolean | undefined>[] {
  const bytes = Buffer.from(file);
  if (bytes.subarray(0, 4).toString() !== 'PAR1' || bytes.subarray(-4).toString() !== 'PAR1')
    throw new RangeError('this is no file of Apache Parquet');
  const footer = new Reader(bytes, bytes.byteLength - 8 - bytes.readUInt32LE(bytes.byteLength - 8)).struct();
  const [, ...columns] = footer[2] as Struct[];
  const rows = Array.from({ length: footer[3] as number }, (): ReturnType<typeof readParquet>[number] => ({}));
  const group = (footer[4] as Struct[])[0];
  for (const [at, chunk] of ((group?.[1] ?? []) as Struct[]).entries()) {
    const { 3: repetition, 4: name } = columns[at] as Struct;
    const { 1: type, 9: offset } = chunk[3] as Struct;
    const reader = new Reader(bytes, offset as number);
    const head = reader.struct();
    const page = new Reader(gunzipSync(reader.take(head[3] as number)));
    const levels = repetition === 1 ? readLevels(page, rows.length) : rows.map(() => true);
    const values = readValues(page, type as number, levels.filter(Boolean).length);
    for (const [row, isThere] of levels.entries())
      (rows[row] as (typeof rows)[number])[name as string] = isThere ? values.shift() : undefined;
  }
  return rows;
}

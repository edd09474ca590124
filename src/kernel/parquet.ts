// Files in Apache Parquet: flat rows in columns, one row group, one page for each column, plain values in gzip. That is all that reports and
// logs need, and little enough to stand here. Its metadata is Thrift in the compact form.
// @see https://parquet.apache.org/docs/file-format/
import { gzipSync } from 'node:zlib';

export type ColumnType = 'string' | 'int32' | 'int64' | 'boolean' | 'timestamp';

/** A column, whose values may be missing unless it is `required`. */
export interface Column {
  readonly name: string;
  /** A `timestamp` is in milliseconds since 1970. */
  readonly type: ColumnType;
  readonly required?: true | undefined;
}

export type Cell = string | number | boolean | undefined;

const magic = Buffer.from('PAR1');

/** Numbers of Parquet's physical types, and of the meanings that it puts on them. */
const physical = { boolean: 0, int32: 1, int64: 2, timestamp: 2, string: 6 } as const;
const converted = { string: 0, timestamp: 9 } as const;
const [optional, plain, rle, gzip, dataPage] = [1, 0, 3, 2, 0];

/** Thrift's types in the compact form. */
const thrift = { i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

type Field = readonly [id: number, type: keyof typeof thrift, bytes: Buffer];

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  while (left >= 128) {
    bytes.push((left % 128) | 128);
    left = Math.floor(left / 128);
  }
  return Buffer.from([...bytes, left]);
}

/** Numbers of Thrift are signed: twice the value leaves room for the sign, which nothing here needs. */
const number = (value: number): Buffer => varint(value * 2);
const binary = (text: string): Buffer => Buffer.concat([varint(Buffer.byteLength(text)), Buffer.from(text)]);

const list = (type: keyof typeof thrift, items: readonly Buffer[]): Buffer =>
  Buffer.concat([
    items.length < 15
      ? Buffer.from([(items.length << 4) | thrift[type]])
      : Buffer.concat([Buffer.from([0xf0 | thrift[type]]), varint(items.length)]),
    ...items,
  ]);

/** Fields in the order of their numbers, each told by its distance from the one before. */
function struct(fields: readonly Field[]): Buffer {
  let before = 0;
  const parts = fields.flatMap(([id, type, bytes]) => {
    const head = Buffer.from([((id - before) << 4) | thrift[type]]);
    before = id;
    return [head, bytes];
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** Which values are there, as runs of ones and zeros. */
function writeLevels(cells: readonly Cell[]): Buffer {
  const runs: Buffer[] = [];
  for (let at = 0; at < cells.length; ) {
    const isThere = cells[at] !== undefined;
    let end = at;
    while (end < cells.length && (cells[end] !== undefined) === isThere) end++;
    runs.push(varint((end - at) * 2), Buffer.from([Number(isThere)]));
    at = end;
  }
  const levels = Buffer.concat(runs);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(levels.byteLength);
  return Buffer.concat([length, levels]);
}

function writeBits(values: readonly Cell[]): Buffer {
  const bits = Buffer.alloc(Math.ceil(values.length / 8));
  for (const [at, value] of values.entries())
    if (value === true) bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
  return bits;
}

function writeText(value: Cell): Buffer {
  const text = Buffer.from(String(value));
  const whole = Buffer.alloc(4 + text.byteLength);
  whole.writeUInt32LE(text.byteLength);
  text.copy(whole, 4);
  return whole;
}

function writeValues(type: ColumnType, values: readonly Cell[]): Buffer {
  if (type === 'boolean') return writeBits(values);
  if (type === 'string') return Buffer.concat(values.map(writeText));
  const width = type === 'int32' ? 4 : 8;
  const bytes = Buffer.alloc(values.length * width);
  for (const [at, value] of values.entries())
    if (type === 'int32') bytes.writeInt32LE(Number(value), at * width);
    else bytes.writeBigInt64LE(BigInt(Number(value)), at * width);
  return bytes;
}

interface Chunk {
  readonly page: Buffer;
  readonly uncompressedBytes: number;
}

/** A page with its header. */
function writeChunk({ type, required }: Column, cells: readonly Cell[]): Chunk {
  const there = cells.filter((cell) => cell !== undefined);
  const content = Buffer.concat([...(required === true ? [] : [writeLevels(cells)]), writeValues(type, there)]);
  const body = gzipSync(content);
  const head = struct([
    [1, 'i32', number(dataPage)],
    [2, 'i32', number(content.byteLength)],
    [3, 'i32', number(body.byteLength)],
    [
      5,
      'struct',
      struct([
        [1, 'i32', number(cells.length)],
        [2, 'i32', number(plain)],
        [3, 'i32', number(rle)],
        [4, 'i32', number(rle)],
      ]),
    ],
  ]);
  return { page: Buffer.concat([head, body]), uncompressedBytes: head.byteLength + content.byteLength };
}

const describeColumn = ({ name, type, required }: Column): Buffer =>
  struct([
    [1, 'i32', number(physical[type])],
    [3, 'i32', number(required === true ? 0 : optional)],
    [4, 'binary', binary(name)],
    ...(type === 'string' || type === 'timestamp' ? [[6, 'i32', number(converted[type])] as const] : []),
  ]);

const describeChunk = ({ name, type }: Column, { page, uncompressedBytes }: Chunk, at: number, rows: number): Buffer =>
  struct([
    [2, 'i64', number(at)],
    [
      3,
      'struct',
      struct([
        [1, 'i32', number(physical[type])],
        [2, 'list', list('i32', [number(plain), number(rle)])],
        [3, 'list', list('binary', [binary(name)])],
        [4, 'i32', number(gzip)],
        [5, 'i64', number(rows)],
        [6, 'i64', number(uncompressedBytes)],
        [7, 'i64', number(page.byteLength)],
        [9, 'i64', number(at)],
      ]),
    ],
  ]);

/** A whole file. Each row has a cell for each column, in their order. */
export function writeParquet(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Uint8Array {
  const chunks = columns.map((column, at) =>
    writeChunk(
      column,
      rows.map((row) => row[at]),
    ),
  );
  let offset = magic.byteLength;
  const described = chunks.map((chunk, at) => {
    const text = describeChunk(columns[at] as Column, chunk, offset, rows.length);
    offset += chunk.page.byteLength;
    return text;
  });
  const root = struct([
    [4, 'binary', binary('schema')],
    [5, 'i32', number(columns.length)],
  ]);
  const uncompressedBytes = chunks.reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0);
  const group = struct([
    [1, 'list', list('struct', described)],
    [2, 'i64', number(uncompressedBytes)],
    [3, 'i64', number(rows.length)],
  ]);
  const footer = struct([
    [1, 'i32', number(1)],
    [2, 'list', list('struct', [root, ...columns.map(describeColumn)])],
    [3, 'i64', number(rows.length)],
    [4, 'list', list('struct', rows.length === 0 ? [] : [group])],
    [6, 'binary', binary('hakoniwa')],
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.byteLength);
  const pages = rows.length === 0 ? [] : chunks.map(({ page }) => page);
  return new Uint8Array(Buffer.concat([magic, ...pages, footer, length, magic]));
}

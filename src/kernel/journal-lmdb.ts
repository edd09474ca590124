// The journal of `--data DIR`: one LMDB file. A key is the row's place and key, a value is a checksum over both and the row; where the
// row's key is no LMDB key (too long, or not UTF-8) a digest stands for it and the value carries it too.
//
// A group is written in this thread: that costs less than handing it to another one, an error comes with its own words, and nothing of
// the group is left to fail later.
// lmdb is an optional dependency with a native part, loaded when a cloud keeps its data.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DataFolderError, takeFolder } from './data-folder.ts';
import { AwsError } from './errors.ts';
import type { Journal } from './journal.ts';
import { afterPrefix } from './key.ts';
import { damageOf } from './lmdb-check.ts';

const longestKeyBytes = 1_900; // LMDB allows 1,978 at its default page size
// oxlint-disable-next-line no-control-regex -- lone surrogates have no UTF-8 form
const notUtf8 = /[\ud800-\udfff]/;
const checksumBytes = 4;

interface Kept {
  readonly row: object;
  readonly rowKey?: Buffer;
}

/** The codec of lmdb's own dependency. */
interface Codec {
  pack(value: unknown): Buffer;
  unpack(bytes: Uint8Array): unknown;
}

function makeCodec(): Codec {
  const require = createRequire(import.meta.url);
  const { Packr } = createRequire(require.resolve('lmdb'))('msgpackr') as {
    Packr: new (options: object) => Codec;
  };
  return new Packr({ useRecords: false, copyBuffers: true });
}

const keyOf = (place: string, rowKey: string): { readonly at: Buffer; readonly carried?: Buffer } => {
  const plain = Buffer.from(`${place}\u0000${rowKey}`, 'utf8');
  if (plain.byteLength <= longestKeyBytes && !notUtf8.test(rowKey)) return { at: plain };
  const carried = Buffer.from(rowKey, 'utf16le');
  const digest = createHash('sha256').update(carried).digest('hex');
  return { at: Buffer.from(`${place}\u0000\u0002${digest}`, 'utf8'), carried };
};

const rowKeyOf = (place: string, at: Buffer, kept: Kept): string =>
  kept.rowKey === undefined
    ? at.toString('utf8', Buffer.byteLength(place) + 1)
    : Buffer.from(kept.rowKey).toString('utf16le');

/** Opens (or makes) the journal of a data folder. @throws DataFolderError with what to do. */
export async function openLmdb(folder: string): Promise<Journal> {
  const release = await takeFolder(folder);
  try {
    const journal = await openFile(join(folder, 'rows.mdb'));
    const close = async (): Promise<void> => {
      await journal.close();
      await release();
    };
    return { ...journal, close };
  } catch (error) {
    await release();
    throw error;
  }
}

const damaged = (file: string, reason: string): string =>
  `The data file ${file} is damaged: ${reason}. Restore it from a backup or a snapshot, or give another --data folder.`;

async function openFile(file: string): Promise<Journal> {
  const lmdb = await import('lmdb').catch(() => {
    throw new DataFolderError('Keeping data needs the package "lmdb", which is not installed: npm install lmdb');
  });
  let db: import('lmdb').Database<Buffer, Buffer>;
  try {
    const damage = damageOf(file);
    if (damage !== undefined) throw new DataFolderError(damaged(file, damage));
    db = lmdb.open<Buffer, Buffer>({ path: file, keyEncoding: 'binary', encoding: 'binary', noSubdir: true });
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    throw new DataFolderError(
      `The data file ${file} cannot be opened: ${(error as Error).message}. It may be damaged; restore it from a backup, or give another --data folder.`,
    );
  }
  const codec = makeCodec();

  const encode = (at: Buffer, kept: Kept): Buffer => {
    const packed = codec.pack(kept);
    const value = Buffer.allocUnsafe(checksumBytes + packed.byteLength);
    value.writeUInt32LE(crc32(packed, crc32(at)));
    value.set(packed, checksumBytes);
    return value;
  };
  const decode = (at: Buffer, value: Buffer): Kept => {
    const packed = value.subarray(checksumBytes);
    if (value.byteLength < checksumBytes || value.readUInt32LE() !== crc32(packed, crc32(at))) {
      const table = at.toString('utf8', 0, Math.max(0, at.indexOf(0)));
      throw new AwsError('ServiceUnavailable', 503, damaged(file, `a row of ${table} is not what was written`));
    }
    return codec.unpack(packed) as Kept;
  };
  const put = (place: string, rowKey: string, row: object): void => {
    const { at, carried } = keyOf(place, rowKey);
    db.putSync(at, encode(at, carried === undefined ? { row } : { row, rowKey: carried }));
  };
  const range = (place: string) => {
    const start = Buffer.from(`${place}\u0000`, 'utf8');
    const end = Buffer.from(`${place}\u0001`, 'utf8');
    return { start, end };
  };

  return {
    *load(place) {
      // Requests name accounts and Regions: where no key can be, there is no row.
      if (Buffer.byteLength(place) > longestKeyBytes) return;
      for (const { key, value } of db.getRange(range(place))) {
        const kept = decode(key, value);
        yield [rowKeyOf(place, key, kept), kept.row];
      }
    },
    *places() {
      let from: Buffer | undefined = Buffer.from('\u0001');
      while (from !== undefined) {
        const [first] = [...db.getKeys({ start: from, limit: 1 })];
        if (first === undefined) return;
        const text = first.toString('utf8');
        const place = text.slice(0, text.indexOf('\u0000'));
        yield place;
        const next = afterPrefix(`${place}\u0000`);
        from = next === undefined ? undefined : Buffer.from(next, 'utf8');
      }
    },
    async write(changes) {
      db.transactionSync(() => {
        for (const { table, key, after } of changes) {
          if (after === undefined) db.removeSync(keyOf(table.place, key).at);
          else put(table.place, key, after);
        }
      });
    },
    async replace(rows) {
      db.transactionSync(() => {
        db.clearSync();
        for (const [place, rowKey, row] of rows) put(place, rowKey, row);
      });
    },
    close: () => db.close(),
  };
}

// The journal of `--data DIR`: one LMDB file. A key is the row's place and key, a value is the row; where the row's key is no LMDB
// key (too long, or not UTF-8) a digest stands for it and the value carries it too.
// lmdb is an optional dependency with a native part, loaded when a cloud keeps its data.
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journal } from './journal.ts';
import { afterPrefix } from './key.ts';

/** Raised when rows change their form; an older Hakoniwa refuses a newer folder. */
export const dataFormat = 1;

/** A data folder that cannot be used. The message says what to do. */
export class DataFolderError extends Error {}

const longestKeyBytes = 1_900; // LMDB allows 1,978 at its default page size
// oxlint-disable-next-line no-control-regex -- lone surrogates have no UTF-8 form
const notUtf8 = /[\ud800-\udfff]/;

interface Kept {
  readonly row: object;
  readonly rowKey?: Buffer;
}

const encode = (place: string, rowKey: string, row: object): readonly [Buffer, Kept] => {
  const plain = Buffer.from(`${place}\u0000${rowKey}`, 'utf8');
  if (plain.byteLength <= longestKeyBytes && !notUtf8.test(rowKey)) return [plain, { row }];
  const utf16 = Buffer.from(rowKey, 'utf16le');
  const digest = createHash('sha256').update(utf16).digest('hex');
  return [Buffer.from(`${place}\u0000\u0002${digest}`, 'utf8'), { row, rowKey: utf16 }];
};

const rowKeyOf = (place: string, at: Buffer, kept: Kept): string =>
  kept.rowKey === undefined
    ? at.toString('utf8', Buffer.byteLength(place) + 1)
    : Buffer.from(kept.rowKey).toString('utf16le');

async function checkFormat(folder: string): Promise<void> {
  const file = join(folder, 'format.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await writeFile(file, `${JSON.stringify({ format: dataFormat })}\n`);
    return;
  }
  let format: unknown;
  try {
    format = (JSON.parse(text) as { format?: unknown }).format;
  } catch {
    format = undefined;
  }
  if (typeof format !== 'number') {
    throw new DataFolderError(
      `${file} is damaged: it does not say which format the data has. Restore it from a backup, or give another --data folder.`,
    );
  }
  if (format > dataFormat) {
    throw new DataFolderError(
      `The data in ${folder} has format ${format}; this Hakoniwa knows up to ${dataFormat}. Start a newer Hakoniwa, or give another --data folder.`,
    );
  }
}

/** Opens (or makes) the journal of a data folder. @throws DataFolderError with what to do. */
export async function openLmdb(folder: string): Promise<Journal> {
  await mkdir(folder, { recursive: true }).catch((error: Error) => {
    throw new DataFolderError(`The data folder ${folder} cannot be made: ${error.message}.`);
  });
  await access(folder, constants.W_OK).catch(() => {
    throw new DataFolderError(`The data folder ${folder} cannot be written to: check its owner and permissions.`);
  });
  await checkFormat(folder);
  const lmdb = await import('lmdb').catch(() => {
    throw new DataFolderError('Keeping data needs the package "lmdb", which is not installed: npm install lmdb');
  });
  const file = join(folder, 'rows.mdb');
  const encoder = { useRecords: false, copyBuffers: true } as object;
  let db: import('lmdb').Database<Kept, Buffer>;
  try {
    db = lmdb.open<Kept, Buffer>({ path: file, keyEncoding: 'binary', encoding: 'msgpack', encoder, noSubdir: true });
  } catch (error) {
    throw new DataFolderError(
      `The data file ${file} cannot be opened: ${(error as Error).message}. It may be damaged; restore it from a backup, or give another --data folder.`,
    );
  }

  const range = (place: string) => {
    const start = Buffer.from(`${place}\u0000`, 'utf8');
    const end = Buffer.from(`${place}\u0001`, 'utf8');
    return { start, end };
  };

  return {
    *load(place) {
      for (const { key, value } of db.getRange(range(place))) yield [rowKeyOf(place, key, value), value.row];
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
      await db.transaction(() => {
        for (const change of changes) {
          const [at, kept] = encode(change.table.place, change.key, change.after ?? {});
          if (change.after === undefined) void db.remove(at);
          else void db.put(at, kept);
        }
      });
    },
    async replace(rows) {
      await db.transaction(() => {
        db.clearSync();
        for (const [place, rowKey, row] of rows) void db.put(...encode(place, rowKey, row));
      });
    },
    close: () => db.close(),
  };
}

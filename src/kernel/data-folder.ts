// The folder of `--data DIR`, before anything of it is read: it can be written to, it has a format that we know, and no other process
// has it. Who has it listens on a socket inside: a killed process leaves a socket that nobody answers, so that no lock stays behind, and
// it holds between containers that share the folder as well.
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { realTime } from './clock.ts';
import { entropy } from './random.ts';

/**
 * Raised when what is written changes its form: a folder of another format is refused, and left as it is.
 *
 * 1: rows as they are. 2: each row with a checksum before it.
 */
export const dataFormat = 2;

/** A data folder that cannot be used. The message says what to do. */
export class DataFolderError extends Error {}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Makes the folder if it is not there, and takes it for this process. The answer gives it back. @throws DataFolderError */
export async function takeFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new DataFolderError(`The data folder ${folder} cannot be made: ${messageOf(error)}.`);
  });
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).catch(() => {
    throw new DataFolderError(`The data folder ${folder} cannot be written to: check its owner and permissions.`);
  });
  const release = await lock(folder);
  try {
    await checkFormat(folder);
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

async function checkFormat(folder: string): Promise<void> {
  const file = join(folder, 'format.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(folder, error);
    await writeFormat(folder, file);
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
  if (format < dataFormat) {
    throw new DataFolderError(
      `The data in ${folder} has format ${format}; this Hakoniwa writes format ${dataFormat} and cannot read it. Start the Hakoniwa that wrote it, or give another --data folder.`,
    );
  }
}

const unusable = (folder: string, error: unknown): DataFolderError =>
  new DataFolderError(`The data folder ${folder} cannot be used: ${messageOf(error)}.`);

/** Whole or not there, also when the process is killed over it. */
async function writeFormat(folder: string, file: string): Promise<void> {
  const whole = `${file}.${entropy(8)}.part`;
  try {
    await writeFile(whole, `${JSON.stringify({ format: dataFormat })}\n`);
    await rename(whole, file);
  } catch (error) {
    await rm(whole, { force: true });
    throw unusable(folder, error);
  }
}

/** Longer names of sockets are refused by the system. */
const longestSocketName = 100;

/** Where the holder of a folder listens. */
function socketOf(folder: string): string {
  const path = resolve(folder);
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\hakoniwa-${digest}`;
  const inside = [join(path, 'holder'), relative(process.cwd(), join(path, 'holder'))];
  const short = inside.find((name) => name.length <= longestSocketName);
  return short ?? join(tmpdir(), `hakoniwa-${digest}`);
}

/** The process that answers at a socket; undefined when nobody does. */
const holderOf = (socket: string): Promise<string | undefined> =>
  new Promise((settle) => {
    let said = '';
    const connection = net.connect(socket);
    connection.on('data', (bytes: Buffer) => (said += bytes.toString('utf8')));
    connection.on('error', () => settle(undefined));
    connection.on('end', () => {
      connection.destroy();
      settle(said === '' ? 'unknown' : said);
    });
  });

const listenAt = (server: net.Server, socket: string): Promise<void> =>
  new Promise((settle, reject) => {
    server.once('error', reject);
    server.listen(socket, () => {
      server.off('error', reject);
      settle();
    });
  });

async function lock(folder: string): Promise<() => Promise<void>> {
  const socket = socketOf(folder);
  const server = net.createServer((connection) => {
    connection.on('error', () => connection.destroy());
    connection.end(String(process.pid));
  });
  server.unref();
  const taken = (pid: string): DataFolderError =>
    new DataFolderError(
      `The data folder ${folder} is in use by process ${pid}: two clouds cannot share it. Use that cloud, end it with "hakoniwa stop", or give another --data folder.`,
    );
  const leave = await enterAlone(`${socket}.turn`);
  try {
    const holder = await holderOf(socket);
    if (holder !== undefined) throw taken(holder);
    if (process.platform !== 'win32') await rm(socket, { force: true });
    await listenAt(server, socket);
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? taken('unknown') : unusable(folder, error);
  } finally {
    await leave();
  }
  // Closing a server removes its socket.
  return () => new Promise((settle) => server.close(() => settle()));
}

/** A turn takes milliseconds; one that is so old was left by a killed process. */
const oldestTurnMs = 5_000;

/** Asking who holds a folder and taking it are one step: two that start at once do it one after the other. */
async function enterAlone(turn: string): Promise<() => Promise<void>> {
  if (process.platform === 'win32') return () => Promise.resolve();
  for (;;) {
    try {
      await mkdir(turn);
      return () => rm(turn, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(dirname(turn), error);
      const age = realTime.epochMs() - (await stat(turn).catch(() => ({ mtimeMs: realTime.epochMs() }))).mtimeMs;
      if (age > oldestTurnMs) await rm(turn, { recursive: true, force: true });
      await new Promise((next) => setImmediate(next));
    }
  }
}

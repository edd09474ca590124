// Writes a generated table, or with `--check` says whether it is what would be written.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const checkOnly = process.argv.includes('--check');

/** The value of `--name VALUE` on the command line. */
export const option = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};

const stale = [];
let writtenBytes = 0;

const read = (path) => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

const equal = (before, bytes) => before.equals(bytes);

/** Writes `content` (text or bytes) to a path below the project. `isSame` compares compressed files by what is in them. */
export function writeTable(path, content, isSame = equal) {
  const bytes = Buffer.from(content);
  writtenBytes += bytes.byteLength;
  const target = join(root, path);
  const before = read(target);
  if (before !== undefined && isSame(before, bytes)) return;
  stale.push(path);
  if (checkOnly) return;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes);
}

/** Removes files of a folder that were not written this time. */
export function keepOnly(folder, names) {
  for (const name of readdirSync(join(root, folder))) {
    if (names.includes(name) || statSync(join(root, folder, name)).isDirectory()) continue;
    stale.push(`${folder}/${name}`);
    if (!checkOnly) rmSync(join(root, folder, name));
  }
}

/** The last line of a generator: what was done, and the exit code. */
export function finish(subject) {
  const size = `${(writtenBytes / 1024).toFixed(0)} KiB`;
  if (stale.length === 0) console.log(`${subject}: up to date, ${size}`);
  else
    console.log(`${subject}: ${checkOnly ? 'stale' : 'wrote'} ${stale.length} file(s), ${size}: ${stale.slice(0, 5)}`);
  if (checkOnly && stale.length > 0) process.exitCode = 1;
}

// Data that lies beside the code: generated tables. In the sources they are text that can be compared; the published form has them
// compressed, since most of them are never asked for.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const readIfThere = (url: URL): Buffer | undefined => {
  try {
    return readFileSync(url);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** The text of a data file; undefined when there is none. */
export function findDataFile(url: URL): string | undefined {
  const plain = readIfThere(url);
  if (plain !== undefined) return plain.toString('utf8');
  const packed = readIfThere(new URL(`${url.href}.gz`));
  return packed === undefined ? undefined : gunzipSync(packed).toString('utf8');
}

export function readDataFile(url: URL): string {
  const text = findDataFile(url);
  if (text === undefined) throw new Error(`the data file ${url.pathname.split('/').slice(-2).join('/')} is missing`);
  return text;
}

// Reads tables in Apache Parquet, for tests.
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';

/** Rows by the names of their columns; numbers as numbers, instants in milliseconds, what is missing as undefined. */
export async function readParquet(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const file = Uint8Array.from(bytes).buffer;
  const compressors = { GZIP: (packed: Uint8Array) => new Uint8Array(gunzipSync(packed)) };
  const plain = (value: unknown): unknown => {
    if (value instanceof Date) return value.getTime();
    return typeof value === 'bigint' ? Number(value) : (value ?? undefined);
  };
  return (await parquetReadObjects({ file, compressors })).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
  );
}

// Tables in Apache Parquet, for reports and logs that Athena, Spark or DuckDB read.
import { gzipSync } from 'node:zlib';

/** Named as Parquet names its types. A `TIMESTAMP` is in milliseconds since 1970. */
export type ColumnType = 'STRING' | 'INT32' | 'INT64' | 'BOOLEAN' | 'TIMESTAMP';

/** A column, whose values may be missing unless it is `required`. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly required?: true | undefined;
}

export type Cell = string | number | boolean | undefined;

const readCell: Readonly<Record<ColumnType, (cell: NonNullable<Cell>) => unknown>> = {
  STRING: String,
  INT32: Number,
  INT64: (cell) => BigInt(cell),
  BOOLEAN: Boolean,
  TIMESTAMP: (cell) => new Date(Number(cell)),
};

/** A whole file, in gzip. Each row has a cell for each column, in their order. */
export async function writeParquet(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const columnData = columns.map(({ name, type, required }, at) => ({
    name,
    type,
    nullable: required !== true,
    data: rows.map((row) => {
      const cell = row[at];
      return cell === undefined ? undefined : readCell[type](cell);
    }),
  }));
  const compressors = { GZIP: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)) };
  return new Uint8Array(parquetWriteBuffer({ columnData, codec: 'GZIP', compressors, createdBy: 'hakoniwa' }));
}

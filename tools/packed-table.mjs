// Packs a table into one file: an index and chunks, each compressed, so that a reader unpacks only what it is asked for.
//
// Layout: 32 bytes SHA-256 of the content, 4 bytes length of the index (big-endian), the index, the chunks. Index and chunks are
// brotli of JSON or text; the index is { chunks: [[offset, length]…], … }. Read by src/kernel/packed-table.ts.
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants } from 'node:zlib';
import { writeTable } from './table-file.mjs';

const compress = (text) => {
  const bytes = Buffer.from(text);
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
    },
  });
};

/** Writes chunks of text with an index. Two files are the same when their content is, however zlib packed it. */
export function writePacked(path, index, chunks) {
  const digest = createHash('sha256')
    .update(JSON.stringify([index, chunks]))
    .digest();
  const packed = chunks.map(compress);
  let offset = 0;
  const places = packed.map(({ byteLength }) => {
    offset += byteLength;
    return [offset - byteLength, byteLength];
  });
  const head = compress(JSON.stringify({ chunks: places, ...index }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.byteLength);
  writeTable(path, Buffer.concat([digest, length, head, ...packed]), (before, after) =>
    before.subarray(0, 32).equals(after.subarray(0, 32)),
  );
}

// Bodies: objects, function code, snapshots. A body is bytes that nobody changes, written as a stream, read by ranges.
// Small ones travel inside the row that names them, so that one commit makes both durable; the others are files.

/** Names a body. It is a row's value: plain, and small unless the body is. */
export type BlobRef =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array; readonly sizeBytes: number }
  | { readonly kind: 'file'; readonly id: string; readonly sizeBytes: number };

export interface ByteRange {
  /** First byte. */
  readonly from: number;
  /** Up to this byte, itself left out. */
  readonly to: number;
}

/**
 * The store of bodies. What `write` answers is not yet kept: name it in a row and call `keep` in the same transaction, or
 * `discard` it. A file that no transaction kept is removed at the next start.
 */
export interface Blobs {
  /** Writes a body; the whole of it is in the store when the promise settles. */
  write(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<BlobRef>;
  /** One body made of others, in order (a completed multipart upload). Its parts stay as they are. */
  concat(parts: readonly BlobRef[]): Promise<BlobRef>;
  /** Streams a body, or a part of it. Asking for the first chunk throws when its file is damaged. */
  read(blob: BlobRef, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** The bytes of a body that is known to be small. */
  bytes(blob: BlobRef): Promise<Uint8Array>;
  /** Inside a transaction: from now on a row names this body. */
  keep(blob: BlobRef): void;
  /** Inside a transaction: no row names this body any more; its bytes go once the transaction is durable. */
  drop(blob: BlobRef): void;
  /** Outside a transaction: a body that was written and will not be kept. */
  discard(blob: BlobRef): Promise<void>;
}

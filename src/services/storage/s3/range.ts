// `Range` of a read and `x-amz-copy-source-range` of a part.

export interface ByteSpan {
  /** First byte. */
  readonly from: number;
  /** Last byte, itself included. */
  readonly last: number;
}

const single = /^bytes=(\d*)-(\d*)$/;

/**
 * Reads a `Range` header over a body of `sizeBytes`.
 *
 * What is no single well-formed range is ignored ("whole"), as AWS does with several ranges, with other units and with
 * `bytes=5-2`; a well-formed range that the body does not reach is refused.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range
 */
export function readRange(header: string, sizeBytes: number): ByteSpan | 'whole' | 'unsatisfiable' {
  const [, first = '', end = ''] = single.exec(header.trim()) ?? [];
  if (first === '' && end === '') return 'whole';
  if (first === '') {
    const suffix = Number(end);
    if (suffix === 0 || sizeBytes === 0) return 'unsatisfiable';
    return { from: Math.max(0, sizeBytes - suffix), last: sizeBytes - 1 };
  }
  const from = Number(first);
  if (end !== '' && Number(end) < from) return 'whole';
  if (from >= sizeBytes) return 'unsatisfiable';
  return { from, last: end === '' ? sizeBytes - 1 : Math.min(Number(end), sizeBytes - 1) };
}

/** Reads `bytes=first-last` of a part copy, where both must be given; undefined when it is malformed. */
export function readCopyRange(header: string): ByteSpan | undefined {
  const [, first = '', end = ''] = single.exec(header) ?? [];
  if (first === '' || end === '' || Number(end) < Number(first)) return undefined;
  return { from: Number(first), last: Number(end) };
}

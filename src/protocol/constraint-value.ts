// How AWS's front ends, which are written in Java, write a value into a message: as `toString()` of it.
import type { Shape } from './constraint-table.ts';

/** What stands for a sensitive part of a larger value. */
const hidden = '***Sensitive Data Redacted***';

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function write(value: unknown, index: number, shapes: readonly Shape[]): string {
  if (value === undefined || value === null) return 'null';
  const shape = index < 0 ? undefined : shapes[index];
  if (shape?.[0] === 'T' && shape[5] === 1) return hidden;
  if (value instanceof Uint8Array)
    return `java.nio.HeapByteBuffer[pos=0 lim=${value.byteLength} cap=${value.byteLength}]`;
  if (value instanceof Date) return value.toUTCString();
  if (Array.isArray(value)) {
    const item = shape?.[0] === 'L' ? shape[1] : -1;
    return `[${value.map((each) => write(each, item, shapes)).join(', ')}]`;
  }
  if (!isPlain(value)) return String(value);
  if (shape?.[0] === 'S') {
    const [, name, ...members] = shape;
    return `${name}(${members.map(([member, at]) => `${lowerFirst(member)}=${write(value[member], at, shapes)}`).join(', ')})`;
  }
  const item = shape?.[0] === 'M' ? shape[2] : -1;
  return `{${Object.entries(value)
    .map(([name, each]) => `${name}=${write(each, item, shapes)}`)
    .join(', ')}}`;
}

/** True for a value that is sensitive itself, or a map or list of such. */
const isSensitive = (index: number, shapes: readonly Shape[]): boolean => {
  const shape = index < 0 ? undefined : shapes[index];
  if (shape?.[0] === 'T') return shape[5] === 1;
  if (shape?.[0] === 'L') return isSensitive(shape[1], shapes);
  return shape?.[0] === 'M' && (isSensitive(shape[1], shapes) || isSensitive(shape[2], shapes));
};

/**
 * A value as it stands in a message; undefined for a sensitive one, which messages leave out.
 *
 * Differs: Java's text of a structure has members that only the service knows; here are those of the public model.
 */
export const quoteValue = (value: unknown, index: number, shapes: readonly Shape[]): string | undefined =>
  isSensitive(index, shapes) ? undefined : write(value, index, shapes);

// Scalars as text: in headers, labels, query strings, form bodies and XML.
import { decodeBase64 } from './json-reader.ts';
import { encodeBase64 } from './json-writer.ts';
import type { NumberKind, Shape, TimestampFormat } from './model.ts';
import { unexpected } from './strict.ts';
import {
  formatDateTime,
  formatEpochSeconds,
  formatHttpDate,
  parseDateTime,
  parseEpochSeconds,
  parseHttpDate,
} from './timestamp.ts';

/** Answers undefined for a text that is no value of the shape. */
export type ParseScalar = (text: string) => unknown;
export type FormatScalar = (value: unknown) => string;

const integer = /^[+-]?\d{1,20}$/;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const parseNumber =
  (kind: NumberKind): ParseScalar =>
  (text) => {
    if (kind === 'integer' || kind === 'long') {
      if (!integer.test(text)) return undefined;
      const value = Number(text);
      return kind === 'integer' && (value < -2_147_483_648 || value > 2_147_483_647) ? undefined : value;
    }
    if (text === 'NaN') return Number.NaN;
    if (text === 'Infinity' || text === '-Infinity') return Number(text);
    return decimal.test(text) ? Number(text) : undefined;
  };

const parseBoolean: ParseScalar = (text) => {
  if (text === 'true') return true;
  if (text === 'false') return false;
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
};

/** A client may send any of the spellings; the model's is tried first. */
const parseTimestamp = (format: TimestampFormat): ParseScalar => {
  if (format === 'epoch-seconds') return (text) => parseEpochSeconds(text) ?? parseDateTime(text);
  if (format === 'http-date') return (text) => parseHttpDate(text) ?? parseDateTime(text) ?? parseEpochSeconds(text);
  return (text) => parseDateTime(text) ?? parseHttpDate(text) ?? parseEpochSeconds(text);
};

/** The parser of a scalar shape. `fallback` is the spelling of timestamps that name none. */
export const parserOf = (shape: Shape, fallback: TimestampFormat): ParseScalar => {
  switch (shape.kind) {
    case 'string':
      return (text) => text;
    case 'boolean':
      return parseBoolean;
    case 'blob':
      return decodeBase64;
    case 'timestamp':
      return parseTimestamp(shape.format === 'default' ? fallback : shape.format);
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
    case 'number':
      return parseNumber(shape.kind);
    default:
      throw new Error(`${shape.kind} is no scalar`);
  }
};

const formatNumber: FormatScalar = (value) =>
  typeof value === 'number' || typeof value === 'bigint' ? String(value) : unexpected(value, 'number', '0');

const formatTimestamp = (format: TimestampFormat): FormatScalar => {
  const write =
    format === 'http-date' ? formatHttpDate : format === 'epoch-seconds' ? formatEpochSeconds : formatDateTime;
  return (value) => (value instanceof Date ? write(value) : unexpected(value, 'timestamp', ''));
};

/** The formatter of a scalar shape. */
export const formatterOf = (shape: Shape, fallback: TimestampFormat): FormatScalar => {
  switch (shape.kind) {
    case 'string':
      return (value) => (typeof value === 'string' ? value : String(value));
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? String(value) : unexpected(value, 'boolean', 'false'));
    case 'blob':
      return encodeBase64;
    case 'timestamp':
      return formatTimestamp(shape.format === 'default' ? fallback : shape.format);
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
    case 'number':
      return formatNumber;
    default:
      throw new Error(`${shape.kind} is no scalar`);
  }
};

export const isScalar = (shape: Shape): boolean =>
  shape.kind !== 'list' && shape.kind !== 'map' && shape.kind !== 'structure' && shape.kind !== 'document';

// Objects of an import as items: DynamoDB JSON, one item a line, or CSV with a header.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
import { gunzipSync } from 'node:zlib';
import type { KeyType } from './key.ts';
import type { AttributeValue, Item } from './value.ts';

export interface ImportFormat {
  readonly format: 'DYNAMODB_JSON' | 'CSV';
  readonly isGzip: boolean;
  readonly delimiter: string;
  /** Names of columns; undefined: the first line has them. */
  readonly header: readonly string[] | undefined;
  /** Types of key attributes; all other columns are strings. */
  readonly types: ReadonlyMap<string, KeyType>;
}

function bytesOf(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw new TypeError('binary values are Base64 texts');
  return Buffer.from(text, 'base64');
}

/** A value as JSON has it, with binaries as bytes. */
function readValue(json: Record<string, unknown>): AttributeValue {
  const [type] = Object.keys(json);
  const value = type === undefined ? undefined : json[type];
  if (type === 'B') return { B: bytesOf(value) };
  if (type === 'BS') return { BS: (value as unknown[]).map(bytesOf) };
  if (type === 'L') return { L: (value as Record<string, unknown>[]).map(readValue) };
  if (type === 'M') return { M: readAttributes(value as Record<string, unknown>) };
  return json as unknown as AttributeValue;
}

const readAttributes = (json: Record<string, unknown>): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(json).map(([name, value]) => [name, readValue(value as Record<string, unknown>)]));

function readLine(line: string): Item | undefined {
  try {
    return readAttributes((JSON.parse(line) as { Item: Record<string, unknown> }).Item);
  } catch {
    return undefined; // no item stands on this line
  }
}

/** Fields of each record: quoted ones may hold delimiters, line ends and doubled quotes. */
export function* readCsv(text: string, delimiter: string): Generator<string[]> {
  let fields: string[] = [];
  let field = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] as string;
    if (isQuoted) {
      if (sign !== '"') field += sign;
      else if (text[at + 1] === '"') {
        field += '"';
        at++;
      } else isQuoted = false;
    } else if (sign === '"' && field === '') isQuoted = true;
    else if (sign === delimiter) {
      fields.push(field);
      field = '';
    } else if (sign === '\n' || sign === '\r') {
      if (sign === '\r' && text[at + 1] === '\n') at++;
      if (field !== '' || fields.length > 0) yield [...fields, field];
      fields = [];
      field = '';
    } else field += sign;
  }
  if (field !== '' || fields.length > 0) yield [...fields, field];
}

/** Empty fields are left out: CSV has no word for a missing attribute. */
function readRecord(
  header: readonly string[],
  fields: readonly string[],
  types: ImportFormat['types'],
): Item | undefined {
  if (fields.length > header.length) return undefined;
  const item: Record<string, AttributeValue> = {};
  for (const [at, field] of fields.entries()) {
    const name = header[at];
    if (name === undefined || field === '') continue;
    const type = types.get(name) ?? 'S';
    item[name] = type === 'N' ? { N: field } : type === 'B' ? { B: bytesOf(field) } : { S: field };
  }
  return item;
}

/** The items of one object; undefined for what is none. */
export function* readObject(body: Uint8Array, format: ImportFormat): Generator<Item | undefined> {
  const text = Buffer.from(format.isGzip ? gunzipSync(body) : body).toString();
  if (format.format === 'DYNAMODB_JSON') {
    for (const line of text.split('\n')) if (line.trim() !== '') yield readLine(line);
    return;
  }
  let { header } = format;
  for (const fields of readCsv(text, format.delimiter)) {
    if (header === undefined) header = fields;
    else yield readRecord(header, fields, format.types);
  }
}

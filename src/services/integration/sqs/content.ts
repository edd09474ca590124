// What is in a message: characters, attributes, size, digests. Pure.
import { hash } from 'node:crypto';
import { errors } from './errors.ts';
import * as limits from './limits.ts';
import type { Attribute } from './state.ts';

const md5 = (data: string | Uint8Array): string => hash('md5', data, 'hex');

export const md5OfBody = (body: string): string => md5(body);

// oxlint-disable-next-line no-control-regex -- these are the characters that AWS refuses
const suspicious = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;
// oxlint-disable-next-line no-control-regex -- as above; by code point, so that pairs of surrogates are one character
const refused = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/u;

export function checkBody(body: string): void {
  if (body === '') throw errors.missingParameter('MessageBody');
  if (!suspicious.test(body)) return; // the common case, without looking at code points
  const found = refused.exec(body);
  if (found !== null) throw errors.invalidCharacter(found[0].codePointAt(0) as number);
}

/** Attributes as the SDK shapes them. */
export interface AttributeInput {
  readonly DataType?: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

const attributeName = /^[\w.-]+$/;
const reservedPrefix = /^(aws|amazon)\./i;
const attributeType = /^(String|Number|Binary)(\..+)?$/s;
const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Reads the attributes of a message; undefined when there are none.
 *
 * Limit: 10; names up to 256 characters, without the prefixes `AWS.` and `Amazon.`.
 * Unknown: AWS's words for a name it refuses.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function readAttributes(
  given: Readonly<Record<string, AttributeInput>> | undefined,
): Readonly<Record<string, Attribute>> | undefined {
  const entries = Object.entries(given ?? {});
  if (entries.length === 0) return undefined;
  if (entries.length > limits.messageAttributesMax)
    throw errors.invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${limits.messageAttributesMax}].`,
    );
  return Object.fromEntries(entries.map(([name, value]) => [name, readAttribute(name, value)]));
}

function readAttribute(name: string, { DataType, StringValue, BinaryValue }: AttributeInput): Attribute {
  if (name === '') throw errors.invalidParameter('The request must contain non-empty message attribute name.');
  if (name.length > limits.attributeNameLengthMax)
    throw errors.invalidParameter(
      `Length of message attribute name must be less than ${limits.attributeNameLengthMax} bytes.`,
    );
  if (!attributeName.test(name) || reservedPrefix.test(name) || /^\.|\.$|\.\./.test(name))
    throw errors.invalidParameter(
      `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.`,
    );
  if (!DataType)
    throw errors.invalidParameter(`The message attribute '${name}' must contain non-empty message attribute type.`);
  const type = attributeType.exec(DataType)?.[1];
  if (type === undefined || DataType.length > limits.attributeNameLengthMax)
    throw errors.invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  const value = type === 'Binary' ? BinaryValue : StringValue;
  if (value === undefined)
    throw errors.invalidParameter(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
  if (value.length === 0)
    throw errors.invalidParameter(
      `Message (user) attribute '${name}' must contain a non-empty value of type '${DataType}'.`,
    );
  if (typeof value === 'string') {
    checkBody(value);
    if (type === 'Number' && !number.test(value))
      throw errors.invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return { type: DataType, value };
}

/** Reads `MessageSystemAttributes`: the X-Ray trace header, the only one there is. */
export function readTrace(given: Readonly<Record<string, AttributeInput>> | undefined): string | undefined {
  for (const [name, { DataType, StringValue }] of Object.entries(given ?? {})) {
    if (name !== 'AWSTraceHeader') throw errors.invalidParameter(`Message system attribute name '${name}' is invalid.`);
    if (DataType !== 'String' || !StringValue)
      throw errors.invalidParameter(
        `Message (system) attribute '${name}' must contain a non-empty value of type 'String'.`,
      );
  }
  return given?.['AWSTraceHeader']?.StringValue;
}

const bytesOf = (value: string | Uint8Array): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength;

/** Bytes that count against the limits: body, and name, type and value of each attribute; system attributes do not. */
export function contentBytes(body: string, attributes: Readonly<Record<string, Attribute>> | undefined): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, { type, value }] of Object.entries(attributes ?? {}))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type) + bytesOf(value);
  return bytes;
}

/**
 * The digest by which clients check that attributes arrived: in order of name, each part with its length before it.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function md5OfAttributes(attributes: Readonly<Record<string, Attribute>>): string {
  const parts: Buffer[] = [];
  const add = (value: string | Uint8Array): void => {
    const bytes = Buffer.from(value as Uint8Array);
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(bytes.byteLength);
    parts.push(length, bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { type, value } = attributes[name] as Attribute;
    add(name);
    add(type);
    parts.push(Buffer.from([typeof value === 'string' ? 1 : 2]));
    add(value);
  }
  return md5(Buffer.concat(parts));
}

export const md5OfTrace = (trace: string): string =>
  md5OfAttributes({ AWSTraceHeader: { type: 'String', value: trace } });

/** The attributes whose names were asked for: a name, `All`, `.*`, or a prefix and `.*`. */
export function selectAttributes(
  attributes: Readonly<Record<string, Attribute>> | undefined,
  names: readonly string[],
): Readonly<Record<string, Attribute>> | undefined {
  if (attributes === undefined || names.length === 0) return undefined;
  const asked = (name: string): boolean =>
    names.some((wanted) =>
      wanted === 'All' || wanted === '.*'
        ? true
        : wanted.endsWith('.*')
          ? name.startsWith(wanted.slice(0, -2))
          : wanted === name,
    );
  const selected = Object.entries(attributes).filter(([name]) => asked(name));
  return selected.length === 0 ? undefined : Object.fromEntries(selected);
}

// What the door answers before a service sees the request.
import { AwsError } from '../kernel/errors.ts';

/** A value that is not of the model's type, or a body that cannot be read. */
export const serializationException = (message: string): AwsError =>
  new AwsError('SerializationException', 400, message);

const tokenOf = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return 'STRING_VALUE';
    case 'number':
    case 'bigint':
      return 'NUMBER_VALUE';
    default:
      return value === true ? 'TRUE_VALUE' : 'FALSE_VALUE';
  }
};

/** What AWS says when a JSON value cannot become a scalar. `type` is `String`, `Integer` … */
export const notConvertible = (value: unknown, type: string): AwsError => {
  if (Array.isArray(value)) return serializationException('Start of list found where not expected');
  if (typeof value === 'object') {
    return serializationException('Start of structure or map found where not expected.');
  }
  const article = /^[AEIOU]/.test(type) ? 'an' : 'a';
  const goal = type === 'Timestamp' ? 'milliseconds since epoch' : `${article} ${type}`;
  return serializationException(`${tokenOf(value)} can not be converted to ${goal}`);
};

/** What AWS says when a JSON value is no list, map or structure. */
export const notCollection = (value: unknown, expected: 'list' | 'map' | 'structure'): AwsError => {
  if (Array.isArray(value)) return serializationException('Start of list found where not expected');
  if (typeof value === 'object') {
    return serializationException('Start of structure or map found where not expected.');
  }
  return serializationException(expected === 'structure' ? 'Expected null' : `Expected ${expected} or null`);
};

/**
 * DynamoDB's own words for the same things: "NUMBER_VALUE cannot be converted to String".
 * Unknown: its words for a scalar where a list or a structure belongs; they are the common ones here.
 */
export const inWordsOf = (service: string, error: unknown): unknown => {
  if (!(error instanceof AwsError) || error.code !== 'SerializationException') return error;
  if (service !== 'dynamodb' && service !== 'dynamodb-streams') return error;
  const found = /^(\w+) can not be converted to an? (\w+)$/.exec(error.message);
  return found === null ? error : serializationException(`${found[1]} cannot be converted to ${found[2]}`);
};

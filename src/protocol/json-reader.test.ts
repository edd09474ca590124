import { describe, expect, test } from 'vitest';
import { readJson } from './json-reader.ts';
import { modelOf, type Shape } from './model.ts';

const input = (service: string, operation: string): Shape => {
  const found = modelOf(service).operations.get(operation);
  if (found === undefined) throw new Error(`no ${operation}`);
  return found.input;
};
const read = (shape: Shape, text: string): unknown => readJson(shape, Buffer.from(text, 'utf8'));

describe('readJson: types are strict', () => {
  const createTable = input('dynamodb', 'CreateTable');
  const putItem = input('dynamodb', 'PutItem');
  test.each([
    [createTable, '{"TableName":1}', 'NUMBER_VALUE can not be converted to a String'],
    [createTable, '{"TableName":true}', 'TRUE_VALUE can not be converted to a String'],
    [createTable, '{"TableName":[]}', 'Start of list found where not expected'],
    [createTable, '{"TableName":{}}', 'Start of structure or map found where not expected.'],
    [createTable, '{"DeletionProtectionEnabled":"true"}', 'STRING_VALUE can not be converted to a Boolean'],
    [
      createTable,
      '{"ProvisionedThroughput":{"ReadCapacityUnits":"5x"}}',
      'STRING_VALUE can not be converted to a Long',
    ],
    [createTable, '{"ProvisionedThroughput":{"ReadCapacityUnits":1.5}}', 'NUMBER_VALUE can not be converted to a Long'],
    [createTable, '{"ProvisionedThroughput":"a"}', 'Expected null'],
    [createTable, '{"ProvisionedThroughput":[]}', 'Start of list found where not expected'],
    [createTable, '{"KeySchema":"a"}', 'Expected list or null'],
    [putItem, '{"Item":5}', 'Expected map or null'],
    [putItem, '{"Item":{"a":{"B":"no base64"}}}', /can not be converted to a Blob/],
    [input('dynamodb', 'Query'), '{"Limit":"5"}', 'STRING_VALUE can not be converted to an Integer'],
    [input('dynamodb', 'Query'), '{"Limit":2147483648}', 'NUMBER_VALUE can not be converted to an Integer'],
    [
      input('cloudwatch-logs', 'UpdateLogAnomalyDetector'),
      '{"enabled":1}',
      'NUMBER_VALUE can not be converted to a Boolean',
    ],
    [
      input('cloudtrail', 'LookupEvents'),
      '{"StartTime":"x"}',
      'STRING_VALUE can not be converted to milliseconds since epoch',
    ],
  ])('%#', (shape, text, message) => {
    expect(() => read(shape, text)).toThrow(expect.objectContaining({ code: 'SerializationException', status: 400 }));
    expect(() => read(shape, text)).toThrow(message);
  });

  test.each(['{', '[1', 'nonsense', '{"a":}', '"\ud800'])('%s is no JSON', (text) => {
    expect(() => read(createTable, text)).toThrow(expect.objectContaining({ code: 'SerializationException' }));
  });

  test('bytes that are no UTF-8', () => {
    expect(() => readJson(createTable, Uint8Array.of(0x22, 0xff, 0x22))).toThrow(/UTF-8/);
  });
});

describe('readJson: values', () => {
  test('unknown members are left out, null is absent', () => {
    const text = '{"Nothing":{"x":1},"TableName":"t","Item":{"a":{"S":"x","What":1},"b":null},"ReturnValues":null}';
    expect(read(input('dynamodb', 'PutItem'), text)).toEqual({ TableName: 't', Item: { a: { S: 'x' } } });
  });

  test('blobs and timestamps after an unknown member are read once', () => {
    const text = '{"Item":{"a":{"B":"AQI="},"b":{"B":"AQI=","?":1}},"?":1,"TableName":"t"}';
    expect(read(input('dynamodb', 'PutItem'), text)).toEqual({
      TableName: 't',
      Item: { a: { B: Uint8Array.of(1, 2) }, b: { B: Uint8Array.of(1, 2) } },
    });
  });

  test('a map may have any key', () => {
    const value = read(input('dynamodb', 'PutItem'), '{"Item":{"__proto__":{"S":"x"},"constructor":{"S":"y"}}}');
    const item = Reflect.get(Object(value), 'Item');
    expect(Object.keys(item)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(item)).toBe(Object.prototype);
  });

  test('a structure cannot be given a prototype', () => {
    const value = read(input('dynamodb', 'PutItem'), '{"__proto__":{"TableName":"evil"},"ReturnValues":"NONE"}');
    expect(value).toEqual({ ReturnValues: 'NONE' });
    expect(Reflect.get(Object(value), 'TableName')).toBeUndefined();
  });

  test('an empty body is the empty structure', () => {
    expect(readJson(input('sqs', 'ListQueues'), new Uint8Array(0))).toEqual({});
  });

  test('nesting has an end', () => {
    const deep = `${'{"L":['.repeat(5_000)}${']}'.repeat(5_000)}`;
    expect(() => read(input('dynamodb', 'PutItem'), `{"Item":{"a":${deep}}}`)).toThrow(/deeply/);
    const document = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(() => read({ kind: 'document' }, document)).toThrow(/deeply/);
  });
});

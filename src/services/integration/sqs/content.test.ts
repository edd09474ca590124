import { expect, test } from 'vitest';
import { contentBytes, md5OfAttributes, md5OfBody, readAttributes, selectAttributes } from './content.ts';
import { startFixture, createQueue } from './fixture.ts';

test('MD5 of attributes: the digest that AWS gives for a known attribute', () => {
  expect(md5OfAttributes({ timestamp: { type: 'Number', value: '1493147359900' } })).toBe(
    '235c5c510d26fb653d073faed50ae77c',
  );
});

test('MD5 of attributes: order of sending does not matter; string and binary of the same bytes differ', () => {
  const a = { type: 'String', value: 'x' };
  const b = { type: 'Binary', value: new Uint8Array([120]) };
  expect(md5OfAttributes({ a, b })).toBe(md5OfAttributes({ b, a }));
  expect(md5OfAttributes({ a })).not.toBe(md5OfAttributes({ a: { ...b, type: 'String' } }));
});

test('MD5 of the body counts bytes of UTF-8', () => {
  expect(md5OfBody('hello')).toBe('5d41402abc4b2a76b9719d911017c592');
  expect(md5OfBody('箱庭')).toBe(md5OfBody(Buffer.from('箱庭').toString()));
});

test('size: body, and name, type and value of each attribute', () => {
  expect(contentBytes('箱', undefined)).toBe(3);
  expect(contentBytes('ab', { name: { type: 'String', value: 'xyz' } })).toBe(2 + 4 + 6 + 3);
});

test('attributes: names select by themselves, by prefix, or all', () => {
  const attributes = readAttributes({
    'a.b': { DataType: 'String', StringValue: '1' },
    ab: { DataType: 'Number.int', StringValue: '2' },
    c: { DataType: 'Binary', BinaryValue: new Uint8Array([3]) },
  });
  const selected = (...names: string[]) => Object.keys(selectAttributes(attributes, names) ?? {});
  expect(selected()).toEqual([]);
  expect(selected('All')).toEqual(['a.b', 'ab', 'c']);
  expect(selected('.*')).toEqual(['a.b', 'ab', 'c']);
  expect(selected('a.*', 'nothing')).toEqual(['a.b', 'ab']);
  expect(selected('c')).toEqual(['c']);
});

test.each([
  [{ '': { DataType: 'String', StringValue: 'x' } }, 'The request must contain non-empty message attribute name.'],
  [
    { a: { DataType: '', StringValue: 'x' } },
    "The message attribute 'a' must contain non-empty message attribute type.",
  ],
  [
    { a: { DataType: 'Text', StringValue: 'x' } },
    "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
  ],
  [
    { a: { DataType: 'String', StringValue: '' } },
    "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
  ],
  [
    { a: { DataType: 'Number', StringValue: '5x' } },
    "Can't cast the value of message (user) attribute 'a' to a number.",
  ],
])('attributes: %j is refused', (attributes, message) => {
  expect(() => readAttributes(attributes)).toThrow(expect.objectContaining({ code: 'InvalidParameterValue', message }));
});

test('SendMessage: characters that XML does not know are refused, also by their code point', async () => {
  await using fixture = await startFixture();
  const QueueUrl = await createQueue(fixture.sqs, 'q');
  const refusal = fixture.sqs.sendMessage({ QueueUrl, MessageBody: 'bell \u0007' });
  await expect(refusal).rejects.toMatchObject({
    name: 'InvalidMessageContents',
    message:
      "Invalid binary character '#x7' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
  });
  for (const MessageBody of ['\ud83d', 'a\ufffe'])
    await expect(fixture.sqs.sendMessage({ QueueUrl, MessageBody })).rejects.toMatchObject({
      name: 'InvalidMessageContents',
    });
  await fixture.sqs.sendMessage({ QueueUrl, MessageBody: '😀\t\r\n' });
});

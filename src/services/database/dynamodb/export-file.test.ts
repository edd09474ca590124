import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fullFile } from './export-file.ts';

test.each([
  ['plain bytes', new Uint8Array([1, 2])],
  ['a buffer, as journals give it', Buffer.from([1, 2])],
])('binaries are written in Base64: %s', (_kind, bytes) => {
  const item = { pk: { S: 'a' }, b: { B: bytes }, set: { BS: [bytes] } };
  const { body, items } = fullFile('file', [{ key: 'a', item, bytes: 10 }]);
  expect(items).toBe(1);
  expect(JSON.parse(gunzipSync(body).toString())).toEqual({
    Item: { pk: { S: 'a' }, b: { B: 'AQI=' }, set: { BS: ['AQI='] } },
  });
});

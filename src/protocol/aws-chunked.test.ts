import { createHash, createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { bodyOf } from '../kernel/http.ts';
import { describe, expect, test } from 'vitest';
import {
  AwsChunkedParser,
  awsChunkedBody,
  isAwsChunked,
  type AwsChunkedOptions,
  type ChunkSigning,
  decodeAwsChunked,
  readAwsChunked,
} from './aws-chunked.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const decode = (body: string, options: AwsChunkedOptions = {}) => {
  const parser = new AwsChunkedParser(options);
  return { data: Buffer.from(decodeAwsChunked(text(body), parser)).toString(), trailers: parser.trailers };
};
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.name : 'not an error';
  }
  return 'nothing thrown';
};

// The example that AWS publishes: 65 KiB of "a" in chunks of 64 KiB, its keys and signatures.
const exampleSigning = (): ChunkSigning => {
  const hmac = (signingKey: Uint8Array | string, value: string) =>
    createHmac('sha256', signingKey).update(value).digest();
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${secret}`, '20130524'), 'us-east-1'), 's3'), 'aws4_request');
  return {
    timestamp: '20130524T000000Z',
    scope: '20130524/us-east-1/s3/aws4_request',
    seedSignature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    sign: (value) => createHmac('sha256', signingKey).update(value).digest('hex'),
  };
};
const exampleBody = (first = 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'): string =>
  `10000;chunk-signature=${first}\r\n${'a'.repeat(65_536)}\r\n` +
  `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${'a'.repeat(1_024)}\r\n` +
  '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n';

describe('aws-chunked', () => {
  test('signed chunks: the published example is accepted', () => {
    expect(decode(exampleBody(), { decodedLengthBytes: 66_560, signing: exampleSigning() }).data.length).toBe(66_560);
  });

  test('signed chunks: a wrong signature, changed data and a missing signature are refused', () => {
    const signing = exampleSigning();
    expect(codeOf(() => decode(exampleBody('0'.repeat(64)), { signing }))).toBe('SignatureDoesNotMatch');
    expect(codeOf(() => decode(exampleBody().replace('aaaa', 'aaba'), { signing }))).toBe('SignatureDoesNotMatch');
    expect(codeOf(() => decode('1\r\na\r\n0\r\n\r\n', { signing }))).toBe('SignatureDoesNotMatch');
  });

  test('signed trailers: the trailer signature is chained to the last chunk', () => {
    const signing = exampleSigning();
    const sign = (previous: string, kind: string, rest: string) =>
      signing.sign(`AWS4-HMAC-SHA256-${kind}\n${signing.timestamp}\n${signing.scope}\n${previous}\n${rest}`);
    const sha = (value: string) => createHash('sha256').update(value).digest('hex');
    const one = sign(signing.seedSignature, 'PAYLOAD', `${sha('')}\n${sha('abc')}`);
    const zero = sign(one, 'PAYLOAD', `${sha('')}\n${sha('')}`);
    const last = sign(zero, 'TRAILER', sha('x-amz-checksum-crc32c:AAAAAA==\n'));
    const body = (trailer: string) =>
      `3;chunk-signature=${one}\r\nabc\r\n0;chunk-signature=${zero}\r\nx-amz-checksum-crc32c:AAAAAA==\r\nx-amz-trailer-signature:${trailer}\r\n\r\n`;
    const options = { signing, trailers: ['x-amz-checksum-crc32c'] };
    expect(decode(body(last), options)).toEqual({ data: 'abc', trailers: { 'x-amz-checksum-crc32c': 'AAAAAA==' } });
    expect(codeOf(() => decode(body(one), options))).toBe('SignatureDoesNotMatch');
  });

  test('unsigned chunks with a trailer', () => {
    const body = '3\r\nabc\r\n2\r\nde\r\n0\r\nX-Amz-Checksum-Crc32:AAAAAA==\r\n\r\n';
    expect(decode(body, { decodedLengthBytes: 5, trailers: ['x-amz-checksum-crc32'] })).toEqual({
      data: 'abcde',
      trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' },
    });
  });

  test('broken bodies are refused with the code AWS gives', () => {
    const announced = { trailers: ['x-amz-checksum-crc32'] };
    expect(codeOf(() => decode('3\r\nab'))).toBe('IncompleteBody');
    expect(codeOf(() => decode('3\r\nabc\r\n'))).toBe('IncompleteBody');
    expect(codeOf(() => decode('3\r\nabcd\r\n0\r\n\r\n'))).toBe('IncompleteBody');
    expect(codeOf(() => decode('xyz\r\nabc\r\n0\r\n\r\n'))).toBe('IncompleteBody');
    expect(codeOf(() => decode('a'.repeat(20_000)))).toBe('IncompleteBody');
    expect(codeOf(() => decode('3\r\nabc\r\n0\r\n\r\nmore'))).toBe('IncompleteBody');
    expect(codeOf(() => decode('3\r\nabc\r\n0\r\n\r\n', { decodedLengthBytes: 4 }))).toBe('IncompleteBody');
    expect(codeOf(() => decode('5\r\nabcde\r\n0\r\n\r\n', { decodedLengthBytes: 4 }))).toBe('IncompleteBody');
    expect(codeOf(() => decode('0\r\nno colon\r\n\r\n', announced))).toBe('MalformedTrailerError');
    expect(codeOf(() => decode('0\r\nx-other:1\r\n\r\n', announced))).toBe('MalformedTrailerError');
    expect(codeOf(() => decode('0\r\n\r\n', announced))).toBe('MalformedTrailerError');
  });

  test('awsChunkedBody: the headers of the request say what the frame must hold', async () => {
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '3',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    };
    expect(isAwsChunked(headers)).toBe(true);
    expect(isAwsChunked({ 'content-encoding': 'gzip' })).toBe(false);
    const framed = text('3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n');
    const body = awsChunkedBody(bodyOf(framed), headers);
    expect(body.lengthBytes).toBe(3);
    expect(Buffer.from(await body.bytes(100)).toString()).toBe('abc');
    expect(body.trailers).toEqual({ 'x-amz-checksum-crc32': 'AAAAAA==' });
    await expect(async () => {
      for await (const _ of awsChunkedBody(bodyOf(framed.subarray(0, 6)), headers).stream());
    }).rejects.toMatchObject({ name: 'IncompleteBody' });
  });

  test('any cut of the stream gives the same data and trailers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
        async (chunks, cuts) => {
          const framed = Buffer.concat([
            ...chunks.flatMap((chunk) => [text(`${chunk.length.toString(16)}\r\n`), chunk, text('\r\n')]),
            text('0\r\nx-amz-checksum-md5:abc\r\n\r\n'),
          ]);
          const pieces = async function* pieces() {
            for (let at = 0, turn = 0; at < framed.length; turn++) {
              const size = cuts[turn % cuts.length] as number;
              yield framed.subarray(at, at + size);
              at += size;
            }
          };
          const parser = new AwsChunkedParser({ trailers: ['x-amz-checksum-md5'] });
          const data: Uint8Array[] = [];
          for await (const piece of readAwsChunked(pieces(), parser)) data.push(piece);
          expect(Buffer.concat(data)).toEqual(Buffer.concat(chunks));
          expect(parser.trailers).toEqual({ 'x-amz-checksum-md5': 'abc' });
        },
      ),
      { numRuns: 60 },
    );
  });
});

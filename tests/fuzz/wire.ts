// Bytes on the wire: a request as it should be written, or broken in one of the ways that clients and strangers break it.
import { gzipSync } from 'node:zlib';
import type { Chance } from './chance.ts';
import { makeRequest, type RawRequest } from './request.ts';

export interface Shot {
  /** What was done to the request. */
  readonly kind: string;
  readonly bytes: Buffer;
  /** The request is not whole: nothing more comes after these bytes. */
  readonly ends: boolean;
}

function headOf({ method, target, headers }: RawRequest, version = 'HTTP/1.1'): string {
  return `${method} ${target} ${version}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

const sized = (request: RawRequest): RawRequest => ({
  ...request,
  headers: [...request.headers, ['content-length', String(request.body.byteLength)]],
});

const whole = (request: RawRequest): Buffer =>
  Buffer.concat([Buffer.from(headOf(sized(request)), 'latin1'), request.body]);

const chunked = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${body.byteLength.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);

const withHeaders = (request: RawRequest, ...more: [string, string][]): RawRequest => ({
  ...request,
  headers: [...request.headers, ...more],
});

type Breakage = (request: RawRequest, chance: Chance) => Omit<Shot, 'kind'>;
const all = (bytes: Buffer): Omit<Shot, 'kind'> => ({ bytes, ends: false });
const cut = (bytes: Buffer): Omit<Shot, 'kind'> => ({ bytes, ends: true });

/** A megabyte of zeros in a kilobyte, and more of them. */
const bombs = [1, 64].map((mebibytes) => gzipSync(Buffer.alloc(mebibytes * 2 ** 20)));

const badSignatures: readonly string[] = [
  'AWS4-HMAC-SHA256',
  'AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=',
  'AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f/g, SignedHeaders=host, Signature=zz',
  'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/sqs/aws4_request, SignedHeaders=nothing, Signature=00',
  'AWS4-ECDSA-P256-SHA256 Credential=test/20260101/s3/aws4_request, SignedHeaders=host, Signature=0',
  'Basic dGVzdDp0ZXN0',
  'AWS test:bm90aGluZw==',
  `Bearer ${'x'.repeat(8_000)}`,
  '=,=,=,',
];

const awsChunked = (body: Buffer, chance: Chance): Buffer => {
  const size = chance.one([body.byteLength.toString(16), 'zz', '-1', 'ffffffffffffffffff', '']);
  const signature = chance.one([`;chunk-signature=${'0'.repeat(64)}`, ';chunk-signature=', ';x', '']);
  const trailer = chance.one(['x-amz-checksum-crc32:AAAA==\r\n', 'x-amz-checksum-crc32\r\n', 'x'.repeat(20_000), '']);
  return Buffer.concat([
    Buffer.from(`${size}${signature}\r\n`),
    body,
    Buffer.from(`\r\n0${signature}\r\n${trailer}\r\n`),
  ]);
};

const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.byteLength, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
};

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** POST / over http, in indexes of the static table. */
const openStream = (stream: number): Buffer => frame(1, 4, stream, Buffer.from([0x83, 0x84, 0x86]));

const breakages: Readonly<Record<string, Breakage>> = {
  sound: (request) => all(whole(request)),
  'length too long': (request, chance) => {
    const length = String(request.body.byteLength + 1 + chance.below(1_000));
    const head = headOf(withHeaders(request, ['content-length', length]));
    return cut(Buffer.concat([Buffer.from(head, 'latin1'), request.body]));
  },
  'length too short': (request) => {
    const head = headOf(withHeaders(request, ['content-length', String(Math.floor(request.body.byteLength / 2))]));
    return all(Buffer.concat([Buffer.from(head, 'latin1'), request.body]));
  },
  'length wrong': (request, chance) => {
    const length = chance.one(['-1', 'NaN', '1e3', '0x10', '99999999999999999999', '', '5, 5']);
    return cut(
      Buffer.concat([Buffer.from(headOf(withHeaders(request, ['content-length', length])), 'latin1'), request.body]),
    );
  },
  'length twice': (request, chance) => {
    const lengths: [string, string][] = [0, 1].map(() => ['content-length', String(chance.below(50))]);
    return cut(Buffer.concat([Buffer.from(headOf(withHeaders(request, ...lengths)), 'latin1'), request.body]));
  },
  'length too large': (request, chance) => {
    const length = chance.one(['1073741824', '6442450944', '9007199254740992']);
    return cut(
      Buffer.concat([Buffer.from(headOf(withHeaders(request, ['content-length', length])), 'latin1'), request.body]),
    );
  },
  chunked: (request) =>
    all(
      Buffer.concat([
        Buffer.from(headOf(withHeaders(request, ['transfer-encoding', 'chunked'])), 'latin1'),
        chunked(request.body),
      ]),
    ),
  'broken chunks': (request, chance) => {
    const coding = chance.one(['chunked', 'gzip, chunked', 'chunked, chunked', 'identity', 'x']);
    const tail = chance.one([
      'zz\r\nabc\r\n0\r\n\r\n',
      '5\r\nab',
      'ffffffffffffffff\r\n',
      '-1\r\n',
      '0\r\n',
      '3\r\nabcdef\r\n',
    ]);
    return cut(Buffer.from(headOf(withHeaders(request, ['transfer-encoding', coding])) + tail, 'latin1'));
  },
  'body cut': (request, chance) => {
    const bytes = whole(request);
    return cut(bytes.subarray(0, chance.below(bytes.byteLength + 1)));
  },
  'bytes flipped': (request, chance) => {
    const bytes = whole(request);
    for (let flips = 1 + chance.below(6); flips > 0; flips--) {
      const at = chance.below(bytes.byteLength);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
    }
    return cut(bytes);
  },
  'body of bytes': (request, chance) => all(whole({ ...request, body: chance.bytes(chance.below(300)) })),
  'body cut inside': (request, chance) =>
    all(whole({ ...request, body: request.body.subarray(0, chance.below(request.body.byteLength + 1)) })),
  'body deep': (request, chance) => {
    const [open, close, inside] = chance.one([
      ['[', ']', '1'],
      ['{"a":', '}', '1'],
      ['<a>', '</a>', ''],
      ['{"L":[', ']}', '{"S":"x"}'],
      ['{"M":{"a":', '}}', '{"S":"x"}'],
    ]) as [string, string, string];
    const depth = chance.one([50, 500, 5_000, 50_000]);
    return all(whole({ ...request, body: Buffer.from(open.repeat(depth) + inside + close.repeat(depth)) }));
  },
  'query deep': (request, chance) => {
    const name = Array.from({ length: chance.one([30, 300, 5_000]) }, () =>
      chance.one(['member', '1', '99999999', 'a']),
    );
    const body = Buffer.from(`Action=SendMessage&${name.join('.')}=x&Attribute.999999999.Name=y&=&&%`);
    return all(whole({ ...request, body }));
  },
  'XML strange': (request, chance) => {
    const body = chance.one([
      '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;">]><a>&z;</a>',
      '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
      '<a b="1" b="2" c=\'3\'><![CDATA[ ]]></a><b/>',
      '<a></b>',
      '<a>&#xFFFFFFFF;&#0;&nothing;</a>',
      `<${'a'.repeat(60_000)}/>`,
      '<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet>',
    ]);
    return all(whole({ ...request, body: Buffer.from(body) }));
  },
  'headers twice': (request, chance) => {
    const twice = request.headers.map(([name, value]): [string, string] => [
      name,
      chance.once(2) ? value : `${value}x`,
    ]);
    return all(whole(withHeaders(request, ...twice)));
  },
  'headers many': (request, chance) => {
    const more = Array.from({ length: chance.one([100, 1_900, 4_000]) }, (_, at): [string, string] => [
      `x-amz-meta-${at}`,
      'v',
    ]);
    return all(whole(withHeaders(request, ...more)));
  },
  'header long': (request, chance) =>
    all(whole(withHeaders(request, ['x-amz-meta-long', 'v'.repeat(chance.one([2_049, 9_000, 70_000]))]))),
  'header odd': (request, chance) =>
    all(
      whole(
        withHeaders(
          request,
          chance.one<[string, string]>([
            ['x-amz-date', 'yesterday'],
            ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
            ['x-amz-content-sha256', '0'.repeat(64)],
            ['content-md5', 'AAAA'],
            ['x-amz-checksum-crc32', '!'],
            ['x-amz-sdk-checksum-algorithm', 'CRC99'],
            ['range', 'bytes=9-1,-,5'],
            ['x-amz-copy-source', '/%ff/../../x?versionId='],
            ['if-modified-since', 'x'],
            ['content-type', 'multipart/form-data; boundary='],
            ['content-type', 'application/json; charset=utf-999'],
            ['origin', 'null'],
            ['x-amz-security-token', 'x'.repeat(3_000)],
            ['x-forwarded-proto', 'gopher'],
            ['x-amz-acl', '../../acl'],
            ['x-amz-decoded-content-length', '-5'],
            ['smithy-protocol', 'rpc-v2-cbor'],
            ['connection', 'upgrade, close, keep-alive'],
            ['upgrade', 'h2c'],
          ]),
        ),
      ),
    ),
  'signature bad': (request, chance) => {
    const headers = request.headers.filter(([name]) => name !== 'authorization');
    return all(whole({ ...request, headers: [...headers, ['authorization', chance.one(badSignatures)]] }));
  },
  'gzip bad': (request, chance) => {
    const packed = gzipSync(request.body);
    const body = chance.one([request.body, packed.subarray(0, packed.byteLength >> 1), packed, chance.bytes(30)]);
    return all(
      whole(
        withHeaders({ ...request, body }, ['content-encoding', chance.one(['gzip', 'gzip,gzip', 'br', 'deflate'])]),
      ),
    );
  },
  'gzip bomb': (request, chance) => {
    if (!chance.once(8))
      return all(whole(withHeaders({ ...request, body: bombs[0] as Buffer }, ['content-encoding', 'gzip'])));
    return all(whole(withHeaders({ ...request, body: bombs[1] as Buffer }, ['content-encoding', 'gzip'])));
  },
  'aws-chunked bad': (request, chance) => {
    const body = awsChunked(request.body, chance);
    const kind = chance.one(['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER']);
    const target = chance.once(2) ? request.target : '/bucket/key';
    const headers: [string, string][] = [
      ['content-encoding', 'aws-chunked'],
      ['x-amz-content-sha256', kind],
      ['x-amz-decoded-content-length', chance.one([String(request.body.byteLength), '0', 'x', '99999999'])],
      ['x-amz-trailer', 'x-amz-checksum-crc32'],
    ];
    return all(whole(withHeaders({ ...request, method: 'PUT', target, body }, ...headers)));
  },
  'expects more': (request) => {
    const head = headOf(withHeaders(sized(request), ['expect', '100-continue']));
    return cut(Buffer.from(head, 'latin1'));
  },
  'line odd': (_request, chance) => {
    const line = chance.one([
      'GET / HTTP/9.9',
      'get / HTTP/1.1',
      `${'X'.repeat(100)} / HTTP/1.1`,
      'GET  / HTTP/1.1',
      'GET /\u0000 HTTP/1.1',
      'CONNECT a:1 HTTP/1.1',
      'TRACE / HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'HEAD /?list-type=2 HTTP/1.0',
      '\r\n\r\n\r\nGET / HTTP/1.1',
      'GET / HTTP/1.1\r\nhost: a\r\n folded: x',
    ]);
    return cut(Buffer.from(`${line}\r\nhost: localhost\r\n\r\n`, 'latin1'));
  },
  'method other': (request, chance) =>
    all(whole({ ...request, method: chance.one(['PUT', 'DELETE', 'PATCH', 'HEAD', 'GET', 'OPTIONS']) })),
  'no protocol': (_request, chance) => cut(chance.bytes(1 + chance.below(400))),
  'h2c broken': (_request, chance) => {
    const frames = Array.from({ length: chance.below(6) }, () =>
      frame(chance.below(12), chance.below(256), chance.below(8), chance.bytes(chance.below(60))),
    );
    return cut(Buffer.concat([preface, ...frames]));
  },
  'h2c streams': (request, chance) => {
    const settings = frame(4, 0, 0, Buffer.alloc(0));
    const streams = Array.from({ length: chance.one([1, 20, 200]) }, (_, at) => {
      const stream = 2 * at + 1;
      const reset = frame(3, 0, stream, Buffer.from([0, 0, 0, 8]));
      const data = frame(0, 1, stream, request.body.subarray(0, 200));
      return Buffer.concat([openStream(stream), chance.once(2) ? reset : data]);
    });
    return cut(Buffer.concat([preface, settings, ...streams]));
  },
};

const kinds = Object.keys(breakages);

/** The request of this number, broken or not. */
export function makeShot(chance: Chance): Shot {
  const kind = chance.once(3) ? 'sound' : chance.one(kinds);
  const breakage = breakages[kind] as Breakage;
  return { kind, ...breakage(makeRequest(chance), chance) };
}

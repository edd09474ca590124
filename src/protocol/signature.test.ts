import { createECDH, createPrivateKey, sign } from 'node:crypto';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { LambdaClient, GetFunctionCommand } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, test } from 'vitest';
import { instant } from '../kernel/units.ts';
import { awsChunkedBody } from './aws-chunked.ts';
import { bodyOf } from '../kernel/http.ts';
import { asymmetricPrivateKey, asymmetricPublicKey } from './signature/key.ts';
import { canonicalRequest } from './signature/canonical.ts';
import { sha256Hex } from './signature/refusal.ts';
import {
  chunkSigning,
  emptyPayloadHash,
  parseCredential,
  payloadHashOf,
  type SignatureStyle,
  statedPayloadHash,
  unsignedPayload,
  verifySignature,
} from './signature.ts';

interface Sent {
  method: string;
  target: string;
  headers: Record<string, string>;
}

const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };

const check = (
  request: Sent,
  style: SignatureStyle,
  options: { secret?: string; hash?: string; now?: number | undefined } = {},
) => {
  const credential = parseCredential(request);
  if (credential === undefined) throw new Error('no credential');
  const now = 'now' in options ? options.now : credential.timestamp?.epochMs;
  const hash = options.hash ?? statedPayloadHash(request, credential, style) ?? emptyPayloadHash;
  const at = now === undefined ? undefined : instant(now);
  return verifySignature(request, credential, options.secret ?? keys.secretAccessKey, hash, at, style);
};

const refusal = (...args: Parameters<typeof check>) => {
  const error = check(...args);
  return error && [error.code, error.status, error.message];
};

/** A handler for SDK clients that keeps the request as it would be on the wire, and then gives up. */
function capture() {
  const sent: { request?: Sent; body?: unknown } = {};
  const handle = async (request: {
    method: string;
    path: string;
    query: Record<string, string | string[] | null>;
    headers: Record<string, string>;
    body: unknown;
  }) => {
    const encode = (text: string) =>
      encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    const query = Object.entries(request.query).flatMap(([name, value]) =>
      [value].flat().map((each) => (each === null ? encode(name) : `${encode(name)}=${encode(each)}`)),
    );
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    sent.request = {
      method: request.method,
      target: request.path + (query.length > 0 ? `?${query.join('&')}` : ''),
      headers,
    };
    sent.body = request.body;
    throw new Error('captured');
  };
  return { sent, requestHandler: { handle } };
}

const config = { region: 'eu-west-1', credentials: keys, maxAttempts: 1 };

async function captured(send: (handler: object) => Promise<unknown>): Promise<{ request: Sent; body: unknown }> {
  const { sent, requestHandler } = capture();
  await send(requestHandler).catch(() => {});
  if (sent.request === undefined) throw new Error('nothing was sent');
  return { request: sent.request, body: sent.body };
}

describe('facts that AWS published', () => {
  const suite = { secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const vanilla = (target: string, signature: string, more: Record<string, string> = {}): Sent => ({
    method: 'GET',
    target,
    headers: {
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      ...more,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
  });

  test('the test suite of Signature Version 4', () => {
    const plain = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';
    expect(check(vanilla('/', plain), 'query', suite)).toBeUndefined();
    expect(check(vanilla('/.//example/..', plain), 'query', suite)).toBeUndefined();
    expect(check(vanilla('/x', plain), 'query', suite)?.code).toBe('SignatureDoesNotMatch');
    const sorted = 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500';
    expect(check(vanilla('/?Param2=value2&Param1=value1', sorted), 'query', suite)).toBeUndefined();
    expect(check(vanilla('/?Param1=value1&Param2=value2', sorted), 'query', suite)).toBeUndefined();
    expect(check(vanilla('/?Param1=value2&Param2=value1', sorted), 'query', suite)?.code).toBe('SignatureDoesNotMatch');
  });

  test('the examples of S3: header, presigned, chunks', async () => {
    const get: Sent = {
      method: 'GET',
      target: '/test.txt',
      headers: {
        host: 'examplebucket.s3.amazonaws.com',
        range: 'bytes=0-9',
        'x-amz-content-sha256': emptyPayloadHash,
        'x-amz-date': '20130524T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      },
    };
    expect(check(get, 's3')).toBeUndefined();
    const presigned: Sent = {
      method: 'GET',
      target:
        '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
      headers: { host: 'examplebucket.s3.amazonaws.com' },
    };
    expect(check(presigned, 's3')).toBeUndefined();
    const seed = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
    const put: Sent = {
      method: 'PUT',
      target: '/examplebucket/chunkObject.txt',
      headers: {
        host: 's3.amazonaws.com',
        'content-encoding': 'aws-chunked',
        'content-length': '66824',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x-amz-date': '20130524T000000Z',
        'x-amz-decoded-content-length': '66560',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=${seed}`,
      },
    };
    expect(check(put, 's3')).toBeUndefined();
    const credential = parseCredential(put);
    const signing = credential && chunkSigning(credential, keys.secretAccessKey);
    const chunk = (size: number, signature: string) =>
      `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}\r\n`;
    const body =
      chunk(65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648') +
      chunk(1_024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497') +
      chunk(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9');
    const read = (text: string) => awsChunkedBody(bodyOf(Buffer.from(text)), put.headers, signing).bytes(1e6);
    expect((await read(body)).byteLength).toBe(66_560);
    await expect((async () => read(body.replace('aaa', 'aab')))()).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
  });

  test('the key derivation of SigV4A', () => {
    const key = asymmetricPublicKey('AKISORANDOMAASORANDOM', 'q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom');
    const { x = '', y = '' } = key.export({ format: 'jwk' });
    expect(Buffer.from(x, 'base64url').toString('hex')).toBe(
      '15d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb',
    );
    expect(Buffer.from(y, 'base64url').toString('hex')).toBe(
      '0515242cedd82e94799482e4c0514b505afccf2c0c98d6a553bf539f424c5ec0',
    );
  });
});

describe('requests of the SDK', () => {
  const dynamodb = () =>
    captured((requestHandler) =>
      new DynamoDBClient({ ...config, requestHandler: requestHandler as never }).send(
        new GetItemCommand({ TableName: 't', Key: { a: { S: 'ü' } } }),
      ),
    );

  test('JSON: genuine, and refused when any part is another', async () => {
    const { request, body } = await dynamodb();
    const hash = payloadHashOf(Buffer.from(String(body)));
    expect(parseCredential(request)).toMatchObject({
      region: 'eu-west-1',
      service: 'dynamodb',
      ...{ accessKeyId: keys.accessKeyId },
    });
    expect(check(request, 'json', { hash })).toBeUndefined();
    const mismatch = 'InvalidSignatureException';
    const tampered: Sent[] = [
      { ...request, method: 'PUT' },
      { ...request, target: '/x' },
      { ...request, target: '/?a=b' },
      { ...request, headers: { ...request.headers, host: 'other' } },
      { ...request, headers: { ...request.headers, 'x-amz-target': 'DynamoDB_20120810.DeleteItem' } },
      {
        ...request,
        headers: {
          ...request.headers,
          authorization: request.headers.authorization?.replace('eu-west-1', 'eu-west-2') ?? '',
        },
      },
      {
        ...request,
        headers: {
          ...request.headers,
          authorization: request.headers.authorization?.replace(/.$/, (c) => (c === '0' ? '1' : '0')) ?? '',
        },
      },
    ];
    for (const each of tampered) expect(refusal(each, 'json', { hash })?.slice(0, 2)).toEqual([mismatch, 400]);
    expect(refusal(request, 'json', { hash: emptyPayloadHash })?.[0]).toBe(mismatch);
    expect(refusal(request, 'json', { hash, secret: 'other' })?.[0]).toBe(mismatch);
  });

  test('a session token is part of what is signed', async () => {
    const credentials = { ...keys, sessionToken: 'token/+=' };
    const { request } = await captured((requestHandler) =>
      new STSClient({ ...config, credentials, requestHandler: requestHandler as never }).send(
        new GetCallerIdentityCommand({}),
      ),
    );
    const hash = payloadHashOf(Buffer.from('Action=GetCallerIdentity&Version=2011-06-15'));
    expect(parseCredential(request)?.sessionToken).toBe('token/+=');
    expect(check(request, 'query', { hash })).toBeUndefined();
    const other = { ...request, headers: { ...request.headers, 'x-amz-security-token': 'other' } };
    expect(refusal(other, 'query', { hash })).toEqual([
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    ]);
  });

  test('paths with an ARN in them are encoded twice, but for S3', async () => {
    const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:f';
    const { request } = await captured((requestHandler) =>
      new LambdaClient({ ...config, requestHandler: requestHandler as never }).send(
        new GetFunctionCommand({ FunctionName: arn }),
      ),
    );
    expect(request.target).toContain('%3A');
    expect(check(request, 'rest-json')).toBeUndefined();
    expect(check({ ...request, target: request.target.replace('%3Af', '%3Ag') }, 'rest-json')?.message).toContain(
      "The Canonical String for this request should have been\n'GET\n/2015-03-31/functions/arn%253Aaws",
    );
  });

  const awkward = "a b+c/ü//..%7e/é'()*!&=?#😀.txt";

  test('S3: awkward keys, and other spellings of the same path', async () => {
    const { request } = await captured((requestHandler) =>
      new S3Client({ ...config, requestHandler: requestHandler as never }).send(
        new GetObjectCommand({ Bucket: 'bucket', Key: awkward }),
      ),
    );
    expect(check(request, 's3')).toBeUndefined();
    const spelled = { ...request, target: request.target.replaceAll('%28', '(').replaceAll('%C3', '%c3') };
    expect(spelled.target).not.toBe(request.target);
    expect(check(spelled, 's3')).toBeUndefined();
    const error = check({ ...request, target: request.target.replace('.txt', '.exe') }, 's3');
    expect(error?.code).toBe('SignatureDoesNotMatch');
    expect(error?.members).toMatchObject({
      AWSAccessKeyId: keys.accessKeyId,
      SignatureProvided: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(error?.members.StringToSign).toContain('AWS4-HMAC-SHA256\n');
  });

  test('S3: bodies with a hash, and none without one', async () => {
    const put = (options: object) =>
      captured((requestHandler) =>
        new S3Client({ ...config, ...options, requestHandler: requestHandler as never }).send(
          new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'body', ContentLength: 4 }),
        ),
      );
    for (const options of [{}, { requestChecksumCalculation: 'WHEN_REQUIRED' }]) {
      const { request } = await put(options);
      expect(check(request, 's3')).toBeUndefined();
      expect(
        check({ ...request, headers: { ...request.headers, 'x-amz-content-sha256': unsignedPayload } }, 's3')?.code,
      ).toBe('SignatureDoesNotMatch');
      const { 'x-amz-content-sha256': _, ...headers } = request.headers;
      expect(refusal({ ...request, headers }, 's3')).toEqual([
        'InvalidRequest',
        400,
        'Missing required header for this request: x-amz-content-sha256',
      ]);
    }
  });

  const presign = async (options: { expiresIn?: number; key?: string } = {}): Promise<Sent> => {
    const url = new URL(
      await getSignedUrl(
        new S3Client(config),
        new GetObjectCommand({ Bucket: 'bucket', Key: options.key ?? awkward }),
        {
          expiresIn: options.expiresIn ?? 900,
        },
      ),
    );
    return { method: 'GET', target: url.pathname + url.search, headers: { host: url.host } };
  };

  test('S3 presigned: in its time only', async () => {
    const request = await presign({ expiresIn: 3_600 });
    const madeMs = parseCredential(request)?.timestamp?.epochMs ?? 0;
    expect(check(request, 's3', { now: madeMs + 3_600_000 })).toBeUndefined();
    expect(check(request, 's3', { now: madeMs - 800_000 })).toBeUndefined();
    expect(check(request, 's3', { now: undefined })).toBeUndefined();
    expect(refusal(request, 's3', { now: madeMs + 3_601_000 })).toEqual(['AccessDenied', 403, 'Request has expired']);
    expect(refusal(request, 's3', { now: madeMs - 901_000 })).toEqual([
      'AccessDenied',
      403,
      'Request is not valid yet',
    ]);
    expect(refusal({ ...request, method: 'PUT' }, 's3')?.[0]).toBe('SignatureDoesNotMatch');
    const longer = { ...request, target: request.target.replace('X-Amz-Expires=3600', 'X-Amz-Expires=7200') };
    expect(refusal(longer, 's3')?.[0]).toBe('SignatureDoesNotMatch');
    const added = { ...request, target: `${request.target}&versionId=1` };
    expect(refusal(added, 's3')?.[0]).toBe('SignatureDoesNotMatch');
  });

  test('S3 presigned: parameters that are wrong', async () => {
    const request = await presign({ key: 'k' });
    const message = (from: string | RegExp, to: string) =>
      refusal({ ...request, target: request.target.replace(from, to) }, 's3');
    const code = 'AuthorizationQueryParametersError';
    expect(message('X-Amz-Expires=900', 'X-Amz-Expires=604801')).toEqual([
      code,
      400,
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    ]);
    expect(message('X-Amz-Expires=900', 'X-Amz-Expires=x')).toEqual([code, 400, 'X-Amz-Expires should be a number']);
    expect(message('X-Amz-Expires=900', 'X-Amz-Expires=-1')).toEqual([code, 400, 'X-Amz-Expires must be non-negative']);
    expect(message('&X-Amz-Expires=900', '')?.[2]).toContain('requires the X-Amz-Algorithm');
    expect(message(/&X-Amz-Signature=[^&]*/, '')?.[2]).toContain('requires the X-Amz-Algorithm');
    expect(message('AWS4-HMAC-SHA256', 'AWS5')?.[2]).toContain('X-Amz-Algorithm only supports');
    expect(message('%2Faws4_request', '')?.[2]).toContain('Error parsing the X-Amz-Credential parameter');
  });
});

test('SigV4A: what was signed with the derived key is genuine', () => {
  const privateKey = asymmetricPrivateKey(keys.accessKeyId, keys.secretAccessKey);
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(privateKey);
  const point = pair.getPublicKey();
  const key = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: privateKey.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
  const headers = {
    host: 'mrap.accesspoint.s3-global.amazonaws.com',
    'x-amz-date': '20260101T000000Z',
    'x-amz-region-set': '*',
    'x-amz-content-sha256': unsignedPayload,
  };
  const names = Object.keys(headers).sort();
  const base = { method: 'GET', target: '/k?x=1', headers };
  const toSign = `AWS4-ECDSA-P256-SHA256\n20260101T000000Z\n20260101/s3/aws4_request\n${sha256Hex(canonicalRequest(base, names, unsignedPayload, true))}`;
  const signature = sign('sha256', Buffer.from(toSign), { key, dsaEncoding: 'der' }).toString('hex');
  const authorization = `AWS4-ECDSA-P256-SHA256 Credential=${keys.accessKeyId}/20260101/s3/aws4_request, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const request = { ...base, headers: { ...headers, authorization } };
  expect(parseCredential(request)).toMatchObject({ region: '', service: 's3', date: '20260101' });
  expect(check(request, 's3')).toBeUndefined();
  expect(check({ ...request, target: '/k?x=2' }, 's3')?.code).toBe('SignatureDoesNotMatch');
  expect(check({ ...request, headers: { ...request.headers, authorization: `${authorization}zz` } }, 's3')?.code).toBe(
    'SignatureDoesNotMatch',
  );
});

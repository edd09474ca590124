import { GetObjectCommand, HeadObjectCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyOf } from '../../../kernel/http.ts';
import { readBoundary, readForm } from './form.ts';
import { type Bench, textOf, withBucket } from './testing.ts';

const boundary = '----form7MA4';

/** A form as a browser sends it, its file last. */
const formOf = (fields: Record<string, string>, file: Uint8Array | string, name = 'cat.png'): Buffer =>
  Buffer.concat([
    ...Object.entries(fields).map(([field, value]) =>
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`),
    ),
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: image/png\r\n\r\n`,
    ),
    Buffer.from(file),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);

const policyOf = (conditions: unknown[], expiration = '2026-01-01T11:00:00Z'): string =>
  Buffer.from(JSON.stringify({ expiration, conditions })).toString('base64');

const signed = (policy: string): Record<string, string> => ({
  policy,
  'x-amz-algorithm': 'AWS4-HMAC-SHA256',
  'x-amz-credential': '000000000000/20260101/us-east-1/s3/aws4_request',
  'x-amz-date': '20260101T100000Z',
  'x-amz-signature': 'f'.repeat(64),
});

const free = [
  ['starts-with', '$x-amz-algorithm', ''],
  ['starts-with', '$x-amz-credential', ''],
  ['starts-with', '$x-amz-date', ''],
];

async function post({ cloud, Bucket }: Bench, body: Buffer) {
  const answer = await cloud.inside.handle({
    method: 'POST',
    target: `/${Bucket}`,
    headers: { host: 'localhost:4566', 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: bodyOf(body),
    sourceIp: '127.0.0.1',
    secure: false,
  });
  return { ...answer, text: String(answer.body ?? '') };
}

describe('browser uploads', () => {
  test('PostObject: fields become what PutObject has as headers', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const conditions = [
      ...free,
      { bucket: Bucket },
      ['starts-with', '$key', 'up/'],
      ['content-length-range', 1, 100],
      ['starts-with', '$x-amz-meta-who', ''],
      { success_action_status: '201' },
    ];
    const fields = {
      ...signed(policyOf(conditions)),
      key: 'up/${filename}',
      'x-amz-meta-who': 'ann',
      success_action_status: '201',
    };
    const answer = await post(bench, formOf(fields, 'picture'));
    expect(answer.status).toBe(201);
    expect(answer.text).toContain('<Key>up/cat.png</Key>');
    expect(answer.text).toContain('<Location>http://localhost:4566/a-bucket/up/cat.png</Location>');
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'up/cat.png' }));
    expect(await textOf(got)).toBe('picture');
    expect(got.Metadata).toEqual({ who: 'ann' });
  });

  test('PostObject: what the policy does not allow is refused in its words', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const key = { key: 'a' };
    const refused = async (fields: Record<string, string>, file = 'x') => {
      const { status, text } = await post(bench, formOf(fields, file));
      return [status, /<Code>(.*)<\/Code>/.exec(text)?.[1], /<Message>(.*)<\/Message>/.exec(text)?.[1]];
    };
    const allows = (...more: unknown[]) => signed(policyOf([...free, { bucket: Bucket }, ...more]));
    expect(await refused({ ...allows({ key: 'b' }), ...key })).toEqual([
      403,
      'AccessDenied',
      'Invalid according to Policy: Policy Condition failed: [&quot;eq&quot;, &quot;$key&quot;, &quot;b&quot;]',
    ]);
    expect(await refused({ ...allows({ key: 'a' }), ...key, acl: 'private' })).toEqual([
      403,
      'AccessDenied',
      'Invalid according to Policy: Extra input fields: acl',
    ]);
    const late = signed(policyOf([...free, { bucket: Bucket }, { key: 'a' }], '2026-01-01T09:59:59Z'));
    expect(await refused({ ...late, ...key })).toEqual([
      403,
      'AccessDenied',
      'Invalid according to Policy: Policy expired.',
    ]);
    const sized = allows({ key: 'a' }, ['content-length-range', 2, 3]);
    expect((await refused({ ...sized, ...key }, 'x')).slice(0, 2)).toEqual([400, 'EntityTooSmall']);
    expect((await refused({ ...sized, ...key }, 'xxxx')).slice(0, 2)).toEqual([400, 'EntityTooLarge']);
    expect((await refused(signed('bm90IGpzb24='), 'x')).slice(0, 2)).toEqual([400, 'InvalidArgument']);
    expect((await refused({ ...signed('bm90IGpzb24='), ...key })).slice(0, 2)).toEqual([400, 'InvalidPolicyDocument']);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject({ name: 'NotFound' });
    const unsigned = await post(bench, formOf(key, 'x'));
    expect(unsigned.status).toBe(403);
    const broken = await post(bench, formOf(key, 'x').subarray(0, 60));
    expect(broken.text).toContain('MalformedPOSTRequest');
  });

  test('a form is read the same however it is cut', async () => {
    const body = formOf({ key: 'k', note: 'a\r\n--b' }, '\r\n--almost the boundary\r\n--');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }), async (cuts) => {
        const pieces = async function* pieces() {
          for (let at = 0, turn = 0; at < body.length; turn++) {
            const size = cuts[turn % cuts.length] as number;
            yield body.subarray(at, at + size);
            at += size;
          }
        };
        const form = await readForm(pieces(), boundary);
        const content: Uint8Array[] = [];
        for await (const bytes of form.file?.content ?? []) content.push(bytes);
        expect(form.fields).toEqual({ key: 'k', note: 'a\r\n--b' });
        expect(Buffer.concat(content).toString()).toBe('\r\n--almost the boundary\r\n--');
      }),
      { numRuns: 40 },
    );
    expect(readBoundary('multipart/form-data; charset=utf-8; boundary="a b"')).toBe('a b');
    expect(readBoundary('text/plain; boundary=x')).toBeUndefined();
  });
});

describe('CORS', () => {
  const rule = {
    AllowedMethods: ['GET', 'PUT'],
    AllowedOrigins: ['https://*.example.com'],
    AllowedHeaders: ['x-amz-*'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 300,
  };

  async function preflight({ cloud, Bucket }: Bench, headers: Record<string, string>, method = 'OPTIONS') {
    return cloud.inside.handle({
      method,
      target: `/${Bucket}/k`,
      headers: { host: 'localhost:4566', ...headers },
      body: bodyOf(new Uint8Array(0)),
      sourceIp: '127.0.0.1',
      secure: false,
    });
  }

  test('OptionsObject: the bucket says which page may do what', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    const asking = { origin: 'https://www.example.com', 'access-control-request-method': 'PUT' };
    const before = await preflight(bench, asking);
    expect([before.status, String(before.body)]).toEqual([
      403,
      expect.stringContaining('CORSResponse: CORS is not enabled for this bucket.'),
    ]);
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
    const allowed = await preflight(bench, { ...asking, 'access-control-request-headers': 'X-Amz-Date' });
    expect(allowed.status).toBe(200);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://www.example.com',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'x-amz-date',
      'access-control-expose-headers': 'ETag',
      'access-control-max-age': '300',
      'access-control-allow-credentials': 'true',
    });
    for (const odd of [
      { ...asking, origin: 'https://evil.com' },
      { ...asking, 'access-control-request-method': 'DELETE' },
      { ...asking, 'access-control-request-headers': 'authorization' },
    ])
      expect((await preflight(bench, odd)).status).toBe(403);
    expect((await preflight(bench, {})).status).toBe(400);
  });

  test('answers carry the headers of the rule that allows the page, and none else', async () => {
    await using bench = await withBucket();
    const { s3, Bucket } = bench;
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
    const allowed = await preflight(bench, { origin: 'https://a.example.com' }, 'GET');
    expect(allowed.headers['access-control-allow-origin']).toBe('https://a.example.com');
    const refused = await preflight(bench, { origin: 'https://evil.com' }, 'GET');
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
  });
});

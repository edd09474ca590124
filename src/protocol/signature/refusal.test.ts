import { describe, expect, test } from 'vitest';
import { instant } from '../../kernel/units.ts';
import {
  emptyPayloadHash,
  findMalformed,
  parseCredential,
  type SignatureStyle,
  signatureStyleOf,
  verifySignature,
} from '../signature.ts';

interface Sent {
  method: string;
  target: string;
  headers: Record<string, string>;
}

const check = (request: Sent, style: SignatureStyle, options: { now?: number } = {}) => {
  const credential = parseCredential(request);
  if (credential === undefined) throw new Error('no credential');
  const now = instant(options.now ?? credential.timestamp?.epochMs ?? 0);
  return verifySignature(request, credential, 'secret', emptyPayloadHash, now, style);
};

const refusal = (...args: Parameters<typeof check>) => {
  const error = check(...args);
  return error && [error.code, error.status, error.message];
};

describe('malformed credentials', () => {
  const withHeader = (
    authorization: string,
    more: Record<string, string> = { 'x-amz-date': '20150830T123600Z' },
  ): Sent => ({
    method: 'POST',
    target: '/',
    headers: { host: 'h', ...more, authorization },
  });
  const scope = 'AKIA/20150830/us-east-1/sts/aws4_request';

  test('query and JSON services', () => {
    expect(
      refusal(withHeader(`AWS4-HMAC-SHA256 Credential= ${scope}, SignedHeaders=host, Signature=ab`), 'query'),
    ).toEqual([
      'IncompleteSignature',
      403,
      `'${scope}' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential= ${scope}, SignedHeaders=host, Signature=ab'.`,
    ]);
    expect(refusal(withHeader('AWS4-HMAC-SHA256 x=y', {}), 'json')?.slice(0, 2)).toEqual([
      'IncompleteSignatureException',
      400,
    ]);
    expect(refusal(withHeader('AWS4-HMAC-SHA256 x=y', {}), 'json')?.[2]).toContain(
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
    const short = withHeader(
      'AWS4-HMAC-SHA256 Credential=AKIA/20150830/sts/aws4_request, SignedHeaders=host, Signature=ab',
    );
    expect(refusal(short, 'query')?.[2]).toBe(
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIA/20150830/sts/aws4_request'",
    );
    const date = withHeader(`AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=ab`, {
      'x-amz-date': '20150831T000000Z',
    });
    expect(refusal(date, 'query')).toEqual([
      'SignatureDoesNotMatch',
      403,
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150830' != '20150831', from '20150831T000000Z'.",
    ]);
    expect(refusal(short, 'ec2')?.slice(0, 2)).toEqual(['AuthFailure', 401]);
  });

  test('S3', () => {
    expect(refusal(withHeader('AWS AKIA:abc='), 's3')?.[0]).toBe('InvalidRequest');
    expect(refusal(withHeader('Basic abc'), 's3')?.slice(0, 1)).toEqual(['InvalidArgument']);
    expect(refusal(withHeader('AWS4-HMAC-SHA256 Credential=x'), 's3')?.[2]).toBe(
      'The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    );
    expect(refusal(withHeader('AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=ab'), 's3')?.[2]).toContain(
      'the Credential is mal-formed',
    );
    const version2 = { method: 'GET', target: '/b/k?AWSAccessKeyId=AKIA&Expires=1&Signature=x', headers: {} };
    expect(parseCredential(version2)).toMatchObject({ accessKeyId: 'AKIA', algorithm: 'AWS' });
    expect(refusal(version2, 's3')?.[0]).toBe('InvalidRequest');
  });

  test('nothing throws, whatever is sent', () => {
    const odd = [
      '',
      ' ',
      'AWS',
      'AWS4-HMAC-SHA256',
      'AWS4-HMAC-SHA256 ,,,',
      'AWS4-ECDSA-P256-SHA256 Credential=/,SignedHeaders=;,Signature=;',
      `AWS4-HMAC-SHA256 ${'='.repeat(5_000)}`,
      'AWS4-HMAC-SHA256 Credential=a/20150830/b/c/aws4_request, SignedHeaders=__proto__;constructor, Signature=zz',
    ];
    for (const authorization of odd)
      for (const style of ['s3', 'query', 'json', 'rest-json', 'ec2'] as const)
        expect(check(withHeader(authorization), style)).toBeDefined();
    const targets = [
      '/?X-Amz-Signature=%',
      '/?X-Amz-Credential=%2F%2F%2F%2F',
      '/?X-Amz-Algorithm=&X-Amz-Date=%00',
      '/%?%=%&X-Amz-Algorithm=AWS4-HMAC-SHA256',
    ];
    for (const target of targets) expect(check({ method: 'GET', target, headers: {} }, 's3')).toBeDefined();
    expect(parseCredential({ target: '/?Signature=x', headers: {} })).toBeUndefined();
    expect(parseCredential({ target: '/', headers: {} })).toBeUndefined();
  });

  test('a credential that is well written has nothing wrong, whoever signed', () => {
    const request = withHeader(
      `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    );
    const credential = parseCredential(request);
    expect(credential && findMalformed(credential, request, 'query')).toBeUndefined();
  });
});

test('clocks may be fifteen minutes apart, for JSON services five', () => {
  const request: Sent = {
    method: 'POST',
    target: '/',
    headers: {
      host: 'h',
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIA/20150830/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
    },
  };
  const madeMs = Date.UTC(2015, 7, 30, 12, 36);
  const at = (style: SignatureStyle, minutes: number) => refusal(request, style, { now: madeMs + minutes * 60_000 });
  expect(at('query', 20)).toEqual([
    'SignatureDoesNotMatch',
    403,
    'Signature expired: 20150830T123600Z is now earlier than 20150830T124100Z (20150830T125600Z - 15 min.)',
  ]);
  expect(at('json', 6)).toEqual([
    'InvalidSignatureException',
    400,
    'Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z (20150830T124200Z - 5 min.)',
  ]);
  expect(at('query', -20)?.[2]).toBe(
    'Signature not yet current: 20150830T123600Z is still later than 20150830T123100Z (20150830T121600Z + 15 min.)',
  );
  expect(at('s3', 16)?.[0]).toBe('RequestTimeTooSkewed');
  expect(at('query', 14)?.[2]).toContain('does not match the signature you provided');
});

test('the style follows service and protocol', () => {
  expect(signatureStyleOf('s3', 'restXml')).toBe('s3');
  expect(signatureStyleOf('ec2', 'ec2Query')).toBe('ec2');
  expect(signatureStyleOf('sqs', 'awsQuery')).toBe('query');
  expect(signatureStyleOf('sqs', 'awsJson1_0')).toBe('json');
  expect(signatureStyleOf('lambda', 'restJson1')).toBe('rest-json');
  expect(signatureStyleOf('route-53', 'restXml')).toBe('query');
  expect(signatureStyleOf('cloudwatch', 'rpcv2Cbor')).toBe('json');
});

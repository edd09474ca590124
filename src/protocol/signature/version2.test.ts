import { expect, test } from 'vitest';
import { refuseVersion2, type Version2Request } from './version2.ts';

// The examples of the Amazon S3 developer guide.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const past = () => -1;

const headerForm = (
  method: string,
  path: string,
  signature: string,
  headers: Record<string, string>,
  query: Version2Request['query'] = [],
): Version2Request => ({
  request: { method, headers: { ...headers, authorization: `AWS ${accessKeyId}:${signature}` } },
  path,
  query,
  hostBucket: 'johnsmith',
});

test.each([
  [
    'a GET',
    headerForm('GET', '/photos/puppy.jpg', 'bWq2s1WEIj+Ydj0vQ697zp+IXMU=', { date: 'Tue, 27 Mar 2007 19:36:42 +0000' }),
  ],
  [
    'a PUT with a content type',
    headerForm('PUT', '/photos/puppy.jpg', 'MyyxeRY7whkBe+bq8fHCL/2kKUg=', {
      date: 'Tue, 27 Mar 2007 21:15:45 +0000',
      'content-type': 'image/jpeg',
    }),
  ],
  [
    'a sub-resource',
    headerForm('GET', '/', 'c2WLPFtWHVgbEmeEG93a4cG37dM=', { date: 'Tue, 27 Mar 2007 19:44:46 +0000' }, [['acl', '']]),
  ],
])('refuseVersion2: believes %s of the guide, and nothing that differs from it', (_, given) => {
  expect(refuseVersion2(given, accessKeyId, secret, past)).toBeUndefined();
  expect(refuseVersion2({ ...given, path: '/other' }, accessKeyId, secret, past)).toMatchObject({
    code: 'SignatureDoesNotMatch',
    status: 403,
  });
});

test('refuseVersion2: a presigned URL ends when it says, also with a key that is anybody’s', () => {
  const given: Version2Request = {
    request: { method: 'GET', headers: {} },
    path: '/photos/puppy.jpg',
    query: [
      ['AWSAccessKeyId', accessKeyId],
      ['Signature', 'NpgCjnDzrM+WFzoENXmpNDUsSn8='],
      ['Expires', '1175139620'],
    ],
    hostBucket: 'johnsmith',
  };
  expect(refuseVersion2(given, accessKeyId, secret, past)).toBeUndefined();
  expect(refuseVersion2(given, accessKeyId, undefined, () => 1)).toMatchObject({
    code: 'AccessDenied',
    message: 'Request has expired',
    members: { Expires: '2007-03-29T03:40:20Z' },
  });
  const { query } = given;
  expect(refuseVersion2({ ...given, query: query.slice(0, 2) }, accessKeyId, secret, past)).toMatchObject({
    message: 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
  });
});

import { describe, expect, test } from 'vitest';
import { emptyBody, type HttpRequest } from '../kernel/http.ts';
import { type Identification, identify, UnknownService } from './identify.ts';

const request = (method: string, target: string, headers: Record<string, string> = {}): HttpRequest => ({
  method,
  target,
  headers: { host: 'localhost:4566', ...headers },
  body: emptyBody,
  sourceIp: '127.0.0.1',
  secure: false,
});

const signed = (service: string, region = 'eu-west-1'): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=00`,
});
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

const told = ({ service, operationName, region }: Identification): string =>
  `${service}:${operationName ?? '?'}@${region ?? '?'}`;

const tell = (method: string, target: string, headers: Record<string, string> = {}): string =>
  told(identify(request(method, target, headers)));

describe('identify: signed requests', () => {
  test.each([
    ['POST', '/', { ...signed('dynamodb'), 'x-amz-target': 'DynamoDB_20120810.PutItem' }, 'dynamodb:PutItem@eu-west-1'],
    [
      'POST',
      '/',
      { ...signed('dynamodb'), 'x-amz-target': 'DynamoDBStreams_20120810.ListStreams' },
      'dynamodb-streams:ListStreams@eu-west-1',
    ],
    [
      'POST',
      '/',
      { ...signed('timestream'), 'x-amz-target': 'Timestream_20181101.PrepareQuery' },
      'timestream-query:PrepareQuery@eu-west-1',
    ],
    [
      'POST',
      '/',
      {
        ...signed('cloudtrail'),
        'x-amz-target': 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.CreateTrail',
      },
      'cloudtrail:CreateTrail@eu-west-1',
    ],
    ['POST', '/', { ...signed('sts'), ...form }, 'sts:?@eu-west-1'],
    ['GET', '/?Action=ListUsers&Version=2010-05-08', signed('iam', 'us-east-1'), 'iam:ListUsers@us-east-1'],
    [
      'POST',
      '/service/GraniteServiceVersion20100801/operation/ListMetrics',
      { ...signed('monitoring'), 'smithy-protocol': 'rpc-v2-cbor' },
      'cloudwatch:ListMetrics@eu-west-1',
    ],
    [
      'GET',
      '/?Action=DescribeLoadBalancers&Version=2012-06-01',
      signed('elasticloadbalancing'),
      'elastic-load-balancing:DescribeLoadBalancers@eu-west-1',
    ],
    [
      'GET',
      '/?Action=DescribeLoadBalancers&Version=2015-12-01',
      signed('elasticloadbalancing'),
      'elastic-load-balancing-v2:DescribeLoadBalancers@eu-west-1',
    ],
    ['GET', '/restapis', signed('apigateway'), 'api-gateway:GetRestApis@eu-west-1'],
    ['GET', '/v2/apis', signed('apigateway'), 'apigatewayv2:GetApis@eu-west-1'],
    ['GET', '/v2/email/account', signed('ses'), 'sesv2:GetAccount@eu-west-1'],
    ['POST', '/', { ...signed('ses'), ...form }, 'ses:?@eu-west-1'],
    ['POST', '/', { ...signed('rds'), ...form }, 'rds:?@eu-west-1'],
    ['POST', '/', { ...signed('rds'), ...form, 'user-agent': 'aws-sdk-js/3 api/docdb#3.1' }, 'docdb:?@eu-west-1'],
    ['POST', '/getMedia', signed('kinesisvideo'), 'kinesis-video-media:GetMedia@eu-west-1'],
    ['GET', '/v20180820/configuration/publicAccessBlock', signed('s3'), 's3-control:GetPublicAccessBlock@eu-west-1'],
    ['POST', '/2015-03-31/functions/f/invocations', signed('lambda'), 'lambda:Invoke@eu-west-1'],
  ])('%s %s', (method, target, headers, expected) => {
    expect(tell(method, target, headers)).toBe(expected);
  });

  test('a presigned URL carries the scope in its query', () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=123456789012%2F20260101%2Fus-west-2%2Fs3%2Faws4_request';
    const found = identify(request('GET', `/b/k?${query}&X-Amz-Signature=00`));
    expect(found).toMatchObject({ service: 's3', operationName: 'GetObject', region: 'us-west-2' });
    expect(found.accessKeyId).toBe('123456789012');
    expect(found.scope?.place).toBe('query');
  });

  test('SigV4A names no Region in its scope', () => {
    const authorization = 'AWS4-ECDSA-P256-SHA256 Credential=AKIAEXAMPLE/20260101/s3/aws4_request, Signature=00';
    const headers = { authorization, 'x-amz-region-set': 'us-east-1,us-west-2' };
    expect(tell('GET', '/b/k', headers)).toBe('s3:GetObject@us-east-1');
  });

  test('a service that is not in the catalogue says so', () => {
    expect(() => identify(request('POST', '/', signed('bedrock')))).toThrow(UnknownService);
  });
});

describe('identify: unsigned requests', () => {
  test.each([
    ['GET', '/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15', {}, 'sts:AssumeRoleWithWebIdentity@?'],
    ['POST', '/', form, 'sts:?@?'],
    ['POST', '/', { host: 'sqs.eu-west-1.amazonaws.com', ...form }, 'sqs:?@eu-west-1'],
    ['POST', '/', { host: 'eu-west-1.queue.amazonaws.com', ...form }, 'sqs:?@eu-west-1'],
    ['POST', '/', { 'x-amz-target': 'AmazonSQS.ListQueues' }, 'sqs:ListQueues@?'],
    ['GET', '/bucket/key', {}, 's3:GetObject@?'],
    ['GET', '/key', { host: 'bucket.s3.localhost:4566' }, 's3:GetObject@?'],
    ['GET', '/', { host: 'bucket.s3.us-west-2.amazonaws.com' }, 's3:ListObjects@us-west-2'],
    ['GET', '/', { host: 'a.b.s3-us-west-2.amazonaws.com' }, 's3:ListObjects@us-west-2'],
    [
      'GET',
      '/restapis',
      { host: 'apigateway.us-east-1.localhost.localstack.cloud:4566' },
      'api-gateway:GetRestApis@us-east-1',
    ],
    [
      'GET',
      '/v20180820/configuration/publicAccessBlock',
      { host: '123456789012.s3-control.localhost:4566' },
      's3-control:GetPublicAccessBlock@?',
    ],
  ])('%s %s', (method, target, headers, expected) => {
    expect(tell(method, target, headers)).toBe(expected);
  });
});

describe('identify: S3', () => {
  test.each([
    ['GET', '/', 'ListBuckets'],
    ['GET', '/b', 'ListObjects'],
    ['GET', '/b?list-type=2', 'ListObjectsV2'],
    ['GET', '/b/?acl', 'GetBucketAcl'],
    ['GET', '/b?uploads', 'ListMultipartUploads'],
    ['GET', '/b/k?uploadId=1', 'ListParts'],
    ['GET', '/b/k?x-id=ListParts', 'GetObject'],
    ['GET', '/b/k/?acl', 'GetObjectAcl'],
    ['GET', '/b?analytics&id=x', 'GetBucketAnalyticsConfiguration'],
    ['GET', '/b?analytics', 'ListBucketAnalyticsConfigurations'],
    ['PUT', '/b', 'CreateBucket'],
    ['PUT', '/b/k', 'PutObject'],
    ['PUT', '/b/k?partNumber=1&uploadId=x', 'UploadPart'],
    ['POST', '/b?delete', 'DeleteObjects'],
    ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
    ['POST', '/b/k?uploadId=1', 'CompleteMultipartUpload'],
    ['DELETE', '/b/k?uploadId=1', 'AbortMultipartUpload'],
    ['HEAD', '/b', 'HeadBucket'],
    ['HEAD', '/b/k', 'HeadObject'],
  ])('%s %s is %s', (method, target, operation) => {
    expect(identify(request(method, target, signed('s3'))).operationName).toBe(operation);
  });

  test('a copy is told by its header', () => {
    const headers = { ...signed('s3'), 'x-amz-copy-source': '/b/other' };
    expect(identify(request('PUT', '/b/k', headers)).operationName).toBe('CopyObject');
    expect(identify(request('PUT', '/b/k?partNumber=1&uploadId=x', headers)).operationName).toBe('UploadPartCopy');
  });

  test('keys keep their slashes and escapes', () => {
    const { labels } = identify(request('GET', '/b//a%2Fb/?versionId=1', signed('s3')));
    expect(labels).toEqual({ Bucket: 'b', Key: '/a%2Fb/' });
  });

  test('no operation has this method', () => {
    expect(identify(request('PATCH', '/b/k', signed('s3'))).operation).toBeUndefined();
  });
});

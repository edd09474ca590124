import { describe, expect, test } from 'vitest';
import { AwsError } from '../kernel/errors.ts';
import { decodeCbor } from './cbor.ts';
import { encodeError } from './error-writer.ts';
import { modelOf, type Protocol } from './model.ts';

const options = { requestId: 'id-1', hostId: 'host-1' };
const encode = (service: string, protocol: Protocol, error: AwsError, more: object = {}) =>
  encodeError(error, modelOf(service), protocol, { ...options, ...more });

describe('encodeError', () => {
  test('JSON 1.0 names the namespace; services that spoke query carry the old code', () => {
    const response = encode('sqs', 'awsJson1_0', new AwsError('QueueDoesNotExist', undefined, 'Gone.'));
    expect(response.status).toBe(400);
    expect(response.headers).toEqual({
      'x-amzn-RequestId': 'id-1',
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender',
    });
    expect(response.body).toBe('{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"Gone."}');
  });

  test('JSON: members of the model, and errors of the framework', () => {
    const reasons = [{ Code: 'ConditionalCheckFailed', Message: 'No.' }];
    const cancelled = new AwsError('TransactionCanceledException', undefined, 'Why.', { CancellationReasons: reasons });
    expect(JSON.parse(String(encode('dynamodb', 'awsJson1_0', cancelled).body))).toEqual({
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      Message: 'Why.',
      CancellationReasons: reasons,
    });
    const invalid = encode('dynamodb', 'awsJson1_0', new AwsError('ValidationException', 400, 'Bad.'));
    expect(invalid.body).toBe('{"__type":"com.amazon.coral.validate#ValidationException","message":"Bad."}');
  });

  test('JSON 1.1 has the bare name', () => {
    const response = encode('kms', 'awsJson1_1', new AwsError('NotFoundException', undefined, 'None.'));
    expect(response.body).toBe('{"__type":"NotFoundException","message":"None."}');
  });

  test('REST JSON: the name in a header, bound members in theirs', () => {
    const error = new AwsError('TooManyRequestsException', undefined, 'Slow.', {
      retryAfterSeconds: '3',
      Reason: 'CallerRateLimitExceeded',
    });
    const response = encode('lambda', 'restJson1', error);
    expect(response.status).toBe(429);
    expect(response.headers).toMatchObject({ 'x-amzn-errortype': 'TooManyRequestsException', 'retry-after': '3' });
    expect(JSON.parse(String(response.body))).toEqual({ message: 'Slow.', Reason: 'CallerRateLimitExceeded' });
  });

  test('query', () => {
    const response = encode('iam', 'awsQuery', new AwsError('NoSuchEntityException', undefined, 'No <user>.'));
    expect(response.status).toBe(404);
    expect(response.body).toBe(
      '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>' +
        '<Message>No &lt;user&gt;.</Message></Error><RequestId>id-1</RequestId></ErrorResponse>',
    );
  });

  test('EC2', () => {
    const response = encode('ec2', 'ec2Query', new AwsError('InvalidVpcID.NotFound', 400, 'No VPC.'));
    expect(response.body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code>' +
        '<Message>No VPC.</Message></Error></Errors><RequestID>id-1</RequestID></Response>',
    );
  });

  test('S3 is flat, and HEAD has no body', () => {
    const error = new AwsError('NoSuchKey', undefined, 'The specified key does not exist.', { Key: 'a&b' });
    const response = encode('s3', 'restXml', new AwsError(error.code, 404, error.message, error.members));
    expect(response.headers).toMatchObject({ 'x-amz-request-id': 'id-1', 'x-amz-id-2': 'host-1' });
    expect(response.body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>' +
        '<Key>a&amp;b</Key><RequestId>id-1</RequestId><HostId>host-1</HostId></Error>',
    );
    const head = encode('s3', 'restXml', error, { head: true });
    expect(head.body).toBeUndefined();
    expect(head.headers).not.toHaveProperty('content-type');
  });

  test('other REST XML services', () => {
    const response = encode('route-53', 'restXml', new AwsError('NoSuchHostedZone', undefined, 'None.'));
    expect(response.status).toBe(404);
    expect(response.body).toContain(
      '<Error><Type>Sender</Type><Code>NoSuchHostedZone</Code><Message>None.</Message></Error>',
    );
    expect(response.body).toContain('<RequestId>id-1</RequestId>');
  });

  test('CBOR', () => {
    const response = encode('cloudwatch', 'rpcv2Cbor', new AwsError('ResourceNotFoundException', undefined, 'None.'));
    expect(response.headers).toMatchObject({ 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' });
    const body = decodeCbor(response.body as Uint8Array) as Map<string, unknown>;
    expect(body.get('__type')).toBe('com.amazonaws.cloudwatch#ResourceNotFoundException');
    expect([...body.values()]).toContain('None.');
  });

  test('an error of the server is its fault', () => {
    const response = encode('sts', 'awsQuery', new AwsError('InternalFailure', 500, 'Oh.'));
    expect(response.body).toContain('<Type>Receiver</Type>');
  });
});

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../kernel/errors.ts';
import { type BodyIncomplete, bodyOf, emptyBody, type HttpBody, type HttpRequest } from '../kernel/http.ts';
import { NotOfTheModel, setStrict } from './strict.ts';
import { type Decoded, identify, readInput, writeError, writeOutput } from './wire.ts';

const options = { requestId: 'id-1' };
const scope = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/${service}/aws4_request, Signature=00`;

interface Given {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array | HttpBody;
}

const request = (service: string, { method = 'POST', target = '/', headers = {}, body = '' }: Given): HttpRequest => ({
  method,
  target,
  headers: { host: 'localhost:4566', ...(service === '' ? {} : { authorization: scope(service) }), ...headers },
  body: typeof body === 'string' ? bodyOf(Buffer.from(body, 'utf8')) : body instanceof Uint8Array ? bodyOf(body) : body,
  sourceIp: '127.0.0.1',
  secure: false,
});

const target = (name: string): Record<string, string> => ({ 'x-amz-target': name });
const form = { 'content-type': 'application/x-www-form-urlencoded' };

const read = (given: HttpRequest): Decoded => {
  const decoded = readInput(identify(given), given);
  if (decoded instanceof Promise) throw new Error('a body in memory needs no waiting');
  return decoded;
};

/** The error of a request, as it goes out. */
const failure = (given: HttpRequest): { status: number; body: string } => {
  const identification = identify(given);
  try {
    readInput(identification, given);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, body } = writeError(identification, undefined, error, options);
    return { status, body: String(body) };
  }
  throw new Error('nothing went wrong');
};

describe('readInput', () => {
  test('a body in memory is read without waiting; one that comes is awaited', async () => {
    const body = '{"TableName":"t"}';
    const headers = target('DynamoDB_20120810.DescribeTable');
    expect(read(request('dynamodb', { headers, body })).input).toEqual({ TableName: 't' });
    const coming: HttpBody = { ...emptyBody, bytes: async () => Buffer.from(body) };
    const given = request('dynamodb', { headers, body: coming });
    expect((await readInput(identify(given), given)).input).toEqual({ TableName: 't' });
  });

  test('a streaming payload is not touched', async () => {
    const body: HttpBody = {
      lengthBytes: 3,
      bytes: () => {
        throw new Error('read into memory');
      },
      stream: async function* stream() {
        yield Uint8Array.of(1, 2, 3);
      },
    };
    const { input, operation } = read(request('s3', { method: 'PUT', target: '/b/k%20k?x-id=PutObject', body }));
    expect(operation.name).toBe('PutObject');
    expect(input).toMatchObject({ Bucket: 'b', Key: 'k k' });
    const chunks: Uint8Array[] = [];
    for await (const chunk of input.Body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([1, 2, 3]));
  });

  test('gzip bodies are unpacked; a bomb is not', () => {
    const headers = { ...target('GraniteServiceVersion20100801.PutMetricData'), 'content-encoding': 'gzip' };
    const body = gzipSync('{"Namespace":"n"}');
    expect(read(request('monitoring', { headers, body })).input).toEqual({ Namespace: 'n' });
    const bomb = gzipSync(Buffer.alloc(64 * 1_048_576));
    expect(failure(request('monitoring', { headers, body: bomb })).status).toBe(413);
    expect(failure(request('monitoring', { headers, body: 'no gzip' })).status).toBe(400);
  });

  test('a body has a largest size', () => {
    const headers = target('AmazonSQS.SendMessage');
    expect(failure(request('sqs', { headers, body: ' '.repeat(11 * 1_048_576) }))).toMatchObject({ status: 413 });
    const large = { method: 'POST', target: '/b/k?uploadId=1', body: ' '.repeat(11 * 1_048_576) };
    expect(failure(request('s3', large)).body).toContain('<Code>MaxMessageLengthExceeded</Code>');
  });

  test('an older SQS client names the queue by its path', () => {
    const given = request('sqs', {
      target: '/000000000000/q',
      headers: form,
      body: 'Action=SendMessage&MessageBody=x',
    });
    expect(read(given).input).toEqual({ MessageBody: 'x', QueueUrl: 'http://localhost:4566/000000000000/q' });
  });

  test('the version in a body tells services of one name apart', () => {
    const body = 'Action=DescribeLoadBalancers&Version=2012-06-01';
    const given = request('elasticloadbalancing', { headers: form, body });
    expect(read(given).operation.service.service).toBe('elastic-load-balancing');
    const unsigned = request('', { headers: form, body: 'Action=ListUsers&Version=2010-05-08' });
    expect(read(unsigned).operation.service.service).toBe('iam');
  });

  test('a virtual host names the bucket', () => {
    for (const host of ['b.s3.localhost:4566', 'b.s3.us-east-1.amazonaws.com', 'b.localhost:4566']) {
      const given = request('s3', { method: 'HEAD', target: '/a//k/', headers: { host } });
      expect(read(given).input).toMatchObject({ Bucket: 'b', Key: 'a//k/' });
    }
  });

  test('an older client lists SES identities by GET', () => {
    const target = '/v2/email/identities?PageSize=5&NextToken=t';
    const { operation, input } = read(request('ses', { method: 'GET', target }));
    expect(operation.name).toBe('ListEmailIdentities');
    expect(input).toEqual({ PageSize: 5, NextToken: 't' });
  });

  test('headers: prefixes, lists, dates', () => {
    const headers = {
      'x-amz-meta-colour': 'blue',
      'if-modified-since': 'Thu, 29 Feb 2024 12:34:56 GMT',
      'x-amz-object-attributes': 'ETag,"Object,Size"',
    };
    const put = read(request('s3', { method: 'PUT', target: '/b/k', headers }));
    expect(put.input.Metadata).toEqual({ colour: 'blue' });
    const get = read(request('s3', { method: 'GET', target: '/b/k', headers }));
    expect(get.input.IfModifiedSince).toEqual(new Date('2024-02-29T12:34:56Z'));
    const attributes = read(request('s3', { method: 'GET', target: '/b/k?attributes', headers }));
    expect(attributes.input.ObjectAttributes).toEqual(['ETag', 'Object,Size']);
  });
});

describe('requests that cannot be read', () => {
  test.each([
    ['dynamodb', { headers: target('DynamoDB_20120810.Nothing') }, 400, 'UnknownOperationException'],
    ['sqs', { headers: form, body: 'Action=Nothing' }, 400, 'The action Nothing is not valid for this endpoint.'],
    [
      'sts',
      { headers: form, body: 'Action=Nothing&Version=2011-06-15' },
      400,
      'Could not find operation Nothing for version 2011-06-15',
    ],
    [
      'ec2',
      { headers: form, body: 'Action=Nothing&Version=2016-11-15' },
      400,
      'The action Nothing is not valid for this web service.',
    ],
    ['iam', { headers: form, body: 'Version=2010-05-08' }, 400, 'MissingAction'],
    ['s3', { method: 'PATCH', target: '/b/k' }, 405, '<Code>MethodNotAllowed</Code>'],
    ['lambda', { method: 'GET', target: '/nothing' }, 404, 'The requested operation is not known.'],
    ['route53', { method: 'GET', target: '/nothing' }, 404, 'UnknownOperationException'],
    [
      'dynamodb',
      { headers: target('DynamoDB_20120810.PutItem'), body: '{"TableName":1}' },
      400,
      'NUMBER_VALUE cannot be converted to String',
    ],
    [
      'kms',
      { headers: target('TrentService.Encrypt'), body: '{"KeyId":1}' },
      400,
      'NUMBER_VALUE can not be converted to a String',
    ],
    ['s3', { method: 'PUT', target: '/b?tagging', body: '<Tagging><TagSet>' }, 400, '<Code>MalformedXML</Code>'],
    ['s3', { method: 'PUT', target: '/b?tagging', body: '<Other/>' }, 400, '<Code>MalformedXML</Code>'],
    ['s3', { method: 'GET', target: '/b?list-type=2&max-keys=ten' }, 400, '<ArgumentName>max-keys</ArgumentName>'],
    ['s3', { method: 'GET', target: '/b/%E0%A4%A' }, 400, '<Code>InvalidURI</Code>'],
  ] as const)('%s %#', (service, given, status, text) => {
    const answer = failure(request(service, given));
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(text);
  });

  test('a client that went away', async () => {
    const { BodyIncomplete: Incomplete } = await import('../kernel/http.ts');
    const body: HttpBody = {
      ...emptyBody,
      bytes: () => Promise.reject<Uint8Array>(new Incomplete() satisfies BodyIncomplete),
    };
    const given = request('s3', { method: 'PUT', target: '/b?tagging', body });
    await expect(readInput(identify(given), given)).rejects.toMatchObject({ code: 'IncompleteBody', status: 400 });
  });

  test('whatever comes, the answer is an AWS error', () => {
    const services = ['sqs', 'dynamodb', 'iam', 'ec2', 's3', 'lambda', 'monitoring', 'route53', 'kinesis', ''];
    const heads = [
      {},
      form,
      target('DynamoDB_20120810.PutItem'),
      target('AmazonSQS.SendMessageBatch'),
      target('x'),
      { 'smithy-protocol': 'rpc-v2-cbor' },
      { 'content-encoding': 'gzip' },
    ];
    const paths = [
      '/',
      '/b/k?uploadId=1',
      '/b?delete',
      '/service/GraniteServiceVersion20100801/operation/PutMetricData',
      '/2015-03-31/functions',
      '/2013-04-01/hostedzone',
    ];
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .constantFrom('<a><b/>', 'Action=RunInstances&A.1.B.2=x', '{"Item":{"a":{"L":[{"M":{}}]}}}', '\xa1')
        .map((text) => Buffer.from(text)),
    );
    const hostile = fc.oneof(
      fc.constantFrom(...paths),
      fc.webPath(),
      fc.string().map((text) => `/${text}`),
    );
    const methods = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS');
    const property = fc.property(
      fc.constantFrom(...services),
      fc.constantFrom(...heads),
      methods,
      hostile,
      bodies,
      (service, headers, method, path, body) => {
        const given = request(service, { method, target: path, headers, body });
        try {
          read(given);
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          expect(error.status).toBeLessThan(502);
        }
      },
    );
    fc.assert(property, { numRuns: 3_000, seed: 1 });
  });
});

describe('writeOutput', () => {
  const operation = (given: HttpRequest): Decoded => read(given);

  test('query answers carry the request id', () => {
    const given = request('sts', { headers: form, body: 'Action=GetCallerIdentity&Version=2011-06-15' });
    const output = { UserId: 'A', Account: '000000000000', Arn: 'arn' };
    const response = writeOutput(identify(given), operation(given).operation, output, options);
    expect(response).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/xml', 'x-amzn-RequestId': 'id-1' },
    });
    expect(response.body).toBe(
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>A</UserId>' +
        '<Account>000000000000</Account><Arn>arn</Arn></GetCallerIdentityResult>' +
        '<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
    );
  });

  test('strict writing refuses what the model does not know', () => {
    const given = request('sqs', { headers: target('AmazonSQS.GetQueueUrl'), body: '{"QueueName":"q"}' });
    const { operation: found } = read(given);
    const output = { QueueUrl: 'u', Secret: 1 };
    setStrict(true);
    expect(() => writeOutput(identify(given), found, output, options)).toThrow(NotOfTheModel);
    setStrict(false);
    expect(writeOutput(identify(given), found, output, options).body).toBe('{"QueueUrl":"u"}');
  });

  test('no header can be smuggled in a value', () => {
    const given = request('s3', { method: 'GET', target: '/b/k' });
    const output = { ContentDisposition: 'a\r\nx-evil: 1', Metadata: { k: '箱' } };
    const { headers } = writeOutput(identify(given), read(given).operation, output, options);
    expect(headers['content-disposition']).toBe('a x-evil: 1');
    expect(Buffer.from(String(headers['x-amz-meta-k']), 'latin1').toString('utf8')).toBe('箱');
  });

  test("GetBucketLocation's answer is text in the root element", () => {
    const given = request('s3', { method: 'GET', target: '/b?location' });
    const write = (output: object): unknown =>
      writeOutput(identify(given), read(given).operation, output, options).body;
    expect(write({ LocationConstraint: 'eu-west-1' })).toContain(
      '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>',
    );
    expect(write({})).toContain('<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');
  });
});

// Older clients speak the query protocol: forms in, XML out, the queue named by the path.
import { expect, test } from 'vitest';
import { bodyOf } from '../../../kernel/http.ts';
import { createQueue, type Fixture, startFixture } from './fixture.ts';

const authorization =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0';

async function post(
  { cloud }: Fixture,
  path: string,
  form: Record<string, string>,
): Promise<{ status: number; xml: string }> {
  const body = new URLSearchParams({ Version: '2012-11-05', ...form }).toString();
  const headers = { host: 'localhost:4566', authorization, 'content-type': 'application/x-www-form-urlencoded' };
  const request = {
    method: 'POST',
    target: path,
    headers,
    body: bodyOf(Buffer.from(body)),
    sourceIp: '127.0.0.1',
    secure: false,
  };
  const answer = await cloud.inside.handle(request);
  return { status: answer.status, xml: String(answer.body) };
}

const textOf = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

test('query protocol: create, send, receive, delete, with attributes in numbered pairs', async () => {
  await using fixture = await startFixture();
  const created = await post(fixture, '/', {
    Action: 'CreateQueue',
    QueueName: 'old',
    'Attribute.1.Name': 'VisibilityTimeout',
    'Attribute.1.Value': '9',
  });
  expect(textOf(created.xml, 'QueueUrl')).toBe('http://localhost:4566/000000000000/old');
  const queue = '/000000000000/old';
  const sent = await post(fixture, queue, {
    Action: 'SendMessage',
    MessageBody: 'a<b&c',
    'MessageAttribute.1.Name': 'x',
    'MessageAttribute.1.Value.DataType': 'String',
    'MessageAttribute.1.Value.StringValue': 'y',
  });
  const received = await post(fixture, queue, {
    Action: 'ReceiveMessage',
    'AttributeName.1': 'SentTimestamp',
    'MessageAttributeName.1': 'All',
  });
  expect(received.xml).toContain('<ReceiveMessageResult><Message><MessageId>');
  expect(textOf(received.xml, 'Body')).toBe('a&lt;b&amp;c');
  expect(received.xml).toContain('<Attribute><Name>SentTimestamp</Name><Value>1767225600000</Value></Attribute>');
  expect(textOf(received.xml, 'MD5OfMessageAttributes')).toBe(textOf(sent.xml, 'MD5OfMessageAttributes'));
  expect(received.xml).toContain('<MessageAttribute><Name>x</Name><Value>');
  const ReceiptHandle = textOf(received.xml, 'ReceiptHandle') as string;
  expect((await post(fixture, queue, { Action: 'DeleteMessage', ReceiptHandle })).status).toBe(200);
});

test('query protocol: errors have their older names', async () => {
  await using fixture = await startFixture();
  await createQueue(fixture.sqs, 'q', { VisibilityTimeout: '1' });
  const refusal = async (path: string, form: Record<string, string>) => {
    const { status, xml } = await post(fixture, path, form);
    return [status, textOf(xml, 'Code'), textOf(xml, 'Type')];
  };
  const queue = '/000000000000/q';
  expect(await refusal('/000000000000/none', { Action: 'PurgeQueue' })).toEqual([
    400,
    'AWS.SimpleQueueService.NonExistentQueue',
    'Sender',
  ]);
  expect(await refusal(queue, { Action: 'ReceiveMessage', MaxNumberOfMessages: '11' })).toEqual([
    400,
    'InvalidParameterValue',
    'Sender',
  ]);
  expect(await refusal(queue, { Action: 'DeleteMessage', ReceiptHandle: 'fake' })).toEqual([
    404,
    'ReceiptHandleIsInvalid',
    'Sender',
  ]);
  expect(await refusal(queue, { Action: 'SendMessage' })).toEqual([400, 'MissingParameter', 'Sender']);
  const other = {
    Action: 'CreateQueue',
    QueueName: 'q',
    'Attribute.1.Name': 'VisibilityTimeout',
    'Attribute.1.Value': '2',
  };
  expect(await refusal('/', other)).toEqual([400, 'QueueAlreadyExists', 'Sender']);
});

test('JSON protocol: errors carry both names (recorded)', async () => {
  await using fixture = await startFixture();
  const QueueUrl = await createQueue(fixture.sqs, 'q');
  const raw = async (target: string, input: object) => {
    const headers = {
      host: 'localhost',
      authorization,
      'x-amz-target': `AmazonSQS.${target}`,
      'content-type': 'application/x-amz-json-1.0',
    };
    const body = bodyOf(Buffer.from(JSON.stringify(input)));
    const answer = await fixture.cloud.inside.handle({
      method: 'POST',
      target: '/',
      headers,
      body,
      sourceIp: '::1',
      secure: false,
    });
    return [
      answer.status,
      answer.headers['x-amzn-query-error'],
      (JSON.parse(String(answer.body)) as { __type: string }).__type,
    ];
  };
  expect(await raw('PurgeQueue', { QueueUrl: `${QueueUrl}x` })).toEqual([
    400,
    'AWS.SimpleQueueService.NonExistentQueue;Sender',
    'com.amazonaws.sqs#QueueDoesNotExist',
  ]);
  expect(await raw('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 0 })).toEqual([
    400,
    'InvalidParameterValue;Sender',
    'com.amazon.coral.service#InvalidParameterValueException',
  ]);
});

test('query protocol: a client that accepts JSON gets it, absent members as null, errors too; so does one of STS', async () => {
  await using fixture = await startFixture();
  await createQueue(fixture.sqs, 'old');
  const ask = async (target: string, headers: Record<string, string>) => {
    const request = { method: 'GET', target, body: bodyOf(new Uint8Array()), sourceIp: '127.0.0.1', secure: false };
    const all = { host: 'localhost:4566', accept: 'application/json, text/plain, */*', ...headers };
    const answer = await fixture.cloud.inside.handle({ ...request, headers: all });
    expect(answer.headers['content-type']).toBe('application/json');
    return { status: answer.status, json: JSON.parse(String(answer.body)) };
  };
  const queue = '/000000000000/old?Version=2012-11-05&Action=';
  const sent = await ask(`${queue}SendMessage&MessageBody=hello`, { authorization });
  const RequestId = expect.stringMatching(/^[0-9a-f-]{36}$/);
  expect(sent.json).toEqual({
    SendMessageResponse: {
      SendMessageResult: {
        MD5OfMessageAttributes: null,
        MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592',
        MD5OfMessageSystemAttributes: null,
        MessageId: expect.any(String),
        SequenceNumber: null,
      },
      ResponseMetadata: { RequestId },
    },
  });
  const received = await ask(`${queue}ReceiveMessage&AttributeName.1=ApproximateReceiveCount`, { authorization });
  expect(received.json.ReceiveMessageResponse.ReceiveMessageResult.messages).toEqual([
    expect.objectContaining({
      Attributes: [{ Name: 'ApproximateReceiveCount', Value: '1' }],
      Body: 'hello',
      MessageAttributes: null,
    }),
  ]);
  const empty = await ask(`${queue}ReceiveMessage`, { authorization });
  expect(empty.json.ReceiveMessageResponse.ReceiveMessageResult).toEqual({ messages: null });
  const refused = await ask('/000000000000/none?Version=2012-11-05&Action=ReceiveMessage', { authorization });
  expect([refused.status, refused.json]).toEqual([
    400,
    {
      Error: {
        Code: 'AWS.SimpleQueueService.NonExistentQueue',
        Message: expect.stringContaining('The specified queue does not exist'),
        Type: 'Sender',
      },
      RequestId,
    },
  ]);
  const who = await ask('/?Version=2011-06-15&Action=GetCallerIdentity', {
    authorization: authorization.replace('/sqs/', '/sts/'),
  });
  expect(who.json.GetCallerIdentityResponse.GetCallerIdentityResult.Account).toBe('000000000000');
});

test('query protocol: an unsigned request for the URL of a queue is for SQS, whose policy decides', async () => {
  await using fixture = await startFixture();
  const QueueUrl = await createQueue(fixture.sqs, 'open');
  const ask = async () => {
    const target = '/000000000000/open?Action=SendMessage&MessageBody=hello';
    const headers = { host: 'localhost:4566' };
    const request = {
      method: 'GET',
      target,
      headers,
      body: bodyOf(new Uint8Array()),
      sourceIp: '127.0.0.1',
      secure: false,
    };
    const answer = await fixture.cloud.inside.handle(request);
    return [answer.status, textOf(String(answer.body), answer.status === 200 ? 'MD5OfMessageBody' : 'Code')];
  };
  expect(await ask()).toEqual([403, 'MissingAuthenticationToken']);
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await fixture.sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } });
  expect(await ask()).toEqual([200, '5d41402abc4b2a76b9719d911017c592']);
});

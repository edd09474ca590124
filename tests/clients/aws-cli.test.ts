// The aws command against a listening cloud.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';
import { findTool, run, suiteOf } from './tool.ts';

const cli = suiteOf(findTool('aws CLI', 'aws', ['--version']));
let cloud: RunningCloud;
let folder: string;

beforeAll(async () => {
  cloud = await startCloud({ seed: 1, strict: true });
  await cloud.listen();
  folder = await mkdtemp(join(tmpdir(), 'hakoniwa-cli-'));
});
afterAll(async () => {
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

/** `aws …`: what it prints as JSON. */
async function aws(...words: string[]) {
  const { code, out, err } = await run('aws', ['--endpoint-url', cloud.endpoint, '--output', 'json', ...words], {
    folder,
  });
  expect(err).toBe('');
  expect(code).toBe(0);
  return out === '' ? undefined : JSON.parse(out);
}

/** `aws …`: the error that it tells. */
async function refusal(...words: string[]): Promise<string> {
  const { code, err } = await run('aws', ['--endpoint-url', cloud.endpoint, ...words], { folder });
  expect(code).not.toBe(0);
  return err.trim();
}

cli.test('aws sts: who calls', async () => {
  expect(await aws('sts', 'get-caller-identity')).toMatchObject({ Account: '000000000000' });
});

cli.test('aws sqs: a message goes in and comes out, with its attributes', async () => {
  const { QueueUrl } = await aws('sqs', 'create-queue', '--queue-name', 'jobs', '--attributes', 'VisibilityTimeout=7');
  expect(QueueUrl).toBe(`${cloud.endpoint}/000000000000/jobs`);
  const attributes = '{"kind":{"DataType":"String","StringValue":"new"}}';
  await aws(
    'sqs',
    'send-message',
    '--queue-url',
    QueueUrl,
    '--message-body',
    'héllo',
    '--message-attributes',
    attributes,
  );
  const { Messages } = await aws('sqs', 'receive-message', '--queue-url', QueueUrl, '--message-attribute-names', 'All');
  expect(Messages[0]).toMatchObject({ Body: 'héllo', MessageAttributes: { kind: { StringValue: 'new' } } });
  await aws('sqs', 'delete-message', '--queue-url', QueueUrl, '--receipt-handle', Messages[0].ReceiptHandle);
  const asked = ['--queue-url', QueueUrl, '--attribute-names', 'All'];
  const { Attributes } = await aws('sqs', 'get-queue-attributes', ...asked);
  expect(Attributes).toMatchObject({ VisibilityTimeout: '7', ApproximateNumberOfMessagesNotVisible: '0' });
  expect(await refusal('sqs', 'get-queue-url', '--queue-name', 'nothing')).toContain(
    '(AWS.SimpleQueueService.NonExistentQueue)',
  );
});

cli.test('aws s3: files are copied up, listed, and copied down', async () => {
  await aws(
    's3api',
    'create-bucket',
    '--bucket',
    'shelf',
    '--create-bucket-configuration',
    'LocationConstraint=eu-west-1',
  );
  await writeFile(join(folder, 'up.txt'), 'hello');
  await run('aws', ['--endpoint-url', cloud.endpoint, 's3', 'cp', 'up.txt', 's3://shelf/a/b.txt'], { folder });
  const { Contents } = await aws('s3api', 'list-objects-v2', '--bucket', 'shelf');
  expect(Contents).toMatchObject([{ Key: 'a/b.txt', Size: 5 }]);
  await run('aws', ['--endpoint-url', cloud.endpoint, 's3', 'sync', 's3://shelf', 'down'], { folder });
  expect(await readFile(join(folder, 'down/a/b.txt'), 'utf8')).toBe('hello');
});

cli.test('aws iam: a user, a policy, and what the policy allows', async () => {
  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'sqs:*', Resource: '*' } };
  await writeFile(join(folder, 'policy.json'), JSON.stringify(document));
  await aws('iam', 'create-user', '--user-name', 'ann');
  await aws(
    'iam',
    'put-user-policy',
    '--user-name',
    'ann',
    '--policy-name',
    'p',
    '--policy-document',
    'file://policy.json',
  );
  expect(await aws('iam', 'get-user-policy', '--user-name', 'ann', '--policy-name', 'p')).toMatchObject({
    PolicyDocument: document,
  });
  const { AccessKey } = await aws('iam', 'create-access-key', '--user-name', 'ann');
  const env = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey };
  const asAnn = (...words: string[]) => run('aws', ['--endpoint-url', cloud.endpoint, ...words], { folder, env });
  expect((await asAnn('sqs', 'list-queues')).code).toBe(0);
  expect((await asAnn('iam', 'list-users')).err).toContain('An error occurred (AccessDenied)');
});

cli.test('aws dynamodb: an item goes in and comes out', async () => {
  const schema = [
    '--attribute-definitions',
    'AttributeName=id,AttributeType=S',
    '--key-schema',
    'AttributeName=id,KeyType=HASH',
  ];
  await aws('dynamodb', 'create-table', '--table-name', 'things', ...schema, '--billing-mode', 'PAY_PER_REQUEST');
  await cloud.clock.advance(30);
  await aws('dynamodb', 'wait', 'table-exists', '--table-name', 'things');
  await aws('dynamodb', 'put-item', '--table-name', 'things', '--item', '{"id":{"S":"1"},"n":{"N":"7"}}');
  const { Item } = await aws('dynamodb', 'get-item', '--table-name', 'things', '--key', '{"id":{"S":"1"}}');
  expect(Item).toEqual({ id: { S: '1' }, n: { N: '7' } });
});

cli.report();

// boto3 against a listening cloud: one program of Python, whose assertions are its own.
import { afterAll, beforeAll, expect } from 'vitest';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';
import { findTool, run, suiteOf } from './tool.ts';

const boto3 = suiteOf(findTool('boto3', 'python3', ['-c', 'import boto3']));
let cloud: RunningCloud;

beforeAll(async () => {
  cloud = await startCloud({ seed: 1, strict: true });
  await cloud.listen();
});
afterAll(() => cloud.close());

const program = (name: string): string => new URL(`./python/${name}.py`, import.meta.url).pathname;

for (const [name, title] of [
  ['queues', 'boto3 sqs: send, receive, batches, FIFO, dead letters, by JSON and by query'],
  ['buckets', 'boto3 s3: objects, pages, multipart uploads, presigned URLs'],
  ['identities', 'boto3 iam and sts: users, roles, sessions, and what they may do'],
  ['metrics', 'boto3 cloudwatch: data, statistics, metric math, alarms, pages, errors'],
  ['tables', 'boto3 dynamodb: items, conditions, queries, the resource interface'],
] as const)
  boto3.test(title, async () => {
    const { code, out, err } = await run('python3', ['-W', 'ignore', program(name), cloud.endpoint]);
    expect(err).toBe('');
    expect(out.trim()).toBe('ok');
    expect(code).toBe(0);
  });

boto3.report();

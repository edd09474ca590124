// Terraform with the AWS provider against a listening cloud: a configuration as teams write them goes up, stays as it is, and goes down.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListPoliciesCommand, ListRolesCommand, ListUsersCommand, IAMClient } from '@aws-sdk/client-iam';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect } from 'vitest';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';
import { findTerraform } from './provider.ts';
import { run, suiteOf } from './tool.ts';

const tool = findTerraform();
const terraform = suiteOf(tool);
let cloud: RunningCloud;
let folder: string;

beforeAll(async () => {
  // What takes minutes in AWS (a table's expiry, the end of a linked role) takes seconds here; the provider's own waits remain.
  cloud = await startCloud({ seed: 1, strict: true, clock: { kind: 'scaled', factor: 30 } });
  await cloud.listen();
  folder = await mkdtemp(join(tmpdir(), 'hakoniwa-terraform-'));
  await cp(new URL('./terraform', import.meta.url).pathname, folder, { recursive: true });
  const installation = `provider_installation {\n  filesystem_mirror { path = ${JSON.stringify(tool.mirror)} }\n}\n`;
  if (tool.mirror !== undefined) await writeFile(join(folder, 'cli.rc'), installation);
});
afterAll(async () => {
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

/** `terraform …`, and its exit code. */
async function tf(...words: string[]): Promise<{ readonly code: number; readonly text: string }> {
  const own = tool.mirror === undefined ? {} : { TF_CLI_CONFIG_FILE: join(folder, 'cli.rc') };
  const env = { ...own, TF_VAR_endpoint: cloud.endpoint, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' };
  const { code, out, err } = await run('terraform', words, { folder, env });
  return { code, text: out + err };
}

async function succeeds(...words: string[]): Promise<string> {
  const { code, text } = await tf(...words, '-no-color', '-input=false');
  expect(code, text).toBe(0);
  return text;
}

terraform.test(
  'terraform: buckets, queues, a table, users, roles, policies and alarms: apply, an empty plan, destroy',
  async () => {
    await succeeds('init');
    expect(await succeeds('apply', '-auto-approve', '-parallelism=30')).toContain('Apply complete!');

    // Exit code 2 would tell of changes.
    const plan = await tf('plan', '-detailed-exitcode', '-no-color', '-input=false');
    expect(plan.code, plan.text).toBe(0);

    const iam = cloud.client(IAMClient);
    expect((await iam.send(new ListUsersCommand({}))).Users?.map(({ UserName }) => UserName)).toEqual([
      'ann',
      'bob',
      'eve',
    ]);
    const { QueueUrls } = await cloud.client(SQSClient, { region: 'eu-west-1' }).send(new ListQueuesCommand({}));
    expect(QueueUrls).toHaveLength(6);

    expect(await succeeds('destroy', '-auto-approve', '-parallelism=30')).toContain('Destroy complete!');
    expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([]);
    expect((await iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
    expect((await iam.send(new ListPoliciesCommand({ Scope: 'Local' }))).Policies).toEqual([]);
    expect((await cloud.client(S3Client).send(new ListBucketsCommand({}))).Buckets).toEqual([]);
  },
  240_000,
);

terraform.report();

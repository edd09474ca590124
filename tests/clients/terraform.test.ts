// Terraform with the AWS provider against a listening cloud: a configuration as teams write them goes up, stays as it is, and goes down.
import { DescribeInstancesCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListPoliciesCommand, ListRolesCommand, ListUsersCommand, IAMClient } from '@aws-sdk/client-iam';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect } from 'vitest';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';
import { findTerraform } from './provider.ts';
import { suiteOf } from './tool.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

const tool = findTerraform();
const terraform = suiteOf(tool);
let cloud: RunningCloud;
let workspace: Workspace;

beforeAll(async () => {
  // What takes minutes in AWS (a table's expiry, the end of a linked role) takes seconds here; the provider's own waits remain.
  cloud = await startCloud({ seed: 1, strict: true, clock: { kind: 'scaled', factor: 30 } });
  await cloud.listen();
  workspace = await openWorkspace(tool, new URL('./terraform', import.meta.url), cloud.endpoint);
});
afterAll(async () => {
  await cloud.close();
  await workspace.remove();
});

terraform.test(
  'terraform: buckets, queues, a table, users, roles, policies, alarms and servers: apply, an empty plan, destroy',
  async () => {
    const { succeeds } = workspace;
    await succeeds('init');
    expect(await succeeds('apply', '-auto-approve', '-parallelism=30')).toContain('Apply complete!');

    await workspace.isSettled();

    const iam = cloud.client(IAMClient);
    expect((await iam.send(new ListUsersCommand({}))).Users?.map(({ UserName }) => UserName)).toEqual([
      'ann',
      'bob',
      'eve',
    ]);
    const { QueueUrls } = await cloud.client(SQSClient, { region: 'eu-west-1' }).send(new ListQueuesCommand({}));
    expect(QueueUrls).toHaveLength(6);
    const ec2 = cloud.client(EC2Client, { region: 'eu-west-1' });
    const running = { Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running'] }] };
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand(running));
    expect(new Set(Reservations.flatMap(({ Instances = [] }) => Instances.map((one) => one.Architecture)))).toEqual(
      new Set(['x86_64']),
    );

    expect(await succeeds('destroy', '-auto-approve', '-parallelism=30')).toContain('Destroy complete!');
    expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([]);
    expect((await iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
    expect((await iam.send(new ListPoliciesCommand({ Scope: 'Local' }))).Policies).toEqual([]);
    expect((await ec2.send(new DescribeInstancesCommand(running))).Reservations).toEqual([]);
    expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.map(({ IsDefault }) => IsDefault)).toEqual([true]);
    expect((await cloud.client(S3Client).send(new ListBucketsCommand({}))).Buckets).toEqual([]);
  },
  360_000,
);

terraform.report();

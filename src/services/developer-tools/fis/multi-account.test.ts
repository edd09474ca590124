import { EC2 } from '@aws-sdk/client-ec2';
import { Fis } from '@aws-sdk/client-fis';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { clientOf, refusal } from '../../networking/vpc/ec2.fixture.ts';
import { type Fixture, startFixture, statesOf } from './fixture.ts';

const other = '111122223333';
const stopAll = { stop: { actionId: 'aws:ec2:stop-instances', targets: { Instances: 'web' } } };
const web = (selectionMode: string) => ({
  web: { resourceType: 'aws:ec2:instance', resourceTags: { role: 'web' }, selectionMode },
});

/** A second account with running servers and a role that trusts the experiments' role; its client and the role. */
async function addAccount({ cloud, roleArn }: Fixture, count: number): Promise<{ ec2: EC2; roleArn: string }> {
  const ec2 = clientOf(cloud, other);
  const iam = cloud.client(IAM, { credentials: { accessKeyId: other, secretAccessKey: 'test' } });
  const { Role } = await iam.createRole({
    RoleName: 'target',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: roleArn }, Action: 'sts:AssumeRole' }],
    }),
  });
  await iam.putRolePolicy({
    RoleName: 'target',
    PolicyName: 'stop',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['ec2:DescribeInstances', 'ec2:StopInstances'], Resource: '*' }],
    }),
  });
  await ec2.runInstances({
    ImageId: 'ami-0ed094fb1304fd857',
    InstanceType: 't3.micro',
    MinCount: count,
    MaxCount: count,
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'role', Value: 'web' }] }],
  });
  await cloud.clock.advance(10);
  return { ec2, roleArn: Role?.Arn as string };
}

const makeTemplate = async (fis: Fis, roleArn: string, accountTargeting: 'multi-account' | 'single-account') =>
  (
    await fis.createExperimentTemplate({
      description: 'drill',
      roleArn,
      stopConditions: [{ source: 'none' }],
      actions: stopAll,
      targets: web('COUNT(1)'),
      experimentOptions: { accountTargeting },
    })
  ).experimentTemplate?.id as string;

test('StartExperiment: a multi-account experiment acts in each target account, as its role there', async () => {
  await using fixture = await startFixture();
  const { fis, cloud, ec2, roleArn } = fixture;
  await fixture.launch(0, 2);
  const there = await addAccount(fixture, 2);
  const experimentTemplateId = await makeTemplate(fis, roleArn, 'multi-account');
  expect((await refusal(fis.startExperiment({ experimentTemplateId })))[0]).toBe('ValidationException');
  const given = { experimentTemplateId, accountId: other, roleArn: there.roleArn };
  await fis.createTargetAccountConfiguration(given);
  const started = (await fis.startExperiment({ experimentTemplateId })).experiment;
  await cloud.clock.advance(30);
  const ended = await fixture.experiment(started?.id);
  expect(ended.state).toMatchObject({ status: 'completed' });
  expect(ended.targetAccountConfigurationsCount).toBe(1);
  expect(Object.values(await statesOf(ec2))).toEqual(['running', 'running']);
  expect(Object.values(await statesOf(there.ec2)).toSorted()).toEqual(['running', 'stopped']);
  const experimentId = started?.id as string;
  const { resolvedTargets } = await fis.listExperimentResolvedTargets({ experimentId });
  expect(resolvedTargets?.map(({ targetInformation }) => targetInformation?.['arn'])).toEqual([
    expect.stringMatching(new RegExp(`^arn:aws:ec2:us-east-1:${other}:instance/i-`)),
  ]);
  await fis.deleteTargetAccountConfiguration({ experimentTemplateId, accountId: other });
  expect(await fis.getExperimentTargetAccountConfiguration({ experimentId, accountId: other })).toMatchObject({
    targetAccountConfiguration: { roleArn: there.roleArn },
  });
  const { targetAccountConfigurations } = await fis.listExperimentTargetAccountConfigurations({ experimentId });
  expect(targetAccountConfigurations).toHaveLength(1);
});

test('StartExperiment: a target account whose role does not trust the experiment’s fails it, and is named', async () => {
  await using fixture = await startFixture();
  const { fis, cloud, roleArn } = fixture;
  const experimentTemplateId = await makeTemplate(fis, roleArn, 'multi-account');
  const absent = { accountId: other, roleArn: `arn:aws:iam::${other}:role/absent` };
  await fis.createTargetAccountConfiguration({ experimentTemplateId, ...absent });
  const started = (await fis.startExperiment({ experimentTemplateId })).experiment;
  await cloud.clock.advance(5);
  expect((await fixture.experiment(started?.id)).state).toMatchObject({
    status: 'failed',
    error: { accountId: other, code: 'Unauthorized' },
  });
});

test('CreateTargetAccountConfiguration: one for each account of a multi-account template, changed and deleted', async () => {
  await using fixture = await startFixture();
  const { fis, roleArn } = fixture;
  const single = await makeTemplate(fis, roleArn, 'single-account');
  const experimentTemplateId = await makeTemplate(fis, roleArn, 'multi-account');
  const name = { experimentTemplateId, accountId: other };
  const given = { ...name, roleArn: `arn:aws:iam::${other}:role/a`, description: 'second' };
  const create = (more: object) => fis.createTargetAccountConfiguration({ ...given, ...more });
  expect((await refusal(create({ experimentTemplateId: single })))[0]).toBe('ValidationException');
  expect((await refusal(create({ roleArn })))[0]).toBe('ValidationException');
  await create({ clientToken: 'once' });
  await create({ clientToken: 'once' });
  expect((await refusal(create({})))[0]).toBe('ConflictException');
  await fis.updateTargetAccountConfiguration({ ...name, description: 'changed' });
  expect((await fis.getTargetAccountConfiguration(name)).targetAccountConfiguration).toEqual({
    accountId: other,
    roleArn: given.roleArn,
    description: 'changed',
  });
  expect(
    (await fis.listTargetAccountConfigurations({ experimentTemplateId })).targetAccountConfigurations,
  ).toHaveLength(1);
  const shown = await fis.getExperimentTemplate({ id: experimentTemplateId });
  expect(shown.experimentTemplate?.targetAccountConfigurationsCount).toBe(1);
  await fis.deleteTargetAccountConfiguration(name);
  expect((await refusal(fis.getTargetAccountConfiguration(name)))[0]).toBe('ResourceNotFoundException');
});

test('Experiment log: what it did lies in the bucket when it is over', async () => {
  await using fixture = await startFixture();
  const { fis, cloud, start } = fixture;
  const [id] = await fixture.launch(0, 1);
  const s3 = cloud.client(S3);
  await s3.createBucket({ Bucket: 'drills' });
  const experiment = await start({
    actions: stopAll,
    targets: web('ALL'),
    logConfiguration: { logSchemaVersion: 2, s3Configuration: { bucketName: 'drills', prefix: 'fis' } },
  });
  await cloud.clock.advance(30);
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'drills' });
  const name = `000000000000_awsfislogs_us-east-1_${experiment.id}_20260101T0000Z`;
  expect(Contents.map(({ Key }) => Key)).toEqual([
    expect.stringMatching(
      new RegExp(`^fis/AWSLogs/000000000000/fis/us-east-1/${experiment.id}/2026/01/01/${name}_[0-9a-f]{8}\\.log$`),
    ),
  ]);
  const { Body } = await s3.getObject({ Bucket: 'drills', Key: Contents[0]?.Key ?? '' });
  const text = (await Body?.transformToString()) ?? '';
  const records = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { log_type: string; details: object });
  expect(records.map(({ log_type }) => log_type)).toEqual([
    'experiment-start',
    'target-resolution-start',
    'target-resolution-detail',
    'target-resolution-end',
    'action-start',
    'action-end',
    'experiment-end',
  ]);
  expect(records[4]?.details).toMatchObject({
    action_name: 'stop',
    action_id: 'aws:ec2:stop-instances',
    resolved_targets: [expect.stringContaining(id as string)],
  });
  const absent = await start({
    actions: stopAll,
    targets: web('ALL'),
    logConfiguration: { logSchemaVersion: 2, s3Configuration: { bucketName: 'absent' } },
  });
  await cloud.clock.advance(5);
  expect((await fixture.experiment(absent.id)).state).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('NoSuchBucket') as string,
  });
  expect((await fis.listExperiments({})).experiments).toHaveLength(2);
});

import type { CreateExperimentTemplateCommandInput } from '@aws-sdk/client-fis';
import { expect, test } from 'vitest';
import { refusal } from '../../networking/vpc/ec2.fixture.ts';
import { arn, startFixture } from './fixture.ts';

const base = (roleArn: string): CreateExperimentTemplateCommandInput => ({
  description: 'stop a server',
  roleArn,
  stopConditions: [{ source: 'none' }],
  targets: {
    web: { resourceType: 'aws:ec2:instance', resourceTags: { role: 'web' }, selectionMode: 'COUNT(1)' },
  },
  actions: {
    stop: {
      actionId: 'aws:ec2:stop-instances',
      parameters: { startInstancesAfterDuration: 'PT5M' },
      targets: { Instances: 'web' },
    },
    wait: { actionId: 'aws:fis:wait', parameters: { duration: 'PT1M' }, startAfter: ['stop'] },
  },
  tags: { team: 'a' },
});

test('CreateExperimentTemplate: what is created is what is got, listed, changed, tagged and deleted', async () => {
  await using fixture = await startFixture();
  const { fis, cloud, roleArn } = fixture;
  const input = { ...base(roleArn), clientToken: 'once' };
  const { experimentTemplate: made } = await fis.createExperimentTemplate(input);
  expect(made?.id).toMatch(/^EXT[0-9A-Za-z]{14}$/);
  expect(made).toMatchObject({
    description: 'stop a server',
    actions: input.actions,
    targets: input.targets,
    stopConditions: [{ source: 'none' }],
    experimentOptions: { accountTargeting: 'single-account', emptyTargetResolutionMode: 'fail' },
    tags: { team: 'a' },
    creationTime: cloud.clock.now(),
  });
  const id = made?.id as string;
  expect((await fis.createExperimentTemplate(input)).experimentTemplate?.id).toBe(id);
  expect((await fis.getExperimentTemplate({ id })).experimentTemplate).toEqual(made);
  await cloud.clock.advance(60);
  const { experimentTemplate: changed } = await fis.updateExperimentTemplate({
    id,
    description: 'other words',
    experimentOptions: { emptyTargetResolutionMode: 'skip' },
  });
  expect(changed).toMatchObject({
    description: 'other words',
    actions: input.actions,
    lastUpdateTime: cloud.clock.now(),
  });
  const resourceArn = `arn:aws:fis:us-east-1:000000000000:experiment-template/${id}`;
  await fis.tagResource({ resourceArn, tags: { stage: 'test' } });
  await fis.untagResource({ resourceArn, tagKeys: ['team'] });
  expect((await fis.listTagsForResource({ resourceArn })).tags).toEqual({ stage: 'test' });
  expect((await fis.listExperimentTemplates({})).experimentTemplates).toMatchObject([{ id, tags: { stage: 'test' } }]);
  await fis.deleteExperimentTemplate({ id });
  expect((await refusal(fis.getExperimentTemplate({ id })))[0]).toBe('ResourceNotFoundException');
  expect((await refusal(fis.listTagsForResource({ resourceArn })))[0]).toBe('ResourceNotFoundException');
  expect((await fis.listExperimentTemplates({})).experimentTemplates).toEqual([]);
});

test('ListExperimentTemplates: by pages, in the order in which they were made', async () => {
  await using fixture = await startFixture();
  const { fis, cloud, roleArn } = fixture;
  const ids: string[] = [];
  for (let at = 0; at < 3; at++) {
    const { experimentTemplate } = await fis.createExperimentTemplate(base(roleArn));
    ids.push(experimentTemplate?.id as string);
    await cloud.clock.advance(1);
  }
  const first = await fis.listExperimentTemplates({ maxResults: 2 });
  const second = await fis.listExperimentTemplates({ maxResults: 2, nextToken: first.nextToken as string });
  const listed = [...(first.experimentTemplates ?? []), ...(second.experimentTemplates ?? [])].map(({ id }) => id);
  expect(listed).toEqual(ids);
  expect(second.nextToken).toBeUndefined();
  expect((await refusal(fis.listExperimentTemplates({ nextToken: 'nonsense' })))[0]).toBe('ValidationException');
});

type Change = (input: CreateExperimentTemplateCommandInput) => object;
const wrong: readonly (readonly [string, Change])[] = [
  ['actionId that does not exist', () => ({ actions: { stop: { actionId: 'aws:ec2:explode' } } })],
  ['missing the required parameter duration', () => ({ actions: { stop: { actionId: 'aws:fis:wait' } } })],
  [
    'PT13H is not between 60 and 43200 seconds',
    () => ({ actions: { stop: { actionId: 'aws:fis:wait', parameters: { duration: 'PT13H' } } } }),
  ],
  ['missing the target Instances', () => ({ actions: { stop: { actionId: 'aws:ec2:stop-instances' } } })],
  [
    'target that does not exist: nobody',
    () => ({ actions: { stop: { actionId: 'aws:ec2:reboot-instances', targets: { Instances: 'nobody' } } } }),
  ],
  [
    'needs a target of type aws:ec2:subnet',
    () => ({
      actions: {
        cut: {
          actionId: 'aws:network:disrupt-connectivity',
          parameters: { duration: 'PT1M', scope: 'all' },
          targets: { Subnets: 'web' },
        },
      },
    }),
  ],
  [
    'wait for each other',
    ({ actions }) => ({ actions: { ...actions, stop: { ...actions?.['stop'], startAfter: ['wait'] } } }),
  ],
  [
    'selection mode that is not valid',
    ({ targets }) => ({ targets: { web: { ...targets?.['web'], selectionMode: 'PERCENT(101)' } } }),
  ],
  [
    'resource ARNs or resource tags, not both',
    ({ targets }) => ({ targets: { web: { ...targets?.['web'], resourceArns: [arn('instance', 'i-0123')] } } }),
  ],
  ['stop condition source is not valid', () => ({ stopConditions: [{ source: 'aws:sqs:queue' }] })],
  ['needs the ARN of an alarm', () => ({ stopConditions: [{ source: 'aws:cloudwatch:alarm' }] })],
  ['At least one stop condition', () => ({ stopConditions: [] })],
  ['not the ARN of an IAM role', () => ({ roleArn: 'arn:aws:iam::000000000000:user/ann' })],
];

test.each(wrong)('CreateExperimentTemplate: refuses a template with: %s', async (words, change) => {
  await using fixture = await startFixture();
  const input = base(fixture.roleArn);
  const [code, message] = await refusal(fixture.fis.createExperimentTemplate({ ...input, ...change(input) }));
  expect(code).toBe('ValidationException');
  expect(message).toContain(words);
});

test('ListActions and GetAction: AWS’s actions, with their targets and parameters', async () => {
  await using fixture = await startFixture();
  const { fis } = fixture;
  const { actions = [] } = await fis.listActions({});
  expect(actions.map(({ id }) => id)).toContain('aws:network:disrupt-connectivity');
  const { action } = await fis.getAction({ id: 'aws:ec2:stop-instances' });
  expect(action).toMatchObject({
    targets: { Instances: { resourceType: 'aws:ec2:instance' } },
    parameters: { startInstancesAfterDuration: { required: false } },
  });
  expect((await refusal(fis.getAction({ id: 'constructor' })))[0]).toBe('ResourceNotFoundException');
  const { targetResourceTypes = [] } = await fis.listTargetResourceTypes({});
  for (const { targets } of actions)
    for (const { resourceType } of Object.values(targets ?? {}))
      expect(targetResourceTypes.map((type) => type.resourceType)).toContain(resourceType);
  const { targetResourceType } = await fis.getTargetResourceType({ resourceType: 'aws:ec2:subnet' });
  expect(Object.keys(targetResourceType?.parameters ?? {})).toEqual(['availabilityZoneIdentifier', 'vpc']);
  expect((await refusal(fis.getTargetResourceType({ resourceType: 'aws:x:y' })))[0]).toBe('ResourceNotFoundException');
});

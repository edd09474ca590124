import { SSM } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { refusal, startFixture } from './fixture.ts';

const day = 86_400;

test('PutParameter: the first version, read back by name, by version and by ARN', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  expect(await ssm.putParameter({ Name: '/db/url', Value: '123', Type: 'String' })).toMatchObject({
    Version: 1,
    Tier: 'Standard',
  });
  const ARN = 'arn:aws:ssm:us-east-1:000000000000:parameter/db/url';
  const expected = {
    Name: '/db/url',
    ARN,
    Value: '123',
    Type: 'String',
    Version: 1,
    DataType: 'text',
    LastModifiedDate: new Date('2026-01-01'),
  };
  expect((await ssm.getParameter({ Name: '/db/url' })).Parameter).toEqual(expected);
  expect((await ssm.getParameter({ Name: ARN })).Parameter).toEqual(expected);
  expect((await ssm.getParameters({ Names: [ARN, '/no'] })).InvalidParameters).toEqual(['/no']);
  await ssm.putParameter({ Name: '/db/url', Value: '456', Overwrite: true });
  expect((await ssm.getParameter({ Name: '/db/url:1' })).Parameter).toEqual({ ...expected, Selector: ':1' });
  expect((await ssm.getParameter({ Name: '/db/url' })).Parameter?.Value).toBe('456');
  expect(await refusal(ssm.getParameter({ Name: '/db/url:3' }))).toEqual([
    'ParameterVersionNotFound',
    'Systems Manager could not find version 3 of /db/url. Verify the version and try again.',
  ]);
  expect((await refusal(ssm.getParameter({ Name: '/db/none' })))[0]).toBe('ParameterNotFound');
});

test('PutParameter: a plain name has a slash in its ARN, which finds it', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  await ssm.putParameter({ Name: 'plain', Value: 'a', Type: 'String' });
  const { Parameter } = await ssm.getParameter({ Name: 'arn:aws:ssm:us-east-1:000000000000:parameter/plain' });
  expect(Parameter).toMatchObject({ Name: 'plain', ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/plain' });
});

test('PutParameter: refuses what AWS refuses, in its words', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  const put = (input: object) => refusal(ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String', ...input }));
  await ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String' });
  expect(await put({})).toEqual([
    'ParameterAlreadyExists',
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  ]);
  expect(await put({ Name: '/new', Type: undefined })).toEqual([
    'ValidationException',
    'A parameter type is required when you create a parameter.',
  ]);
  expect(await put({ Name: 'a/b' })).toEqual(['ValidationException', 'Parameter name must be a fully qualified name.']);
  expect((await put({ Name: '/aws/mine' }))[0]).toBe('AccessDeniedException');
  expect((await put({ Name: 'ssm-mine' }))[0]).toBe('ValidationException');
  expect((await put({ Name: '/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16' }))[0]).toBe(
    'HierarchyLevelLimitExceededException',
  );
  expect((await put({ Overwrite: true, Type: 'SecureString' }))[0]).toBe('HierarchyTypeMismatchException');
  expect((await put({ Name: '/b', Value: 'x'.repeat(4_097) }))[1]).toContain('maximum parameter value of 4096');
  expect(await put({ Name: '/b', AllowedPattern: '\\d+' })).toEqual([
    'ParameterPatternMismatchException',
    'Parameter value, cannot be validated against allowedPattern: \\d+',
  ]);
  expect((await put({ Name: '/b', AllowedPattern: '(' }))[0]).toBe('InvalidAllowedPatternException');
  expect((await put({ Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }))[1]).toContain(
    "tags and overwrite can't be used together",
  );
});

test('PutParameter: tiers follow the value; an advanced parameter never goes back', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  const put = (input: object) =>
    ssm.putParameter({ Name: '/t', Value: 'x', Type: 'String', Overwrite: true, ...input });
  expect((await put({ Tier: 'Intelligent-Tiering' })).Tier).toBe('Standard');
  expect((await put({ Tier: 'Intelligent-Tiering', Value: 'x'.repeat(5_000) })).Tier).toBe('Advanced');
  expect((await put({})).Tier).toBe('Advanced');
  expect((await refusal(put({ Tier: 'Standard' })))[0]).toBe('ValidationException');
  expect((await refusal(put({ Value: 'x'.repeat(8_193) })))[0]).toBe('ValidationException');
});

test('PutParameter: a SecureString names its key and is shown open only when asked', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  await ssm.putParameter({ Name: '/secret', Value: 'hush', Type: 'SecureString' });
  expect((await ssm.getParameter({ Name: '/secret', WithDecryption: true })).Parameter?.Value).toBe('hush');
  const closed = (await ssm.getParameter({ Name: '/secret' })).Parameter?.Value as string;
  expect(closed).not.toContain('hush');
  expect((await ssm.describeParameters({})).Parameters?.[0]?.KeyId).toBe('alias/aws/ssm');
});

test('PutParameter: the hundred latest versions stay, and a labelled oldest one holds up the next', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  for (let version = 1; version <= 101; version++)
    await ssm.putParameter({ Name: '/v', Value: String(version), Type: 'String', Overwrite: true });
  const { Parameters = [] } = await ssm.getParameterHistory({ Name: '/v', MaxResults: 1 });
  expect(Parameters[0]?.Version).toBe(2);
  await ssm.labelParameterVersion({ Name: '/v', ParameterVersion: 2, Labels: ['keep'] });
  expect((await refusal(ssm.putParameter({ Name: '/v', Value: 'n', Overwrite: true })))[0]).toBe(
    'ParameterMaxVersionLimitExceeded',
  );
});

test('PutParameter: an expiration policy deletes the parameter on its day', async () => {
  await using fixture = await startFixture();
  const { cloud, ssm } = fixture;
  const policy = { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: '2026-01-03T00:00:00.000Z' } };
  const Policies = JSON.stringify([policy]);
  const bad = { Name: '/e', Value: 'x', Type: 'String' as const, Tier: 'Advanced' as const, Policies: '[null]' };
  expect((await refusal(ssm.putParameter(bad)))[0]).toBe('InvalidPolicyAttributeException');
  await ssm.putParameter({ Name: '/e', Value: 'x', Type: 'String', Tier: 'Advanced', Policies });
  const shown = (await ssm.describeParameters({})).Parameters?.[0]?.Policies;
  expect(shown).toEqual([{ PolicyText: JSON.stringify(policy), PolicyType: 'Expiration', PolicyStatus: 'Pending' }]);
  await cloud.clock.advance(day);
  expect((await ssm.getParameter({ Name: '/e' })).Parameter?.Value).toBe('x');
  await cloud.clock.advance(day);
  expect((await refusal(ssm.getParameter({ Name: '/e' })))[0]).toBe('ParameterNotFound');
});

test('GetParametersByPath: one level or all, ten a page', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  for (let at = 0; at < 12; at++)
    await ssm.putParameter({ Name: `/app/p${String(at).padStart(2, '0')}`, Value: 'x', Type: 'String' });
  await ssm.putParameter({ Name: '/app/deep/one', Value: 'x', Type: 'StringList' });
  await ssm.putParameter({ Name: '/apple', Value: 'x', Type: 'String' });
  const first = await ssm.getParametersByPath({ Path: '/app' });
  expect(first.Parameters).toHaveLength(10);
  const second = await ssm.getParametersByPath({ Path: '/app', NextToken: first.NextToken });
  expect(second.Parameters?.map(({ Name }) => Name)).toEqual(['/app/p10', '/app/p11']);
  expect(second.NextToken).toBeUndefined();
  const lists = await ssm.getParametersByPath({
    Path: '/',
    Recursive: true,
    ParameterFilters: [{ Key: 'Type', Values: ['StringList'] }],
  });
  expect(lists.Parameters?.map(({ Name }) => Name)).toEqual(['/app/deep/one']);
  expect((await ssm.getParametersByPath({ Path: '/' })).Parameters?.map(({ Name }) => Name)).toEqual(['/apple']);
  expect(
    (await refusal(ssm.getParametersByPath({ Path: '/', ParameterFilters: [{ Key: 'Name', Values: ['a'] }] })))[0],
  ).toBe('InvalidFilterKey');
  expect((await refusal(ssm.getParametersByPath({ Path: 'app' })))[0]).toBe('ValidationException');
});

test('DescribeParameters: filters by name, path, tier and tag', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  await ssm.putParameter({ Name: '/a/one', Value: 'x', Type: 'String', Tags: [{ Key: 'env', Value: 'dev' }] });
  await ssm.putParameter({ Name: '/a/b/two', Value: 'x', Type: 'String', Tier: 'Advanced', Description: 'second' });
  const names = async (Key: string, Option: string | undefined, ...Values: string[]) => {
    const { Parameters } = await ssm.describeParameters({ ParameterFilters: [{ Key, Option, Values }] });
    return Parameters?.map(({ Name }) => Name);
  };
  expect(await names('Name', undefined, '/a/one')).toEqual(['/a/one']);
  expect(await names('Name', 'BeginsWith', '/a/')).toEqual(['/a/b/two', '/a/one']);
  expect(await names('Name', 'Contains', 'tw')).toEqual(['/a/b/two']);
  expect(await names('Path', 'OneLevel', '/a')).toEqual(['/a/one']);
  expect(await names('Path', 'Recursive', '/a')).toEqual(['/a/b/two', '/a/one']);
  expect(await names('Tier', undefined, 'Advanced')).toEqual(['/a/b/two']);
  expect(await names('tag:env', undefined, 'dev')).toEqual(['/a/one']);
  expect((await refusal(names('Colour', undefined, 'red')))[0]).toBe('ValidationException');
  expect((await refusal(names('Type', 'Contains', 'S')))[0]).toBe('InvalidFilterOption');
});

test('LabelParameterVersion: a label moves between versions, and selects one', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  await ssm.putParameter({ Name: '/l', Value: 'one', Type: 'String' });
  await ssm.putParameter({ Name: '/l', Value: 'two', Overwrite: true });
  const first = await ssm.labelParameterVersion({ Name: '/l', ParameterVersion: 1, Labels: ['prod', '1bad', 'aws-x'] });
  expect([first.InvalidLabels, first.ParameterVersion]).toEqual([['1bad', 'aws-x'], 1]);
  expect((await ssm.getParameter({ Name: '/l:prod' })).Parameter?.Value).toBe('one');
  await ssm.labelParameterVersion({ Name: '/l', Labels: ['prod'] });
  expect((await ssm.getParameter({ Name: '/l:prod' })).Parameter?.Value).toBe('two');
  const { Parameters } = await ssm.getParameterHistory({ Name: '/l' });
  expect(Parameters?.map(({ Version, Labels }) => [Version, Labels])).toEqual([
    [1, []],
    [2, ['prod']],
  ]);
  const Labels = Array.from({ length: 10 }, (_, at) => `label-${at}`);
  await ssm.labelParameterVersion({ Name: '/l', ParameterVersion: 1, Labels });
  expect((await refusal(ssm.labelParameterVersion({ Name: '/l', ParameterVersion: 1, Labels: ['more'] })))[0]).toBe(
    'ParameterVersionLabelLimitExceeded',
  );
  const removed = await ssm.unlabelParameterVersion({ Name: '/l', ParameterVersion: 2, Labels: ['prod', 'no'] });
  expect([removed.RemovedLabels, removed.InvalidLabels]).toEqual([['prod'], ['no']]);
});

test('AddTagsToResource: tags of a parameter come and go with it', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  const tagged = { ResourceType: 'Parameter' as const, ResourceId: '/t' };
  expect((await refusal(ssm.listTagsForResource(tagged)))[0]).toBe('InvalidResourceId');
  await ssm.putParameter({ Name: '/t', Value: 'x', Type: 'String', Tags: [{ Key: 'a', Value: '1' }] });
  await ssm.addTagsToResource({ ...tagged, Tags: [{ Key: 'b', Value: '2' }] });
  await ssm.removeTagsFromResource({ ...tagged, TagKeys: ['a'] });
  expect((await ssm.listTagsForResource(tagged)).TagList).toEqual([{ Key: 'b', Value: '2' }]);
  expect(await ssm.deleteParameters({ Names: ['/t', '/none'] })).toMatchObject({
    DeletedParameters: ['/t'],
    InvalidParameters: ['/none'],
  });
  await ssm.putParameter({ Name: '/t', Value: 'x', Type: 'String' });
  expect((await ssm.listTagsForResource(tagged)).TagList).toEqual([]);
});

test('GetParameter: public parameters name the latest images of each Region, and the Regions there are', async () => {
  await using fixture = await startFixture();
  const { cloud, ssm } = fixture;
  const Name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
  const { Parameter } = await ssm.getParameter({ Name });
  expect(Parameter).toMatchObject({ ARN: `arn:aws:ssm:us-east-1::parameter${Name}`, DataType: 'aws:ec2:image' });
  expect(Parameter?.Value).toMatch(/^ami-[0-9a-f]{17}$/);
  const tokyo = cloud.client(SSM, { region: 'ap-northeast-1' });
  expect((await tokyo.getParameter({ Name })).Parameter?.Value).not.toBe(Parameter?.Value);
  const ecs = '/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended';
  const { Parameter: recommended } = await ssm.getParameter({ Name: ecs });
  const { Parameter: image } = await ssm.getParameter({ Name: `${ecs}/image_id` });
  expect((JSON.parse(recommended?.Value ?? '') as { image_id: string }).image_id).toBe(image?.Value);
  const { Parameters } = await ssm.getParametersByPath({ Path: '/aws/service/ami-amazon-linux-latest' });
  expect(Parameters).toHaveLength(10);
  const place = '/aws/service/global-infrastructure/regions/eu-central-1';
  expect((await ssm.getParameter({ Name: `${place}/longName` })).Parameter?.Value).toBe('Europe (Frankfurt)');
  const zones = await ssm.getParametersByPath({ Path: `${place}/availability-zones` });
  expect(zones.Parameters?.map(({ Value }) => Value)).toEqual(['euc1-az1', 'euc1-az2', 'euc1-az3']);
});

test('SendCommand: without an agent no machine is a managed node', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  expect((await ssm.describeInstanceInformation({})).InstanceInformationList).toEqual([]);
  const InstanceIds = ['i-0123456789abcdef0'];
  expect((await refusal(ssm.sendCommand({ InstanceIds, DocumentName: 'AWS-RunShellScript' })))[0]).toBe(
    'InvalidInstanceId',
  );
});

test('DescribeParameters: a path begins with a slash', async () => {
  await using fixture = await startFixture();
  const { ssm } = fixture;
  const refused = (value: string) =>
    refusal(ssm.describeParameters({ ParameterFilters: [{ Key: 'Path', Values: [value] }] }));
  expect((await refused('app'))[0]).toBe('ValidationException');
  expect((await refused('/app'))[0]).toBe('');
});

import { expect, test } from 'vitest';
import {
  actionOf,
  actionsMatching,
  actionsOf,
  allServices,
  arnPatternsOf,
  conditionKeyType,
  matchesWildcard,
  resourceTypesOf,
  serviceTitle,
} from './authorization-table.ts';

test('an action knows level, resources, condition keys and what it depends on', () => {
  expect(actionOf('sqs', 'sendmessage')).toMatchObject({
    name: 'SendMessage',
    accessLevel: 'Write',
    resources: [{ resourceType: 'queue', isRequired: true }],
  });
  const run = actionOf('ec2', 'RunInstances');
  expect(run?.resources.filter(({ isRequired }) => isRequired).map(({ resourceType }) => resourceType)).toContain(
    'instance',
  );
  expect(run?.resources.find(({ resourceType }) => resourceType === 'image')?.conditionKeys).toContain('ec2:ImageID');
  expect(actionOf('iam', 'PutRolePolicy')?.accessLevel).toBe('Permissions management');
  expect(actionOf('sqs', 'TagQueue')?.accessLevel).toBe('Tagging');
  expect(actionOf('sqs', 'NoSuch')).toBeUndefined();
  expect(actionOf('nosuch', 'NoSuch')).toBeUndefined();
  expect(actionOf('__proto__', 'constructor')).toBeUndefined();
});

test('every service can be read, and its actions name resource types that it has', () => {
  expect(allServices().length).toBeGreaterThan(400);
  let actions = 0;
  const unknown: object[] = [];
  for (const service of allServices()) {
    const types = new Set(resourceTypesOf(service).map(({ name }) => name));
    for (const action of actionsOf(service)) {
      actions++;
      unknown.push(...action.resources.filter(({ resourceType }) => !types.has(resourceType)));
    }
  }
  expect(actions).toBeGreaterThan(20_000);
  expect(unknown).toEqual([]);
});

test('wildcards of policies match actions', () => {
  expect(actionsMatching('sqs:Send*')).toEqual(['sqs:SendMessage']);
  expect(actionsMatching('SQS:sendmessage')).toEqual(['sqs:SendMessage']);
  expect(actionsMatching('sqs:*').length).toBe(actionsOf('sqs').length);
  expect(actionsMatching('s3:Get?bject')).toEqual(['s3:GetObject']);
  expect(actionsMatching('*').length).toBeGreaterThan(20_000);
  expect(actionsMatching('sqs')).toEqual([]);
  expect(matchesWildcard('a*b*c', 'axxbyyc')).toBe(true);
  expect(matchesWildcard('a*b*c', 'axxbyy')).toBe(false);
  expect(matchesWildcard(`${'a*'.repeat(50)}b`, 'a'.repeat(2_000))).toBe(false);
});

test('resource types have ARN patterns, condition keys have types', () => {
  expect(arnPatternsOf('sqs', 'queue')).toEqual(['arn:${Partition}:sqs:${Region}:${Account}:${QueueName}']);
  expect(arnPatternsOf('sqs', 'nope')).toEqual([]);
  expect(serviceTitle('sqs')).toBe('Amazon SQS');
  expect(conditionKeyType('aws:SourceIp')).toBe('IPAddress');
  expect(conditionKeyType('aws:PrincipalTag/team')).toBe('String');
  expect(conditionKeyType('s3:prefix')).toBe('String');
  expect(conditionKeyType('s3:nope')).toBeUndefined();
});

import { describe, expect, test } from 'vitest';
import { formTree, parsePairs } from './form.ts';
import { modelOf } from './model.ts';
import { type QueryDialect, readQuery } from './query-reader.ts';

const read = (service: string, operation: string, form: string): Record<string, unknown> => {
  const found = modelOf(service).operations.get(operation);
  if (found === undefined) throw new Error(`no ${operation}`);
  const dialect: QueryDialect = service === 'ec2' ? 'ec2Query' : 'awsQuery';
  return readQuery(dialect, found.input, formTree(parsePairs(form)));
};

describe('readQuery: awsQuery', () => {
  test('lists, in the order of their numbers', () => {
    const form = 'Tags.member.10.Key=c&Tags.member.2.Key=b&Tags.member.1.Key=a&RoleName=r';
    expect(read('iam', 'TagRole', form)).toEqual({ RoleName: 'r', Tags: [{ Key: 'a' }, { Key: 'b' }, { Key: 'c' }] });
  });

  test('an empty list', () => {
    expect(read('iam', 'TagRole', 'Tags=&RoleName=r')).toEqual({ RoleName: 'r', Tags: [] });
  });

  test('maps, flattened and not', () => {
    expect(read('sqs', 'CreateQueue', 'Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&QueueName=q')).toEqual({
      QueueName: 'q',
      Attributes: { DelaySeconds: '5' },
    });
    expect(read('sns', 'CreateTopic', 'Name=t&Attributes.entry.1.key=a&Attributes.entry.1.value=b')).toEqual({
      Name: 't',
      Attributes: { a: 'b' },
    });
  });

  test('plus is a space, per cent escapes are UTF-8, a broken one stands', () => {
    expect(read('sts', 'AssumeRole', 'RoleSessionName=a+b%E7%AE%B1&ExternalId=50%')).toEqual({
      RoleSessionName: 'a b箱',
      ExternalId: '50%',
    });
  });

  test('types are strict', () => {
    expect(() => read('sts', 'AssumeRole', 'DurationSeconds=5x')).toThrow(
      expect.objectContaining({ code: 'MalformedInput', status: 400 }),
    );
    expect(() => read('iam', 'CreateLoginProfile', 'PasswordResetRequired=maybe')).toThrow(/Boolean/);
  });

  test('keys can be hostile', () => {
    const deep = `Tags${'.member.1'.repeat(10_000)}=x`;
    expect(read('iam', 'TagRole', `${deep}&__proto__.x=1&constructor=2&RoleName=r`)).toMatchObject({ RoleName: 'r' });
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });
});

describe('readQuery: ec2Query', () => {
  test('lists are flat, names have capital letters', () => {
    const form = 'InstanceId.1=i-1&InstanceId.2=i-2&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&MaxResults=5';
    expect(read('ec2', 'DescribeInstances', form)).toEqual({
      InstanceIds: ['i-1', 'i-2'],
      Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }],
      MaxResults: 5,
    });
  });

  test('types are strict', () => {
    expect(() => read('ec2', 'DescribeInstances', 'MaxResults=many')).toThrow(
      expect.objectContaining({ code: 'InvalidParameterValue' }),
    );
  });
});

import { expect, test } from 'vitest';
import { checkIdentityPolicy, checkTrustPolicy, PolicyFault, policySize } from './grammar.ts';

const faultOf = (check: (text: string) => void, document: unknown): string | undefined => {
  try {
    check(typeof document === 'string' ? document : JSON.stringify(document));
    return undefined;
  } catch (error) {
    if (error instanceof PolicyFault) return error.message;
    throw error;
  }
};

const statement = (members: object): object => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...members },
});

const syntax = 'Syntax errors in policy.';

test.each<[string, unknown, string | undefined]>([
  ['a good policy', statement({}), undefined],
  ['no JSON', '{not json', syntax],
  ['an empty object', {}, syntax],
  ['an empty list of statements', { Version: '2012-10-17', Statement: [] }, syntax],
  ['an unknown member', statement({ Bank: 'x' }), syntax],
  ['a member that stands twice', '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', syntax],
  ['an unknown version', { ...statement({}), Version: '2020-01-01' }, syntax],
  [
    'an old version',
    { ...statement({}), Version: '2008-10-17' },
    'Policy document must be version 2012-10-17 or greater.',
  ],
  ['an unknown effect', statement({ Effect: 'allow' }), syntax],
  ['Action and NotAction', statement({ NotAction: 's3:*' }), syntax],
  ['a number as action', statement({ Action: 5 }), syntax],
  ['an unknown operator', statement({ Condition: { StringIs: { 'aws:x': 'y' } } }), syntax],
  [
    'an operator with quantifier and IfExists',
    statement({ Condition: { 'ForAnyValue:StringLikeIfExists': { 'aws:x': 'y' } } }),
    undefined,
  ],
  [
    'a bad date',
    statement({ Condition: { DateLessThan: { 'aws:CurrentTime': 'soon' } } }),
    'The policy failed legacy parsing',
  ],
  ['a principal', statement({ Principal: '*' }), 'Policy document should not specify a principal.'],
  [
    'no action',
    { Version: '2012-10-17', Statement: { Effect: 'Allow', Resource: '*' } },
    'Policy statement must contain actions.',
  ],
  [
    'no resource',
    { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*' } },
    'Policy statement must contain resources.',
  ],
  [
    'an action without service',
    statement({ Action: 'GetObject' }),
    'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  ],
  ['an action with two colons', statement({ Action: 's3:a:b' }), 'Actions/Condition can contain only one colon.'],
  ['an impossible service', statement({ Action: 'a a:b' }), 'Vendor a a is not valid'],
  ['a resource that is no ARN', statement({ Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
  [
    'an unknown partition',
    statement({ Resource: 'arn:red:s3:::b' }),
    'Partition "red" is not valid for resource "arn:red:s3:::b".',
  ],
  [
    'a resource without arn:',
    statement({ Resource: 's3::b/*' }),
    'Partition "" is not valid for resource "arn::b/*:*:*:*".',
  ],
  ['a short ARN', statement({ Resource: 'arn:awss3::b/*' }), 'The policy failed legacy parsing'],
  [
    'a bucket in a Region',
    statement({ Resource: 'arn:aws:s3:us-east-1::b' }),
    'Resource arn:aws:s3:us-east-1::b can not contain region information.',
  ],
  [
    'a wildcard as service',
    statement({ Resource: 'arn:aws:*:::b' }),
    'Resource vendor must be fully qualified and cannot contain regexes.',
  ],
  ['policy variables in a resource', statement({ Resource: 'arn:aws:s3:::home/${aws:username}/*' }), undefined],
])('identity policy: %s', (_name, document, fault) => {
  expect(faultOf(checkIdentityPolicy, document)).toBe(fault);
});

test('identity policy: statement ids are unique', () => {
  const one = { Sid: 'Same', Effect: 'Allow', Action: '*', Resource: '*' };
  expect(faultOf(checkIdentityPolicy, { Version: '2012-10-17', Statement: [one, one] })).toBe(
    'Statement IDs (SID) in a single policy must be unique.',
  );
});

const trust = (members: object): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole', ...members }],
});

test.each<[string, unknown, string | undefined]>([
  ['a good one', trust({}), undefined],
  ['no JSON', '{', 'This policy contains invalid Json'],
  ['a resource', trust({ Resource: '*' }), 'Has prohibited field Resource'],
  ['no principal', { Statement: { Effect: 'Allow', Action: 'sts:AssumeRole' } }, 'Missing required field Principal'],
  ['an empty principal', trust({ Principal: {} }), 'Missing required field Principal cannot be empty!'],
  ['an impossible principal', trust({ Principal: { AWS: 'ann' } }), 'Invalid principal in policy: "AWS":"ann"'],
  ['a service that is none', trust({ Principal: { Service: 'ec2' } }), 'Invalid principal in policy: "SERVICE":"ec2"'],
  ['other actions', trust({ Action: 's3:*' }), 'AssumeRole policy may only specify STS AssumeRole actions.'],
  ['an unknown operator', trust({ Condition: { Is: {} } }), 'Invalid Condition type : Is'],
])('trust policy: %s', (_name, document, fault) => {
  expect(faultOf(checkTrustPolicy, document)).toBe(fault);
});

test('policySize: white space does not count', () => {
  expect(policySize('{ "a" :\n\t1 }')).toBe(7);
});

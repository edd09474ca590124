import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { denialMessage } from './denial.ts';
import { compilePolicy } from './document.ts';
import {
  type AccessRequest,
  evaluate,
  matchedStatements,
  missingKeys,
  type NamedPolicy,
  type PolicySet,
} from './evaluate.ts';
import type { RequestPrincipal } from './principal.ts';

const account = '111122223333';
const other = '444455556666';
const user: RequestPrincipal = { kind: 'user', arn: `arn:aws:iam::${account}:user/ann`, account };
const roleArn = `arn:aws:iam::${account}:role/app`;
const session: RequestPrincipal = {
  kind: 'assumed-role',
  arn: `arn:aws:sts::${account}:assumed-role/app/one`,
  account,
  issuerArn: roleArn,
};
const root: RequestPrincipal = { kind: 'root', arn: `arn:aws:iam::${account}:root`, account };

const policyOf = (...statements: object[]): NamedPolicy => ({
  id: 'p',
  policy: compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements })),
});
const allow = (members: object = {}): object => ({ Effect: 'Allow', Action: '*', Resource: '*', ...members });
const deny = (members: object = {}): object => ({ Effect: 'Deny', Action: '*', Resource: '*', ...members });

type Context = Readonly<Record<string, string | readonly string[]>>;

const requestOf = (over: Partial<AccessRequest> = {}, context: Context = {}): AccessRequest => {
  const lower = new Map(Object.entries(context).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::photos/cat.jpg',
    owner: account,
    principal: user,
    lookup: (key) => lower.get(key),
    ...over,
  };
};

const judge = (policies: Partial<PolicySet>, over: Partial<AccessRequest> = {}, context: Context = {}) =>
  evaluate(requestOf(over, context), { identity: [], ...policies });

/** The decision on one statement of an identity. */
const single = (members: object, over: Partial<AccessRequest> = {}, context: Context = {}): string =>
  judge({ identity: [policyOf(allow(members))] }, over, context).effect;

describe('IAM-05: explicit deny beats allow beats implicit deny', () => {
  test('nothing said is a denial', () => {
    expect(judge({})).toMatchObject({ effect: 'implicitDeny', by: 'identity' });
  });

  test('an allow allows', () => {
    expect(judge({ identity: [policyOf(allow())] }).effect).toBe('allowed');
  });

  test('a deny anywhere wins', () => {
    const kinds = ['boundary', 'session'] as const;
    const good = { identity: [policyOf(allow())] };
    expect(judge({ identity: [policyOf(allow()), policyOf(deny())] })).toMatchObject({
      effect: 'explicitDeny',
      by: 'identity',
    });
    for (const kind of kinds)
      expect(judge({ ...good, [kind]: [policyOf(allow(), deny())] })).toMatchObject({
        effect: 'explicitDeny',
        by: kind,
      });
    expect(judge({ ...good, serviceControl: [[policyOf(allow())], [policyOf(allow(), deny())]] }).by).toBe(
      'serviceControl',
    );
    expect(judge({ ...good, resource: policyOf(deny({ Principal: '*' })) })).toMatchObject({
      effect: 'explicitDeny',
      by: 'resource',
    });
    expect(judge({ ...good, endpoint: policyOf(allow({ Principal: '*' }), deny({ Principal: '*' })) }).by).toBe(
      'endpoint',
    );
  });
});

describe('elements', () => {
  test.each([
    ['s3:GetObject', true],
    ['S3:getobject', true],
    ['s3:Get*', true],
    ['s3:Get?bject', true],
    ['s3:Put*', false],
    ['sqs:*', false],
    ['*', true],
  ])('Action %s', (Action, fits) => {
    expect(single({ Action })).toBe(fits ? 'allowed' : 'implicitDeny');
  });

  test.each([
    ['arn:aws:s3:::photos/*', true],
    ['arn:aws:s3:::photos/cat.???', true],
    ['arn:aws:s3:::photos', false],
    ['arn:aws:s3:::Photos/*', false],
    ['arn:aws:s3', true],
    ['arn:*:s3:::*/cat.jpg', true],
  ])('Resource %s', (Resource, fits) => {
    expect(single({ Resource })).toBe(fits ? 'allowed' : 'implicitDeny');
  });

  test('a wildcard stays within its part of the ARN', () => {
    const resource = `arn:aws:sqs:us-east-1:${account}:orders`;
    expect(single({ Resource: `arn:aws:sqs:*:orders` }, { resource, action: 'sqs:SendMessage' })).toBe('implicitDeny');
    expect(single({ Resource: `arn:aws:sqs:*:*:orders` }, { resource, action: 'sqs:SendMessage' })).toBe('allowed');
  });

  test('an action without resource needs Resource *', () => {
    expect(single({ Resource: 'arn:aws:s3:::*' }, { action: 's3:ListAllMyBuckets', resource: '*' })).toBe(
      'implicitDeny',
    );
    expect(single({}, { action: 's3:ListAllMyBuckets', resource: '*' })).toBe('allowed');
  });

  test('NotAction and NotResource turn their lists around', () => {
    expect(single({ Action: undefined, NotAction: 'iam:*' })).toBe('allowed');
    expect(single({ Action: undefined, NotAction: 's3:*' })).toBe('implicitDeny');
    expect(single({ Resource: undefined, NotResource: 'arn:aws:s3:::secrets/*' })).toBe('allowed');
    expect(single({ Resource: undefined, NotResource: 'arn:aws:s3:::photos/*' })).toBe('implicitDeny');
  });

  test('policy variables: values, defaults, escapes, and old versions', () => {
    const Resource = 'arn:aws:s3:::photos/${aws:username}.jpg';
    expect(single({ Resource }, {}, { 'aws:username': 'cat' })).toBe('allowed');
    expect(single({ Resource }, {}, { 'aws:username': '*' })).toBe('implicitDeny');
    expect(single({ Resource })).toBe('implicitDeny');
    expect(single({ Resource: "arn:aws:s3:::photos/${aws:PrincipalTag/pet, 'cat'}.jpg" })).toBe('allowed');
    expect(single({ Resource: 'arn:aws:s3:::photos/${*}.jpg' })).toBe('implicitDeny');
    expect(single({ Resource: 'arn:aws:s3:::photos/${*}.jpg' }, { resource: 'arn:aws:s3:::photos/*.jpg' })).toBe(
      'allowed',
    );
    const old = compilePolicy(JSON.stringify({ Version: '2008-10-17', Statement: [allow({ Resource })] }));
    const context = { 'aws:username': 'cat' };
    expect(judge({ identity: [{ id: 'old', policy: old }] }, {}, context).effect).toBe('implicitDeny');
  });
});

describe('conditions', () => {
  test.each<[string, object, Context, boolean]>([
    [
      'StringEquals',
      { StringEquals: { 'aws:PrincipalTag/Team': ['red', 'blue'] } },
      { 'aws:principaltag/team': 'blue' },
      true,
    ],
    ['StringEquals tells case', { StringEquals: { 'a:b': 'X' } }, { 'a:b': 'x' }, false],
    ['StringEqualsIgnoreCase', { StringEqualsIgnoreCase: { 'a:b': 'X' } }, { 'a:b': 'x' }, true],
    ['StringLike', { StringLike: { 's3:prefix': ['home/*'] } }, { 's3:prefix': 'home/ann' }, true],
    ['StringEquals takes * as text', { StringEquals: { 'a:b': '*' } }, { 'a:b': 'x' }, false],
    ['StringNotEquals', { StringNotEquals: { 'a:b': ['x', 'y'] } }, { 'a:b': 'y' }, false],
    ['StringNotEquals without the key', { StringNotEquals: { 'a:b': 'x' } }, {}, true],
    ['StringEquals without the key', { StringEquals: { 'a:b': 'x' } }, {}, false],
    ['StringEqualsIfExists without the key', { StringEqualsIfExists: { 'a:b': 'x' } }, {}, true],
    ['NumericLessThanEquals', { NumericLessThanEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '10' }, true],
    ['a number that is none', { NumericLessThan: { 'a:b': '10' } }, { 'a:b': 'five' }, false],
    [
      'DateGreaterThan',
      { DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } },
      { 'aws:CurrentTime': '2026-06-01T00:00:00Z' },
      true,
    ],
    [
      'DateLessThan in epoch seconds',
      { DateLessThan: { 'aws:EpochTime': '2026-01-01T00:00:00Z' } },
      { 'aws:EpochTime': '1767225599' },
      true,
    ],
    ['Bool', { Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:SecureTransport': 'false' }, true],
    ['BinaryEquals', { BinaryEquals: { 'a:b': 'QmluYXJ5' } }, { 'a:b': 'QmluYXJ5' }, true],
    ['IpAddress', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, { 'aws:SourceIp': '203.0.113.9' }, true],
    [
      'IpAddress outside',
      { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
      { 'aws:SourceIp': '203.0.114.9' },
      false,
    ],
    [
      'IpAddress version 6',
      { IpAddress: { 'aws:SourceIp': '2001:DB8:1234::/48' } },
      { 'aws:SourceIp': '2001:db8:1234:5::1' },
      true,
    ],
    ['NotIpAddress', { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, { 'aws:SourceIp': '10.1.2.3' }, false],
    ['ArnLike', { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } }, { 'aws:SourceArn': 'arn:aws:s3:::photos' }, true],
    [
      'ArnEquals takes wildcards',
      { ArnEquals: { 'aws:SourceArn': 'arn:aws:s3:::ph*' } },
      { 'aws:SourceArn': 'arn:aws:s3:::photos' },
      true,
    ],
    ['Null true', { Null: { 'aws:TokenIssueTime': 'true' } }, {}, true],
    ['Null false', { Null: { 'aws:TokenIssueTime': 'false' } }, {}, false],
    [
      'ForAllValues',
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
      { 'aws:TagKeys': ['a', 'b'] },
      true,
    ],
    [
      'ForAllValues, one too many',
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
      { 'aws:TagKeys': ['a', 'c'] },
      false,
    ],
    ['ForAllValues without the key', { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } }, {}, true],
    ['ForAnyValue', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, { 'aws:TagKeys': ['c', 'a'] }, true],
    ['ForAnyValue without the key', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, {}, false],
    ['two keys, both must hold', { StringEquals: { 'a:b': 'x', 'a:c': 'y' } }, { 'a:b': 'x', 'a:c': 'z' }, false],
    [
      'a variable as value',
      { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
      { 'aws:ResourceTag/team': 'red', 'aws:PrincipalTag/team': 'red' },
      true,
    ],
  ])('%s', (_name, Condition, context, fits) => {
    expect(single({ Condition }, {}, context)).toBe(fits ? 'allowed' : 'implicitDeny');
  });
});

describe('within one account', () => {
  const grant = (Principal: unknown): NamedPolicy => policyOf(allow({ Principal }));
  const narrow = { boundary: [policyOf(allow({ Action: 'sqs:*' }))], session: [policyOf(allow({ Action: 'sqs:*' }))] };

  test('a resource policy that names the user, the session or everyone grants by itself, past boundary and session policy', () => {
    expect(judge({ ...narrow, resource: grant({ AWS: user.arn }) }).effect).toBe('allowed');
    expect(judge({ ...narrow, resource: grant({ AWS: session.arn }) }, { principal: session }).effect).toBe('allowed');
    expect(judge({ ...narrow, resource: grant('*') }, { principal: session }).effect).toBe('allowed');
  });

  test('one that names the role grants within boundary and session policy', () => {
    const resource = grant({ AWS: roleArn });
    expect(judge({ resource }, { principal: session }).effect).toBe('allowed');
    expect(judge({ resource, boundary: narrow.boundary }, { principal: session }).by).toBe('boundary');
    expect(judge({ resource, session: narrow.session }, { principal: session }).by).toBe('session');
  });

  test('one that names the account leaves it to the identity policies', () => {
    for (const AWS of [account, `arn:aws:iam::${account}:root`]) {
      expect(judge({ resource: grant({ AWS }) })).toMatchObject({ effect: 'implicitDeny', by: 'identity' });
      expect(judge({ resource: grant({ AWS }), identity: [policyOf(allow())] }).effect).toBe('allowed');
    }
  });

  test('the root user needs no policy, and obeys a deny', () => {
    expect(judge({}, { principal: root }).effect).toBe('allowed');
    expect(judge({ resource: policyOf(deny({ Principal: '*' })) }, { principal: root }).effect).toBe('explicitDeny');
    expect(judge({ serviceControl: [[policyOf(allow({ Action: 'sqs:*' }))]] }, { principal: root }).by).toBe(
      'serviceControl',
    );
  });

  test('boundary and session policies grant nothing by themselves', () => {
    expect(judge({ boundary: [policyOf(allow())], session: [policyOf(allow())] }).by).toBe('identity');
  });

  test('a trust or key policy must allow, even when the identity may all', () => {
    const identity = [policyOf(allow())];
    const resource = policyOf(allow({ Principal: { AWS: other } }));
    expect(judge({ identity, resource }, { resourceMustAllow: 'trust' })).toMatchObject({
      effect: 'implicitDeny',
      by: 'trust',
    });
    expect(judge({ identity, resource: grant({ AWS: account }) }, { resourceMustAllow: 'key' }).effect).toBe('allowed');
  });
});

describe('IAM-10: across accounts both sides must allow', () => {
  const over = { owner: other };
  const resource = policyOf(allow({ Principal: { AWS: account } }));
  const identity = [policyOf(allow())];

  test('both allow', () => expect(judge({ identity, resource }, over).effect).toBe('allowed'));
  test('only the caller', () =>
    expect(judge({ identity }, over)).toMatchObject({ effect: 'implicitDeny', by: 'resource' }));
  test('only the resource', () =>
    expect(judge({ resource }, over)).toMatchObject({ effect: 'implicitDeny', by: 'identity' }));
  test('naming the session does not free it from its own account', () => {
    const direct = policyOf(allow({ Principal: { AWS: session.arn } }));
    expect(judge({ resource: direct }, { ...over, principal: session }).by).toBe('identity');
  });
});

describe('guards', () => {
  const identity = [policyOf(allow())];
  const only = (Action: string): NamedPolicy => policyOf(allow({ Action }));

  test('every level of an organization must allow', () => {
    expect(judge({ identity, serviceControl: [[only('*')], [only('s3:*')]] }).effect).toBe('allowed');
    expect(judge({ identity, serviceControl: [[only('*')], [only('sqs:*')]] })).toMatchObject({
      by: 'serviceControl',
      effect: 'implicitDeny',
    });
    expect(judge({ identity, resourceControl: [[only('sqs:*')]] }).by).toBe('resourceControl');
  });

  test('service-linked roles and services are not restricted by service control policies', () => {
    const serviceControl = [[policyOf(deny())]];
    const linked = { ...session, serviceLinked: true };
    expect(judge({ identity, serviceControl }, { principal: linked }).effect).toBe('allowed');
    const service: RequestPrincipal = { kind: 'service', arn: 's3.amazonaws.com', account: '' };
    const resource = policyOf(allow({ Principal: { Service: 's3.amazonaws.com' } }));
    expect(judge({ resource, serviceControl }, { principal: service }).effect).toBe('allowed');
    expect(judge({}, { principal: service }).by).toBe('resource');
  });

  test('the endpoint policy must allow', () => {
    expect(judge({ identity, endpoint: policyOf(allow({ Principal: '*', Action: 'sqs:*' })) }).by).toBe('endpoint');
  });

  test('NotPrincipal with Deny spares only who is listed by every name', () => {
    const sparing = (...AWS: string[]): NamedPolicy => policyOf(deny({ NotPrincipal: { AWS } }));
    const over = { principal: session };
    const accountRoot = `arn:aws:iam::${account}:root`;
    expect(judge({ identity, resource: sparing(session.arn, roleArn, accountRoot) }, over).effect).toBe('allowed');
    expect(judge({ identity, resource: sparing(roleArn, accountRoot) }, over).effect).toBe('explicitDeny');
    expect(judge({ identity, resource: sparing(user.arn, accountRoot) }).effect).toBe('allowed');
  });
});

test('denialMessage: the words of AWS', () => {
  const request = requestOf({ action: 'sqs:SendMessage', resource: `arn:aws:sqs:us-east-1:${account}:orders` });
  const head = `User: ${user.arn} is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:us-east-1:${account}:orders`;
  const told = (policies: Partial<PolicySet>, over: Partial<AccessRequest> = {}): string => {
    const asked = { ...request, ...over };
    return denialMessage(asked, evaluate(asked, { identity: [], ...policies }));
  };
  const identity = [policyOf(allow())];
  expect(told({})).toBe(`${head} because no identity-based policy allows the sqs:SendMessage action`);
  expect(told({ identity: [policyOf(deny())] })).toBe(`${head} with an explicit deny in an identity-based policy`);
  expect(told({ identity, session: [] })).toBe(`${head} because no session policy allows the sqs:SendMessage action`);
  expect(told({ identity, boundary: [] })).toBe(
    `${head} because no permissions boundary allows the sqs:SendMessage action`,
  );
  expect(told({ identity }, { owner: other })).toBe(
    `${head} because no resource-based policy allows the sqs:SendMessage action`,
  );
  expect(told({ serviceControl: [[policyOf(deny())]] })).toBe(
    `${head} with an explicit deny in a service control policy`,
  );
});

test('matchedStatements: places of statements count from line 1, column 1', () => {
  const text =
    '{"Version": "2012-10-17", "Statement": [{"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}';
  const named = { id: 'p', policy: compilePolicy(text) };
  const [found] = matchedStatements(requestOf({ action: 's3:PutObject' }), [['identity', [named]]]);
  // As recorded: a statement that starts at column 41 and ends at 113.
  expect(found?.statement.start).toEqual({ line: 1, column: 41 });
  expect(found?.statement.end).toEqual({ line: 1, column: 113 });
});

test('missingKeys: keys that matter for the action and were not given', () => {
  const policy = policyOf(
    allow({ Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
    allow({ Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
  );
  expect(missingKeys(requestOf(), [policy])).toEqual(['aws:MultiFactorAuthPresent']);
});

describe('properties', () => {
  const action = fc.constantFrom('s3:GetObject', 's3:PutObject', 'sqs:SendMessage');
  const actionPattern = fc.constantFrom('*', 's3:*', 's3:Get*', 's3:PutObject', 'sqs:*', 'sqs:Receive*');
  const resource = fc.constantFrom('arn:aws:s3:::a/x', 'arn:aws:s3:::b', `arn:aws:sqs:us-east-1:${account}:q`);
  const resourcePattern = fc.constantFrom('*', 'arn:aws:s3:::a/*', 'arn:aws:s3:::*', 'arn:aws:sqs:*:*:q');
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.array(actionPattern, { minLength: 1, maxLength: 3 }),
    Resource: fc.array(resourcePattern, { minLength: 1, maxLength: 2 }),
  });
  const statements = fc.array(statement, { maxLength: 4 });
  type Plain = { Effect: string; Action: string[]; Resource: string[] };

  const regex = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
  const model = (list: readonly Plain[], act: string, res: string): 'allow' | 'deny' | 'none' => {
    const hits = list.filter(
      (s) => s.Action.some((p) => regex(p).test(act)) && s.Resource.some((p) => regex(p).test(res)),
    );
    return hits.some((s) => s.Effect === 'Deny') ? 'deny' : hits.length > 0 ? 'allow' : 'none';
  };

  test('the decision is that of a small model', () => {
    fc.assert(
      fc.property(
        action,
        resource,
        statements,
        fc.option(statements),
        fc.option(statements),
        (act, res, own, edge, limit) => {
          const decision = evaluate(requestOf({ action: act, resource: res }), {
            identity: [policyOf(...own)],
            boundary: edge === null ? undefined : [policyOf(...edge)],
            session: limit === null ? undefined : [policyOf(...limit)],
          });
          const verdicts = [own, ...(edge === null ? [] : [edge]), ...(limit === null ? [] : [limit])].map((list) =>
            model(list, act, res),
          );
          const expected = verdicts.includes('deny')
            ? 'explicitDeny'
            : verdicts.includes('none')
              ? 'implicitDeny'
              : 'allowed';
          expect(decision.effect).toBe(expected);
        },
      ),
    );
  });

  test('one more deny never opens, one more allow never closes', () => {
    fc.assert(
      fc.property(action, resource, statements, statement, (act, res, own, extra) => {
        const before = evaluate(requestOf({ action: act, resource: res }), { identity: [policyOf(...own)] }).effect;
        const after = evaluate(requestOf({ action: act, resource: res }), {
          identity: [policyOf(...own, extra)],
        }).effect;
        if (extra.Effect === 'Deny') expect(after === 'allowed' && before !== 'allowed').toBe(false);
        else expect(before === 'allowed' && after !== 'allowed').toBe(false);
      }),
    );
  });

  test('patterns match as regular expressions do', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 }).map((list) => list.join(''));
    const plain = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((list) => list.join(''));
    fc.assert(
      fc.property(letters, plain, (pattern, text) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
        const effect = single({ Condition: { StringLike: { 'a:b': pattern } } }, {}, { 'a:b': text });
        expect(effect === 'allowed').toBe(expected);
      }),
    );
  });

  test('no text makes the reader crash', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          compilePolicy(text);
        } catch (error) {
          expect((error as Error).constructor.name).toBe('JsonSyntaxError');
        }
      }),
    );
  });
});

test('a hostile pattern costs no time', () => {
  const pattern = `${'*a'.repeat(200)}b`;
  const text = 'a'.repeat(5_000);
  expect(single({ Condition: { StringLike: { 'a:b': pattern } } }, {}, { 'a:b': text })).toBe('implicitDeny');
});

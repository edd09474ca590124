import { expect, test } from 'vitest';
import { findManagedPolicy, listManagedPolicies, managedPolicyDocument } from './managed-policy.ts';

test('IAM-14: the well-known policies are there, with their documents', () => {
  expect(findManagedPolicy('arn:aws:iam::aws:policy/AdministratorAccess')).toMatchObject({
    name: 'AdministratorAccess',
    path: '/',
    arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    defaultVersionId: 'v1',
    createDate: Date.parse('2015-02-06T18:39:46Z'),
    policyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
  });
  expect(managedPolicyDocument('arn:aws:iam::aws:policy/AdministratorAccess')).toBe(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
  );
  for (const name of [
    'PowerUserAccess',
    'ReadOnlyAccess',
    'service-role/AWSLambdaBasicExecutionRole',
    'job-function/Billing',
  ])
    expect(findManagedPolicy(`arn:aws:iam::aws:policy/${name}`)?.name).toBe(name.split('/').at(-1));
  expect(findManagedPolicy('arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole')).toBeUndefined();
  expect(findManagedPolicy('arn:aws:iam::123456789012:policy/AdministratorAccess')).toBeUndefined();
  expect(findManagedPolicy('arn:aws-cn:iam::aws:policy/AdministratorAccess')?.arn).toContain('arn:aws-cn:');
});

test('every version of every policy has a document that is JSON', () => {
  const policies = listManagedPolicies();
  expect(policies.length).toBeGreaterThan(1_500);
  expect(new Set(policies.map(({ policyId }) => policyId)).size).toBe(policies.length);
  for (const { arn, versions, defaultVersionId } of policies) {
    expect(versions.filter(({ isDefault }) => isDefault).map(({ versionId }) => versionId)).toEqual([defaultVersionId]);
    const document = JSON.parse(managedPolicyDocument(arn) ?? '');
    expect(document).toHaveProperty('Statement');
    expect(managedPolicyDocument(arn, defaultVersionId)).toBe(managedPolicyDocument(arn));
  }
  const { versions = [] } = findManagedPolicy('arn:aws:iam::aws:policy/ReadOnlyAccess') ?? {};
  expect(versions.length).toBeGreaterThan(100);
  const texts = versions.map(({ versionId }) =>
    managedPolicyDocument('arn:aws:iam::aws:policy/ReadOnlyAccess', versionId),
  );
  for (const text of texts) expect(JSON.parse(text ?? '')).toHaveProperty('Statement');
  expect(new Set(texts).size).toBeGreaterThan(100);
  expect(managedPolicyDocument('arn:aws:iam::aws:policy/ReadOnlyAccess', 'v999')).toBeUndefined();
});

import { expect, test } from 'vitest';
import { makeClassicSite, name as LoadBalancerName } from './fixture.ts';

const refusal = (code: string, message: string | RegExp) =>
  expect.objectContaining({ Code: code, message: expect.stringMatching(message) as string });

test('Policies: created, described with their attributes, told by kind, deleted', async () => {
  await using site = await makeClassicSite('policies');
  const { elb } = site;
  await elb.createLBCookieStickinessPolicy({ LoadBalancerName, PolicyName: 'timed', CookieExpirationPeriod: 60 });
  await elb.createAppCookieStickinessPolicy({ LoadBalancerName, PolicyName: 'app', CookieName: 'JSESSIONID' });
  await elb.createLoadBalancerPolicy({
    LoadBalancerName,
    PolicyName: 'proxy',
    PolicyTypeName: 'ProxyProtocolPolicyType',
    PolicyAttributes: [{ AttributeName: 'ProxyProtocol', AttributeValue: 'true' }],
  });
  const { LoadBalancerDescriptions } = await elb.describeLoadBalancers({});
  expect(LoadBalancerDescriptions?.[0]?.Policies).toEqual({
    AppCookieStickinessPolicies: [{ PolicyName: 'app', CookieName: 'JSESSIONID' }],
    LBCookieStickinessPolicies: [{ PolicyName: 'timed', CookieExpirationPeriod: 60 }],
    OtherPolicies: ['proxy'],
  });
  const { PolicyDescriptions } = await elb.describeLoadBalancerPolicies({ LoadBalancerName, PolicyNames: ['timed'] });
  expect(PolicyDescriptions).toEqual([
    {
      PolicyName: 'timed',
      PolicyTypeName: 'LBCookieStickinessPolicyType',
      PolicyAttributeDescriptions: [{ AttributeName: 'CookieExpirationPeriod', AttributeValue: '60' }],
    },
  ]);
  await expect(
    elb.createAppCookieStickinessPolicy({ LoadBalancerName, PolicyName: 'app', CookieName: 'other' }),
  ).rejects.toEqual(refusal('DuplicatePolicyName', /app/));
  await elb.deleteLoadBalancerPolicy({ LoadBalancerName, PolicyName: 'app' });
  await elb.deleteLoadBalancerPolicy({ LoadBalancerName, PolicyName: 'app' });
  await expect(elb.describeLoadBalancerPolicies({ LoadBalancerName, PolicyNames: ['app'] })).rejects.toEqual(
    refusal('PolicyNotFound', 'There is no policy with name app for load balancer web'),
  );
});

test('CreateLoadBalancerPolicy: types and attributes are checked', async () => {
  await using site = await makeClassicSite('types');
  const make = (PolicyTypeName: string, attributes: Record<string, string>) =>
    site.elb.createLoadBalancerPolicy({
      LoadBalancerName,
      PolicyName: 'one',
      PolicyTypeName,
      PolicyAttributes: Object.entries(attributes).map(([AttributeName, AttributeValue]) => ({
        AttributeName,
        AttributeValue,
      })),
    });
  await expect(make('NoPolicyType', {})).rejects.toEqual(refusal('PolicyTypeNotFound', /NoPolicyType/));
  await expect(make('ProxyProtocolPolicyType', {})).rejects.toEqual(
    refusal('InvalidConfigurationRequest', /must be specified/),
  );
  await expect(make('ProxyProtocolPolicyType', { ProxyProtocol: 'maybe' })).rejects.toEqual(
    refusal('InvalidConfigurationRequest', /not a Boolean/),
  );
  await expect(make('ProxyProtocolPolicyType', { Other: 'true' })).rejects.toEqual(
    refusal('InvalidConfigurationRequest', /not an attribute/),
  );
  await expect(make('BackendServerAuthenticationPolicyType', { PublicKeyPolicyName: 'none' })).rejects.toEqual(
    refusal('PolicyNotFound', /none/),
  );
  await make('SSLNegotiationPolicyType', { 'Reference-Security-Policy': 'ELBSecurityPolicy-TLS-1-2-2017-01' });
  const { PolicyDescriptions } = await site.elb.describeLoadBalancerPolicies({ LoadBalancerName });
  const attributes = PolicyDescriptions?.[0]?.PolicyAttributeDescriptions ?? [];
  expect(attributes[0]).toEqual({
    AttributeName: 'Reference-Security-Policy',
    AttributeValue: 'ELBSecurityPolicy-TLS-1-2-2017-01',
  });
  expect(attributes.map(({ AttributeName }) => AttributeName).filter((one) => one?.startsWith('Protocol-'))).toEqual([
    'Protocol-TLSv1.2',
  ]);
});

test('DescribeLoadBalancerPolicies: without a load balancer, the samples; policy types with their attributes', async () => {
  await using site = await makeClassicSite('samples');
  const { PolicyDescriptions = [] } = await site.elb.describeLoadBalancerPolicies({});
  expect(PolicyDescriptions.map(({ PolicyName }) => PolicyName)).toContain('ELBSecurityPolicy-2016-08');
  const { PolicyTypeDescriptions = [] } = await site.elb.describeLoadBalancerPolicyTypes({});
  expect(PolicyTypeDescriptions).toHaveLength(6);
  expect(PolicyTypeDescriptions[0]).toMatchObject({
    PolicyTypeName: 'ProxyProtocolPolicyType',
    PolicyAttributeTypeDescriptions: [{ AttributeName: 'ProxyProtocol', AttributeType: 'Boolean', Cardinality: 'ONE' }],
  });
  await expect(site.elb.describeLoadBalancerPolicyTypes({ PolicyTypeNames: ['none'] })).rejects.toEqual(
    refusal('PolicyTypeNotFound', /none/),
  );
});

test('SetLoadBalancerPoliciesOfListener: only where the kind fits; what is in use is not deleted', async () => {
  await using site = await makeClassicSite('enable');
  const { elb } = site;
  await elb.createLBCookieStickinessPolicy({ LoadBalancerName, PolicyName: 'sticky' });
  await elb.createLoadBalancerPolicy({
    LoadBalancerName,
    PolicyName: 'proxy',
    PolicyTypeName: 'ProxyProtocolPolicyType',
    PolicyAttributes: [{ AttributeName: 'ProxyProtocol', AttributeValue: 'true' }],
  });
  const set = (LoadBalancerPort: number, PolicyNames: string[]) =>
    elb.setLoadBalancerPoliciesOfListener({ LoadBalancerName, LoadBalancerPort, PolicyNames });
  await set(80, ['sticky']);
  await expect(set(80, ['proxy'])).rejects.toEqual(refusal('InvalidConfigurationRequest', /cannot be enabled/));
  await expect(set(80, ['none'])).rejects.toEqual(refusal('PolicyNotFound', /none/));
  await expect(set(81, ['sticky'])).rejects.toEqual(refusal('ListenerNotFound', /81/));
  await expect(elb.deleteLoadBalancerPolicy({ LoadBalancerName, PolicyName: 'sticky' })).rejects.toEqual(
    refusal('InvalidConfigurationRequest', /in use by listener 80/),
  );
  await set(80, []);
  await elb.deleteLoadBalancerPolicy({ LoadBalancerName, PolicyName: 'sticky' });
  const backend = (InstancePort: number, PolicyNames: string[]) =>
    elb.setLoadBalancerPoliciesForBackendServer({ LoadBalancerName, InstancePort, PolicyNames });
  await backend(80, ['proxy']);
  await expect(backend(8080, ['proxy'])).rejects.toEqual(refusal('InvalidConfigurationRequest', /8080/));
  const { LoadBalancerDescriptions } = await elb.describeLoadBalancers({});
  expect(LoadBalancerDescriptions?.[0]?.BackendServerDescriptions).toEqual([
    { InstancePort: 80, PolicyNames: ['proxy'] },
  ]);
  await backend(80, []);
  await elb.deleteLoadBalancerPolicy({ LoadBalancerName, PolicyName: 'proxy' });
});

// Policies: settings with a name that are then enabled on listeners or on ports of instances.
import type { PolicyDescription } from '@aws-sdk/client-elastic-load-balancing';
import { errors } from './errors.ts';
import { getBalancer, getPolicy } from './find.ts';
import { policiesMax } from './limits.ts';
import { getPolicyType } from './policy-type.ts';
import { securityPolicy, securityPolicyNames } from './security-policy.ts';
import type { ClassicContext, Operation, PolicyRow } from './state.ts';

/** Policies of a port of the instances. */
const backendTypes = ['BackendServerAuthenticationPolicyType', 'ProxyProtocolPolicyType'];

export const attributeOf = ({ attributes }: PolicyRow, name: string): string | undefined =>
  attributes.find((one) => one.name === name)?.value;

const showPolicy = ({ name, type, attributes }: PolicyRow): PolicyDescription => ({
  PolicyName: name,
  PolicyTypeName: type,
  PolicyAttributeDescriptions: attributes.map((one) => ({ AttributeName: one.name, AttributeValue: one.value })),
});

function checkAttributes({ type, attributes }: PolicyRow): void {
  const known = getPolicyType(type).attributes;
  for (const { name, value } of attributes) {
    const rule = known.find((one) => one.name === name);
    if (rule === undefined)
      throw errors.configuration(`Attribute ${name} is not an attribute of the policy type ${type}`);
    const fits =
      rule.type === 'Boolean'
        ? /^(?:true|false)$/i.test(value)
        : rule.type === 'Long'
          ? /^\d{1,18}$/.test(value)
          : true;
    if (!fits) throw errors.configuration(`Attribute ${name} has the value ${value}, which is not a ${rule.type}`);
  }
  for (const { name, cardinality } of known) {
    const count = attributes.filter((one) => one.name === name).length;
    if (count === 0 && cardinality.startsWith('ONE'))
      throw errors.configuration(`Attribute ${name} of the policy type ${type} must be specified`);
    if (count > 1 && cardinality.endsWith('ONE'))
      throw errors.configuration(`Attribute ${name} of the policy type ${type} can be specified only once`);
  }
}

function addPolicy(context: ClassicContext, balancer: string, policy: PolicyRow): void {
  const row = getBalancer(context, balancer);
  if (!/^[a-zA-Z0-9-]+$/.test(policy.name))
    throw errors.validation('Policy name must contain only alphanumeric characters or hyphens');
  checkAttributes(policy);
  if (row.policies.some(({ name }) => name === policy.name)) throw errors.duplicatePolicy(policy.name, balancer);
  if (row.policies.length >= policiesMax) throw errors.tooManyPolicies(balancer);
  if (policy.type === 'BackendServerAuthenticationPolicyType')
    for (const { value } of policy.attributes)
      if (getPolicy(row, value).type !== 'PublicKeyPolicyType')
        throw errors.configuration(`The policy ${value} is not of the type PublicKeyPolicyType`);
  context.state.balancers.put({ ...row, policies: [...row.policies, policy] });
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_CreateLoadBalancerPolicy.html */
export const CreateLoadBalancerPolicy: Operation<'CreateLoadBalancerPolicy'> = (input, context) => {
  const { LoadBalancerName, PolicyName, PolicyTypeName, PolicyAttributes = [] } = input;
  const attributes = PolicyAttributes.map(({ AttributeName: name = '', AttributeValue: value = '' }) => ({
    name,
    value,
  }));
  const given = { name: PolicyName, type: PolicyTypeName, attributes };
  const reference = attributeOf(given, 'Reference-Security-Policy');
  if (PolicyTypeName === 'SSLNegotiationPolicyType' && reference !== undefined) {
    getBalancer(context, LoadBalancerName);
    checkAttributes(given);
    addPolicy(context, LoadBalancerName, securityPolicy(reference, PolicyName));
  } else addPolicy(context, LoadBalancerName, given);
  return {};
};

export const CreateAppCookieStickinessPolicy: Operation<'CreateAppCookieStickinessPolicy'> = (input, context) => {
  addPolicy(context, input.LoadBalancerName, {
    name: input.PolicyName,
    type: 'AppCookieStickinessPolicyType',
    attributes: [{ name: 'CookieName', value: input.CookieName }],
  });
  return {};
};

export const CreateLBCookieStickinessPolicy: Operation<'CreateLBCookieStickinessPolicy'> = (input, context) => {
  const { LoadBalancerName, PolicyName, CookieExpirationPeriod: seconds } = input;
  if (seconds !== undefined && Number(seconds) < 0)
    throw errors.validation(`CookieExpirationPeriod must not be negative: ${seconds}`);
  addPolicy(context, LoadBalancerName, {
    name: PolicyName,
    type: 'LBCookieStickinessPolicyType',
    attributes: seconds === undefined ? [] : [{ name: 'CookieExpirationPeriod', value: String(seconds) }],
  });
  return {};
};

/** A policy that is not there is no error. */
export const DeleteLoadBalancerPolicy: Operation<'DeleteLoadBalancerPolicy'> = (input, context) => {
  const { LoadBalancerName, PolicyName } = input;
  const row = getBalancer(context, LoadBalancerName);
  const users = [
    ...row.listeners
      .filter(({ policyNames }) => policyNames.includes(PolicyName))
      .map(({ port }) => `listener ${port}`),
    ...row.backends
      .filter(({ policyNames }) => policyNames.includes(PolicyName))
      .map(({ port }) => `instance port ${port}`),
    ...row.policies
      .filter(
        ({ type, attributes }) => backendTypes.includes(type) && attributes.some(({ value }) => value === PolicyName),
      )
      .map(({ name }) => `policy ${name}`),
  ];
  if (users.length > 0)
    throw errors.configuration(`The policy ${PolicyName} cannot be deleted: it is in use by ${users.join(', ')}`);
  context.state.balancers.put({ ...row, policies: row.policies.filter(({ name }) => name !== PolicyName) });
  return {};
};

/** Of a load balancer; without one, the sample policies, which are AWS's own security policies. */
export const DescribeLoadBalancerPolicies: Operation<'DescribeLoadBalancerPolicies'> = (input, context) => {
  const { LoadBalancerName, PolicyNames = [] } = input;
  if (LoadBalancerName !== undefined) {
    const row = getBalancer(context, LoadBalancerName);
    const policies = PolicyNames.length === 0 ? row.policies : PolicyNames.map((name) => getPolicy(row, name));
    return { PolicyDescriptions: policies.map(showPolicy) };
  }
  const unknown = PolicyNames.find((name) => !securityPolicyNames.includes(name));
  if (unknown !== undefined) throw errors.samplePolicyNotFound(unknown);
  const names = PolicyNames.length === 0 ? securityPolicyNames : PolicyNames;
  return { PolicyDescriptions: names.map((name) => showPolicy(securityPolicy(name))) };
};

/** Puts policies in place of those that a port of the instances has; none removes them all. */
export const SetLoadBalancerPoliciesForBackendServer: Operation<'SetLoadBalancerPoliciesForBackendServer'> = (
  input,
  context,
) => {
  const { LoadBalancerName, InstancePort: port, PolicyNames: policyNames } = input;
  const row = getBalancer(context, LoadBalancerName);
  for (const name of policyNames) {
    const { type } = getPolicy(row, name);
    if (!backendTypes.includes(type))
      throw errors.configuration(`The policy ${name} of type ${type} cannot be enabled on an instance port`);
  }
  if (!row.listeners.some(({ instancePort }) => instancePort === port))
    throw errors.configuration(`Load balancer ${LoadBalancerName} has no listener with the instance port ${port}`);
  const others = row.backends.filter((one) => one.port !== port);
  const backends = policyNames.length === 0 ? others : [...others, { port, policyNames: [...policyNames] }];
  context.state.balancers.put({ ...row, backends });
  return {};
};

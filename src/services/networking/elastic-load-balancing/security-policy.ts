// Security policies: which protocols and ciphers a secure listener takes. AWS's own are known by name.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-security-policy-table.html
import { findPolicy } from '../elastic-load-balancing-v2/ssl-policy.ts';
import { errors } from './errors.ts';
import type { PolicyRow } from './state.ts';

/** What a secure listener gets that names none. */
export const defaultSecurityPolicy = 'ELBSecurityPolicy-2016-08';

export const securityPolicyNames: readonly string[] = [
  defaultSecurityPolicy,
  'ELBSecurityPolicy-TLS-1-2-2017-01',
  'ELBSecurityPolicy-TLS-1-1-2017-01',
  'ELBSecurityPolicy-2015-05',
];

/** A predefined policy, as one of a load balancer's. @throws InvalidConfigurationRequest for a name that AWS has not. */
export function securityPolicy(reference: string, name = reference): PolicyRow {
  const policy = securityPolicyNames.includes(reference) ? findPolicy(reference) : undefined;
  if (policy === undefined) throw errors.configuration(`The reference security policy ${reference} does not exist`);
  const enabled = [
    ...policy.protocols.map((protocol) => `Protocol-${protocol}`),
    'Server-Defined-Cipher-Order',
    ...policy.ciphers,
  ];
  return {
    name,
    type: 'SSLNegotiationPolicyType',
    attributes: [
      { name: 'Reference-Security-Policy', value: reference },
      ...enabled.map((attribute) => ({ name: attribute, value: 'true' })),
    ],
  };
}

export const withPolicy = (policies: readonly PolicyRow[], added: PolicyRow): readonly PolicyRow[] =>
  policies.some(({ name }) => name === added.name) ? policies : [...policies, added];

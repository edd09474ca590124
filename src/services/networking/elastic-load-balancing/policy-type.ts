// Policy types, and the attributes that each takes.
// @see https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_DescribeLoadBalancerPolicyTypes.html
import type { PolicyTypeDescription } from '@aws-sdk/client-elastic-load-balancing';
import { errors } from './errors.ts';
import { securityPolicy, securityPolicyNames } from './security-policy.ts';
import type { Operation } from './state.ts';

type Cardinality = 'ONE' | 'ZERO_OR_ONE' | 'ZERO_OR_MORE' | 'ONE_OR_MORE';

interface AttributeType {
  readonly name: string;
  readonly type: 'Boolean' | 'String' | 'Long' | 'PolicyName';
  readonly cardinality: Cardinality;
}

export interface PolicyType {
  readonly description: string;
  readonly attributes: readonly AttributeType[];
}

const attribute = (name: string, type: AttributeType['type'], cardinality: Cardinality): AttributeType => ({
  name,
  type,
  cardinality,
});

/** Protocols and ciphers that a policy of one's own may enable. */
const negotiable = [
  ...new Set([
    'Protocol-TLSv1',
    'Protocol-SSLv3',
    'Protocol-TLSv1.1',
    'Protocol-TLSv1.2',
    'Server-Defined-Cipher-Order',
    ...securityPolicyNames.flatMap((name) =>
      securityPolicy(name)
        .attributes.slice(1)
        .map((one) => one.name),
    ),
    'DHE-RSA-AES128-SHA',
    'DHE-DSS-AES128-SHA',
    'CAMELLIA128-SHA',
    'EDH-RSA-DES-CBC3-SHA',
    'DES-CBC3-SHA',
    'ECDHE-RSA-RC4-SHA',
    'RC4-SHA',
    'ECDHE-ECDSA-RC4-SHA',
    'DHE-DSS-AES256-GCM-SHA384',
    'DHE-RSA-AES256-GCM-SHA384',
    'DHE-RSA-AES256-SHA256',
    'DHE-DSS-AES256-SHA256',
    'DHE-RSA-AES256-SHA',
    'DHE-DSS-AES256-SHA',
    'DHE-RSA-CAMELLIA256-SHA',
    'DHE-DSS-CAMELLIA256-SHA',
    'CAMELLIA256-SHA',
    'EDH-DSS-DES-CBC3-SHA',
    'DHE-DSS-AES128-GCM-SHA256',
    'DHE-RSA-AES128-GCM-SHA256',
    'DHE-RSA-AES128-SHA256',
    'DHE-DSS-AES128-SHA256',
    'DHE-RSA-CAMELLIA128-SHA',
    'DHE-DSS-CAMELLIA128-SHA',
    'ADH-AES128-GCM-SHA256',
    'ADH-AES128-SHA',
    'ADH-AES128-SHA256',
    'ADH-AES256-GCM-SHA384',
    'ADH-AES256-SHA',
    'ADH-AES256-SHA256',
    'ADH-CAMELLIA128-SHA',
    'ADH-CAMELLIA256-SHA',
    'ADH-DES-CBC3-SHA',
    'ADH-DES-CBC-SHA',
    'ADH-RC4-MD5',
    'ADH-SEED-SHA',
    'DES-CBC-SHA',
    'DHE-DSS-SEED-SHA',
    'DHE-RSA-SEED-SHA',
    'EDH-DSS-DES-CBC-SHA',
    'EDH-RSA-DES-CBC-SHA',
    'IDEA-CBC-SHA',
    'RC4-MD5',
    'SEED-SHA',
    'DES-CBC3-MD5',
    'DES-CBC-MD5',
    'RC2-CBC-MD5',
    'PSK-AES256-CBC-SHA',
    'PSK-3DES-EDE-CBC-SHA',
    'KRB5-DES-CBC3-SHA',
    'KRB5-DES-CBC3-MD5',
    'PSK-AES128-CBC-SHA',
    'PSK-RC4-SHA',
    'KRB5-RC4-SHA',
    'KRB5-RC4-MD5',
    'KRB5-DES-CBC-SHA',
    'KRB5-DES-CBC-MD5',
    'EXP-EDH-RSA-DES-CBC-SHA',
    'EXP-EDH-DSS-DES-CBC-SHA',
    'EXP-ADH-DES-CBC-SHA',
    'EXP-DES-CBC-SHA',
    'EXP-RC2-CBC-MD5',
    'EXP-KRB5-RC2-CBC-SHA',
    'EXP-KRB5-DES-CBC-SHA',
    'EXP-KRB5-RC2-CBC-MD5',
    'EXP-KRB5-DES-CBC-MD5',
    'EXP-ADH-RC4-MD5',
    'EXP-RC4-MD5',
    'EXP-KRB5-RC4-SHA',
    'EXP-KRB5-RC4-MD5',
  ]),
];

export const policyTypes: Readonly<Record<string, PolicyType>> = {
  ProxyProtocolPolicyType: {
    description:
      'Policy that controls whether to include the IP address and port of the originating request for TCP messages. This policy operates on TCP/SSL listeners only',
    attributes: [attribute('ProxyProtocol', 'Boolean', 'ONE')],
  },
  PublicKeyPolicyType: {
    description:
      'Policy containing a list of public keys to accept when authenticating the back-end server(s). This policy cannot be applied directly to back-end servers or listeners but must be part of a BackendServerAuthenticationPolicyType.',
    attributes: [attribute('PublicKey', 'String', 'ONE')],
  },
  AppCookieStickinessPolicyType: {
    description:
      'Stickiness policy with session lifetimes controlled by the lifetime of the application-generated cookie. This policy can be associated only with HTTP/HTTPS listeners.',
    attributes: [attribute('CookieName', 'String', 'ONE')],
  },
  LBCookieStickinessPolicyType: {
    description:
      'Stickiness policy with session lifetimes controlled by the browser (user-agent) or a specified expiration period. This policy can be associated only with HTTP/HTTPS listeners.',
    attributes: [attribute('CookieExpirationPeriod', 'Long', 'ZERO_OR_ONE')],
  },
  SSLNegotiationPolicyType: {
    description:
      'Listener policy that defines the ciphers and protocols that will be accepted by the load balancer. This policy can be associated only with HTTPS/SSL listeners.',
    attributes: [
      attribute('Reference-Security-Policy', 'String', 'ZERO_OR_ONE'),
      ...negotiable.map((name) => attribute(name, 'Boolean', 'ZERO_OR_ONE')),
    ],
  },
  BackendServerAuthenticationPolicyType: {
    description:
      'Policy that controls authentication to back-end server(s) and contains one or more policies, such as an instance of a PublicKeyPolicyType. This policy can be associated only with back-end servers that are using HTTPS/SSL.',
    attributes: [attribute('PublicKeyPolicyName', 'PolicyName', 'ONE_OR_MORE')],
  },
};

export function getPolicyType(name: string): PolicyType {
  const type = Object.hasOwn(policyTypes, name) ? policyTypes[name] : undefined;
  if (type === undefined) throw errors.policyTypeNotFound(name);
  return type;
}

export const DescribeLoadBalancerPolicyTypes: Operation<'DescribeLoadBalancerPolicyTypes'> = (input) => {
  const { PolicyTypeNames = [] } = input;
  const names = PolicyTypeNames.length === 0 ? Object.keys(policyTypes) : PolicyTypeNames;
  const PolicyTypeDescriptions = names.map((PolicyTypeName): PolicyTypeDescription => {
    const { description, attributes } = getPolicyType(PolicyTypeName);
    return {
      PolicyTypeName,
      Description: description,
      PolicyAttributeTypeDescriptions: attributes.map(({ name, type, cardinality }) => ({
        AttributeName: name,
        AttributeType: type,
        Cardinality: cardinality,
      })),
    };
  });
  return { PolicyTypeDescriptions };
};

// Security policies of TLS listeners: protocols and ciphers by name. Facts of AWS's tables.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
import { errors } from './errors.ts';
import { page } from './find.ts';
import type { Operation } from './state.ts';

const modern = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const forwardGcm = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];
const forwardCbc = [
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
];
const forwardSha1 = [
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES256-SHA',
  'ECDHE-ECDSA-AES256-SHA',
];
const plainGcm = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA256'];
const plainSha1 = ['AES128-SHA', 'AES256-SHA'];

const old = ['TLSv1', 'TLSv1.1', 'TLSv1.2'];

export interface Policy {
  readonly protocols: readonly string[];
  readonly ciphers: readonly string[];
}

const policies: Readonly<Record<string, Policy>> = {
  'ELBSecurityPolicy-2016-08': {
    protocols: old,
    ciphers: [...forwardGcm, ...forwardCbc, ...forwardSha1, ...plainGcm, ...plainSha1],
  },
  'ELBSecurityPolicy-TLS13-1-2-2021-06': {
    protocols: ['TLSv1.2', 'TLSv1.3'],
    ciphers: [...modern, ...forwardGcm, ...forwardCbc],
  },
  'ELBSecurityPolicy-TLS13-1-2-Res-2021-06': {
    protocols: ['TLSv1.2', 'TLSv1.3'],
    ciphers: [...modern, ...forwardGcm],
  },
  'ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06': {
    protocols: ['TLSv1.2', 'TLSv1.3'],
    ciphers: [...modern, ...forwardGcm, ...forwardCbc, ...plainGcm],
  },
  'ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06': {
    protocols: ['TLSv1.2', 'TLSv1.3'],
    ciphers: [...modern, ...forwardGcm, ...forwardCbc, ...forwardSha1, ...plainGcm, ...plainSha1],
  },
  'ELBSecurityPolicy-TLS13-1-1-2021-06': {
    protocols: ['TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
    ciphers: [...modern, ...forwardGcm, ...forwardCbc, ...forwardSha1, ...plainGcm, ...plainSha1],
  },
  'ELBSecurityPolicy-TLS13-1-0-2021-06': {
    protocols: [...old, 'TLSv1.3'],
    ciphers: [...modern, ...forwardGcm, ...forwardCbc, ...forwardSha1, ...plainGcm, ...plainSha1],
  },
  'ELBSecurityPolicy-TLS13-1-3-2021-06': { protocols: ['TLSv1.3'], ciphers: modern },
  'ELBSecurityPolicy-TLS-1-2-2017-01': {
    protocols: ['TLSv1.2'],
    ciphers: [...forwardGcm, ...forwardCbc, ...plainGcm],
  },
  'ELBSecurityPolicy-TLS-1-1-2017-01': {
    protocols: ['TLSv1.1', 'TLSv1.2'],
    ciphers: [...forwardGcm, ...forwardCbc, ...forwardSha1, ...plainGcm, ...plainSha1],
  },
  'ELBSecurityPolicy-TLS-1-2-Ext-2018-06': {
    protocols: ['TLSv1.2'],
    ciphers: [...forwardGcm, ...forwardCbc, ...forwardSha1, ...plainGcm, ...plainSha1],
  },
  'ELBSecurityPolicy-FS-2018-06': { protocols: old, ciphers: [...forwardGcm, ...forwardCbc, ...forwardSha1] },
  'ELBSecurityPolicy-FS-1-1-2019-08': {
    protocols: ['TLSv1.1', 'TLSv1.2'],
    ciphers: [...forwardGcm, ...forwardCbc, ...forwardSha1],
  },
  'ELBSecurityPolicy-FS-1-2-2019-08': {
    protocols: ['TLSv1.2'],
    ciphers: [...forwardGcm, ...forwardCbc, ...forwardSha1],
  },
  'ELBSecurityPolicy-FS-1-2-Res-2019-08': { protocols: ['TLSv1.2'], ciphers: [...forwardGcm, ...forwardCbc] },
  'ELBSecurityPolicy-FS-1-2-Res-2020-10': { protocols: ['TLSv1.2'], ciphers: forwardGcm },
  'ELBSecurityPolicy-2015-05': {
    protocols: old,
    ciphers: [...forwardGcm, ...forwardCbc, ...forwardSha1, ...plainGcm, ...plainSha1],
  },
};

export const findPolicy = (name: string): Policy | undefined =>
  Object.hasOwn(policies, name) ? policies[name] : undefined;

/** What a listener gets that names none: the API's default, which is not the console's. */
export const defaultPolicy = 'ELBSecurityPolicy-2016-08';

/** @throws SSLPolicyNotFound */
export function checkPolicy(name: string): string {
  if (!Object.hasOwn(policies, name)) throw errors.policyNotFound(name);
  return name;
}

export const DescribeSSLPolicies: Operation<'DescribeSSLPolicies'> = (input) => {
  const names =
    input.Names === undefined || input.Names.length === 0 ? Object.keys(policies) : [...new Set(input.Names)];
  const { rows, NextMarker } = page(names.map(checkPolicy), input, (name) => name);
  const SslPolicies = rows.map((Name) => {
    const { protocols, ciphers } = policies[Name] as Policy;
    return {
      Name,
      SslProtocols: [...protocols],
      Ciphers: ciphers.map((cipher, at) => ({ Name: cipher, Priority: at + 1 })),
      SupportedLoadBalancerTypes: ['application', 'network'],
    };
  });
  return { SslPolicies, NextMarker };
};

// Policies of advanced parameters: when one expires, and of what its owner is told.
// @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
import type { ParameterInlinePolicy } from '@aws-sdk/client-ssm';
import { type Instant, instant, later, secondsPerDay } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { policiesMax } from './limits.ts';

interface Policy {
  readonly Type?: string;
  readonly Version?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
}

const types = ['Expiration', 'ExpirationNotification', 'NoChangeNotification'] as const;

/** Reads what `PutParameter` got: a JSON list, each policy as JSON text in the answer. */
export function readPolicies(text: string | undefined): string[] {
  if (text === undefined || text === '') return [];
  const list = parse(text);
  if (list.length > policiesMax) throw errors.policyLimit();
  for (const policy of list) check(policy, list);
  return list.map((policy) => JSON.stringify(policy));
}

function parse(text: string): Policy[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every(isPolicy)) return value;
  } catch {
    // Falls through: it is no JSON.
  }
  throw errors.policyAttribute('The policies are not a valid JSON list of policies.');
}

/** An object whose attributes, when there are any, are an object too. */
function isPolicy(value: unknown): value is Policy {
  if (typeof value !== 'object' || value === null) return false;
  const { Attributes } = value as Policy;
  return Attributes === undefined || (typeof Attributes === 'object' && Attributes !== null);
}

function check({ Type = '', Version, Attributes = {} }: Policy, list: readonly Policy[]): void {
  if (!types.some((type) => type === Type)) throw errors.policyType(Type);
  if (Version !== '1.0') throw errors.policyAttribute(`The policy version is not valid: ${Version ?? ''}.`);
  if (Type === 'Expiration' && Number.isNaN(Date.parse(Attributes['Timestamp'] ?? '')))
    throw errors.policyAttribute('The expiration policy needs a Timestamp in ISO 8601 form.');
  const amount = Attributes[Type === 'NoChangeNotification' ? 'After' : 'Before'];
  if (Type !== 'Expiration' && !(Number(amount) > 0 && /^(Days|Hours)$/.test(Attributes['Unit'] ?? '')))
    throw errors.policyAttribute(`The attributes of the ${Type} policy are not valid.`);
  if (Type === 'ExpirationNotification' && !list.some((one) => one.Type === 'Expiration'))
    throw errors.policyMismatch('An ExpirationNotification policy needs an Expiration policy.');
  if (Type === 'Expiration' && list.filter((one) => one.Type === 'Expiration').length > 1)
    throw errors.policyMismatch('There can be only one Expiration policy for a parameter.');
}

/** When the parameter is deleted; undefined when nothing says so. */
export function expiryOf(policies: readonly string[]): Instant | undefined {
  for (const text of policies) {
    const { Type, Attributes } = JSON.parse(text) as Policy;
    if (Type === 'Expiration') return instant(Date.parse(Attributes?.['Timestamp'] ?? ''));
  }
  return undefined;
}

/** Policies with where they stand: `Finished` once their time has come. */
export const showPolicies = (policies: readonly string[], modifiedAt: Instant, now: Instant): ParameterInlinePolicy[] =>
  policies.map((PolicyText) => {
    const due = dueOf(JSON.parse(PolicyText) as Policy, policies, modifiedAt);
    return {
      PolicyText,
      PolicyType: (JSON.parse(PolicyText) as Policy).Type,
      PolicyStatus: due <= now ? 'Finished' : 'Pending',
    };
  });

function dueOf({ Type, Attributes = {} }: Policy, policies: readonly string[], modifiedAt: Instant): Instant {
  const expiry = expiryOf(policies) ?? modifiedAt;
  if (Type === 'Expiration') return expiry;
  const unitSeconds = Attributes['Unit'] === 'Hours' ? secondsPerDay / 24 : secondsPerDay;
  return Type === 'ExpirationNotification'
    ? later(expiry, -Number(Attributes['Before']) * unitSeconds)
    : later(modifiedAt, Number(Attributes['After']) * unitSeconds);
}

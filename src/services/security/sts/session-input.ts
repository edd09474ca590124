// What a request for a session brings along: policies, tags, a second factor, a duration.
import { deflateRawSync } from 'node:zlib';
import { roleSession, sessionPolicyArns, tagsPerResource } from '../iam/limits.ts';
import { findManagedPolicy } from '../iam/managed-policy-lookup.ts';
import { checkIdentityPolicy, PolicyFault } from '../iam/policy/grammar.ts';
import type { Session } from '../iam/session.ts';
import { type IamState, lower, type Role, type Tag } from '../iam/state.ts';
import { errors } from './errors.ts';

interface PolicyInput {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
}

export interface SessionLimits {
  readonly policies?: readonly string[] | undefined;
  readonly policyArns?: readonly string[] | undefined;
}

/** Session policies, checked. */
export function readPolicies({ Policy, PolicyArns }: PolicyInput, state: IamState): SessionLimits {
  const policyArns = PolicyArns?.flatMap(({ arn }) => arn ?? []);
  if ((policyArns?.length ?? 0) > sessionPolicyArns)
    throw errors.validation(`Number of policy ARNs exceeds the limit of ${sessionPolicyArns}.`);
  for (const arn of policyArns ?? [])
    if (findManagedPolicy(state, arn) === undefined)
      throw errors.malformedPolicy(`Policy ${arn} does not exist or is not attachable.`);
  if (Policy !== undefined)
    try {
      checkIdentityPolicy(Policy);
    } catch (error) {
      if (error instanceof PolicyFault) throw errors.malformedPolicy(error.message);
      throw error;
    }
  return {
    ...(Policy === undefined ? {} : { policies: [Policy] }),
    ...(policyArns === undefined || policyArns.length === 0 ? {} : { policyArns }),
  };
}

/** Bytes that policies and tags of a session may take, packed. */
const packedBytes = 2_048;

/**
 * How much of the space for session policies and tags is used, in percent; undefined when there are none.
 *
 * Unknown: how AWS packs, and into how many bytes; here it is deflate, into 2,048.
 */
export function packedSize({ policies, policyArns }: SessionLimits, tags: readonly Tag[]): number | undefined {
  if (policies === undefined && policyArns === undefined && tags.length === 0) return undefined;
  const text = JSON.stringify([policies, policyArns, tags.map(({ Key, Value }) => [Key, Value])]);
  const percent = Math.ceil((deflateRawSync(text).length * 100) / packedBytes);
  if (percent > 100) throw errors.packedTooLarge(percent);
  return percent;
}

/** Bytes of a session token at most. */
const longestToken = 4_096;

/** How long a token must be at least, in bytes. */
export function readTokenMinimum(bytes: number | undefined): number | undefined {
  if (bytes === undefined || (bytes >= 0 && bytes <= longestToken)) return bytes;
  const bound = bytes < 0 ? 'greater than or equal to 0' : `less than or equal to ${longestToken}`;
  throw errors.validation(
    `1 validation error detected: Value '${bytes}' at 'minimumSessionTokenSize' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

/** How large the token is, also in percent of what is allowed. */
export const tokenSize = ({ SessionToken }: { readonly SessionToken: string }) => ({
  SessionTokenSize: SessionToken.length,
  SessionTokenUtilization: Math.ceil((SessionToken.length * 100) / longestToken),
});

/** Tags of the new session: those of the request over those that the caller's session hands on. */
export interface SessionTags {
  readonly tags: readonly Tag[];
  readonly transitiveKeys: readonly string[];
}

export function readTags(
  given: readonly { readonly Key: string; readonly Value: string }[] | undefined,
  transitive: readonly string[] | undefined,
  caller: Session | undefined,
): SessionTags {
  const tags = (given ?? []).map(({ Key, Value }) => ({ Key, Value }));
  const names = tags.map(({ Key }) => lower(Key));
  if (tags.length > tagsPerResource) throw errors.validation(`Number of tags exceeds the limit of ${tagsPerResource}.`);
  if (new Set(names).size < names.length)
    throw errors.invalidParameter('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  const asked = (transitive ?? []).map(lower);
  if (asked.some((name) => !names.includes(name)))
    throw errors.invalidParameter('The specified transitive tag key must be included in the requested tags.');
  const inherited = caller?.transitiveKeys ?? [];
  if (names.some((name) => inherited.includes(name)))
    throw errors.invalidParameter(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  const handedOn = (caller?.tags ?? []).filter(({ Key }) => inherited.includes(lower(Key)));
  return { tags: [...handedOn, ...tags], transitiveKeys: [...inherited, ...asked] };
}

/** Seconds of a role's session. */
export function readDuration(given: number | undefined, role: Role, chained: boolean): number {
  const seconds = given ?? Math.min(roleSession.usual, role.maxSessionSeconds);
  if (seconds > role.maxSessionSeconds)
    throw errors.validation('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  if (chained && seconds > roleSession.chained)
    throw errors.validation(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  return seconds;
}

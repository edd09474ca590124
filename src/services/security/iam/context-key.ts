// Condition keys of a request: what `aws:…` and the service's own keys are worth for one call. Looked up when a policy asks.
//
// Differs: `aws:ViaAWSService` and `aws:CalledVia` are absent for calls that a service makes for its caller.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
import type { Origin, Permission, Principal } from '../../../kernel/service.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { ContextLookup } from './policy/template.ts';
import { type Session, sessionOf } from './session.ts';
import { lower, type Tag } from './state.ts';

export interface CallFacts {
  readonly principal: Principal;
  readonly origin: Origin;
  readonly region: string;
  readonly partition: string;
  readonly now: Instant;
  /** Tags of the user or role. */
  readonly tags: readonly Tag[];
  readonly permission: Permission;
}

type Value = string | readonly string[] | undefined;

export const isoTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const principalTypes: Readonly<Record<Principal['kind'], string>> = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  service: 'Service',
  anonymous: 'Anonymous',
};

const isMfaKnown = (session: Session | undefined): session is Session => session !== undefined;

const readers: Readonly<Record<string, (facts: CallFacts, session: Session | undefined) => Value>> = {
  'aws:currenttime': ({ now }) => isoTime(now),
  'aws:epochtime': ({ now }) => String(Math.floor(now / 1000)),
  'aws:securetransport': ({ origin }) => String(origin.secure),
  // Through a VPC endpoint a private address comes along, which has a key of its own.
  'aws:sourceip': ({ origin, principal }) =>
    principal.kind === 'service' || origin.via !== undefined ? undefined : origin.sourceIp,
  'aws:vpcsourceip': ({ origin }) => (origin.via === undefined ? undefined : origin.sourceIp),
  'aws:sourcevpc': ({ origin }) => origin.via?.vpcId,
  'aws:sourcevpcarn': ({ origin: { via }, partition }) =>
    via && `arn:${partition}:ec2:${via.region}:${via.account}:vpc/${via.vpcId}`,
  'aws:vpceaccount': ({ origin }) => origin.via?.account,
  'aws:useragent': ({ origin }) => origin.userAgent,
  'aws:referer': ({ origin }) => origin.headers['referer'],
  'aws:requestedregion': ({ region }) => region,
  'aws:sourcevpce': ({ origin }) => origin.via?.endpointId,
  'aws:sourcearn': ({ origin }) => origin.sourceArn,
  'aws:sourceaccount': ({ origin }) => origin.sourceAccount,
  'aws:viaawsservice': () => 'false',
  'aws:principalarn': ({ principal }, session) => {
    if (principal.kind === 'service' || principal.kind === 'anonymous') return undefined;
    return principal.kind === 'assumed-role' ? (session?.issuerArn ?? principal.arn) : principal.arn;
  },
  'aws:principalaccount': ({ principal }) =>
    principal.kind === 'service' || principal.kind === 'anonymous' ? undefined : principal.account,
  'aws:principaltype': ({ principal }) => principalTypes[principal.kind],
  'aws:principalisawsservice': ({ principal }) => String(principal.kind === 'service'),
  'aws:principalservicename': ({ principal }) => (principal.kind === 'service' ? principal.arn : undefined),
  'aws:userid': ({ principal }) => (principal.kind === 'anonymous' ? 'anonymous' : principal.userId),
  'aws:username': ({ principal }) => (principal.kind === 'user' ? principal.userName : undefined),
  'aws:resourceaccount': ({ permission }) => permission.owner,
  'aws:tokenissuetime': (_facts, session) => (session === undefined ? undefined : isoTime(session.issuedAt)),
  'aws:multifactorauthpresent': (_facts, session) =>
    isMfaKnown(session) ? String(session.mfaAt !== undefined) : undefined,
  'aws:multifactorauthage': ({ now }, session) =>
    session?.mfaAt === undefined ? undefined : String(Math.floor((now - session.mfaAt) / 1000)),
  'aws:federatedprovider': (_facts, session) => session?.provider,
  'aws:sourceidentity': (_facts, session) => session?.sourceIdentity,
};

const tagPrefix = 'aws:principaltag/';

function principalTag(name: string, { tags }: CallFacts, session: Session | undefined): Value {
  // A session's tag hides the role's.
  const found = session?.tags?.find(({ Key }) => lower(Key) === name) ?? tags.find(({ Key }) => lower(Key) === name);
  return found?.Value;
}

/** The keys of one call. A permission may say any key itself, also a global one. */
export function contextOf(facts: CallFacts): ContextLookup {
  const session = sessionOf(facts.principal);
  let given: Map<string, string | readonly string[]> | undefined;
  return (key) => {
    const { conditions } = facts.permission;
    if (conditions !== undefined) {
      given ??= new Map(Object.entries(conditions).map(([name, value]) => [name.toLowerCase(), value]));
      const value = given.get(key);
      if (value !== undefined) return value;
    }
    if (key.startsWith(tagPrefix)) return principalTag(key.slice(tagPrefix.length), facts, session);
    const own = Object.hasOwn(readers, key) ? readers[key] : undefined;
    if (own !== undefined) return own(facts, session);
    return session?.providerKeys?.[key];
  };
}

// Who a policy speaks of, and who asks.
//
// A request has one principal with several names: an assumed role's session is itself, its role, and its account. Which of
// the names a resource policy uses decides what still limits the caller (see evaluate.ts), so a match tells how near it is.
import { isArray, isObject, type JsonNode, textsOf } from './json.ts';

/** The one who asks, as policies see it. */
export interface RequestPrincipal {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'federated-user' | 'service' | 'federated' | 'anonymous';
  /** ARN of the user, session or root; a service's name; `*` for nobody. */
  readonly arn: string;
  /** Twelve digits; empty for services, web identities and nobody. */
  readonly account: string;
  /** ARN of the role behind a session, or of the user behind a federated one. */
  readonly issuerArn?: string | undefined;
  /** `AROA…`, `AIDA…`: what AWS keeps in a policy in place of an ARN. */
  readonly uniqueId?: string | undefined;
  /** Identity providers that vouch for a federated caller: ARN, or `cognito-identity.amazonaws.com`. */
  readonly providers?: readonly string[] | undefined;
  /** Canonical user id, in policies of S3. */
  readonly canonicalUserId?: string | undefined;
  /** True for the session of a service-linked role, which organizations do not restrict. */
  readonly serviceLinked?: boolean | undefined;
}

/** How a policy names the caller. `account` only hands the decision to the account's own policies. */
export type Nearness = 'no' | 'account' | 'issuer' | 'direct';

export interface PrincipalPattern {
  readonly everyone: boolean;
  readonly aws: ReadonlySet<string>;
  /** Accounts given as twelve digits or as root ARN. */
  readonly accounts: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly federated: ReadonlySet<string>;
  readonly canonicalUsers: ReadonlySet<string>;
}

const rootForm = /^arn:[^:]+:iam::(\d{12}):root$/;

/** The account that a principal text stands for: `123456789012` or its root ARN. */
export const accountOf = (text: string): string | undefined =>
  /^\d{12}$/.test(text) ? text : rootForm.exec(text)?.[1];

const nobody = { aws: [], Service: [], Federated: [], CanonicalUser: [] } as const;

export function compilePrincipal(node: JsonNode): PrincipalPattern {
  const members = isObject(node) ? node.value : undefined;
  const listOf = (name: string): readonly string[] => textsOf(members?.get(name)) ?? [];
  const aws = members === undefined && !isArray(node) ? (textsOf(node) ?? nobody.aws) : listOf('AWS');
  const accounts = new Set<string>();
  const named = new Set<string>();
  for (const text of aws) {
    const account = accountOf(text);
    if (account === undefined) named.add(text);
    else accounts.add(account);
  }
  return {
    everyone: named.has('*'),
    aws: named,
    accounts,
    services: new Set(listOf('Service')),
    federated: new Set(listOf('Federated')),
    canonicalUsers: new Set(listOf('CanonicalUser')),
  };
}

/** How near does the pattern name the caller? */
export function nearness(pattern: PrincipalPattern, principal: RequestPrincipal): Nearness {
  if (pattern.everyone) return 'direct';
  switch (principal.kind) {
    case 'anonymous':
      return 'no';
    case 'service':
      return pattern.services.has(principal.arn) || pattern.services.has('*') ? 'direct' : 'no';
    case 'federated':
      return principal.providers?.some((provider) => pattern.federated.has(provider)) ? 'direct' : 'no';
    default:
  }
  if (pattern.aws.size > 0) {
    if (pattern.aws.has(principal.arn)) return 'direct';
    const ofIssuer = principal.kind === 'user' ? 'direct' : 'issuer';
    if (principal.uniqueId !== undefined && pattern.aws.has(principal.uniqueId)) return ofIssuer;
    if (principal.issuerArn !== undefined && pattern.aws.has(principal.issuerArn)) return 'issuer';
  }
  if (principal.canonicalUserId !== undefined && pattern.canonicalUsers.has(principal.canonicalUserId))
    return 'account';
  if (pattern.accounts.has(principal.account)) return principal.kind === 'root' ? 'direct' : 'account';
  return 'no';
}

/**
 * Is the caller outside the list of a `NotPrincipal`? Every name of the caller must be listed to be spared: a session, its role
 * and its account.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function outside(pattern: PrincipalPattern, principal: RequestPrincipal): boolean {
  if (pattern.everyone) return false;
  if (principal.kind === 'service' || principal.kind === 'federated' || principal.kind === 'anonymous')
    return nearness(pattern, principal) === 'no';
  if (!pattern.accounts.has(principal.account)) return true;
  if (principal.kind === 'root') return false;
  if (!(pattern.aws.has(principal.arn) || (principal.kind === 'user' && pattern.aws.has(principal.uniqueId ?? ''))))
    return true;
  return principal.issuerArn !== undefined && !pattern.aws.has(principal.issuerArn);
}

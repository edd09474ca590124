// Who calls, and whether he may: the road's two questions to IAM.
//
// Credentials that this cloud issued are checked and enforced. Any other key is taken as it comes: twelve digits are that
// account's root user, everything else is the root user of the default account, and a root user of that kind may do all.
import {
  type Authority,
  anonymous,
  type Credential,
  type Identity,
  type Question,
  rootOf,
} from '../../../kernel/authority.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Random } from '../../../kernel/random.ts';
import type { Permission, Principal } from '../../../kernel/service.ts';
import type { Store } from '../../../kernel/table.ts';
import { contextOf } from './context-key.ts';
import { isOwnSessionKey } from './key-id.ts';
import { denialDetails } from './denial-message.ts';
import { denialMessage } from './policy/denial.ts';
import { compilePolicy } from './policy/document.ts';
import { type AccessRequest, evaluate, type NamedPolicy, type PolicySet } from './policy/evaluate.ts';
import type { RequestPrincipal } from './policy/principal.ts';
import { rolePolicies, sessionPolicies, userPolicies } from './principal-policy.ts';
import { refuseAction, refuseAnonymous, refuseExpired, refuseKey } from './refusal.ts';
import {
  findSeal,
  issuedRoot,
  isOwnToken,
  needSeal,
  openToken,
  principalOfSession,
  sealText,
  type Session,
  sessionOf,
} from './session.ts';
import { type IamState, iamTables, lower, type Tag } from './state.ts';
import { UseRecorder } from './use.ts';

export interface AuthorityParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly defaultAccount: string;
  readonly partition: string;
  /** `explain` lets everything pass and tells what it would have denied; `off` does not even ask. */
  readonly mode: 'enforce' | 'explain' | 'off';
  readonly explain: (sentence: string) => void;
}

const accountForm = /^\d{12}$/;
/** Services whose resources let other services in by their own policy only. */
const guarded = new Set(['sqs', 'sns', 'lambda', 's3', 'kms', 'secretsmanager', 'events']);
/** What a role's trust policy must allow, whatever the caller's own policies say. */
const trusted = new Set(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']);
/** Tokens opened lately: opening one costs some microseconds. */
const openTokens = 1_000;

interface Bearer {
  readonly policies: PolicySet;
  readonly tags: readonly Tag[];
  readonly serviceLinked: boolean;
}

const everything: NamedPolicy = {
  id: 'root',
  policy: compilePolicy('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'),
};

const nobody: Bearer = { policies: { identity: [] }, tags: [], serviceLinked: false };

/**
 * Sessions of users may not call IAM (but with a second factor) nor most of STS.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
 */
function isBarred(principal: Principal, service: string, operation: string): boolean {
  const session = sessionOf(principal);
  if (session === undefined || session.taskPolicyArn !== undefined) return false;
  if (session.kind === 'federated-user')
    return service === 'iam' || (service === 'sts' && operation !== 'GetCallerIdentity');
  if (session.kind === 'assumed-role') return false;
  if (service === 'iam') return session.mfaAt === undefined;
  return service === 'sts' && operation !== 'AssumeRole' && operation !== 'GetCallerIdentity';
}

export const requestPrincipal = (principal: Principal, serviceLinked: boolean): RequestPrincipal => {
  const session = sessionOf(principal);
  return {
    kind: principal.kind,
    arn: principal.arn,
    account: principal.kind === 'service' || principal.kind === 'anonymous' ? '' : principal.account,
    issuerArn: principal.kind === 'user' ? undefined : session?.issuerArn,
    uniqueId: session?.issuerId ?? (principal.kind === 'user' ? principal.userId : undefined),
    serviceLinked,
  };
};

export class IamAuthority implements Authority {
  readonly #parts: AuthorityParts;
  readonly #uses: UseRecorder;
  readonly #tokens = new Map<string, Session>();
  #tokensOf: Uint8Array | undefined;

  constructor(parts: AuthorityParts) {
    this.#parts = parts;
    this.#uses = new UseRecorder(parts.store, parts.clock);
  }

  #state(account: string): IamState {
    return this.#parts.store.state('iam', iamTables, account, '*');
  }

  authenticate(credential: Credential | undefined, service: string): Identity {
    if (credential === undefined) return { principal: anonymous };
    const { defaultAccount, partition } = this.#parts;
    const { accessKeyId, sessionToken } = credential;
    if (accountForm.test(accessKeyId)) return { principal: rootOf(accessKeyId, partition, accessKeyId) };
    const state = this.#state(defaultAccount);
    const accessKey = state.accessKeys.find(accessKeyId);
    if (accessKey !== undefined) return this.#ofAccessKey(accessKey, service);
    const seal = findSeal(state);
    const ours = seal !== undefined && isOwnSessionKey(accessKeyId, seal);
    if (ours || (sessionToken !== undefined && isOwnToken(sessionToken)))
      return this.#ofSession(accessKeyId, sessionToken, seal, service);
    return { principal: rootOf(defaultAccount, partition, accessKeyId) };
  }

  #ofAccessKey(
    {
      id,
      account,
      user: name,
      secret,
      status,
    }: {
      readonly id: string;
      readonly account: string;
      readonly user: string | undefined;
      readonly secret: string;
      readonly status: string;
    },
    service: string,
  ): Identity {
    if (status !== 'Active') throw refuseKey(service, id);
    if (name === undefined)
      return {
        principal: { ...rootOf(account, this.#parts.partition, id), session: issuedRoot },
        secretAccessKey: secret,
      };
    const user = this.#state(account).users.find(lower(name));
    if (user === undefined) throw refuseKey(service, id);
    return {
      principal: { kind: 'user', arn: user.arn, account, userId: user.id, userName: user.name, accessKeyId: id },
      secretAccessKey: secret,
    };
  }

  #ofSession(accessKeyId: string, token: string | undefined, seal: Uint8Array | undefined, service: string): Identity {
    const session = token === undefined || seal === undefined ? undefined : this.#open(token, seal);
    if (session === undefined || session.accessKeyId !== accessKeyId) throw refuseKey(service, accessKeyId);
    if (this.#parts.clock.now() >= session.expiresAt) throw refuseExpired(service);
    if (session.issuerId !== undefined && !this.#issuerLives(session)) throw refuseKey(service, accessKeyId);
    return { principal: principalOfSession(session), secretAccessKey: session.secret };
  }

  #open(token: string, seal: Uint8Array): Session | undefined {
    // After a reset there is another seal, and what the old one opened is worth nothing.
    if (this.#tokensOf !== seal || this.#tokens.size >= openTokens) this.#tokens.clear();
    this.#tokensOf = seal;
    const known = this.#tokens.get(token);
    if (known !== undefined) return known;
    const session = openToken(token, seal);
    if (session === undefined) return undefined;
    this.#tokens.set(token, session);
    return session;
  }

  #issuerLives({ kind, account, issuerId, issuerName = '' }: Session): boolean {
    const state = this.#state(account);
    const issuer =
      kind === 'assumed-role' ? state.roles.find(lower(issuerName)) : this.#userById(state, issuerName, issuerId);
    return issuer?.id === issuerId;
  }

  #userById(state: IamState, name: string, id: string | undefined) {
    const user = state.users.find(lower(name));
    // A renamed user keeps its id, and its sessions.
    return user?.id === id ? user : state.users.list().find((candidate) => candidate.id === id);
  }

  mayDeny(principal: Principal): boolean {
    if (principal.kind === 'root' && principal.session === undefined) return false;
    return this.#parts.mode !== 'off' || principal.kind === 'anonymous';
  }

  authorize(question: Question): void {
    const { principal, operation, service } = question;
    if (principal.kind === 'anonymous') {
      if (question.permissions.length === 0) throw refuseAnonymous(service);
      if (this.#parts.mode === 'off') return;
    }
    if (isBarred(principal, service, operation)) throw refuseKey(service, principal.accessKeyId ?? '');
    const bearer = this.#bearer(principal);
    const asked = requestPrincipal(principal, bearer.serviceLinked);
    for (const permission of question.permissions) this.#judge(permission, question, bearer, asked);
    this.#uses.note(question);
  }

  #judge(permission: Permission, question: Question, bearer: Bearer, principal: RequestPrincipal): void {
    const { resourcePolicy, action } = permission;
    // A service's own plumbing: what has no policy of its own cannot refuse it.
    if (principal.kind === 'service' && resourcePolicy === undefined && !guarded.has(question.service)) return;
    const { region, origin } = question;
    const owner = permission.owner ?? question.account;
    const request: AccessRequest = {
      action,
      resource: permission.resource,
      owner,
      principal,
      lookup: contextOf({
        principal: question.principal,
        origin,
        region,
        partition: question.partition,
        now: this.#parts.clock.now(),
        tags: bearer.tags,
        permission: { ...permission, owner },
      }),
      resourceMustAllow:
        action.startsWith('kms:') && resourcePolicy !== undefined ? 'key' : trusted.has(action) ? 'trust' : undefined,
    };
    // What AssumeRoot is for: to take away a policy that locks everybody out. It would lock this session out too.
    const unlocks = sessionOf(question.principal)?.taskPolicyArn !== undefined;
    const resource: NamedPolicy | undefined =
      resourcePolicy === undefined || unlocks ? undefined : { id: 'resource', policy: compilePolicy(resourcePolicy) };
    const passed = origin.via?.policy;
    const endpoint: NamedPolicy | undefined =
      passed === undefined ? undefined : { id: 'endpoint', policy: compilePolicy(passed) };
    const decision = evaluate(request, { ...bearer.policies, resource, endpoint });
    if (decision.effect === 'allowed') return;
    if (principal.kind === 'anonymous' && this.#parts.mode === 'enforce') throw refuseAnonymous(question.service);
    const sentence = denialMessage(request, decision);
    if (this.#parts.mode === 'explain')
      return this.#parts.explain(`${question.service}:${question.operation} would be denied. ${sentence}`);
    throw refuseAction(question.service, sentence, () => this.#encode(denialDetails(request, decision, question)));
  }

  /** Seals the details of a denial, for `DecodeAuthorizationMessage`. */
  #encode(details: object): string {
    const { store, random, defaultAccount } = this.#parts;
    const { result: seal } = store.transaction(() => needSeal({ state: this.#state(defaultAccount), random }));
    return sealText(JSON.stringify(details), seal, random.bytes(12)).toString('base64url');
  }

  #bearer(principal: Principal): Bearer {
    const session = sessionOf(principal);
    const state = this.#state(principal.account);
    switch (principal.kind) {
      case 'user': {
        const user = state.users.find(lower(principal.userName ?? ''));
        return user === undefined
          ? nobody
          : { policies: userPolicies(state, user), tags: user.tags, serviceLinked: false };
      }
      case 'federated-user': {
        const user = state.users.find(lower(session?.issuerName ?? ''));
        const limits = sessionPolicies(state, session?.policies, session?.policyArns);
        // The root user's rights, where it made the session; without a policy of its own the session is allowed nothing.
        const own = user === undefined ? { identity: [everything] } : userPolicies(state, user);
        return { policies: { ...own, session: limits ?? [] }, tags: session?.tags ?? [], serviceLinked: false };
      }
      case 'assumed-role': {
        const role = state.roles.find(lower(session?.issuerName ?? ''));
        if (role === undefined) return nobody;
        const limits = sessionPolicies(state, session?.policies, session?.policyArns);
        const policies = { ...rolePolicies(state, role), session: limits };
        return { policies, tags: role.tags, serviceLinked: role.linkedService !== undefined };
      }
      case 'root':
        if (session?.taskPolicyArn === undefined) return nobody;
        // A task's policy says what the root user may not do meanwhile, and allows nothing by itself.
        return {
          ...nobody,
          policies: {
            identity: [],
            session: [everything, ...(sessionPolicies(state, undefined, [session.taskPolicyArn]) ?? [])],
          },
        };
      default:
        return nobody;
    }
  }
}

export const makeAuthority = (parts: AuthorityParts): Authority => new IamAuthority(parts);

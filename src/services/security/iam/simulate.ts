// The policy simulator: the same engine that judges real calls, asked without a call.
//
// Unknown: what AWS tells of an action as a whole when it is simulated on several resources; here an explicit deny on one decides,
// then an allow on one.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
import type { PolicySourceType } from '@aws-sdk/client-iam';
import { errors } from './errors.ts';
import { page } from './page.ts';
import { compilePolicy, type Policy } from './policy/document.ts';
import {
  type AccessRequest,
  type Decision,
  evaluate,
  type MatchedStatement,
  matchedStatements,
  missingKeys,
  type NamedPolicy,
  type PolicySet,
} from './policy/evaluate.ts';
import { JsonSyntaxError } from './policy/json.ts';
import type { RequestPrincipal } from './policy/principal.ts';
import type { ContextLookup } from './policy/template.ts';
import { policiesOf, rolePolicies, userPolicies } from './principal-policy.ts';
import { type IamContext, lower, type Operation, type Tag } from './state.ts';

type Input = Parameters<Operation<'SimulateCustomPolicy'>>[0];

/** Whose policies are asked. */
export interface Subject {
  readonly principal: RequestPrincipal;
  readonly policies: PolicySet;
  readonly userName?: string | undefined;
  readonly tags: readonly Tag[];
}

function read(text: string, member: string): Policy {
  try {
    return compilePolicy(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw errors.invalidInput(`Invalid policy document in ${member}.`);
    throw error;
  }
}

const named = (texts: readonly string[] | undefined, member: string): NamedPolicy[] =>
  (texts ?? []).map((text, at) => ({ id: `${member}.${at + 1}`, policy: read(text, member) }));

const subjectForm = /^arn:[a-z0-9-]+:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/;

/** The user, group or role of an ARN, with its policies. */
export function findSubject(arn: string, { state, account }: IamContext): Subject {
  const [, owner, kind, name = ''] = subjectForm.exec(arn) ?? [];
  if (kind === undefined) throw errors.invalidInput(`Invalid Entity Arn: ${arn}`);
  const missing = () => errors.noSuch(`Entity ${arn} does not exist.`);
  if (owner !== account) throw missing();
  if (kind === 'user') {
    const user = state.users.find(lower(name));
    if (user?.arn !== arn) throw missing();
    const principal = { kind: 'user', arn, account, uniqueId: user.id } as const;
    return { principal, policies: userPolicies(state, user), userName: user.name, tags: user.tags };
  }
  if (kind === 'role') {
    const role = state.roles.find(lower(name));
    if (role?.arn !== arn) throw missing();
    const principal = { kind: 'assumed-role', arn, account, issuerArn: arn, uniqueId: role.id } as const;
    return { principal, policies: rolePolicies(state, role), tags: role.tags };
  }
  const group = state.groups.find(lower(name));
  if (group?.arn !== arn) throw missing();
  const principal = { kind: 'user', arn, account } as const;
  return { principal, policies: { identity: policiesOf(state, 'group', group.name) }, tags: [] };
}

/** Keys that the request gives, and those that the subject itself is. */
function lookupOf(input: Input, { principal, userName, tags }: Subject): ContextLookup {
  const keys = new Map<string, string | readonly string[]>();
  keys.set('aws:principalarn', principal.arn);
  keys.set('aws:principalaccount', principal.account);
  if (userName !== undefined) keys.set('aws:username', userName);
  if (principal.uniqueId !== undefined) keys.set('aws:userid', principal.uniqueId);
  for (const { Key, Value } of tags) keys.set(`aws:principaltag/${lower(Key)}`, Value);
  for (const { ContextKeyName, ContextKeyValues } of input.ContextEntries ?? [])
    if (ContextKeyName !== undefined) keys.set(lower(ContextKeyName), ContextKeyValues ?? []);
  return (key) => keys.get(key);
}

// Recorded: every source is called this, whatever the model lists.
const recordedSource: string = 'IAM Policy';

const shownStatement = ({ policy, statement }: MatchedStatement) => ({
  SourcePolicyId: policy.id,
  SourcePolicyType: recordedSource as PolicySourceType,
  StartPosition: { Line: statement.start.line, Column: statement.start.column },
  EndPosition: { Line: statement.end.line, Column: statement.end.column },
});

interface Verdict {
  readonly resource: string;
  readonly decision: Decision;
  readonly matched: readonly MatchedStatement[];
  readonly missing: readonly string[];
  readonly withinBoundary: boolean | undefined;
}

const ownerOf = (input: Input, subject: Subject): string =>
  /::(\d{12}):/.exec(input.ResourceOwner ?? '')?.[1] ?? subject.principal.account;

function judge(action: string, resource: string, input: Input, subject: Subject, policies: PolicySet): Verdict {
  const request: AccessRequest = {
    action,
    resource,
    owner: ownerOf(input, subject),
    principal: subject.principal,
    lookup: lookupOf(input, subject),
  };
  const decision = evaluate(request, policies);
  const guards = policies.resource === undefined ? [] : [policies.resource];
  const all = [...policies.identity, ...(policies.boundary ?? []), ...guards];
  const groups = [
    ['identity', policies.identity],
    ['resource', guards],
  ] as const;
  const matched =
    decision.effect === 'implicitDeny'
      ? []
      : decision.by === 'boundary'
        ? decision.matched
        : matchedStatements(request, groups);
  const withinBoundary =
    policies.boundary === undefined
      ? undefined
      : evaluate(request, { identity: policies.boundary }).effect === 'allowed';
  return { resource, decision, matched, missing: missingKeys(request, all), withinBoundary };
}

const boundaryDetail = ({ withinBoundary }: Verdict) =>
  withinBoundary === undefined
    ? {}
    : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: withinBoundary } };

const shownResource = (verdict: Verdict) => ({
  EvalResourceName: verdict.resource,
  EvalResourceDecision: verdict.decision.effect,
  MatchedStatements: verdict.matched.map(shownStatement),
  MissingContextValues: [...verdict.missing],
  ...boundaryDetail(verdict),
});

function shownAction(action: string, verdicts: readonly Verdict[]) {
  const deciding =
    verdicts.find(({ decision }) => decision.effect === 'explicitDeny') ??
    verdicts.find(({ decision }) => decision.effect === 'allowed') ??
    verdicts[0];
  if (deciding === undefined) throw errors.policyEvaluation('Nothing to evaluate.');
  const everything = verdicts.length === 1 && deciding.resource === '*';
  return {
    EvalActionName: action,
    EvalResourceName: deciding.resource,
    EvalDecision: deciding.decision.effect,
    EvalDecisionDetails: {},
    MatchedStatements: deciding.matched.map(shownStatement),
    MissingContextValues: [...new Set(verdicts.flatMap(({ missing }) => missing))],
    OrganizationsDecisionDetail: { AllowedByOrganizations: true },
    ...boundaryDetail(deciding),
    ...(everything ? {} : { ResourceSpecificResults: verdicts.map(shownResource) }),
  };
}

/** Asks for every action on every resource. */
function simulate(input: Input, subject: Subject) {
  const boundary = named(input.PermissionsBoundaryPolicyInputList, 'PermissionsBoundaryPolicyInputList');
  const resource = named(input.ResourcePolicy === undefined ? [] : [input.ResourcePolicy], 'ResourcePolicy')[0];
  const policies: PolicySet = {
    identity: [...subject.policies.identity, ...named(input.PolicyInputList, 'PolicyInputList')],
    boundary: boundary.length > 0 ? boundary : subject.policies.boundary,
    resource,
  };
  for (const action of input.ActionNames)
    if (!/^[\w-]+:[\w*?-]+$/.test(action)) throw errors.invalidInput(`Invalid Action Name: ${action}`);
  const results = input.ActionNames.map((action) =>
    shownAction(
      action,
      (input.ResourceArns ?? ['*']).map((name) => judge(action, name, input, subject, policies)),
    ),
  );
  const { items, rest } = page(results, input, ({ EvalActionName }) => EvalActionName);
  return { EvaluationResults: items, ...rest };
}

/** The user that `CallerArn` names, for a resource policy. */
function callerOf(input: Input, otherwise: RequestPrincipal): RequestPrincipal {
  if (input.CallerArn === undefined) {
    if (input.ResourcePolicy !== undefined && otherwise.kind !== 'user')
      throw errors.invalidInput('CallerArn must be specified when ResourcePolicy is given.');
    return otherwise;
  }
  const [, account = '', kind] = subjectForm.exec(input.CallerArn) ?? [];
  if (kind !== 'user') throw errors.invalidInput(`Invalid Caller Arn: ${input.CallerArn}`);
  return { kind: 'user', arn: input.CallerArn, account };
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html */
export const SimulatePrincipalPolicy: Operation<'SimulatePrincipalPolicy'> = (input, context) => {
  const subject = findSubject(input.PolicySourceArn, context);
  const asked = { ...input, PolicyInputList: input.PolicyInputList ?? [] };
  return simulate(asked, { ...subject, principal: callerOf(asked, subject.principal) });
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html */
export const SimulateCustomPolicy: Operation<'SimulateCustomPolicy'> = (input, { account, partition }) => {
  const nobody = { kind: 'user', arn: `arn:${partition}:iam::${account}:user/simulated`, account } as const;
  const subject: Subject = { principal: callerOf(input, nobody), policies: { identity: [] }, tags: [] };
  return simulate(input, subject);
};

/** Keys that conditions and variables of the policies use, as they are written. */
function keysOf(policies: readonly NamedPolicy[]): string[] {
  const keys = new Map<string, string>();
  for (const { policy } of policies)
    for (const { conditions, resources } of [...policy.allows, ...policy.denies]) {
      for (const { name, key, variableKeys } of conditions) {
        keys.set(key, name);
        for (const variable of variableKeys) if (!keys.has(variable)) keys.set(variable, variable);
      }
      for (const { template } of resources ?? [])
        for (const variable of template.keys) if (!keys.has(variable)) keys.set(variable, variable);
    }
  return [...keys.values()];
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html */
export const GetContextKeysForCustomPolicy: Operation<'GetContextKeysForCustomPolicy'> = (input) => ({
  ContextKeyNames: keysOf(named(input.PolicyInputList, 'PolicyInputList')),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html */
export const GetContextKeysForPrincipalPolicy: Operation<'GetContextKeysForPrincipalPolicy'> = (input, context) => {
  const { policies } = findSubject(input.PolicySourceArn, context);
  return { ContextKeyNames: keysOf([...policies.identity, ...named(input.PolicyInputList, 'PolicyInputList')]) };
};

// Managed policies of both kinds by their ARN: the customer's own, and AWS's.
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { findManagedPolicy as findAwsPolicy, managedPolicyDocument } from './managed-policy.ts';
import { checkPolicyArn, isAwsPolicyArn } from './name.ts';
import type { IamContext, IamState, ManagedPolicy } from './state.ts';

/** What is common to both kinds. */
export interface AnyManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly document: string;
  readonly version: string;
  /** The row, when it is the customer's. */
  readonly own: ManagedPolicy | undefined;
}

export const versionDocument = (state: IamState, arn: string, version: number): string | undefined =>
  state.policyVersions.find(key(arn, version))?.document;

/** By ARN, with the document of its default version. */
export function findManagedPolicy(state: IamState, arn: string): AnyManagedPolicy | undefined {
  const own = state.policies.find(arn);
  if (own !== undefined) {
    const { name, path, defaultVersion } = own;
    const document = versionDocument(state, arn, defaultVersion) ?? '';
    return { arn, name, path, own, document, version: `v${defaultVersion}` };
  }
  return isAwsPolicyArn(arn) ? awsPolicy(arn) : undefined;
}

const awsPolicies = new Map<string, AnyManagedPolicy>();

/** AWS's policies never change while we run, and authorization asks for them again and again. */
function awsPolicy(arn: string): AnyManagedPolicy | undefined {
  const known = awsPolicies.get(arn);
  if (known !== undefined) return known;
  const found = findAwsPolicy(arn);
  const document = managedPolicyDocument(arn);
  if (found === undefined || document === undefined) return undefined;
  const { name, path, defaultVersionId: version } = found;
  const policy = { arn, name, path, document, version, own: undefined };
  awsPolicies.set(arn, policy);
  return policy;
}

export function getManagedPolicy(state: IamState, arn: string): AnyManagedPolicy {
  checkPolicyArn(arn);
  const policy = findManagedPolicy(state, arn);
  if (policy === undefined) throw errors.noSuchPolicy(arn);
  return policy;
}

/** A policy that the account may change: AWS's own it may not. */
export function getCustomerPolicy({ state, caller }: IamContext, arn: string, operation: string): ManagedPolicy {
  const { own } = getManagedPolicy(state, arn);
  if (own === undefined)
    throw errors.accessDenied(
      `User: ${caller.arn} is not authorized to perform: iam:${operation} on resource: policy ${arn}`,
    );
  return own;
}

/** How many users, groups and roles have it. */
export const attachmentCount = (state: IamState, arn: string): number =>
  state.attachments.index('policy').list({ prefix: key(arn) }).length;

/** How many users and roles have it as their permissions boundary. */
export const boundaryCount = (state: IamState, arn: string): number =>
  [...state.users.list(), ...state.roles.list()].filter(({ boundary }) => boundary === arn).length;

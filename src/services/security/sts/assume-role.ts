// AssumeRole: a caller with credentials takes on a role. IAM judges it on the road, by the caller's policies and the role's trust
// policy; see `assumeRolePermissions`.
import type { Permission, Permissions } from '../../../kernel/service.ts';
import { requestPrincipal } from '../iam/authority.ts';
import { spendMfaCode, verifyMfaCode } from '../iam/mfa-code.ts';
import { sessionOf } from '../iam/session.ts';
import type { IamContext, IamState, Role } from '../iam/state.ts';
import { errors } from './errors.ts';
import { findRole } from './role-arn.ts';
import { type Conditions, grantRole, judgeTrust, tagConditions } from './role-session.ts';
import { readDuration, readPolicies, readTags, readTokenMinimum } from './session-input.ts';
import type { Operation } from './operation.ts';

type Input = Parameters<Operation<'AssumeRole'>>[0];

const refuse = ({ caller }: IamContext, arn: string) =>
  errors.accessDenied(`User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`);

/** Condition keys of the request itself. */
function conditionsOf(input: Input, role: Role | undefined, context: IamContext): Conditions {
  const mfa = hasMfa(input, context);
  const sourceIdentity = sourceIdentityOf(input, context);
  return {
    ...tagConditions(input.Tags ?? [], input.TransitiveTagKeys, role),
    'sts:RoleSessionName': input.RoleSessionName,
    ...(input.ExternalId === undefined ? {} : { 'sts:ExternalId': input.ExternalId }),
    ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
    ...(mfa ? { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' } : {}),
  };
}

/** Is the second factor right? Absent is not wrong. */
const hasMfa = ({ SerialNumber, TokenCode }: Input, context: IamContext): boolean =>
  SerialNumber !== undefined && TokenCode !== undefined && verifyMfaCode(SerialNumber, TokenCode, context);

/** A source identity that was once set goes with every role that is assumed from there. */
const sourceIdentityOf = ({ SourceIdentity }: Input, { caller }: IamContext): string | undefined =>
  sessionOf(caller)?.sourceIdentity ?? SourceIdentity;

/** The role itself, and what the request adds to it: tags, a source identity. */
export const assumeRolePermissions: Permissions<IamState> = (input: Input, context): readonly Permission[] => {
  const { role, home } = findRole(input.RoleArn, context);
  const actions = ['sts:AssumeRole'];
  if ((input.Tags?.length ?? 0) > 0) actions.push('sts:TagSession');
  if (sourceIdentityOf(input, context) !== undefined) actions.push('sts:SetSourceIdentity');
  const conditions = conditionsOf(input, role, context);
  return actions.map((action) => ({
    action,
    resource: input.RoleArn,
    owner: home.account,
    resourcePolicy: role?.trust,
    conditions,
  }));
};

/**
 * A root user whose key the cloud did not issue passes the road unasked.
 *
 * Differs: AWS lets no root user assume a role. Here such a one may assume any role of its own account unless the trust policy
 * denies it, and a role of another account when its trust policy allows.
 */
function checkRoot(input: Input, role: Role, home: IamContext, context: IamContext): void {
  const { caller } = context;
  if (caller.kind !== 'root') return;
  if (caller.session !== undefined) throw errors.accessDenied('Roles may not be assumed by root accounts.');
  const conditions = conditionsOf(input, role, context);
  const { effect } = judgeTrust('sts:AssumeRole', role, home, requestPrincipal(caller, false), conditions);
  const own = caller.account === home.account;
  if (effect === 'explicitDeny' || (effect === 'implicitDeny' && !own)) throw refuse(context, role.arn);
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const AssumeRole: Operation<'AssumeRole'> = (input, context) => {
  const { role, home } = findRole(input.RoleArn, context);
  if (role === undefined) throw refuse(context, input.RoleArn);
  // Only IAM Identity Center seals such assertions, and it has sealed none here.
  if ((input.ProvidedContexts?.length ?? 0) > 0) throw errors.invalidContext();
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined) {
    if (!hasMfa(input, context))
      throw errors.accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.');
    spendMfaCode(input.SerialNumber ?? '', input.TokenCode ?? '', context);
  }
  checkRoot(input, role, home, context);
  const caller = sessionOf(context.caller);
  const chained = caller?.kind === 'assumed-role';
  const given = input.Tags ?? [];
  const durationSeconds = readDuration(input.DurationSeconds, role, chained);
  const tags = readTags(given, input.TransitiveTagKeys, caller);
  const limits = readPolicies(input, home.state);
  const sourceIdentity = sourceIdentityOf(input, context);
  // Unknown: how AWS words this; its pages say that the value cannot be changed.
  if (input.SourceIdentity !== undefined && input.SourceIdentity !== sourceIdentity) throw refuse(context, role.arn);
  const mfaAt = input.SerialNumber === undefined ? undefined : context.clock.now();
  const grant = {
    role,
    home,
    sessionName: input.RoleSessionName,
    limits,
    tags,
    given,
    sourceIdentity,
    durationSeconds,
  };
  const minimumTokenBytes = readTokenMinimum(input.MinimumSessionTokenSize);
  return grantRole({ ...grant, minimumTokenBytes, more: { mfaAt, chained } }, context);
};

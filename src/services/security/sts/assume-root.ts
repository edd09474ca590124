// AssumeRoot: the management account of an organization does one privileged task in a member account, as its root user.
//
// Differs: in a cloud without an organization every other account counts as a member, so that the tasks can be tried out.
import type { Permissions } from '../../../kernel/service.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { rootTaskSession } from '../iam/limits.ts';
import { findManagedPolicy } from '../iam/managed-policy-lookup.ts';
import { issueSession, sessionOf } from '../iam/session.ts';
import type { IamContext, IamState } from '../iam/state.ts';
import { errors } from './errors.ts';
import type { Operation } from './operation.ts';
import { tokenSize, readTokenMinimum } from './session-input.ts';

type Input = Parameters<Operation<'AssumeRoot'>>[0];

const targetForm = /^(?:arn:[a-z0-9-]+:iam::(\d{12}):root|(\d{12}))$/;

/** The member account, given by its number or its root user. */
function targetOf({ TargetPrincipal }: Input): string {
  const [, byArn, byNumber] = targetForm.exec(TargetPrincipal) ?? [];
  const account = byArn ?? byNumber;
  if (account === undefined) throw errors.validation(`${TargetPrincipal} is invalid`);
  return account;
}

export const assumeRootPermissions: Permissions<IamState> = (input: Input, { account, partition }) => [
  {
    action: 'sts:AssumeRoot',
    resource: `arn:${partition}:iam::${targetOf(input)}:root`,
    owner: account, // the caller's own policies decide: a member account cannot refuse
    conditions: { 'sts:TaskPolicyArn': input.TaskPolicyArn.arn ?? '' },
  },
];

interface Organization {
  readonly Organization?: { readonly MasterAccountId?: string | undefined } | undefined;
}

/** Is the target another account of the caller's organization, which the caller manages? */
async function manages(target: string, { aws, account }: IamContext): Promise<boolean> {
  if (target === account) return false;
  try {
    const { Organization } = await aws.call<object, Organization>('organizations', 'DescribeOrganization', {});
    if (Organization?.MasterAccountId !== account) return false;
    await aws.call('organizations', 'DescribeAccount', { AccountId: target });
    return true;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return error.code === 'NotImplemented' || error.code === 'AWSOrganizationsNotInUseException';
  }
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html */
export const AssumeRoot: Operation<'AssumeRoot'> = async (input, context) => {
  const { caller, partition } = context;
  const account = targetOf(input);
  const arn = `arn:${partition}:iam::${account}:root`;
  const taskPolicyArn = input.TaskPolicyArn.arn ?? '';
  const isTask = /^arn:[a-z0-9-]+:iam::aws:policy\/root-task\//.test(taskPolicyArn);
  if (!isTask || findManagedPolicy(context.state, taskPolicyArn) === undefined)
    throw errors.validation('Invalid task policy ARN');
  const { shortest, longest, usual } = rootTaskSession;
  const durationSeconds = input.DurationSeconds ?? usual;
  if (durationSeconds < shortest || durationSeconds > longest)
    throw errors.validation(`The requested DurationSeconds exceeds the maximum of ${longest} seconds.`);
  if (!(await manages(account, context)))
    throw errors.accessDenied(`User: ${caller.arn} is not authorized to perform: sts:AssumeRoot on resource: ${arn}`);
  const sourceIdentity = sessionOf(caller)?.sourceIdentity;
  const minimumTokenBytes = readTokenMinimum(input.MinimumSessionTokenSize);
  const grant = { kind: 'root', account, arn, userId: account, taskPolicyArn, sourceIdentity } as const;
  const credentials = await context.transact(() =>
    issueSession({ ...grant, durationSeconds, minimumTokenBytes }, context),
  );
  return {
    Credentials: credentials,
    ...tokenSize(credentials),
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
};

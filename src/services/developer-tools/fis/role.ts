// Who does what an experiment does: a session of its role, so that IAM judges each call.
import { AwsError } from '../../../kernel/errors.ts';
import type { Principal } from '../../../kernel/service.ts';
import type { FisContext } from './operation.ts';
import type { ExperimentRow, Failure } from './state.ts';

export interface Actor {
  /** Where it acts. */
  readonly account: string;
  readonly principal: Principal;
  call<Output>(service: string, operation: string, input: object): Promise<Output>;
}

interface Session {
  readonly Credentials: { readonly AccessKeyId: string; readonly SessionToken: string };
}

/** @throws AwsError when the role is not there, or does not trust who asks */
async function assume(
  roleArn: string,
  { id }: ExperimentRow,
  by: { readonly as: Principal } | { readonly as: { readonly service: string }; readonly sourceAccount: string },
  context: FisContext,
): Promise<Actor> {
  const account = accountOf(roleArn);
  const { Credentials: credentials } = await context.aws.call<object, Session>(
    'sts',
    'AssumeRole',
    { RoleArn: roleArn, RoleSessionName: `FIS-${id}` },
    by,
  );
  const { AccessKeyId: accessKeyId, SessionToken: sessionToken } = credentials;
  const { principal } = context.identify({ accessKeyId, sessionToken });
  return {
    account,
    principal,
    call: (service, operation, input) => context.aws.call(service, operation, input, { as: principal, account }),
  };
}

/** `123456789012` of `arn:aws:iam::123456789012:role/ann`. */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';

/** The experiment's own role. @throws AwsError */
export const actorOf = (row: ExperimentRow, context: FisContext): Promise<Actor> =>
  assume(row.roleArn, row, { as: { service: 'fis.amazonaws.com' }, sourceAccount: context.account }, context);

/** Who acts where: the experiment's role, or by it the role of each target account. @throws AwsError, ExperimentFailure */
export async function actorsOf(
  row: ExperimentRow,
  context: FisContext,
): Promise<readonly [own: Actor, ...all: Actor[]]> {
  const own = await actorOf(row, context);
  if (row.targetAccounts === undefined) return [own, own];
  const actors: Actor[] = [];
  for (const { roleArn, accountId } of row.targetAccounts)
    actors.push(
      await assume(roleArn, row, { as: own.principal }, context).catch((error: unknown) => {
        const { code, reason } = failureOf(error, undefined);
        throw new ExperimentFailure(code, reason, accountId);
      }),
    );
  return [own, ...actors];
}

/** Something of an experiment that cannot be done, for a reason of FIS's own. */
export class ExperimentFailure extends Error {
  readonly failure: Failure;

  constructor(code: string, reason: string, accountId?: string) {
    super(reason);
    this.failure = { code, reason, accountId };
  }
}

const denials = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']);

/** What an error means for an experiment; bugs of ours go on. */
export function failureOf(error: unknown, location: string | undefined): Failure {
  if (error instanceof ExperimentFailure) return { ...error.failure, location };
  if (!(error instanceof AwsError)) throw error;
  const code = denials.has(error.code)
    ? 'Unauthorized'
    : /Throttl|RequestLimit/.test(error.code)
      ? 'Throttled'
      : (error.status ?? 400) >= 500
        ? 'DependentServiceFailure'
        : 'ConfigurationFailure';
  return { code, reason: `${error.code}: ${error.message}`, location };
}

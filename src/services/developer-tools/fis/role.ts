// Who does what an experiment does: a session of its role, so that IAM judges each call.
import { AwsError } from '../../../kernel/errors.ts';
import type { Principal } from '../../../kernel/service.ts';
import type { FisContext } from './operation.ts';
import type { ExperimentRow, Failure } from './state.ts';

export interface Actor {
  readonly principal: Principal;
  call<Output>(service: string, operation: string, input: object): Promise<Output>;
}

interface Session {
  readonly Credentials: { readonly AccessKeyId: string; readonly SessionToken: string };
}

/** @throws AwsError when the role is not there, or does not trust FIS */
export async function actorOf({ id, roleArn }: ExperimentRow, context: FisContext): Promise<Actor> {
  const { Credentials: credentials } = await context.aws.call<object, Session>(
    'sts',
    'AssumeRole',
    { RoleArn: roleArn, RoleSessionName: `FIS-${id}` },
    { as: { service: 'fis.amazonaws.com' }, sourceAccount: context.account },
  );
  const { AccessKeyId: accessKeyId, SessionToken: sessionToken } = credentials;
  const { principal } = context.identify({ accessKeyId, sessionToken });
  return {
    principal,
    call: (service, operation, input) => context.aws.call(service, operation, input, { as: principal }),
  };
}

/** Something of an experiment that cannot be done, for a reason of FIS's own. */
export class ExperimentFailure extends Error {
  readonly failure: Failure;

  constructor(code: string, reason: string) {
    super(reason);
    this.failure = { code, reason };
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

// Operations on the caller's own credentials.
import { accountOfKeyId } from '../iam/key-id.ts';
import { userSession } from '../iam/limits.ts';
import { spendMfaCode, verifyMfaCode } from '../iam/mfa-code.ts';
import { findSeal, issueSession, openText, sessionOf } from '../iam/session.ts';
import { type IamContext, lower, type User } from '../iam/state.ts';
import { errors } from './errors.ts';
import { packedSize, readPolicies, readTags, tokenSize, readTokenMinimum } from './session-input.ts';
import type { Operation } from './operation.ts';

/**
 * Tells who signed the request. Needs no permission.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export const GetCallerIdentity: Operation<'GetCallerIdentity'> = (_input, { caller }) => ({
  UserId: caller.userId,
  Account: caller.account,
  Arn: caller.arn,
});

/**
 * The account that an access key id belongs to, read from the id itself. Needs no permission.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
 */
export const GetAccessKeyInfo: Operation<'GetAccessKeyInfo'> = (input, { state }) => {
  const account = state.accessKeys.find(input.AccessKeyId)?.account ?? accountOfKeyId(input.AccessKeyId);
  if (account === undefined) throw errors.validation('Access key ID is not valid.');
  return { Account: account };
};

/**
 * Opens the details of a denial that a service encoded.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 */
export const DecodeAuthorizationMessage: Operation<'DecodeAuthorizationMessage'> = (input, { state }) => {
  const seal = findSeal(state);
  const message = seal === undefined ? undefined : openText(Buffer.from(input.EncodedMessage, 'base64url'), seal);
  if (message === undefined) throw errors.invalidMessage();
  return { DecodedMessage: message };
};

/** The user behind long-term credentials; undefined for the root user. */
function callingUser(operation: string, { caller, state }: IamContext): User | undefined {
  if (sessionOf(caller) !== undefined || (caller.kind !== 'user' && caller.kind !== 'root'))
    throw errors.accessDenied(`Cannot call ${operation} with session credentials`);
  return caller.kind === 'root' ? undefined : state.users.find(lower(caller.userName ?? ''));
}

/** Seconds; the root user's sessions last an hour at most, however many are asked for. */
function secondsOf(given: number | undefined, user: User | undefined): number {
  const longest = user === undefined ? userSession.rootLongest : userSession.longest;
  return Math.min(given ?? userSession.usual, longest);
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export const GetSessionToken: Operation<'GetSessionToken'> = (input, context) => {
  const { caller, account, clock } = context;
  const user = callingUser('GetSessionToken', context);
  const { SerialNumber, TokenCode } = input;
  const withMfa = SerialNumber !== undefined || TokenCode !== undefined;
  if (withMfa) {
    if (!verifyMfaCode(SerialNumber ?? '', TokenCode ?? '', context))
      throw errors.accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.');
    spendMfaCode(SerialNumber ?? '', TokenCode ?? '', context);
  }
  const credentials = issueSession(
    {
      kind: user === undefined ? 'root' : 'user',
      account,
      arn: caller.arn,
      userId: caller.userId,
      issuerId: user?.id,
      issuerArn: user?.arn,
      issuerName: user?.name,
      mfaAt: withMfa ? clock.now() : undefined,
      durationSeconds: secondsOf(input.DurationSeconds, user),
      minimumTokenBytes: readTokenMinimum(input.MinimumSessionTokenSize),
    },
    context,
  );
  return { Credentials: credentials, ...tokenSize(credentials) };
};

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html */
export const GetFederationToken: Operation<'GetFederationToken'> = (input, context) => {
  const { account, partition, state } = context;
  const user = callingUser('GetFederationToken', context);
  const limits = readPolicies(input, state);
  const { tags } = readTags(input.Tags, undefined, undefined);
  const packed = packedSize(limits, tags) ?? 0;
  const arn = `arn:${partition}:sts::${account}:federated-user/${input.Name}`;
  const federatedUserId = `${account}:${input.Name}`;
  const credentials = issueSession(
    {
      kind: 'federated-user',
      account,
      arn,
      userId: federatedUserId,
      issuerId: user?.id,
      issuerArn: user?.arn,
      issuerName: user?.name,
      ...limits,
      tags,
      durationSeconds: secondsOf(input.DurationSeconds, user),
      minimumTokenBytes: readTokenMinimum(input.MinimumSessionTokenSize),
    },
    context,
  );
  return {
    Credentials: credentials,
    ...tokenSize(credentials),
    FederatedUser: { FederatedUserId: federatedUserId, Arn: arn },
    PackedPolicySize: packed,
  };
};

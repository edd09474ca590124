// Passwords of users, for the console.
//
// Unknown: how long a password that is changed right after its user was made is refused (`EntityTemporarilyUnmodifiable`); here it never is.
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { userOrCaller } from './find.ts';
import { checkPassword, hashPassword, isPassword, passwordPolicyOf } from './password-policy.ts';
import { type IamContext, lower, type LoginProfile, type Operation } from './state.ts';

/** Earlier passwords that are remembered: as many as `PasswordReusePrevention` can ask for. */
const rememberedPasswords = 24;

const shownProfile = (profile: LoginProfile) => ({
  UserName: profile.user,
  CreateDate: toDate(profile.createdAt),
  PasswordResetRequired: profile.resetRequired,
});

function nameOf(given: string | undefined, context: IamContext): string {
  return userOrCaller(given, context)?.name ?? 'root';
}

function getProfile(given: string | undefined, context: IamContext): LoginProfile {
  const name = nameOf(given, context);
  const profile = context.state.loginProfiles.find(lower(name));
  if (profile === undefined) throw errors.noSuchLoginProfile(name);
  return profile;
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html */
export const CreateLoginProfile: Operation<'CreateLoginProfile'> = (input, context) => {
  const { state, clock, ids } = context;
  const user = nameOf(input.UserName, context);
  if (state.loginProfiles.has(lower(user))) throw errors.exists(`Login Profile for user ${user} already exists.`);
  const password = input.Password ?? '';
  checkPassword(password, context, undefined);
  const profile: LoginProfile = {
    user,
    createdAt: clock.now(),
    changedAt: clock.now(),
    password: hashPassword(password, ids.token(16)),
    resetRequired: input.PasswordResetRequired ?? false,
    earlier: [],
  };
  state.loginProfiles.put(profile);
  return { LoginProfile: shownProfile(profile) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html */
export const GetLoginProfile: Operation<'GetLoginProfile'> = (input, context) => ({
  LoginProfile: shownProfile(getProfile(input.UserName, context)),
});

/** The profile with a new password. */
const changed = (profile: LoginProfile, password: string, { clock, ids }: IamContext): LoginProfile => ({
  ...profile,
  password: hashPassword(password, ids.token(16)),
  changedAt: clock.now(),
  earlier: [profile.password, ...profile.earlier].slice(0, rememberedPasswords),
});

/** An administrator's change: earlier passwords may come again. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html */
export const UpdateLoginProfile: Operation<'UpdateLoginProfile'> = (input, context) => {
  const profile = getProfile(input.UserName, context);
  if (input.Password !== undefined) checkPassword(input.Password, context, undefined);
  const next = input.Password === undefined ? profile : changed(profile, input.Password, context);
  context.state.loginProfiles.put({ ...next, resetRequired: input.PasswordResetRequired ?? profile.resetRequired });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html */
export const DeleteLoginProfile: Operation<'DeleteLoginProfile'> = (input, context) => {
  context.state.loginProfiles.delete(lower(getProfile(input.UserName, context).user));
  return {};
};

/** A user's own change. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html */
export const ChangePassword: Operation<'ChangePassword'> = (input, context) => {
  const { state, caller } = context;
  if (caller.kind !== 'user') throw errors.invalidUserType('Only IAM Users can change their own password.');
  const profile = getProfile(undefined, context);
  if (!passwordPolicyOf(state).usersMayChange && !profile.resetRequired)
    throw errors.accessDenied(`User: ${caller.arn} is not authorized to perform: iam:ChangePassword`);
  if (!isPassword(profile.password, input.OldPassword)) throw errors.accessDenied('The old password was incorrect.');
  checkPassword(input.NewPassword, context, profile);
  state.loginProfiles.put({ ...changed(profile, input.NewPassword, context), resetRequired: false });
  return {};
};

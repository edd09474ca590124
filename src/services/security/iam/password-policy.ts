// The account's password policy, and what it says of a password.
import { createHash, timingSafeEqual } from 'node:crypto';
import { errors } from './errors.ts';
import type {
  AccountSettings,
  IamContext,
  IamState,
  LoginProfile,
  Operation,
  PasswordHash,
  PasswordPolicy,
} from './state.ts';

/** In force while an account has set none. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html */
const usual: PasswordPolicy = {
  minimumLength: 8,
  symbols: false,
  numbers: false,
  uppercase: false,
  lowercase: false,
  usersMayChange: false,
};

const longestPassword = 128;
const symbolForm = /[!@#$%^&*()_+\-=[\]{}|']/;

export const settingsOf = (state: IamState): AccountSettings => state.settings.find('account') ?? { name: 'account' };

export const passwordPolicyOf = (state: IamState): PasswordPolicy => settingsOf(state).passwordPolicy ?? usual;

/** Without a policy of its own, an account asks for three kinds of characters of the four. */
function kindsMissing(password: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, symbolForm].filter((form) => form.test(password));
  return kinds.length < 3;
}

/** @throws PasswordPolicyViolation when the password is too weak, or was used before. */
export function checkPassword(password: string, { state }: IamContext, profile: LoginProfile | undefined): void {
  const own = settingsOf(state).passwordPolicy;
  const policy = own ?? usual;
  const violated = (text: string) => errors.passwordPolicy(text);
  if (password.length < policy.minimumLength)
    throw violated(`Password should have a minimum length of ${policy.minimumLength}`);
  if (password.length > longestPassword) throw violated(`Password should have a maximum length of ${longestPassword}`);
  if (own === undefined && kindsMissing(password))
    throw violated('Password does not conform to the account password policy.');
  if (policy.uppercase && !/[A-Z]/.test(password)) throw violated('Password should have at least one uppercase letter');
  if (policy.lowercase && !/[a-z]/.test(password)) throw violated('Password should have at least one lowercase letter');
  if (policy.numbers && !/\d/.test(password)) throw violated('Password should have at least one number');
  if (policy.symbols && !symbolForm.test(password)) throw violated('Password should have at least one symbol');
  const barred =
    profile === undefined ? [] : [profile.password, ...profile.earlier].slice(0, policy.reusePrevention ?? 0);
  if (barred.some((used) => isPassword(used, password)))
    throw violated('Policy constraint violation with password reuse prevention during password change.');
}

const hashOf = (salt: string, password: string): string =>
  createHash('sha256').update(`${salt}:${password}`).digest('hex');

export function hashPassword(password: string, salt: string): PasswordHash {
  return { salt, hash: hashOf(salt, password) };
}

export const isPassword = ({ salt, hash }: PasswordHash, password: string): boolean =>
  timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(hashOf(salt, password), 'hex'));

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html */
export const GetAccountPasswordPolicy: Operation<'GetAccountPasswordPolicy'> = (_input, { state, account }) => {
  const policy = settingsOf(state).passwordPolicy;
  if (policy === undefined) throw errors.noSuch(`The Password Policy with domain name ${account} cannot be found.`);
  return {
    PasswordPolicy: {
      MinimumPasswordLength: policy.minimumLength,
      RequireSymbols: policy.symbols,
      RequireNumbers: policy.numbers,
      RequireUppercaseCharacters: policy.uppercase,
      RequireLowercaseCharacters: policy.lowercase,
      AllowUsersToChangePassword: policy.usersMayChange,
      ExpirePasswords: policy.maxAgeDays !== undefined,
      ...(policy.maxAgeDays === undefined ? {} : { MaxPasswordAge: policy.maxAgeDays }),
      ...(policy.reusePrevention === undefined ? {} : { PasswordReusePrevention: policy.reusePrevention }),
      ...(policy.hardExpiry === undefined ? {} : { HardExpiry: policy.hardExpiry }),
    },
  };
};

/** What is not given falls back to its default, not to what it was. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html */
export const UpdateAccountPasswordPolicy: Operation<'UpdateAccountPasswordPolicy'> = (input, { state }) => {
  const passwordPolicy: PasswordPolicy = {
    minimumLength: input.MinimumPasswordLength ?? 6,
    symbols: input.RequireSymbols ?? false,
    numbers: input.RequireNumbers ?? false,
    uppercase: input.RequireUppercaseCharacters ?? false,
    lowercase: input.RequireLowercaseCharacters ?? false,
    usersMayChange: input.AllowUsersToChangePassword ?? false,
    maxAgeDays: input.MaxPasswordAge === 0 ? undefined : input.MaxPasswordAge,
    reusePrevention: input.PasswordReusePrevention === 0 ? undefined : input.PasswordReusePrevention,
    hardExpiry: input.HardExpiry,
  };
  state.settings.put({ ...settingsOf(state), passwordPolicy });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html */
export const DeleteAccountPasswordPolicy: Operation<'DeleteAccountPasswordPolicy'> = (_input, { state }) => {
  const settings = settingsOf(state);
  if (settings.passwordPolicy === undefined)
    throw errors.noSuch('The account policy with name PasswordPolicy cannot be found.');
  state.settings.put({ ...settings, passwordPolicy: undefined });
  return {};
};

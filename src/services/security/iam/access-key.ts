// Access keys of users, and of the root user.
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { userOrCaller } from './find.ts';
import { makeKeyId } from './key-id.ts';
import { accessKeysPerUser } from './limits.ts';
import { page } from './page.ts';
import { type AccessKey, type IamContext, type IamState, lower, type Operation } from './state.ts';

export const keysOf = (state: IamState, account: string, user: string | undefined): AccessKey[] =>
  state.accessKeys.index('owner').list({ prefix: key(account, lower(user ?? '')) });

const shownKey = ({ user, id, status, createdAt }: AccessKey) => ({
  UserName: user ?? 'root',
  AccessKeyId: id,
  Status: status === 'Active' ? ('Active' as const) : ('Inactive' as const),
  CreateDate: toDate(createdAt),
});

/** The secret is shown here and never again. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
export const CreateAccessKey: Operation<'CreateAccessKey'> = (input, context) => {
  const { state, account, random, ids, clock } = context;
  const user = userOrCaller(input.UserName, context)?.name;
  if (keysOf(state, account, user).length >= accessKeysPerUser)
    throw errors.quota('AccessKeysPerUser', accessKeysPerUser);
  const accessKey: AccessKey = {
    id: makeKeyId(account, random),
    account,
    user,
    secret: ids.token(40),
    status: 'Active',
    createdAt: clock.now(),
  };
  state.accessKeys.put(accessKey);
  return { AccessKey: { ...shownKey(accessKey), SecretAccessKey: accessKey.secret } };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html */
export const ListAccessKeys: Operation<'ListAccessKeys'> = (input, context) => {
  const user = userOrCaller(input.UserName, context)?.name;
  const { items, rest } = page(keysOf(context.state, context.account, user), input, ({ id }) => id);
  return { AccessKeyMetadata: items.map(shownKey), ...rest };
};

function getKey(id: string, userName: string | undefined, context: IamContext): AccessKey {
  const user = userOrCaller(userName, context)?.name;
  const accessKey = keysOf(context.state, context.account, user).find((candidate) => candidate.id === id);
  if (accessKey === undefined) throw errors.noSuchAccessKey(id);
  return accessKey;
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html */
export const UpdateAccessKey: Operation<'UpdateAccessKey'> = (input, context) => {
  const accessKey = getKey(input.AccessKeyId, input.UserName, context);
  const status = input.Status === 'Active' ? 'Active' : 'Inactive';
  context.state.accessKeys.put({ ...accessKey, status });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html */
export const DeleteAccessKey: Operation<'DeleteAccessKey'> = (input, context) => {
  const { state } = context;
  const accessKey = getKey(input.AccessKeyId, input.UserName, context);
  state.accessKeys.put({ ...accessKey, status: 'Deleted', secret: '' });
  state.uses.delete(accessKey.id);
  return {};
};

/**
 * When, where and for what a key was last used: `N/A` when never.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
 */
export const GetAccessKeyLastUsed: Operation<'GetAccessKeyLastUsed'> = (input, { state, account }) => {
  const accessKey = state.accessKeys.find(input.AccessKeyId);
  if (accessKey === undefined || accessKey.status === 'Deleted' || accessKey.account !== account)
    throw errors.accessDenied(`The access key with id ${input.AccessKeyId} cannot be found in this account.`);
  const use = state.uses.find(accessKey.id);
  return {
    UserName: accessKey.user ?? 'root',
    AccessKeyLastUsed:
      use === undefined
        ? { ServiceName: 'N/A', Region: 'N/A' }
        : { LastUsedDate: toDate(use.at), ServiceName: use.service, Region: use.region },
  };
};

// Block Public Access of a whole account: in force for all its buckets, beside what each bucket says.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html
import type { AnyHandler } from '../../../kernel/service.ts';
import { withStatus } from '../../../kernel/status.ts';
import { readBlock, writeBlock } from '../s3/public-access.ts';
import type { S3State } from '../s3/state.ts';
import { errors } from './errors.ts';
import type { ControlContext, Operation } from './operation.ts';

interface AccountInput {
  readonly AccountId: string;
}

type AnyOperation = AnyHandler<S3State>;

/** Every operation names an account in a header, which must be the caller's own. */
export const inOwnAccount = (operations: Readonly<Record<string, AnyOperation>>): Record<string, AnyOperation> => {
  const guarded: Record<string, AnyOperation> = {};
  for (const [name, operation] of Object.entries(operations))
    guarded[name] = (input: AccountInput, context: ControlContext): unknown => {
      if (input.AccountId !== context.account) throw errors.accessDenied();
      return operation(input, context);
    };
  return guarded;
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html */
export const GetPublicAccessBlock: Operation<'GetPublicAccessBlock'> = (_, { state, account }) => {
  const row = state.accounts.find(account);
  if (row === undefined) throw errors.noPublicAccessBlock(account);
  return { PublicAccessBlockConfiguration: writeBlock(row.publicAccessBlock) };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html */
export const PutPublicAccessBlock: Operation<'PutPublicAccessBlock'> = (input, { state, account }) => {
  const configuration = input.PublicAccessBlockConfiguration;
  if (Object.values(configuration).every((value) => value === undefined))
    throw errors.invalidRequest('Must specify at least one configuration.');
  state.accounts.put({ account, publicAccessBlock: readBlock(configuration) });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeletePublicAccessBlock.html */
export const DeletePublicAccessBlock: Operation<'DeletePublicAccessBlock'> = (_, { state, account }) => {
  state.accounts.delete(account);
  return withStatus(204, {});
};

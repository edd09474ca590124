import type * as Sts from '@aws-sdk/client-sts';
import { defineService, type Handler, type OperationName } from '../../../kernel/service.ts';

type Operation<Name extends OperationName<typeof Sts>> = Handler<typeof Sts, unknown, Name>;

/**
 * Tells who signed the request. Needs no permission.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
const GetCallerIdentity: Operation<'GetCallerIdentity'> = (_input, { caller }) => ({
  UserId: caller.userId,
  Account: caller.account,
  Arn: caller.arn,
});

export default defineService({ name: 'sts', state: {}, operations: { GetCallerIdentity } });

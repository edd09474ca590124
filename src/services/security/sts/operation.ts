// STS works on IAM's tables: roles, users and keys are IAM's, sessions are kept nowhere.
import type * as Sts from '@aws-sdk/client-sts';
import type { Handler, OperationName } from '../../../kernel/service.ts';
import type { IamState } from '../iam/state.ts';

export type Operation<Name extends OperationName<typeof Sts>> = Handler<typeof Sts, IamState, Name>;

// What `ebs` says when it refuses. @see https://docs.aws.amazon.com/ebs/latest/userguide/error-retries.html
import type { ResourceNotFoundExceptionReason, ValidationExceptionReason } from '@aws-sdk/client-ebs';
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './operation.ts';

const { modelled } = errorsOf<Sdk>();

export const errors = {
  invalid: modelled(
    'ValidationException',
    (_reason: ValidationExceptionReason, message: string) => message,
    (Reason) => ({ Reason }),
  ),
  snapshotNotFound: modelled(
    'ResourceNotFoundException',
    (id: string) => `The snapshot '${id}' does not exist.`,
    () => ({ Reason: 'SNAPSHOT_NOT_FOUND' satisfies ResourceNotFoundExceptionReason }),
  ),
  conflict: modelled('ConflictException', (message: string) => message),
  tooMany: modelled('ConcurrentLimitExceededException', (message: string) => message),
};

// What `fis` says when it refuses.
//
// Unknown: AWS's words for most of these; codes and statuses are those of the API's model.
// @see https://docs.aws.amazon.com/fis/latest/APIReference/CommonErrors.html
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './operation.ts';

const { modelled } = errorsOf<Sdk>();

export const errors = {
  invalid: modelled('ValidationException', (message: string) => message),
  noTemplate: modelled('ResourceNotFoundException', (id: string) => `Experiment template ${id} was not found.`),
  noExperiment: modelled('ResourceNotFoundException', (id: string) => `Experiment ${id} was not found.`),
  noAction: modelled('ResourceNotFoundException', (id: string) => `Action ${id} was not found.`),
  noTargetType: modelled('ResourceNotFoundException', (id: string) => `Target resource type ${id} was not found.`),
  noTargetAccount: modelled(
    'ResourceNotFoundException',
    (id: string) => `Target account configuration for account ${id} was not found.`,
  ),
  noLever: modelled('ResourceNotFoundException', (id: string) => `Safety lever ${id} was not found.`),
  noResource: modelled('ResourceNotFoundException', (arn: string) => `Resource ${arn} was not found.`),
  conflict: modelled('ConflictException', (message: string) => message),
  quota: modelled('ServiceQuotaExceededException', (message: string) => message),
};

// The errors of CloudWatch. Names, statuses and query codes of modelled ones come from the SDK.
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './state.ts';

const { modelled, unmodelled } = errorsOf<Sdk>();
const commonErrors = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html';

export const errors = {
  /** The refusal of most operations on alarms and of `GetMetricData`. */
  validation: unmodelled('ValidationError', 400, commonErrors, (message: string) => message),
  invalidValue: modelled('InvalidParameterValueException', (message: string) => message),
  invalidCombination: modelled('InvalidParameterCombinationException', (message: string) => message),
  missingParameter: modelled('MissingRequiredParameterException', (message: string) => message),
  required: modelled('MissingRequiredParameterException', (name: string) => `The parameter ${name} is required.`),
  invalidFormat: modelled('InvalidFormatFault', (message: string) => message),
  invalidToken: modelled('InvalidNextToken', () => 'The token parameter is invalid'),
  limitExceeded: modelled('LimitExceededFault', (message: string) => message),
  notFound: modelled('ResourceNotFound', (message: string) => message),
  resourceNotFound: modelled(
    'ResourceNotFoundException',
    (_type: string, _id: string, message: string) => message,
    (type, id) => ({ ResourceType: type, ResourceId: id }),
  ),
  dashboardNotFound: modelled('DashboardNotFoundError', (message: string) => message),
  dashboardInvalid: modelled(
    'DashboardInvalidInputError',
    (_messages: readonly { DataPath: string; Message: string }[]) =>
      'The field DashboardBody must be a valid JSON object',
    (messages) => ({ dashboardValidationMessages: messages }),
  ),
};

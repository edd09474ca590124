// What Service Quotas says when it refuses.
// @see https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_RequestServiceQuotaIncrease.html
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './state.ts';

const { modelled } = errorsOf<Sdk>();

export const errors = {
  noService: modelled(
    'NoSuchResourceException',
    () => 'The request failed because the specified service does not exist.',
  ),
  noQuota: modelled(
    'NoSuchResourceException',
    () => 'The request failed because the specified quota does not exist in this service.',
  ),
  noRequest: modelled(
    'NoSuchResourceException',
    () => 'The request failed because the requested quota change does not exist.',
  ),
  open: modelled(
    'ResourceAlreadyExistsException',
    () => 'Only one open service quota increase request is allowed per quota.',
  ),
  notMore: modelled(
    'IllegalArgumentException',
    () => 'You must provide a quota value greater than the current quota value.',
  ),
  fixed: modelled('IllegalArgumentException', () => 'The specified quota is not adjustable.'),
  token: modelled('InvalidPaginationTokenException', () => 'Invalid input was provided for the pagination token.'),
  arn: modelled('NoSuchResourceException', () => 'The specified resource does not exist.'),
  tooManyTags: modelled('TooManyTagsException', () => "You've exceeded the number of tags allowed for a resource."),
};

// What Application Auto Scaling says when it refuses.
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk, Subject } from './state.ts';

const { modelled } = errorsOf<Sdk>();

const named = ({ namespace, resourceId, dimension }: Subject): string =>
  `service namespace: ${namespace}, resource ID: ${resourceId}, scalable dimension: ${dimension}`;

export const errors = {
  validation: modelled('ValidationException', (text: string) => text),
  targetNotFound: modelled(
    'ObjectNotFoundException',
    (subject: Subject) => `No scalable target found for ${named(subject)}`,
  ),
  targetNotRegistered: modelled(
    'ObjectNotFoundException',
    (subject: Subject) => `No scalable target registered for ${named(subject)}`,
  ),
  policyNotFound: modelled(
    'ObjectNotFoundException',
    (subject: Subject, name: string) => `No scaling policy found for ${named(subject)}, scaling policy name: ${name}`,
  ),
  scheduleNotFound: modelled(
    'ObjectNotFoundException',
    (subject: Subject, name: string) =>
      `No scheduled action found for ${named(subject)}, scheduled action name: ${name}`,
  ),
  arnNotFound: modelled('ResourceNotFoundException', (arn: string) => `Resource not found: ${arn}`),
  invalidToken: modelled('InvalidNextTokenException', () => 'The token provided is invalid.'),
  tooManyTags: modelled('TooManyTagsException', () => 'The number of tags on a resource is limited to 50.'),
  limit: modelled('LimitExceededException', (text: string) => text),
} as const;

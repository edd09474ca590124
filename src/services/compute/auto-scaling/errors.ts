// What EC2 Auto Scaling says when it refuses.
import { errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './state.ts';

const { modelled, unmodelled } = errorsOf<Sdk>();
const commonErrors = 'https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html';

export const errors = {
  validation: unmodelled('ValidationError', 400, commonErrors, (text: string) => text),
  groupNotFound: unmodelled(
    'ValidationError',
    400,
    commonErrors,
    (name: string) => `AutoScalingGroup name not found - AutoScalingGroup ${name} not found`,
  ),
  configurationNotFound: unmodelled(
    'ValidationError',
    400,
    commonErrors,
    (name: string) => `Launch configuration name not found - Launch configuration ${name} not found`,
  ),
  memberNotFound: unmodelled(
    'ValidationError',
    400,
    commonErrors,
    (id: string) => `Instance Id not found - No managed instance found for instance ID: ${id}`,
  ),
  notInGroup: unmodelled(
    'ValidationError',
    400,
    commonErrors,
    (id: string, group: string) => `The instance ${id} is not part of Auto Scaling group ${group}.`,
  ),
  groupExists: modelled(
    'AlreadyExistsFault',
    (name: string) => `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
  ),
  configurationExists: modelled(
    'AlreadyExistsFault',
    (name: string) =>
      `Launch Configuration by this name already exists - A launch configuration already exists with the name ${name}`,
  ),
  alreadyExists: modelled('AlreadyExistsFault', (text: string) => text),
  inUse: modelled('ResourceInUseFault', (text: string) => text),
  activityInProgress: modelled('ScalingActivityInProgressFault', (text: string) => text),
  limit: modelled('LimitExceededFault', (text: string) => text),
  invalidToken: modelled('InvalidNextToken', () => 'The token provided is invalid.'),
  tokenMismatch: modelled(
    'IdempotentParameterMismatchError',
    () => 'The client token was already used with other parameters.',
  ),
  refreshInProgress: modelled('InstanceRefreshInProgressFault', (text: string) => text),
  noRefresh: modelled(
    'ActiveInstanceRefreshNotFoundFault',
    (group: string) => `No in progress or pending Instance Refresh found for Auto Scaling group ${group}`,
  ),
  irreversible: modelled('IrreversibleInstanceRefreshFault', (text: string) => text),
} as const;

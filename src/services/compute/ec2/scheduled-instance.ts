// Scheduled Reserved Instances, which AWS does not sell any more: none are there, and none can be bought.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-scheduled-instances.html
import { errors } from './errors.ts';
import type { Operation } from './operation.ts';

export const DescribeScheduledInstances: Operation<'DescribeScheduledInstances'> = ({ ScheduledInstanceIds }) => {
  for (const id of ScheduledInstanceIds ?? [])
    throw errors.other('InvalidScheduledInstance', `The Scheduled Instance '${id}' does not exist.`);
  return { ScheduledInstanceSet: [] };
};

export const DescribeScheduledInstanceAvailability: Operation<'DescribeScheduledInstanceAvailability'> = () => ({
  ScheduledInstanceAvailabilitySet: [],
});

export const PurchaseScheduledInstances: Operation<'PurchaseScheduledInstances'> = () => {
  throw errors.unsupported('You cannot purchase Scheduled Reserved Instances: they are not available any more.');
};

export const RunScheduledInstances: Operation<'RunScheduledInstances'> = ({ ScheduledInstanceId }) => {
  throw errors.other('InvalidScheduledInstance', `The Scheduled Instance '${ScheduledInstanceId}' does not exist.`);
};

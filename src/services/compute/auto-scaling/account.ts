// What an account may have, and the words that the service knows.
import { configurationsMax, groupsMax } from './limits.ts';
import type { Operation } from './state.ts';
import { policyTypes } from './termination-policy.ts';

export const DescribeAccountLimits: Operation<'DescribeAccountLimits'> = (_input, { state }) => ({
  MaxNumberOfAutoScalingGroups: groupsMax,
  MaxNumberOfLaunchConfigurations: configurationsMax,
  NumberOfAutoScalingGroups: state.groups.size,
  NumberOfLaunchConfigurations: state.configurations.size,
});

export const DescribeAdjustmentTypes: Operation<'DescribeAdjustmentTypes'> = () => ({
  AdjustmentTypes: ['ChangeInCapacity', 'ExactCapacity', 'PercentChangeInCapacity'].map((AdjustmentType) => ({
    AdjustmentType,
  })),
});

export const DescribeTerminationPolicyTypes: Operation<'DescribeTerminationPolicyTypes'> = () => ({
  TerminationPolicyTypes: [...policyTypes],
});

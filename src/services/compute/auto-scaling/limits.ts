// Every number that AWS states for EC2 Auto Scaling, with its unit in the name.
// @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html
import { secondsPerDay, secondsPerHour } from '../../../kernel/units.ts';

export const groupsMax = 500;
export const configurationsMax = 200;
export const hooksPerGroupMax = 50;
export const policiesPerGroupMax = 50;
export const stepsPerPolicyMax = 20;
export const schedulesPerGroupMax = 125;
export const scheduleBatchMax = 50;
export const topicsPerGroupMax = 10;
export const targetGroupsPerGroupMax = 50;
export const trafficSourcesPerCallMax = 10;
export const tagsMax = 50;
export const instancesPerCallMax = 20;
export const protectedPerCallMax = 50;

export const cooldownSeconds = 300;
export const heartbeatSeconds = { default: 3_600, min: 30, max: 7_200 } as const;
/** A hook holds an instance for 48 hours or a hundred heartbeats, whichever is less. */
export const hookGlobalSeconds = 48 * secondsPerHour;
export const heartbeatsMax = 100;

export const lifetimeSeconds = { min: secondsPerDay, max: 365 * secondsPerDay } as const;

/** Activities are listed for six weeks. */
export const activityDays = 42;

/** A rebalance may go beyond the maximum by this share of it, or by one instance. */
export const rebalanceMargin = 0.1;

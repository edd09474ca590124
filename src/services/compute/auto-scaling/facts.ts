// What EC2 Auto Scaling announces.
import type { Instant } from '../../../kernel/units.ts';

/**
 * `autoscaling.Event`: what EventBridge's events of Auto Scaling need; `detail` is the event's, whole.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html
 */
export interface AutoScalingEvent {
  readonly type:
    | 'EC2 Instance-launch Lifecycle Action'
    | 'EC2 Instance-terminate Lifecycle Action'
    | 'EC2 Instance Launch Successful'
    | 'EC2 Instance Launch Unsuccessful'
    | 'EC2 Instance Terminate Successful'
    | 'EC2 Instance Terminate Unsuccessful'
    | 'EC2 Auto Scaling Instance Refresh Started'
    | 'EC2 Auto Scaling Instance Refresh Succeeded'
    | 'EC2 Auto Scaling Instance Refresh Failed'
    | 'EC2 Auto Scaling Instance Refresh Cancelled'
    | 'EC2 Auto Scaling Instance Refresh Checkpoint Reached';
  readonly resources: readonly string[];
  readonly at: Instant;
  readonly detail: object;
}

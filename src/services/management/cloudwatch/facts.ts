// What CloudWatch announces.
import type { Instant } from '../../../kernel/units.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** How an alarm stood, as EventBridge's event writes it. */
export interface StateDetail {
  readonly value: AlarmState;
  readonly reason: string;
  readonly reasonData?: string | undefined;
  /** `2026-11-24T11:40:00.000+0000`. */
  readonly timestamp: string;
  readonly actionsSuppressedBy?: string | undefined;
  readonly actionsSuppressedReason?: string | undefined;
}

/**
 * `cloudwatch.AlarmStateChanged`: what EventBridge's `CloudWatch Alarm State Change` needs; `detail` is the event's, whole.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
export interface AlarmStateChanged {
  readonly alarmArn: string;
  readonly at: Instant;
  readonly detail: {
    readonly alarmName: string;
    readonly state: StateDetail;
    readonly previousState: StateDetail;
    readonly configuration: object;
  };
}

/**
 * `cloudwatch.AlarmAction`: an alarm came to a state and asks for an action that has no API: an Auto Scaling policy
 * (`arn:aws:autoscaling:…`), or `ec2:recover`.
 */
export interface AlarmAction {
  readonly actionArn: string;
  readonly alarmArn: string;
  readonly alarmName: string;
  readonly newState: AlarmState;
  readonly at: Instant;
  /** The newest data point, when there is one; steps are chosen by it. */
  readonly value?: number | undefined;
  readonly threshold?: number | undefined;
  readonly namespace?: string | undefined;
  readonly metricName?: string | undefined;
  readonly dimensions?: readonly { readonly Name: string; readonly Value: string }[] | undefined;
}

/**
 * `cloudwatch.AlarmActionsRepeated`: once a minute, all Auto Scaling actions of alarms that stay in their state. AWS repeats these, and
 * only these.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
 */
export interface AlarmActionsRepeated {
  readonly actions: readonly AlarmAction[];
}

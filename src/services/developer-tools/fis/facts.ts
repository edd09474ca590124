// What AWS FIS announces.

export interface ExperimentState {
  readonly status: string;
  readonly reason: string;
}

/**
 * `fis.ExperimentStateChanged`: what EventBridge's `FIS Experiment State Change` needs.
 * @see https://docs.aws.amazon.com/fis/latest/userguide/monitoring-eventbridge.html
 */
export interface ExperimentStateChanged {
  readonly experimentId: string;
  readonly experimentTemplateId: string;
  readonly oldState: ExperimentState;
  readonly newState: ExperimentState;
}

/** `fis.SpotInterruption`: an experiment interrupts Spot Instances, with the permission `ec2:SendSpotInstanceInterruptions`. */
export interface SpotInterruption {
  readonly instanceIds: readonly string[];
  /** From now until they are taken; two minutes before that they get their notice. */
  readonly noticeSeconds: number;
}

// What AWS FIS announces.

/** `fis.SpotInterruption`: an experiment interrupts Spot Instances, with the permission `ec2:SendSpotInstanceInterruptions`. */
export interface SpotInterruption {
  readonly instanceIds: readonly string[];
  /** From now until they are taken; two minutes before that they get their notice. */
  readonly noticeSeconds: number;
}

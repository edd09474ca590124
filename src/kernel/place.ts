/** Where a request acts: an account and a Region of a partition. */
export interface Place {
  /** Twelve digits. */
  readonly account: string;
  /** `us-east-1`; a global service is called in the Region of its endpoint. */
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  readonly partition: string;
}

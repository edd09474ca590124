// Every number that AWS states for S3 Control.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-job-status.html

export const limits = {
  /** Access points of an account and Region. */
  accessPointsMax: 10_000,
  pageMax: 1_000,
  tagsMax: 50,
  tagKeyMaxLength: 128,
  tagValueMaxLength: 256,
  /** A job fails when more than half of its tasks have failed, after so many of them. */
  failureSample: 1_000,
  /** Jobs that have ended are kept so long. */
  jobKeptDays: 90,
  /** A job that nobody confirms fails after so long. */
  confirmationDays: 30,
  /** Storage Lens dashboards of an account and Region. */
  lensesMax: 50,
} as const;

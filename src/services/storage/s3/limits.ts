// Every number that AWS states for S3.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
import { gibibyte, kibibyte, mebibyte } from '../../../kernel/units.ts';

export const limits = {
  /** A single PUT or a part: 5 GiB. */
  putMaxBytes: 5 * gibibyte,
  /** An object put together from parts: 50 TB since December 2025 (48.8 TiB are the 10,000 parts of 5 GiB). */
  objectMaxBytes: 10_000 * 5 * gibibyte,
  /** Every part but the last has at least 5 MiB. */
  partMinBytes: 5 * mebibyte,
  partNumberMax: 10_000,
  /** A copy in one request: 5 GiB. */
  copyMaxBytes: 5 * gibibyte,
  /** Key in UTF-8. */
  keyMaxBytes: 1_024,
  /** Names and values of `x-amz-meta-*` together. */
  metadataMaxBytes: 2 * kibibyte,
  pageMax: 1_000,
  deleteObjectsMax: 1_000,
  objectTagsMax: 10,
  bucketTagsMax: 50,
  tagKeyMaxLength: 128,
  tagValueMaxLength: 256,
  policyMaxBytes: 20 * kibibyte,
  lifecycleRulesMax: 1_000,
  corsRulesMax: 100,
  /** Metrics, analytics, inventory or Intelligent-Tiering configurations of one bucket. */
  configurationsMax: 1_000,
  configurationsPage: 100,
  grantsMax: 100,
  bucketsMax: 10_000,
  /** A presigned URL lives at most 7 days. */
  presignMaxSeconds: 604_800,
  /** Lifecycle moves smaller objects only when a filter names a size. */
  transitionMinBytes: 128 * kibibyte,
  /** Form fields before the file of a browser upload. */
  postFieldsMaxBytes: 20 * kibibyte,
} as const;

// Amazon S3: table of contents.
//
// Reading order: state.ts (rows), version.ts (how versions stand on each other), intake.ts (bodies), object-write.ts, object-read.ts;
// then listing.ts and list.ts, upload.ts and upload-complete.ts, lifecycle-rule.ts and lifecycle.ts, access.ts.
import { defineService } from '../../../kernel/service.ts';
import { deliverLog, logAccess } from './access-log.ts';
import { permissions } from './access.ts';
import * as browser from './browser.ts';
import * as bucket from './bucket.ts';
import * as config from './bucket-config.ts';
import { bucketMetrics } from './bucket-metric.ts';
import * as policy from './bucket-policy.ts';
import * as web from './bucket-web.ts';
import { CopyObject } from './copy.ts';
import { writeInventory } from './inventory.ts';
import * as lifecycle from './lifecycle.ts';
import * as list from './list.ts';
import * as named from './named-config.ts';
import * as notification from './notification.ts';
import * as deletion from './object-delete.ts';
import * as read from './object-read.ts';
import * as tag from './object-tag.ts';
import { PutObject } from './object-write.ts';
import { PostObject, WritePostedObject } from './post-object.ts';
import * as block from './public-access.ts';
import { meterRequest } from './request-metric.ts';
import * as restore from './restore.ts';
import { s3State } from './state.ts';
import * as upload from './upload.ts';
import { CompleteMultipartUpload } from './upload-complete.ts';

export default defineService({
  name: 's3',
  state: s3State,
  operations: {
    // bucket.ts
    CreateBucket: bucket.CreateBucket,
    HeadBucket: bucket.HeadBucket,
    DeleteBucket: bucket.DeleteBucket,
    ListBuckets: bucket.ListBuckets,
    GetBucketLocation: bucket.GetBucketLocation,
    GetBucketTagging: bucket.GetBucketTagging,
    PutBucketTagging: bucket.PutBucketTagging,
    DeleteBucketTagging: bucket.DeleteBucketTagging,
    // object-write.ts, object-read.ts, object-delete.ts, copy.ts, restore.ts
    PutObject,
    GetObject: read.GetObject,
    HeadObject: read.HeadObject,
    GetObjectAttributes: read.GetObjectAttributes,
    DeleteObject: deletion.DeleteObject,
    DeleteObjects: deletion.DeleteObjects,
    CopyObject,
    RestoreObject: restore.RestoreObject,
    // list.ts
    ListObjects: list.ListObjects,
    ListObjectsV2: list.ListObjectsV2,
    ListObjectVersions: list.ListObjectVersions,
    ListMultipartUploads: list.ListMultipartUploads,
    ListParts: list.ListParts,
    // upload.ts, upload-complete.ts
    CreateMultipartUpload: upload.CreateMultipartUpload,
    UploadPart: upload.UploadPart,
    UploadPartCopy: upload.UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload: upload.AbortMultipartUpload,
    // object-tag.ts
    GetObjectTagging: tag.GetObjectTagging,
    PutObjectTagging: tag.PutObjectTagging,
    DeleteObjectTagging: tag.DeleteObjectTagging,
    GetObjectAcl: tag.GetObjectAcl,
    PutObjectAcl: tag.PutObjectAcl,
    GetObjectRetention: tag.GetObjectRetention,
    PutObjectRetention: tag.PutObjectRetention,
    GetObjectLegalHold: tag.GetObjectLegalHold,
    PutObjectLegalHold: tag.PutObjectLegalHold,
    // bucket-config.ts, bucket-policy.ts, public-access.ts
    GetBucketVersioning: config.GetBucketVersioning,
    PutBucketVersioning: config.PutBucketVersioning,
    GetBucketEncryption: config.GetBucketEncryption,
    PutBucketEncryption: config.PutBucketEncryption,
    DeleteBucketEncryption: config.DeleteBucketEncryption,
    GetBucketOwnershipControls: config.GetBucketOwnershipControls,
    PutBucketOwnershipControls: config.PutBucketOwnershipControls,
    DeleteBucketOwnershipControls: config.DeleteBucketOwnershipControls,
    GetBucketAcl: config.GetBucketAcl,
    PutBucketAcl: config.PutBucketAcl,
    GetBucketCors: config.GetBucketCors,
    PutBucketCors: config.PutBucketCors,
    DeleteBucketCors: config.DeleteBucketCors,
    GetObjectLockConfiguration: config.GetObjectLockConfiguration,
    PutObjectLockConfiguration: config.PutObjectLockConfiguration,
    GetBucketRequestPayment: config.GetBucketRequestPayment,
    PutBucketRequestPayment: config.PutBucketRequestPayment,
    GetBucketAccelerateConfiguration: config.GetBucketAccelerateConfiguration,
    PutBucketAccelerateConfiguration: config.PutBucketAccelerateConfiguration,
    GetBucketPolicy: policy.GetBucketPolicy,
    PutBucketPolicy: policy.PutBucketPolicy,
    DeleteBucketPolicy: policy.DeleteBucketPolicy,
    GetBucketPolicyStatus: policy.GetBucketPolicyStatus,
    GetPublicAccessBlock: block.GetPublicAccessBlock,
    PutPublicAccessBlock: block.PutPublicAccessBlock,
    DeletePublicAccessBlock: block.DeletePublicAccessBlock,
    // lifecycle.ts, notification.ts
    GetBucketLifecycleConfiguration: lifecycle.GetBucketLifecycleConfiguration,
    PutBucketLifecycleConfiguration: lifecycle.PutBucketLifecycleConfiguration,
    DeleteBucketLifecycle: lifecycle.DeleteBucketLifecycle,
    GetBucketNotificationConfiguration: notification.GetBucketNotificationConfiguration,
    PutBucketNotificationConfiguration: notification.PutBucketNotificationConfiguration,
    // bucket-web.ts
    GetBucketWebsite: web.GetBucketWebsite,
    PutBucketWebsite: web.PutBucketWebsite,
    DeleteBucketWebsite: web.DeleteBucketWebsite,
    GetBucketLogging: web.GetBucketLogging,
    PutBucketLogging: web.PutBucketLogging,
    GetBucketReplication: web.GetBucketReplication,
    PutBucketReplication: web.PutBucketReplication,
    DeleteBucketReplication: web.DeleteBucketReplication,
    // named-config.ts
    PutBucketMetricsConfiguration: named.PutBucketMetricsConfiguration,
    GetBucketMetricsConfiguration: named.GetBucketMetricsConfiguration,
    DeleteBucketMetricsConfiguration: named.DeleteBucketMetricsConfiguration,
    ListBucketMetricsConfigurations: named.ListBucketMetricsConfigurations,
    PutBucketAnalyticsConfiguration: named.PutBucketAnalyticsConfiguration,
    GetBucketAnalyticsConfiguration: named.GetBucketAnalyticsConfiguration,
    DeleteBucketAnalyticsConfiguration: named.DeleteBucketAnalyticsConfiguration,
    ListBucketAnalyticsConfigurations: named.ListBucketAnalyticsConfigurations,
    PutBucketIntelligentTieringConfiguration: named.PutBucketIntelligentTieringConfiguration,
    GetBucketIntelligentTieringConfiguration: named.GetBucketIntelligentTieringConfiguration,
    DeleteBucketIntelligentTieringConfiguration: named.DeleteBucketIntelligentTieringConfiguration,
    ListBucketIntelligentTieringConfigurations: named.ListBucketIntelligentTieringConfigurations,
    PutBucketInventoryConfiguration: named.PutBucketInventoryConfiguration,
    GetBucketInventoryConfiguration: named.GetBucketInventoryConfiguration,
    DeleteBucketInventoryConfiguration: named.DeleteBucketInventoryConfiguration,
    ListBucketInventoryConfigurations: named.ListBucketInventoryConfigurations,
    // browser.ts, post-object.ts
    OptionsObject: browser.OptionsObject,
    PostObject,
    WritePostedObject,
  },
  witness: (seen, context) => {
    logAccess(seen, context);
    meterRequest(seen, context);
  },
  metrics: bucketMetrics,
  jobs: {
    deliverLog,
    runLifecycle: lifecycle.runLifecycle,
    deliver: notification.deliver,
    finishRestore: restore.finishRestore,
    expireRestore: restore.expireRestore,
    writeInventory,
  },
  permissions,
  // A preflight has no signature, and a form's stands among its fields.
  unsigned: ['OptionsObject', 'PostObject'],
  front: browser.front,
});

// Amazon S3 Control: table of contents. It works on S3's own tables.
//
// Reading order: access-point.ts; batch-job.ts (what a job is), batch-run.ts (how it runs), batch-task.ts (what it does to an object).
import { defineService } from '../../../kernel/service.ts';
import { s3State } from '../s3/state.ts';
import * as point from './access-point.ts';
import * as account from './account.ts';
import * as batch from './batch-job.ts';
import * as run from './batch-run.ts';
import * as lens from './storage-lens.ts';
import * as tag from './tag.ts';

export default defineService({
  name: 's3-control',
  state: s3State,
  stateOf: 's3',
  operations: account.inOwnAccount({
    // account.ts
    GetPublicAccessBlock: account.GetPublicAccessBlock,
    PutPublicAccessBlock: account.PutPublicAccessBlock,
    DeletePublicAccessBlock: account.DeletePublicAccessBlock,
    // access-point.ts
    CreateAccessPoint: point.CreateAccessPoint,
    GetAccessPoint: point.GetAccessPoint,
    DeleteAccessPoint: point.DeleteAccessPoint,
    ListAccessPoints: point.ListAccessPoints,
    GetAccessPointPolicy: point.GetAccessPointPolicy,
    PutAccessPointPolicy: point.PutAccessPointPolicy,
    DeleteAccessPointPolicy: point.DeleteAccessPointPolicy,
    GetAccessPointPolicyStatus: point.GetAccessPointPolicyStatus,
    // batch-job.ts
    CreateJob: batch.CreateJob,
    DescribeJob: batch.DescribeJob,
    ListJobs: batch.ListJobs,
    UpdateJobPriority: batch.UpdateJobPriority,
    UpdateJobStatus: batch.UpdateJobStatus,
    GetJobTagging: batch.GetJobTagging,
    PutJobTagging: batch.PutJobTagging,
    DeleteJobTagging: batch.DeleteJobTagging,
    // storage-lens.ts
    PutStorageLensConfiguration: lens.PutStorageLensConfiguration,
    GetStorageLensConfiguration: lens.GetStorageLensConfiguration,
    DeleteStorageLensConfiguration: lens.DeleteStorageLensConfiguration,
    ListStorageLensConfigurations: lens.ListStorageLensConfigurations,
    PutStorageLensConfigurationTagging: lens.PutStorageLensConfigurationTagging,
    GetStorageLensConfigurationTagging: lens.GetStorageLensConfigurationTagging,
    DeleteStorageLensConfigurationTagging: lens.DeleteStorageLensConfigurationTagging,
    // tag.ts
    ListTagsForResource: tag.ListTagsForResource,
    TagResource: tag.TagResource,
    UntagResource: tag.UntagResource,
  }),
  jobs: {
    startPreparing: run.startPreparing,
    finishPreparing: run.finishPreparing,
    abandonJob: run.abandonJob,
    startJob: run.startJob,
    runTasks: run.runTasks,
    finishJob: run.finishJob,
    forgetJob: run.forgetJob,
  },
});

// Settings whose work is done elsewhere or later: website, access log, replication.
import { changeBucket, findBucket, getBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import type { Input, Operation, S3Context } from './operation.ts';
import type { BucketRow } from './state.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html */
export const GetBucketWebsite: Operation<'GetBucketWebsite'> = (input, context) => {
  const { website, name } = getBucket(input, context);
  if (website === undefined)
    throw errors.absent(
      'NoSuchWebsiteConfiguration',
      'The specified bucket does not have a website configuration',
      name,
    );
  return website;
};

function checkWebsite(website: Input<'PutBucketWebsite'>['WebsiteConfiguration']): void {
  const { RedirectAllRequestsTo: all, IndexDocument: index, ErrorDocument: error, RoutingRules: rules } = website;
  if (all !== undefined) {
    if (index !== undefined || error !== undefined || rules !== undefined)
      throw errors.argument('RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.', {
        ArgumentName: 'RedirectAllRequestsTo',
      });
    if (!all.HostName) throw errors.malformedXml();
    return;
  }
  if (!index?.Suffix || index.Suffix.includes('/'))
    throw errors.argument('The IndexDocument Suffix is not well formed', { ArgumentName: 'IndexDocument' });
  if (error !== undefined && !error.Key) throw errors.malformedXml();
  for (const { Redirect: redirect } of rules ?? []) {
    if (redirect === undefined || Object.keys(redirect).length === 0) throw errors.malformedXml();
    if (redirect.ReplaceKeyPrefixWith !== undefined && redirect.ReplaceKeyWith !== undefined)
      throw errors.invalidRequest('You can only define ReplaceKeyPrefix or ReplaceKey but not both.');
    const code = redirect.HttpRedirectCode;
    if (code !== undefined && !/^3\d\d$/.test(code))
      throw errors.invalidRequest(
        `The provided HTTP redirect code (${code}) is not valid. Valid codes are 3XX except 300.`,
      );
  }
}

/**
 * Makes a bucket a website.
 *
 * Differs: the configuration is kept; the website's own front door comes later.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
 */
export const PutBucketWebsite: Operation<'PutBucketWebsite'> = (input, context) => {
  const bucket = getBucket(input, context);
  checkWebsite(input.WebsiteConfiguration);
  changeBucket(context, bucket, { website: input.WebsiteConfiguration });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html */
export const DeleteBucketWebsite: Operation<'DeleteBucketWebsite'> = (input, context) => {
  changeBucket(context, getBucket(input, context), { website: undefined });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html */
export const GetBucketLogging: Operation<'GetBucketLogging'> = (input, context) => {
  const { logging } = getBucket(input, context);
  return logging === undefined ? {} : { LoggingEnabled: logging };
};

function checkTarget(name: string, bucket: BucketRow, context: S3Context): void {
  const target = findBucket(context, name);
  if (target === undefined)
    throw errors.invalidLogTarget('The target bucket for logging does not exist', { TargetBucket: name });
  if (target.account !== bucket.account)
    throw errors.invalidLogTarget('The owner for the bucket to be logged and the target bucket must be the same.', {
      TargetBucket: name,
    });
  if (target.region !== bucket.region)
    throw errors.crossLocationLogging('Cross S3 location logging not allowed. ', {
      SourceBucketLocation: bucket.region,
      TargetBucketLocation: target.region,
    });
}

/**
 * Sends a bucket's access log to another bucket, or stops it. See `access-log.ts`.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
 */
export const PutBucketLogging: Operation<'PutBucketLogging'> = (input, context) => {
  const bucket = getBucket(input, context);
  const logging = input.BucketLoggingStatus?.LoggingEnabled;
  if (logging !== undefined) {
    if (!logging.TargetBucket || logging.TargetPrefix === undefined) throw errors.malformedXml();
    checkTarget(logging.TargetBucket, bucket, context);
  }
  changeBucket(context, bucket, { logging });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html */
export const GetBucketReplication: Operation<'GetBucketReplication'> = (input, context) => {
  const { replication, name } = getBucket(input, context);
  if (replication === undefined)
    throw errors.absent('ReplicationConfigurationNotFoundError', 'The replication configuration was not found', name);
  return { ReplicationConfiguration: replication };
};

const roleArn = /^arn:[a-z-]+:iam::\d{12}:role\/.+$/;
const bucketForm = /^arn:[a-z-]+:s3:::([a-z0-9.-]+)$/;

function readReplication(configuration: Input<'PutBucketReplication'>['ReplicationConfiguration'], context: S3Context) {
  const { Role: role, Rules: rules } = configuration;
  if (role === undefined || !rules?.length || rules.length > 1_000) throw errors.malformedXml();
  if (!roleArn.test(role))
    throw errors.invalidArgument('Invalid role specified in replication configuration', 'Role', role);
  const ids = new Set<string>();
  return {
    Role: role,
    Rules: rules.map((rule) => {
      const { Status: status, Destination: destination } = rule;
      if ((status !== 'Enabled' && status !== 'Disabled') || destination?.Bucket === undefined)
        throw errors.malformedXml();
      const [, target] = bucketForm.exec(destination.Bucket) ?? [];
      if (target === undefined) throw errors.argument('Invalid bucket ARN.');
      const found = findBucket(context, target);
      if (found === undefined) throw errors.invalidRequest('Destination bucket must exist.');
      if (found.versioning !== 'Enabled')
        throw errors.invalidRequest('Destination bucket must have versioning enabled.');
      const id = rule.ID ?? context.ids.token(48);
      if (ids.has(id)) throw errors.argument('Rule ID must be unique. Found same ID for more than one rule');
      ids.add(id);
      return { ...rule, ID: id };
    }),
  };
}

/**
 * Sets a bucket's replication rules.
 *
 * Differs: the rules are kept and checked; nothing is replicated yet.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
 */
export const PutBucketReplication: Operation<'PutBucketReplication'> = (input, context) => {
  const bucket = getBucket(input, context);
  if (bucket.versioning !== 'Enabled')
    throw errors.invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
  changeBucket(context, bucket, { replication: readReplication(input.ReplicationConfiguration, context) });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html */
export const DeleteBucketReplication: Operation<'DeleteBucketReplication'> = (input, context) => {
  changeBucket(context, getBucket(input, context), { replication: undefined });
  return {};
};

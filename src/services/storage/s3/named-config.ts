// Configurations of which a bucket has up to a thousand, each with an ID: metrics, analytics, inventory, Intelligent-Tiering.
import { withStatus } from '../../../kernel/status.ts';
import { key } from '../../../kernel/key.ts';
import { getBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import { cancelInventory, checkInventory, scheduleInventory } from './inventory.ts';
import { limits } from './limits.ts';
import { readToken, writeToken } from './listing.ts';
import type { Operation, S3Context } from './operation.ts';
import type { BucketRow, ConfigurationKind, ConfigurationRow } from './state.ts';

const rowKey = ({ partition, name }: BucketRow, kind: ConfigurationKind, id: string): string =>
  key(partition, name, kind, id);

export function getConfiguration(
  { state }: S3Context,
  bucket: BucketRow,
  kind: ConfigurationKind,
  id: string,
): ConfigurationRow {
  const row = state.configurations.find(rowKey(bucket, kind, id));
  if (row === undefined) throw errors.noSuchConfiguration();
  return row;
}

function putConfiguration(
  { state }: S3Context,
  bucket: BucketRow,
  { kind, id, value, job }: { kind: ConfigurationKind; id: string; value: { Id?: string | undefined }; job?: string },
): void {
  if (id !== value.Id) throw errors.argument('The ID in the request URI does not match the ID in the configuration.');
  const prefix = key(bucket.partition, bucket.name, kind);
  const isNew = !state.configurations.has(rowKey(bucket, kind, id));
  if (
    isNew &&
    state.configurations.list({ prefix, limit: limits.configurationsMax }).length >= limits.configurationsMax
  )
    throw errors.tooManyConfigurations();
  state.configurations.put({ partition: bucket.partition, bucket: bucket.name, kind, id, value, job });
}

function deleteConfiguration(context: S3Context, bucket: BucketRow, kind: ConfigurationKind, id: string): void {
  getConfiguration(context, bucket, kind, id);
  context.state.configurations.delete(rowKey(bucket, kind, id));
}

/** One page, of 100. */
function listConfigurations(
  { state }: S3Context,
  bucket: BucketRow,
  kind: ConfigurationKind,
  token: string | undefined,
) {
  const after = token === undefined ? undefined : readToken(token);
  if (token !== undefined && after === undefined)
    throw errors.invalidArgument('The continuation token provided is incorrect', 'continuation-token');
  const rows = state.configurations.list({
    prefix: key(bucket.partition, bucket.name, kind),
    after: after === undefined ? undefined : rowKey(bucket, kind, after),
    limit: limits.configurationsPage + 1,
  });
  const page = rows.slice(0, limits.configurationsPage);
  const truncated = rows.length > page.length;
  return {
    values: page.map((row) => row.value),
    frame: {
      IsTruncated: truncated,
      ...(token === undefined ? {} : { ContinuationToken: token }),
      ...(truncated ? { NextContinuationToken: writeToken(page.at(-1)?.id ?? '') } : {}),
    },
  };
}

const listed = <Value>(name: string, values: readonly object[]) =>
  (values.length === 0 ? {} : { [name]: values }) as Record<string, Value[]>;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html */
export const PutBucketMetricsConfiguration: Operation<'PutBucketMetricsConfiguration'> = (input, context) => {
  const bucket = getBucket(input, context);
  putConfiguration(context, bucket, { kind: 'metrics', id: input.Id, value: input.MetricsConfiguration });
  return withStatus(204, {});
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketMetricsConfiguration.html */
export const GetBucketMetricsConfiguration: Operation<'GetBucketMetricsConfiguration'> = (input, context) => ({
  MetricsConfiguration: getConfiguration(context, getBucket(input, context), 'metrics', input.Id).value as {
    Id: string;
  },
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketMetricsConfiguration.html */
export const DeleteBucketMetricsConfiguration: Operation<'DeleteBucketMetricsConfiguration'> = (input, context) => {
  deleteConfiguration(context, getBucket(input, context), 'metrics', input.Id);
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketMetricsConfigurations.html */
export const ListBucketMetricsConfigurations: Operation<'ListBucketMetricsConfigurations'> = (input, context) => {
  const { values, frame } = listConfigurations(context, getBucket(input, context), 'metrics', input.ContinuationToken);
  return { ...frame, ...listed('MetricsConfigurationList', values) };
};

/**
 * Differs: the configuration is kept and shown; no analysis is exported.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAnalyticsConfiguration.html
 */
export const PutBucketAnalyticsConfiguration: Operation<'PutBucketAnalyticsConfiguration'> = (input, context) => {
  const bucket = getBucket(input, context);
  putConfiguration(context, bucket, { kind: 'analytics', id: input.Id, value: input.AnalyticsConfiguration });
  return withStatus(204, {});
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAnalyticsConfiguration.html */
export const GetBucketAnalyticsConfiguration: Operation<'GetBucketAnalyticsConfiguration'> = (input, context) => ({
  AnalyticsConfiguration: getConfiguration(context, getBucket(input, context), 'analytics', input.Id).value as {
    Id: string;
    StorageClassAnalysis: object;
  },
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketAnalyticsConfiguration.html */
export const DeleteBucketAnalyticsConfiguration: Operation<'DeleteBucketAnalyticsConfiguration'> = (input, context) => {
  deleteConfiguration(context, getBucket(input, context), 'analytics', input.Id);
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketAnalyticsConfigurations.html */
export const ListBucketAnalyticsConfigurations: Operation<'ListBucketAnalyticsConfigurations'> = (input, context) => {
  const bucket = getBucket(input, context);
  const { values, frame } = listConfigurations(context, bucket, 'analytics', input.ContinuationToken);
  return { ...frame, ...listed('AnalyticsConfigurationList', values) };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketIntelligentTieringConfiguration.html */
export const PutBucketIntelligentTieringConfiguration: Operation<'PutBucketIntelligentTieringConfiguration'> = (
  input,
  context,
) => {
  const bucket = getBucket(input, context);
  const value = input.IntelligentTieringConfiguration;
  const least: Readonly<Record<string, number>> = { ARCHIVE_ACCESS: 90, DEEP_ARCHIVE_ACCESS: 180 };
  if (value.Status !== 'Enabled' && value.Status !== 'Disabled') throw errors.malformedXml();
  if (!value.Tierings?.length) throw errors.malformedXml();
  for (const { Days: days = 0, AccessTier: tier = '' } of value.Tierings)
    if (days < (least[tier] ?? Number.POSITIVE_INFINITY) || days > 730)
      throw errors.argument(`'Days' must be between ${least[tier] ?? 0} and 730 for access tier '${tier}'`);
  putConfiguration(context, bucket, { kind: 'intelligent-tiering', id: input.Id, value });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketIntelligentTieringConfiguration.html */
export const GetBucketIntelligentTieringConfiguration: Operation<'GetBucketIntelligentTieringConfiguration'> = (
  input,
  context,
) => ({
  IntelligentTieringConfiguration: getConfiguration(context, getBucket(input, context), 'intelligent-tiering', input.Id)
    .value as { Id: string; Status: 'Enabled'; Tierings: [] },
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketIntelligentTieringConfiguration.html */
export const DeleteBucketIntelligentTieringConfiguration: Operation<'DeleteBucketIntelligentTieringConfiguration'> = (
  input,
  context,
) => {
  deleteConfiguration(context, getBucket(input, context), 'intelligent-tiering', input.Id);
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketIntelligentTieringConfigurations.html */
export const ListBucketIntelligentTieringConfigurations: Operation<'ListBucketIntelligentTieringConfigurations'> = (
  input,
  context,
) => {
  const bucket = getBucket(input, context);
  const { values, frame } = listConfigurations(context, bucket, 'intelligent-tiering', input.ContinuationToken);
  return { ...frame, ...listed('IntelligentTieringConfigurationList', values) };
};

/**
 * Asks for inventory reports, daily or weekly.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html
 */
export const PutBucketInventoryConfiguration: Operation<'PutBucketInventoryConfiguration'> = (input, context) => {
  const bucket = getBucket(input, context);
  const value = input.InventoryConfiguration;
  checkInventory(value);
  cancelInventory(context, bucket, input.Id);
  const job = value.IsEnabled === true ? scheduleInventory(context, bucket, value) : undefined;
  putConfiguration(context, bucket, { kind: 'inventory', id: input.Id, value, ...(job === undefined ? {} : { job }) });
  return withStatus(204, {});
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketInventoryConfiguration.html */
export const GetBucketInventoryConfiguration: Operation<'GetBucketInventoryConfiguration'> = (input, context) => ({
  InventoryConfiguration: getConfiguration(context, getBucket(input, context), 'inventory', input.Id).value as never,
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html */
export const DeleteBucketInventoryConfiguration: Operation<'DeleteBucketInventoryConfiguration'> = (input, context) => {
  const bucket = getBucket(input, context);
  getConfiguration(context, bucket, 'inventory', input.Id);
  cancelInventory(context, bucket, input.Id);
  deleteConfiguration(context, bucket, 'inventory', input.Id);
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html */
export const ListBucketInventoryConfigurations: Operation<'ListBucketInventoryConfigurations'> = (input, context) => {
  const bucket = getBucket(input, context);
  const { values, frame } = listConfigurations(context, bucket, 'inventory', input.ContinuationToken);
  return { ...frame, ...listed('InventoryConfigurationList', values) };
};

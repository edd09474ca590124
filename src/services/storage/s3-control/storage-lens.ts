// Storage Lens dashboards: their configurations and tags.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage_lens.html
import { key } from '../../../kernel/key.ts';
import { withStatus } from '../../../kernel/status.ts';
import { readToken, writeToken } from '../s3/listing.ts';
import type { LensRow } from '../s3/state.ts';
import { writeTags } from '../s3/tag.ts';
import { errors } from './errors.ts';
import { limits } from './limits.ts';
import type { ControlContext, Operation } from './operation.ts';
import { readTags } from './tag-rule.ts';

const arnOf = ({ account, region, id }: LensRow, partition: string): string =>
  `arn:${partition}:s3:${region}:${account}:storage-lens/${id}`;

/** @throws NoSuchConfiguration */
function getLens(id: string, { state, account, region }: ControlContext): LensRow {
  const lens = state.lenses.find(key(account, region, id));
  if (lens === undefined) throw errors.noSuchLens();
  return lens;
}

/**
 * Makes a dashboard, or replaces its configuration.
 *
 * Limit: 50 of an account and Region.
 * Differs: the configuration is kept; no metrics are exported, and there is no `default-account-dashboard`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutStorageLensConfiguration.html
 */
export const PutStorageLensConfiguration: Operation<'PutStorageLensConfiguration'> = (input, context) => {
  const { state, account, region } = context;
  const { ConfigId: id, StorageLensConfiguration: configuration } = input;
  if (configuration.Id !== id) throw errors.invalidRequest('The configuration ID in the URI and in the body differ');
  if (configuration.Include !== undefined && configuration.Exclude !== undefined)
    throw errors.invalidRequest('Include and Exclude cannot be specified together');
  const known = state.lenses.find(key(account, region, id));
  if (known === undefined && state.lenses.list({ prefix: key(account, region) }).length >= limits.lensesMax)
    throw errors.invalidRequest(`An account can have at most ${limits.lensesMax} configurations in a Region`);
  const tags = input.Tags === undefined ? (known?.tags ?? []) : readTags(input.Tags);
  state.lenses.put({ account, region, id, configuration, tags });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetStorageLensConfiguration.html */
export const GetStorageLensConfiguration: Operation<'GetStorageLensConfiguration'> = (input, context) => {
  const lens = getLens(input.ConfigId, context);
  return {
    StorageLensConfiguration: { ...lens.configuration, StorageLensArn: arnOf(lens, context.partition) },
  };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteStorageLensConfiguration.html */
export const DeleteStorageLensConfiguration: Operation<'DeleteStorageLensConfiguration'> = (input, context) => {
  const { account, region, id } = getLens(input.ConfigId, context);
  context.state.lenses.delete(key(account, region, id));
  return withStatus(204, {});
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListStorageLensConfigurations.html */
export const ListStorageLensConfigurations: Operation<'ListStorageLensConfigurations'> = (input, context) => {
  const { state, account, region, partition } = context;
  const after = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  if (input.NextToken !== undefined && after === undefined) throw errors.invalidToken();
  const found = state.lenses.list({
    prefix: key(account, region),
    after: after === undefined ? undefined : key(account, region, after),
    limit: limits.pageMax + 1,
  });
  const page = found.slice(0, limits.pageMax);
  const last = page.at(-1);
  return {
    StorageLensConfigurationList: page.map((lens) => ({
      Id: lens.id,
      StorageLensArn: arnOf(lens, partition),
      HomeRegion: lens.region,
      IsEnabled: lens.configuration.IsEnabled,
    })),
    ...(found.length > page.length && last !== undefined ? { NextToken: writeToken(last.id) } : {}),
  };
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetStorageLensConfigurationTagging.html */
export const GetStorageLensConfigurationTagging: Operation<'GetStorageLensConfigurationTagging'> = (
  input,
  context,
) => ({
  Tags: writeTags(getLens(input.ConfigId, context).tags),
});

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutStorageLensConfigurationTagging.html */
export const PutStorageLensConfigurationTagging: Operation<'PutStorageLensConfigurationTagging'> = (input, context) => {
  context.state.lenses.put({ ...getLens(input.ConfigId, context), tags: readTags(input.Tags) });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteStorageLensConfigurationTagging.html */
export const DeleteStorageLensConfigurationTagging: Operation<'DeleteStorageLensConfigurationTagging'> = (
  input,
  context,
) => {
  context.state.lenses.put({ ...getLens(input.ConfigId, context), tags: [] });
  return withStatus(204, {});
};

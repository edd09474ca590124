// Tags of quotas, by ARN.
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { findQuota } from './quota-table.ts';
import type { Operation } from './state.ts';

/** Limit: tags of a quota. */
const tagsMax = 50;

/** `arn:aws:servicequotas:us-east-1:123456789012:vpc/L-F678F1CE` */
function checkArn(arn: string): void {
  const [service = '', code = ''] = (arn.split(':')[5] ?? '').split('/');
  if (findQuota(service, code) === undefined) throw errors.arn();
}

export const TagResource: Operation<'TagResource'> = ({ ResourceARN, Tags }, { state }) => {
  checkArn(ResourceARN);
  for (const { Key, Value } of Tags) state.tags.put({ arn: ResourceARN, key: Key, value: Value });
  if (state.tags.list({ prefix: key(ResourceARN) }).length > tagsMax) throw errors.tooManyTags();
  return {};
};

export const UntagResource: Operation<'UntagResource'> = ({ ResourceARN, TagKeys }, { state }) => {
  checkArn(ResourceARN);
  for (const name of TagKeys) state.tags.delete(key(ResourceARN, name));
  return {};
};

export const ListTagsForResource: Operation<'ListTagsForResource'> = ({ ResourceARN }, { state }) => {
  checkArn(ResourceARN);
  return {
    Tags: state.tags.list({ prefix: key(ResourceARN) }).map((row) => ({ Key: row.key, Value: row.value })),
  };
};

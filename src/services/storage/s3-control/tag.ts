// Tags by ARN: of general purpose buckets, access points and Storage Lens dashboards.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging.html
import { key } from '../../../kernel/key.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { withStatus } from '../../../kernel/status.ts';
import { keyOfBucket, type Tag } from '../s3/state.ts';
import { writeTags } from '../s3/tag.ts';
import { errors } from './errors.ts';
import { limits } from './limits.ts';
import type { ControlContext, Operation } from './operation.ts';
import { readTags } from './tag-rule.ts';

/** What an ARN names: its tags, and how to replace them. */
interface Tagged {
  readonly tags: readonly Tag[];
  replace(tags: readonly Tag[]): void;
}

const arnForm = /^arn:([a-z-]+):s3:([a-z0-9-]*):(\d*):(?:(accesspoint|storage-lens)\/)?([^/]+)$/;

/** @throws NoSuchResource */
function getTagged(arn: string, { state, account }: ControlContext): Tagged {
  const [, partition = '', region = '', owner = '', kind, name = ''] = arnForm.exec(arn) ?? [];
  if (kind === 'accesspoint') {
    const point = state.accessPoints.find(key(owner, region, name));
    if (point?.account === account)
      return { tags: point.tags ?? [], replace: (tags) => state.accessPoints.put({ ...point, tags }) };
  } else if (kind === 'storage-lens') {
    const lens = state.lenses.find(key(owner, region, name));
    if (lens?.account === account) return { tags: lens.tags, replace: (tags) => state.lenses.put({ ...lens, tags }) };
  } else {
    const bucket = state.buckets.find(keyOfBucket({ partition, name }));
    if (bucket?.account === account)
      return {
        tags: bucket.tags ?? [],
        replace: (tags) => state.buckets.put({ ...bucket, tags: tags.length === 0 ? undefined : tags }),
      };
  }
  throw errors.noSuchResource();
}

const byKey = (a: Tag, b: Tag): number => (a.key < b.key ? -1 : 1);

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListTagsForResource.html */
export const ListTagsForResource: Operation<'ListTagsForResource'> = (input, context) => ({
  Tags: writeTags([...getTagged(input.ResourceArn, context).tags].sort(byKey)),
});

/**
 * Adds tags to a resource; one of the same key is replaced.
 *
 * Limit: 50 tags.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html
 */
export const TagResource: Operation<'TagResource'> = (input, context) => {
  const resource = getTagged(input.ResourceArn, context);
  const added = readTags(input.Tags);
  const names = new Set(added.map((tag) => tag.key));
  const tags = [...resource.tags.filter((tag) => !names.has(tag.key)), ...added];
  if (tags.length > limits.tagsMax)
    throw new AwsError('TooManyTags', 400, `The number of tags exceeds the limit of ${limits.tagsMax} tags`);
  resource.replace(tags);
  return withStatus(204, {});
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UntagResource.html */
export const UntagResource: Operation<'UntagResource'> = (input, context) => {
  const resource = getTagged(input.ResourceArn, context);
  resource.replace(resource.tags.filter((tag) => !input.TagKeys.includes(tag.key)));
  return withStatus(204, {});
};

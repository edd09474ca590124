// What tags of S3 Control's resources must look like. The messages are recorded; they differ from those of S3 itself.
import type { Tag } from '../s3/state.ts';
import { errors } from './errors.ts';
import { limits } from './limits.ts';

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface TagDocument {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

const refuseTag = ({ key, value }: Tag): void => {
  if (key.toLowerCase().startsWith('aws:'))
    throw errors.invalidTag(
      'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.',
    );
  const fits = key !== '' && key.length <= limits.tagKeyMaxLength && value.length <= limits.tagValueMaxLength;
  if (!fits || !allowed.test(key) || !allowed.test(value))
    throw errors.invalidTag(
      "This request contains a tag key or value that isn't valid. Valid characters include the following: [a-zA-Z+-=._:/]. Tag keys can contain up to 128 characters. Tag values can contain up to 256 characters.",
    );
};

/**
 * Reads tags, in order of their keys.
 *
 * Limit: keys 128, values 256 characters.
 */
export function readTags(documents: readonly TagDocument[]): readonly Tag[] {
  const tags = documents.map(({ Key, Value }) => {
    if (Key === undefined || Value === undefined) throw errors.malformedXml();
    return { key: Key, value: Value };
  });
  if (new Set(tags.map((tag) => tag.key)).size < tags.length)
    throw errors.invalidTag(
      'There are duplicate tag keys in your request. Remove the duplicate tag keys and try again.',
    );
  for (const tag of tags) refuseTag(tag);
  return tags;
}

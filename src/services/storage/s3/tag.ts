// Tags of buckets and objects: the rules both share, and the header form `a=1&b=2`.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
import { errors } from './errors.ts';
import { limits } from './limits.ts';
import type { Tag } from './state.ts';

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface TagDocument {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

const checkTag = (tag: Tag, of: 'bucket' | 'object' | 'new bucket'): void => {
  if (tag.key === '' || tag.key.length > limits.tagKeyMaxLength || !allowed.test(tag.key))
    throw errors.invalidTag('The TagKey you have provided is invalid', { TagKey: tag.key });
  if (tag.value.length > limits.tagValueMaxLength || !allowed.test(tag.value))
    throw errors.invalidTag('The TagValue you have provided is invalid', { TagKey: tag.key, TagValue: tag.value });
  if (!tag.key.toLowerCase().startsWith('aws:')) return;
  if (of === 'new bucket')
    throw errors.invalidTag(
      'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.',
    );
  const message =
    of === 'bucket' ? 'System tags cannot be added/updated by requester' : 'Your TagKey cannot be prefixed with aws:';
  throw errors.invalidTag(message, { TagKey: tag.key });
};

/**
 * Reads the tags of a `Tagging` document.
 *
 * Limit: 50 tags on a bucket, 10 on an object; keys 128, values 256 characters.
 * Differs: two tags of one key at the creation of a bucket get `InvalidTag`; AWS answered 500 (recorded).
 */
export function readTags(documents: readonly TagDocument[], of: 'bucket' | 'object' | 'new bucket'): readonly Tag[] {
  const tags = documents.map(({ Key, Value }) => {
    if (Key === undefined || Value === undefined) throw errors.malformedXml();
    return { key: Key, value: Value };
  });
  const seen = new Set<string>();
  for (const tag of tags) {
    if (seen.has(tag.key))
      throw errors.invalidTag('Cannot provide multiple Tags with the same key', { TagKey: tag.key });
    seen.add(tag.key);
    checkTag(tag, of);
  }
  if (of === 'object' && tags.length > limits.objectTagsMax)
    throw errors.badRequest('Object tags cannot be greater than 10');
  if (of !== 'object' && tags.length > limits.bucketTagsMax)
    throw errors.badRequest('Bucket tag count cannot be greater than 50');
  return tags;
}

/** Reads `x-amz-tagging`. */
export function readTaggingHeader(header: string): readonly Tag[] {
  const refused = () =>
    errors.invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    );
  const tags: Tag[] = [];
  for (const part of header.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decodeForm(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : decodeForm(part.slice(equals + 1));
    if (name === undefined || value === undefined || name === '' || !allowed.test(name) || !allowed.test(value))
      throw refused();
    if (tags.some((tag) => tag.key === name)) throw refused();
    tags.push({ key: name, value });
  }
  return readTags(
    tags.map((tag) => ({ Key: tag.key, Value: tag.value })),
    'object',
  );
}

const decodeForm = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};

/** Tags as the API writes them. */
export const writeTags = (tags: readonly Tag[]) => tags.map((tag) => ({ Key: tag.key, Value: tag.value }));

// Condition keys of the tags that a request brings: `aws:RequestTag/…` and `aws:TagKeys`.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A tag as services spell it: `{Key, Value}`, `{key, value}`, `{TagKey, TagValue}`. */
const readTag = (item: unknown): readonly (readonly [string, string])[] => {
  if (!isObject(item)) return [];
  const key = text(item.Key) ?? text(item.key) ?? text(item.TagKey) ?? text(item.tagKey);
  const value = text(item.Value) ?? text(item.value) ?? text(item.TagValue) ?? text(item.tagValue);
  return key === undefined ? [] : [[key, value ?? '']];
};

const readTags = (value: unknown): readonly (readonly [string, string])[] => {
  if (Array.isArray(value)) return value.flatMap(readTag);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => (typeof each === 'string' ? [[key, each] as const] : []));
};

const tagMembers = ['Tags', 'tags', 'TagList', 'TagsToAdd', 'AddTags', 'BackupVaultTags'];
const keyMembers = ['TagKeys', 'tagKeys', 'TagKeyList'];

/** Conditions of an input's tags; undefined when it has none. */
export function tagConditions(input: unknown): Record<string, string | string[]> | undefined {
  if (!isObject(input)) return undefined;
  const specifications = Array.isArray(input.TagSpecifications) ? input.TagSpecifications : [];
  const tags = [
    ...tagMembers.flatMap((name) => readTags(input[name])),
    ...specifications.flatMap((item) => (isObject(item) ? readTags(item.Tags) : [])),
  ];
  const keys = keyMembers.flatMap((name) => {
    const value = input[name];
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  });
  const all = [...new Set([...tags.map(([key]) => key), ...keys])];
  if (all.length === 0) return undefined;
  return { 'aws:TagKeys': all, ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])) };
}

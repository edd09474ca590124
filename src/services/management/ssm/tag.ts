// Tags of what Systems Manager has.
import type { Tag } from '@aws-sdk/client-ssm';
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { tagsMax } from './limits.ts';
import type { Operation, SsmContext } from './operation.ts';

export const tagsOf = ({ state }: SsmContext, type: string, id: string): { Key: string; Value: string }[] =>
  state.tags.list({ prefix: key(type, id) }).map((row) => ({ Key: row.key, Value: row.value }));

export function putTags({ state }: SsmContext, resourceType: string, resourceId: string, tags: readonly Tag[]): void {
  const names = new Set(state.tags.list({ prefix: key(resourceType, resourceId) }).map((row) => row.key));
  for (const { Key = '', Value = '' } of tags) {
    if (Key.toLowerCase().startsWith('aws:'))
      throw errors.invalid('Tag keys starting with "aws:" are reserved for internal use.');
    names.add(Key);
    state.tags.put({ resourceType, resourceId, key: Key, value: Value });
  }
  if (names.size > tagsMax) throw errors.tooManyTags();
}

export const dropTags = ({ state }: SsmContext, type: string, id: string): void => {
  state.tags.deleteAll({ prefix: key(type, id) });
};

/** @throws InvalidResourceId for what is not there, InvalidResourceType for what nobody can make here. */
function checkResource({ state }: SsmContext, type: string, id: string): void {
  const rows = type === 'Parameter' ? state.parameters : type === 'Document' ? state.documents : undefined;
  if (rows === undefined) throw errors.resourceType();
  if (!rows.has(id)) throw errors.resourceId();
}

export const AddTagsToResource: Operation<'AddTagsToResource'> = ({ ResourceType, ResourceId, Tags }, context) => {
  checkResource(context, ResourceType, ResourceId);
  putTags(context, ResourceType, ResourceId, Tags);
  return {};
};

export const RemoveTagsFromResource: Operation<'RemoveTagsFromResource'> = (input, context) => {
  checkResource(context, input.ResourceType, input.ResourceId);
  for (const name of input.TagKeys) context.state.tags.delete(key(input.ResourceType, input.ResourceId, name));
  return {};
};

export const ListTagsForResource: Operation<'ListTagsForResource'> = ({ ResourceType, ResourceId }, context) => {
  checkResource(context, ResourceType, ResourceId);
  return { TagList: tagsOf(context, ResourceType, ResourceId) };
};

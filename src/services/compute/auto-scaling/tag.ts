// Tags of groups. Those that propagate go to instances that are launched later.
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { findGroup } from './find.ts';
import { tagsFor } from './group-input.ts';
import { showTag } from './group-view.ts';
import { tagsMax } from './limits.ts';
import { pageOf } from './page.ts';
import type { GroupRow, Input, Operation, ScalingContext, TagRow } from './state.ts';

type Tags = Input<'CreateOrUpdateTags'>['Tags'];

function groupOf(context: ScalingContext, { ResourceId, ResourceType }: Tags[number]): GroupRow {
  if (ResourceType !== undefined && ResourceType !== 'auto-scaling-group')
    throw errors.validation(`Invalid resource type: ${ResourceType}`);
  const group = findGroup(context, ResourceId ?? '');
  if (group === undefined) throw errors.validation(`AutoScalingGroup name not found - null`);
  return group;
}

export const CreateOrUpdateTags: Operation<'CreateOrUpdateTags'> = ({ Tags }, context) => {
  const { state } = context;
  for (const tag of Tags) {
    const group = groupOf(context, tag);
    for (const row of tagsFor(group.name, [tag])) state.tags.put(row);
    if (state.tags.list({ prefix: key(group.name) }).length > tagsMax)
      throw errors.limit(`The number of tags for an Auto Scaling group is limited to ${tagsMax}.`);
  }
  return {};
};

export const DeleteTags: Operation<'DeleteTags'> = ({ Tags }, context) => {
  for (const tag of Tags) context.state.tags.delete(key(groupOf(context, tag).name, tag.Key ?? ''));
  return {};
};

const filters: Readonly<Record<string, (row: TagRow) => string>> = {
  'auto-scaling-group': (row) => row.group,
  key: (row) => row.key,
  value: (row) => row.value,
  'propagate-at-launch': (row) => String(row.propagates),
};

export const DescribeTags: Operation<'DescribeTags'> = (input, { state }) => {
  const wanted = input.Filters ?? [];
  for (const { Name } of wanted)
    if (filters[Name ?? ''] === undefined)
      throw errors.validation(
        `Filter type ${Name} is not correct. Allowed Filter types are: auto-scaling-group key value propagate-at-launch`,
      );
  const rows = state.tags
    .list()
    .filter((row) => wanted.every(({ Name = '', Values = [] }) => Values.includes(filters[Name]?.(row) ?? '')));
  const page = pageOf(rows, input, { usual: 50, most: 100 });
  return { Tags: page.rows.map(showTag), NextToken: page.NextToken };
};

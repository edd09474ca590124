// Tags of scalable targets.
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import type { Operation, ScalingContext } from './state.ts';

const tagsMax = 50;

export function putTags({ state }: ScalingContext, arn: string, tags: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(tags)) {
    if (name.toLowerCase().startsWith('aws:')) throw errors.validation('Tag keys that begin with aws: are reserved.');
    state.tags.put({ arn, key: name, value });
  }
  if (state.tags.list({ prefix: key(arn) }).length > tagsMax) throw errors.tooManyTags();
}

function known({ state }: ScalingContext, arn: string): void {
  if (state.targets.index('arn').first({ prefix: arn })?.arn !== arn) throw errors.arnNotFound(arn);
}

export const TagResource: Operation<'TagResource'> = ({ ResourceARN, Tags }, context) => {
  known(context, ResourceARN);
  putTags(context, ResourceARN, Tags);
  return {};
};

export const UntagResource: Operation<'UntagResource'> = ({ ResourceARN, TagKeys }, context) => {
  known(context, ResourceARN);
  for (const name of TagKeys) context.state.tags.delete(key(ResourceARN, name));
  return {};
};

export const ListTagsForResource: Operation<'ListTagsForResource'> = ({ ResourceARN }, context) => {
  known(context, ResourceARN);
  const rows = context.state.tags.list({ prefix: key(ResourceARN) });
  return { Tags: Object.fromEntries(rows.map((row) => [row.key, row.value])) };
};

// Tags of templates and experiments.
import { errors } from './errors.ts';
import { tagsMax } from './limits.ts';
import type { FisContext, Operation } from './operation.ts';

type Tags = Readonly<Record<string, string>>;

export function checkTags(tags: Tags): Tags {
  const names = Object.keys(tags);
  if (names.length > tagsMax) throw errors.invalid(`A resource can have up to ${tagsMax} tags.`);
  if (names.some((name) => name.toLowerCase().startsWith('aws:')))
    throw errors.invalid('Tag keys starting with "aws:" are reserved for internal use.');
  return tags;
}

interface Tagged {
  readonly tags: Tags;
  put(tags: Tags): void;
}

function getTagged({ state, region, account }: FisContext, arn: string): Tagged {
  const [, , service, at, owner, resource = ''] = arn.split(':');
  const [kind, id = ''] = resource.split('/');
  if (service !== 'fis' || at !== region || owner !== account) throw errors.noResource(arn);
  const template = kind === 'experiment-template' ? state.templates.find(id) : undefined;
  if (template !== undefined) return { tags: template.tags, put: (tags) => state.templates.put({ ...template, tags }) };
  const experiment = kind === 'experiment' ? state.experiments.find(id) : undefined;
  if (experiment !== undefined)
    return { tags: experiment.tags, put: (tags) => state.experiments.put({ ...experiment, tags }) };
  throw errors.noResource(arn);
}

export const TagResource: Operation<'TagResource'> = ({ resourceArn, tags }, context) => {
  const found = getTagged(context, resourceArn);
  found.put(checkTags({ ...found.tags, ...tags }));
  return {};
};

/** Without keys, all tags go. */
export const UntagResource: Operation<'UntagResource'> = ({ resourceArn, tagKeys }, context) => {
  const found = getTagged(context, resourceArn);
  const gone = new Set(tagKeys ?? Object.keys(found.tags));
  found.put(Object.fromEntries(Object.entries(found.tags).filter(([name]) => !gone.has(name))));
  return {};
};

export const ListTagsForResource: Operation<'ListTagsForResource'> = ({ resourceArn }, context) => ({
  tags: getTagged(context, resourceArn).tags,
});

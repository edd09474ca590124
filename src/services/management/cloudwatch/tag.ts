// Tags of alarms, dashboards and Contributor Insights rules.
import { errors } from './errors.ts';
import { tagsMax } from './limits.ts';
import type { CloudWatchContext, Operation } from './state.ts';

type Tags = readonly { readonly Key: string; readonly Value: string }[];

function checkTags(tags: Readonly<Record<string, string>>, given: Tags): void {
  if (Object.keys(tags).length > tagsMax)
    throw errors.invalidValue(`The number of tags exceeds the limit of ${tagsMax} for a resource.`);
  for (const { Key } of given)
    if (/^aws:/i.test(Key)) throw errors.invalidValue('Tag keys cannot start with the reserved prefix aws:.');
}

/** Inside a transaction. */
export function putTags({ state }: CloudWatchContext, arn: string, given: Tags | undefined): void {
  if (given === undefined || given.length === 0) return;
  const tags = { ...state.tags.find(arn)?.tags, ...Object.fromEntries(given.map(({ Key, Value }) => [Key, Value])) };
  checkTags(tags, given);
  state.tags.put({ arn, tags });
}

/** Refuses an ARN that names nothing. */
function checkResource({ state }: CloudWatchContext, arn: string): void {
  const found = /^arn:[^:]+:cloudwatch:[^:]*:\d{12}:(alarm:|dashboard\/|insight-rule\/)(.+)$/s.exec(arn);
  if (found === null) throw errors.invalidValue(`Invalid ARN: ${arn}`);
  const [, kind, name = ''] = found;
  const isThere =
    kind === 'alarm:'
      ? state.alarms.has(name)
      : kind === 'dashboard/'
        ? state.dashboards.has(name)
        : state.insightRules.has(name);
  if (isThere) return;
  const type = kind === 'alarm:' ? 'Alarm' : kind === 'dashboard/' ? 'Dashboard' : 'InsightRule';
  throw errors.resourceNotFound(type, name, `Unable to find the resource ${arn}.`);
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html */
export const TagResource: Operation<'TagResource'> = ({ ResourceARN, Tags }, context) => {
  checkResource(context, ResourceARN);
  putTags(context, ResourceARN, Tags);
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_UntagResource.html */
export const UntagResource: Operation<'UntagResource'> = ({ ResourceARN, TagKeys }, context) => {
  checkResource(context, ResourceARN);
  const known = context.state.tags.find(ResourceARN)?.tags ?? {};
  const tags = Object.fromEntries(Object.entries(known).filter(([name]) => !TagKeys.includes(name)));
  if (Object.keys(tags).length === 0) context.state.tags.delete(ResourceARN);
  else context.state.tags.put({ arn: ResourceARN, tags });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html */
export const ListTagsForResource: Operation<'ListTagsForResource'> = ({ ResourceARN }, context) => {
  checkResource(context, ResourceARN);
  const tags = context.state.tags.find(ResourceARN)?.tags ?? {};
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
};

// Tags of alarms, dashboards, Contributor Insights rules and metric streams.
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

/** Where the tags of a resource are kept: those of dashboards by the account. */
const tableOf = ({ tags, dashboardTags }: CloudWatchContext['state'], arn: string) =>
  /^arn:[^:]+:cloudwatch::/.test(arn) ? dashboardTags : tags;

/** Inside a transaction. */
export function putTags({ state }: CloudWatchContext, arn: string, given: Tags | undefined): void {
  if (given === undefined || given.length === 0) return;
  const table = tableOf(state, arn);
  const tags = { ...table.find(arn)?.tags, ...Object.fromEntries(given.map(({ Key, Value }) => [Key, Value])) };
  checkTags(tags, given);
  table.put({ arn, tags });
}

function kindOf(
  { alarms, dashboards, insightRules, muteRules, streams }: CloudWatchContext['state'],
  kind: string | undefined,
) {
  if (kind === 'alarm:') return { type: 'Alarm', rows: alarms };
  if (kind === 'alarm-mute-rule:') return { type: 'AlarmMuteRule', rows: muteRules };
  if (kind === 'dashboard/') return { type: 'Dashboard', rows: dashboards };
  return kind === 'metric-stream/'
    ? { type: 'MetricStream', rows: streams }
    : { type: 'InsightRule', rows: insightRules };
}

/** Refuses an ARN that names nothing. */
function checkResource({ state }: CloudWatchContext, arn: string): void {
  const found =
    /^arn:[^:]+:cloudwatch:[^:]*:\d{12}:(alarm:|alarm-mute-rule:|dashboard\/|insight-rule\/|metric-stream\/)(.+)$/s.exec(
      arn,
    );
  if (found === null) throw errors.invalidValue(`Invalid ARN: ${arn}`);
  const [, kind, name = ''] = found;
  const { type, rows } = kindOf(state, kind);
  if (rows.has(name)) return;
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
  const table = tableOf(context.state, ResourceARN);
  const known = table.find(ResourceARN)?.tags ?? {};
  const tags = Object.fromEntries(Object.entries(known).filter(([name]) => !TagKeys.includes(name)));
  if (Object.keys(tags).length === 0) table.delete(ResourceARN);
  else table.put({ arn: ResourceARN, tags });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html */
export const ListTagsForResource: Operation<'ListTagsForResource'> = ({ ResourceARN }, context) => {
  checkResource(context, ResourceARN);
  const tags = tableOf(context.state, ResourceARN).find(ResourceARN)?.tags ?? {};
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
};

// Tags of load balancers, listeners, rules, target groups and trust stores, and what is told of the account.
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { getBalancer, getGroup, getListener, getRule, getTrustStore, page, putTags } from './find.ts';
import { limitOf, quotas } from './limits.ts';
import type { ElbContext, Operation } from './state.ts';

const kinds: Readonly<Record<string, (context: ElbContext, arn: string) => { readonly arn: string }>> = {
  loadbalancer: getBalancer,
  listener: getListener,
  'listener-rule': getRule,
  targetgroup: getGroup,
  truststore: getTrustStore,
};

function checkResource(context: ElbContext, arn: string): void {
  const kind = /^arn:[\w-]+:elasticloadbalancing:[\w-]+:\d{12}:([\w-]+)\//.exec(arn)?.[1] ?? '';
  const get = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (get === undefined) throw errors.validation(`'${arn}' is not a valid resource ARN`);
  get(context, arn);
}

export const AddTags: Operation<'AddTags'> = ({ ResourceArns, Tags }, context) => {
  for (const arn of ResourceArns) checkResource(context, arn);
  for (const arn of ResourceArns) putTags(context, arn, Tags);
  return {};
};

export const RemoveTags: Operation<'RemoveTags'> = ({ ResourceArns, TagKeys }, context) => {
  for (const arn of ResourceArns) checkResource(context, arn);
  for (const arn of ResourceArns) for (const name of TagKeys) context.state.tags.delete(key(arn, name));
  return {};
};

/** Limit: 20 resources a call. */
const resourcesMax = 20;

export const DescribeTags: Operation<'DescribeTags'> = ({ ResourceArns }, context) => {
  if (ResourceArns.length > resourcesMax)
    throw errors.validation(`At most ${resourcesMax} resource ARNs can be specified`);
  const TagDescriptions = ResourceArns.map((arn) => {
    checkResource(context, arn);
    const Tags = context.state.tags.list({ prefix: key(arn) }).map((row) => ({ Key: row.key, Value: row.value }));
    return { ResourceArn: arn, Tags };
  });
  return { TagDescriptions };
};

export const DescribeAccountLimits: Operation<'DescribeAccountLimits'> = (input, context) => {
  const names = Object.keys(quotas) as (keyof typeof quotas)[];
  const { rows, NextMarker } = page(names, input, (name) => name);
  return { Limits: rows.map((Name) => ({ Name, Max: String(limitOf(context, Name)) })), NextMarker };
};

/** Resource policies belong to trust stores that are shared; sharing is the Resource Access Manager's, which gives none here. */
export const GetResourcePolicy: Operation<'GetResourcePolicy'> = ({ ResourceArn }) => {
  if (!/^arn:[\w-]+:elasticloadbalancing:/.test(ResourceArn))
    throw errors.validation(`'${ResourceArn}' is not a valid resource ARN`);
  throw errors.resourceNotFound(ResourceArn);
};

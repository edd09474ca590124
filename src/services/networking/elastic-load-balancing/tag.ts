// Tags of load balancers, and what is told of the account.
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { getBalancer, page } from './find.ts';
import { balancersMax, quotas, tagsMax } from './limits.ts';
import type { ClassicContext, Operation } from './state.ts';

interface TagInput {
  readonly Key: string;
  readonly Value?: string | undefined;
}

export function checkTags(tags: readonly TagInput[] | undefined): void {
  const keys = (tags ?? []).map(({ Key }) => Key);
  if (new Set(keys).size < keys.length) throw errors.duplicateTagKeys();
  const reserved = keys.find((name) => name.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) throw errors.validation("Tag keys starting with 'aws:' are reserved for internal use");
}

/** Puts tags on a load balancer; those with the same keys are replaced. */
export function putTags({ state }: ClassicContext, balancer: string, tags: readonly TagInput[] | undefined): void {
  if (tags === undefined || tags.length === 0) return;
  checkTags(tags);
  const kept = state.tags.list({ prefix: key(balancer) }).filter((row) => !tags.some(({ Key }) => Key === row.key));
  if (kept.length + tags.length > tagsMax) throw errors.tooManyTags();
  for (const { Key, Value = '' } of tags) state.tags.put({ balancer, key: Key, value: Value });
}

/** Limit: 1 load balancer a call. */
function checkOne(names: readonly string[]): void {
  if (names.length !== 1) throw errors.validation('Exactly one load balancer name must be specified');
}

export const AddTags: Operation<'AddTags'> = ({ LoadBalancerNames, Tags }, context) => {
  checkOne(LoadBalancerNames);
  for (const name of LoadBalancerNames) putTags(context, getBalancer(context, name).name, Tags);
  return {};
};

export const RemoveTags: Operation<'RemoveTags'> = ({ LoadBalancerNames, Tags }, context) => {
  checkOne(LoadBalancerNames);
  for (const name of LoadBalancerNames) {
    getBalancer(context, name);
    for (const { Key = '' } of Tags) context.state.tags.delete(key(name, Key));
  }
  return {};
};

export const DescribeTags: Operation<'DescribeTags'> = ({ LoadBalancerNames }, context) => ({
  TagDescriptions: LoadBalancerNames.map((name) => ({
    LoadBalancerName: getBalancer(context, name).name,
    Tags: context.state.tags.list({ prefix: key(name) }).map((row) => ({ Key: row.key, Value: row.value })),
  })),
});

export const DescribeAccountLimits: Operation<'DescribeAccountLimits'> = (input, context) => {
  const inForce = { ...quotas, 'classic-load-balancers': context.quotas.of(balancersMax) };
  const { rows, NextMarker } = page(Object.entries(inForce), input, ([name]) => name);
  return { Limits: rows.map(([Name, most]) => ({ Name, Max: String(most) })), NextMarker };
};

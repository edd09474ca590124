// Rows by name and ARN, pages, tags: what every operation needs.
import { key } from '../../../kernel/key.ts';
import type { Table } from '../../../kernel/table.ts';
import { errors } from './errors.ts';
import { pagesOf } from './page.ts';
import { pageMax, tagsMax } from './limits.ts';
import type { BalancerRow, ElbContext, GroupRow, ListenerRow, RuleRow, TrustStoreRow } from './state.ts';

const kindOfArn = (arn: string): string | undefined =>
  /^arn:[\w-]+:elasticloadbalancing:[\w-]+:\d{12}:([\w-]+)\//.exec(arn)?.[1];

/** Refuses what is no ARN of that kind at all. */
function checkArn(arn: string, kind: string): void {
  if (kindOfArn(arn) !== kind) throw errors.validation(`'${arn}' is not a valid ${names[kind] ?? kind} ARN`);
}

const names: Readonly<Record<string, string>> = {
  loadbalancer: 'load balancer',
  listener: 'listener',
  'listener-rule': 'listener rule',
  targetgroup: 'target group',
  truststore: 'trust store',
};

export function getBalancer({ state }: ElbContext, arn: string): BalancerRow {
  checkArn(arn, 'loadbalancer');
  const row = state.balancers.find(arn);
  if (row === undefined) throw errors.balancerNotFound(arn);
  return row;
}

export function getListener({ state }: ElbContext, arn: string): ListenerRow {
  checkArn(arn, 'listener');
  const row = state.listeners.find(arn);
  if (row === undefined) throw errors.listenersNotFound();
  return row;
}

export function getRule({ state }: ElbContext, arn: string): RuleRow {
  checkArn(arn, 'listener-rule');
  const row = state.rules.find(arn);
  if (row === undefined) throw errors.ruleNotFound();
  return row;
}

export function getGroup({ state }: ElbContext, arn: string): GroupRow {
  checkArn(arn, 'targetgroup');
  const row = state.groups.find(arn);
  if (row === undefined) throw errors.groupsNotFound();
  return row;
}

export function getTrustStore({ state }: ElbContext, arn: string): TrustStoreRow {
  checkArn(arn, 'truststore');
  const row = state.trustStores.find(arn);
  if (row === undefined) throw errors.trustStoreNotFound(arn);
  return row;
}

/** The listeners of a load balancer, by port. */
export const listenersOf = ({ state }: ElbContext, balancerArn: string): ListenerRow[] =>
  state.listeners.index('balancer').list({ prefix: key(balancerArn) });

/** The rules of a listener, by priority, without the default one (which is the listener's own actions). */
export const rulesOf = ({ state }: ElbContext, listenerArn: string): RuleRow[] =>
  state.rules.index('listener').list({ prefix: key(listenerArn) });

export const arnOf = ({ partition, region, account }: ElbContext, path: string): string =>
  `arn:${partition}:elasticloadbalancing:${region}:${account}:${path}`;

export const page = pagesOf(pageMax, errors.validation);

/** Rows by ARN or all of a table, in its order. */
export const chosen = <Row extends object>(
  table: Table<Row, string>,
  arns: readonly string[] | undefined,
  get: (arn: string) => Row,
): Row[] => (arns === undefined || arns.length === 0 ? table.list() : arns.map(get));

interface TagInput {
  readonly Key: string;
  readonly Value?: string | undefined;
}

/** Puts tags on a resource; those with the same keys are replaced. */
export function putTags({ state }: ElbContext, arn: string, tags: readonly TagInput[] | undefined): void {
  if (tags === undefined || tags.length === 0) return;
  checkTags(tags);
  const before = state.tags.list({ prefix: key(arn) }).filter((row) => !tags.some(({ Key }) => Key === row.key));
  if (before.length + tags.length > tagsMax) throw errors.tooManyTags();
  for (const { Key, Value = '' } of tags) state.tags.put({ arn, key: Key, value: Value });
}

export function checkTags(tags: readonly TagInput[] | undefined): void {
  const keys = (tags ?? []).map(({ Key }) => Key);
  if (new Set(keys).size < keys.length) throw errors.duplicateTagKeys();
  const reserved = keys.find((name) => name.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) throw errors.validation(`Tag keys starting with 'aws:' are reserved for internal use`);
}

export const dropTags = ({ state }: ElbContext, arn: string): void => {
  state.tags.deleteAll({ prefix: key(arn) });
};

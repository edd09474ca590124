// Contributor insights: whether the keys that are used most are watched.
//
// Differs: the rules are there by name; no graphs are drawn of them.
import { key } from '../../../kernel/key.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { insightsPageMax } from './limits.ts';
import { getTable, type Located, readTableReference } from './reference.ts';
import type { DynamoContext, Operation, SettingRow } from './state.ts';
import { settingSeconds } from './timing.ts';

type Status = 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED';
type Mode = 'ACCESSED_AND_THROTTLED_KEYS' | 'THROTTLED_KEYS';

const kind = 'insights';

const settingOf = ({ context, table }: Located, index = ''): SettingRow | undefined =>
  context.state.settings.find(key(table.space, kind, index));

const statusOf = (setting: SettingRow | undefined): Status => (setting?.status as Status | undefined) ?? 'DISABLED';
const modeOf = (setting: SettingRow | undefined): Mode =>
  (setting?.detail as Mode | undefined) ?? 'ACCESSED_AND_THROTTLED_KEYS';

function locate(request: DynamoContext, name: string, index: string | undefined): Located {
  const located = getTable(request, name);
  if (index !== undefined && !located.table.indexes.some((each) => each.kind === 'global' && each.name === index))
    throw errors.resourceNotFound(`Requested resource not found: Index: ${index} not found`);
  return located;
}

/** Names of the rules: most accessed (`C`) and most throttled (`T`) partition keys and items. */
function rulesOf({ table }: Located, index: string | undefined, mode: Mode): string[] {
  const schema = index === undefined ? table.key : table.indexes.find(({ name }) => name === index)?.key;
  const of = [table.name, ...(index === undefined ? [] : [index])].join('-');
  const kinds = schema?.range === undefined ? ['PK'] : ['PK', 'SK'];
  const letters = mode === 'THROTTLED_KEYS' ? ['T'] : ['C', 'T'];
  return kinds.flatMap((each) =>
    letters.map((letter) => `DynamoDBContributorInsights-${each}${letter}-${of}-${table.createdAt}`),
  );
}

/** Job: `ENABLING` → `ENABLED`, `DISABLING` → off. */
export function settleInsights(at: { readonly setting: string }, { state }: DynamoContext): void {
  const setting = state.settings.find(at.setting);
  if (setting?.status === 'DISABLING') state.settings.delete(at.setting);
  if (setting?.status === 'ENABLING') state.settings.put({ ...setting, status: 'ENABLED' });
}

/**
 * Turns contributor insights of a table or index on or off.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html
 */
export const UpdateContributorInsights: Operation<'UpdateContributorInsights'> = (input, request) => {
  const { IndexName, ContributorInsightsAction: action } = input;
  const located = locate(request, input.TableName, IndexName);
  const { context, table } = located;
  const setting = settingOf(located, IndexName);
  const mode = input.ContributorInsightsMode ?? modeOf(setting);
  const isOn = statusOf(setting) === 'ENABLED' || statusOf(setting) === 'ENABLING';
  const named = { TableName: table.name, ...(IndexName !== undefined && { IndexName }), ContributorInsightsMode: mode };
  if (action === 'DISABLE' && !isOn) return { ...named, ContributorInsightsStatus: statusOf(setting) };
  const changedAt = context.clock.now();
  const status: Status = action === 'ENABLE' ? 'ENABLING' : 'DISABLING';
  const row: SettingRow = { space: table.space, kind, of: IndexName ?? '', status, changedAt, detail: mode };
  context.state.settings.put(row);
  context.jobs.at(later(changedAt, settingSeconds), 'settleInsights', { setting: key(row.space, kind, row.of) });
  return { ...named, ContributorInsightsStatus: status };
};

/**
 * Tells whether contributor insights of a table or index are on.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContributorInsights.html
 */
export const DescribeContributorInsights: Operation<'DescribeContributorInsights'> = (input, request) => {
  const { IndexName } = input;
  const located = locate(request, input.TableName, IndexName);
  const setting = settingOf(located, IndexName);
  const mode = modeOf(setting);
  return {
    TableName: located.table.name,
    ...(IndexName !== undefined && { IndexName }),
    ContributorInsightsStatus: statusOf(setting),
    ...(setting !== undefined && {
      ContributorInsightsRuleList: rulesOf(located, IndexName, mode),
      LastUpdateDateTime: toDate(setting.changedAt),
      ContributorInsightsMode: mode,
    }),
  };
};

/**
 * Lists where contributor insights are on, of one table or of all.
 *
 * Limit: 100 at once.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListContributorInsights.html
 */
export const ListContributorInsights: Operation<'ListContributorInsights'> = (input, context) => {
  const { MaxResults = insightsPageMax, NextToken } = input;
  const name = input.TableName === undefined ? undefined : readTableReference(input.TableName).name;
  const tables =
    name === undefined ? context.state.tables.list() : context.state.tables.list({ from: name, to: `${name}\u0000` });
  const all = tables.flatMap((table) =>
    context.state.settings
      .list({ prefix: key(table.space, kind) })
      .map((setting) => ({ table: table.name, at: `${table.name}/${setting.of}`, setting })),
  );
  const left = all.filter(({ at }) => NextToken === undefined || at > NextToken);
  const page = left.slice(0, MaxResults);
  const last = page.at(-1);
  return {
    ContributorInsightsSummaries: page.map(({ table, setting }) => ({
      TableName: table,
      ...(setting.of !== '' && { IndexName: setting.of }),
      ContributorInsightsStatus: statusOf(setting),
      ContributorInsightsMode: modeOf(setting),
    })),
    ...(left.length > MaxResults && last !== undefined && { NextToken: last.at }),
  };
};

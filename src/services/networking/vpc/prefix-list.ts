// Prefix lists: one's own, in versions, and those of AWS services, which are there from the start.
import type { ManagedPrefixList } from '@aws-sdk/client-ec2';
import { findPrefix } from '../../../network/address.ts';
import { errors, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import { arnOf, type Ec2Context, type Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { amazonPrefixLists } from './amazon-prefix-list.ts';
import type { PrefixListRow } from './state.ts';

const isAmazon = (row: PrefixListRow): boolean => row.name.startsWith('com.amazonaws.');

const allLists = (context: Ec2Context): PrefixListRow[] => [
  ...amazonPrefixLists(context.region),
  ...context.state.prefixLists.list(),
];

/** A list of one's own or of AWS. */
export function getPrefixList(context: Ec2Context, id: string): PrefixListRow {
  const row = allLists(context).find((one) => one.id === id);
  if (row === undefined) throw kinds.prefixList.missing(id);
  return row;
}

const ownList = (context: Ec2Context, id: string): PrefixListRow => {
  const row = getPrefixList(context, id);
  if (!isAmazon(row)) return row;
  throw errors.operationNotPermitted(`The prefix list ${id} is managed by AWS.`);
};

const showList = (row: PrefixListRow, context: Ec2Context): ManagedPrefixList => {
  const base = {
    PrefixListId: row.id,
    PrefixListName: row.name,
    AddressFamily: row.family,
    PrefixListArn: isAmazon(row)
      ? `arn:${context.partition}:ec2:${context.region}:aws:prefix-list/${row.id}`
      : arnOf(context, 'prefix-list', row.id),
    OwnerId: isAmazon(row) ? 'AWS' : context.account,
    State: row.state,
  };
  if (isAmazon(row)) return { ...base, Tags: [] };
  return { ...base, MaxEntries: row.entriesMax, Version: row.version, Tags: tagsOf(context, row.id) };
};

function readEntries(
  entries: readonly { readonly Cidr?: string | undefined; readonly Description?: string | undefined }[] | undefined,
  family: PrefixListRow['family'],
): PrefixListRow['entries'] {
  return (entries ?? []).map(({ Cidr = '', Description }) => {
    const prefix = findPrefix(Cidr);
    if (prefix === undefined || prefix.family !== (family === 'IPv4' ? 4 : 6)) {
      throw errors.invalidValue(`The CIDR '${Cidr}' is not a valid ${family} CIDR block`);
    }
    return { cidr: prefix.text, description: Description };
  });
}

/** Limit: an entry counts once; a list has at most `MaxEntries`. */
export const CreateManagedPrefixList: Operation<'CreateManagedPrefixList'> = (input, context) => {
  const family = input.AddressFamily;
  if (family !== 'IPv4' && family !== 'IPv6')
    throw errors.valueOf(family, 'AddressFamily', 'Valid values are IPv4 and IPv6.');
  if (input.PrefixListName.startsWith('com.amazonaws')) {
    throw errors.invalidValue("The prefix list name cannot start with 'com.amazonaws'.");
  }
  const entries = readEntries(input.Entries, family);
  if (entries.length > input.MaxEntries) {
    throw errors.other(
      'PrefixListMaxEntriesExceeded',
      'You have reached the maximum number of entries for this prefix list.',
    );
  }
  const row: PrefixListRow = {
    id: context.ids.resource('pl'),
    name: input.PrefixListName,
    family,
    entriesMax: input.MaxEntries,
    version: 1,
    entries,
    state: 'create-complete',
    history: [],
  };
  context.state.prefixLists.put(row);
  tagNew(context, kinds.prefixList, row.id, input.TagSpecifications);
  return { PrefixList: { ...showList(row, context), State: 'create-in-progress' } };
};

/** Adds and removes entries, which makes a new version, or changes the name or the size. */
export const ModifyManagedPrefixList: Operation<'ModifyManagedPrefixList'> = (input, context) => {
  const row = ownList(context, input.PrefixListId);
  const changes = (input.AddEntries?.length ?? 0) + (input.RemoveEntries?.length ?? 0) > 0;
  if (changes && input.CurrentVersion !== undefined && Number(input.CurrentVersion) !== row.version) {
    throw errors.other('PrefixListVersionMismatch', 'The prefix list has the incorrect version number.');
  }
  const removed = new Set(input.RemoveEntries?.map(({ Cidr }) => findPrefix(Cidr ?? '')?.text));
  const added = readEntries(input.AddEntries, row.family);
  const kept = row.entries.filter(({ cidr }) => !removed.has(cidr) && !added.some((one) => one.cidr === cidr));
  const entries = [...kept, ...added];
  const entriesMax = input.MaxEntries ?? row.entriesMax;
  if (entries.length > entriesMax) {
    throw errors.other(
      'PrefixListMaxEntriesExceeded',
      'You have reached the maximum number of entries for this prefix list.',
    );
  }
  const next: PrefixListRow = {
    ...row,
    name: input.PrefixListName ?? row.name,
    entriesMax,
    entries,
    version: changes ? row.version + 1 : row.version,
    history: changes ? [...row.history, row.entries] : row.history,
    state: 'modify-complete',
  };
  context.state.prefixLists.put(next);
  return { PrefixList: { ...showList(next, context), State: 'modify-in-progress' } };
};

const isReferenced = ({ state }: Ec2Context, id: string): boolean =>
  state.groupRules.list().some((rule) => rule.prefixListId === id) ||
  state.routeTables.list().some((table) => table.routes.some((route) => route.prefixListId === id));

export const DeleteManagedPrefixList: Operation<'DeleteManagedPrefixList'> = ({ PrefixListId }, context) => {
  const row = ownList(context, PrefixListId);
  if (isReferenced(context, row.id)) {
    throw errors.other('DependencyViolation', `The prefix list ${row.id} is in use.`);
  }
  context.state.prefixLists.delete(row.id);
  dropTags(context, row.id);
  return { PrefixList: { ...showList(row, context), State: 'delete-in-progress' } };
};

export const DescribeManagedPrefixLists: Operation<'DescribeManagedPrefixLists'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: allLists(context),
    id: (row) => row.id,
    ids: input.PrefixListIds,
    kind: kinds.prefixList,
    least: 1,
    filters: {
      'owner-id': (row) => (isAmazon(row) ? 'AWS' : context.account),
      'prefix-list-id': (row) => row.id,
      'prefix-list-name': (row) => row.name,
    },
  });
  return { PrefixLists: rows.map((row) => showList(row, context)), NextToken };
};

export const GetManagedPrefixListEntries: Operation<'GetManagedPrefixListEntries'> = (input, context) => {
  const row = getPrefixList(context, input.PrefixListId);
  const version = input.TargetVersion === undefined ? row.version : Number(input.TargetVersion);
  const entries = version === row.version ? row.entries : row.history[version - 1];
  if (entries === undefined) throw errors.valueOf(version, 'TargetVersion', 'There is no such version.');
  const { rows, NextToken } = list(input, context, { rows: entries, id: ({ cidr }) => cidr, filters: {}, least: 1 });
  return { Entries: rows.map(({ cidr, description }) => ({ Cidr: cidr, Description: description })), NextToken };
};

/** The lists of AWS services that have gateway endpoints, with their blocks. */
export const DescribePrefixLists: Operation<'DescribePrefixLists'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: amazonPrefixLists(context.region).filter((row) => row.family === 'IPv4'),
    id: (row) => row.id,
    ids: input.PrefixListIds,
    kind: kinds.prefixList,
    filters: { 'prefix-list-id': (row) => row.id, 'prefix-list-name': (row) => row.name },
  });
  const PrefixLists = rows.map((row) => ({
    PrefixListId: row.id,
    PrefixListName: row.name,
    Cidrs: row.entries.map(({ cidr }) => cidr),
  }));
  return { PrefixLists, NextToken };
};

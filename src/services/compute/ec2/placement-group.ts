// Placement groups: instances near each other, apart, or in partitions.
import type { PlacementGroup } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { errors, get, kinds } from './errors.ts';
import { isAlive } from './instance-life.ts';
import { list } from './list.ts';
import { arnOf, type Ec2Context, type Operation } from './operation.ts';
import { findGroupNamed, getGroupNamed } from './placement.ts';
import type { PlacementGroupRow } from './placement-state.ts';
import { dropTags, tagNew, tagsOf } from './tag.ts';

/** Limits: groups in a Region, partitions of one in a zone. */
const groupsMax = 500;
const partitionsMax = 7;

const show = (row: PlacementGroupRow, context: Ec2Context): PlacementGroup => ({
  GroupId: row.id,
  GroupName: row.name,
  GroupArn: arnOf(context, 'placement-group', row.name),
  State: 'available',
  Strategy: row.strategy,
  PartitionCount: row.partitions,
  SpreadLevel: row.spreadLevel,
  Operator: { Managed: false },
  Tags: tagsOf(context, row.id),
});

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreatePlacementGroup.html */
export const CreatePlacementGroup: Operation<'CreatePlacementGroup'> = (input, context) => {
  const { state, ids } = context;
  const name = input.GroupName;
  if (name === undefined || name === '') throw errors.missingParameter('groupName');
  if (findGroupNamed(context, name) !== undefined) {
    throw errors.other('InvalidPlacementGroup.Duplicate', `The placement group '${name}' already exists.`);
  }
  if (state.placementGroups.size >= groupsMax) {
    throw errors.other('PlacementGroupLimitExceeded', 'The maximum number of placement groups has been reached.');
  }
  const strategy = input.Strategy ?? 'cluster';
  if (strategy === 'precision-time') throw errors.unsupported('Placement groups for precision time are not available.');
  if (strategy !== 'partition' && input.PartitionCount !== undefined) {
    throw errors.combination('The parameter PartitionCount is only for placement groups with the strategy partition.');
  }
  const partitions = strategy === 'partition' ? (input.PartitionCount ?? 2) : undefined;
  if (partitions !== undefined && (partitions < 1 || partitions > partitionsMax)) {
    throw errors.valueOf(partitions, 'partitionCount', `Expecting a value between 1 and ${partitionsMax}.`);
  }
  if (strategy !== 'spread' && input.SpreadLevel !== undefined) {
    throw errors.combination('The parameter SpreadLevel is only for placement groups with the strategy spread.');
  }
  const row: PlacementGroupRow = {
    id: ids.resource('pg'),
    name,
    strategy,
    partitions,
    spreadLevel: strategy === 'spread' ? (input.SpreadLevel ?? 'rack') : undefined,
  };
  state.placementGroups.put(row);
  tagNew(context, kinds.placementGroup, row.id, input.TagSpecifications);
  return { PlacementGroup: show(row, context) };
};

export const DeletePlacementGroup: Operation<'DeletePlacementGroup'> = ({ GroupName }, context) => {
  const { state } = context;
  const row = getGroupNamed(context, GroupName);
  const members = state.instances.index('group').list({ prefix: key(row.name) });
  if (members.some(isAlive)) {
    throw errors.other(
      'InvalidPlacementGroup.InUse',
      `The placement group '${row.name}' is in use and may not be deleted.`,
    );
  }
  state.placementGroups.delete(row.id);
  dropTags(context, row.id);
  return {};
};

export const DescribePlacementGroups: Operation<'DescribePlacementGroups'> = (input, context) => {
  const { state } = context;
  const byName = (input.GroupNames ?? []).map((name) => getGroupNamed(context, name).id);
  const byId = (input.GroupIds ?? []).map((id) => get(state.placementGroups, kinds.placementGroup, id).id);
  const { rows } = list({ Filters: input.Filters }, context, {
    rows: () => state.placementGroups.index('name').list(),
    find: (id) => state.placementGroups.find(id),
    id: (row) => row.id,
    ids: [...byName, ...byId],
    kind: kinds.placementGroup,
    filters: {
      'group-name': (row) => row.name,
      'group-arn': (row) => arnOf(context, 'placement-group', row.name),
      'spread-level': (row) => row.spreadLevel,
      state: () => 'available',
      strategy: (row) => row.strategy,
    },
  });
  return { PlacementGroups: rows.map((row) => show(row, context)) };
};

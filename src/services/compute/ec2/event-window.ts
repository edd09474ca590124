// Event windows: when AWS may do what it must on instances. Nothing is ever scheduled here, so a window is kept and shown.
import type { InstanceEventWindow } from '@aws-sdk/client-ec2';
import { errors, get, kinds } from './errors.ts';
import type { EventWindowRow } from './event-window-state.ts';
import { getInstances } from './instance.ts';
import { list } from './list.ts';
import type { Ec2Context, Input, Operation } from './operation.ts';
import { dropTags, tagNew, tagsOf } from './tag.ts';

const show = (row: EventWindowRow, context: Ec2Context): InstanceEventWindow => ({
  InstanceEventWindowId: row.id,
  Name: row.name,
  TimeRanges: row.ranges?.map((one) => ({
    StartWeekDay: one.startDay as 'sunday',
    StartHour: one.startHour,
    EndWeekDay: one.endDay as 'sunday',
    EndHour: one.endHour,
  })),
  CronExpression: row.cron,
  AssociationTarget: {
    InstanceIds: [...row.instanceIds],
    DedicatedHostIds: [...row.hostIds],
    Tags: row.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  },
  State: 'active',
  Tags: tagsOf(context, row.id),
});

type When = Pick<Input<'CreateInstanceEventWindow'>, 'TimeRanges' | 'CronExpression'>;

/** Limit: hours of the day; ranges or a cron expression, not both. */
function readWhen({ TimeRanges, CronExpression }: When): Pick<EventWindowRow, 'ranges' | 'cron'> {
  if (TimeRanges !== undefined && CronExpression !== undefined) {
    throw errors.combination('TimeRanges and CronExpression cannot be specified together.');
  }
  for (const { StartHour = 0, EndHour = 0 } of TimeRanges ?? [])
    if (StartHour < 0 || StartHour > 23 || EndHour < 0 || EndHour > 23)
      throw errors.invalidValue('Hours must be between 0 and 23.');
  const ranges = TimeRanges?.map((one) => ({
    startDay: one.StartWeekDay,
    startHour: one.StartHour,
    endDay: one.EndWeekDay,
    endHour: one.EndHour,
  }));
  return { ranges, cron: CronExpression };
}

const getWindow = ({ state }: Ec2Context, id: string): EventWindowRow => get(state.eventWindows, kinds.eventWindow, id);

export const CreateInstanceEventWindow: Operation<'CreateInstanceEventWindow'> = (input, context) => {
  const when = readWhen(input);
  if (when.ranges === undefined && when.cron === undefined)
    throw errors.missingParameter('TimeRanges or CronExpression');
  const row: EventWindowRow = {
    id: context.ids.resource('iew'),
    name: input.Name,
    ...when,
    instanceIds: [],
    hostIds: [],
    tags: [],
  };
  context.state.eventWindows.put(row);
  tagNew(context, kinds.eventWindow, row.id, input.TagSpecifications);
  return { InstanceEventWindow: show(row, context) };
};

export const ModifyInstanceEventWindow: Operation<'ModifyInstanceEventWindow'> = (input, context) => {
  const row = getWindow(context, input.InstanceEventWindowId);
  const changes = input.TimeRanges !== undefined || input.CronExpression !== undefined;
  const changed = { ...row, name: input.Name ?? row.name, ...(changes ? readWhen(input) : {}) };
  context.state.eventWindows.put(changed);
  return { InstanceEventWindow: show(changed, context) };
};

export const DeleteInstanceEventWindow: Operation<'DeleteInstanceEventWindow'> = (input, context) => {
  const row = getWindow(context, input.InstanceEventWindowId);
  const isUsed = row.instanceIds.length + row.hostIds.length + row.tags.length > 0;
  if (isUsed && input.ForceDelete !== true) {
    throw errors.dependency(`The event window '${row.id}' is associated with targets. Use ForceDelete to delete it.`);
  }
  context.state.eventWindows.delete(row.id);
  dropTags(context, row.id);
  return { InstanceEventWindowState: { InstanceEventWindowId: row.id, State: 'deleting' } };
};

export const DescribeInstanceEventWindows: Operation<'DescribeInstanceEventWindows'> = (input, context) => {
  const { state } = context;
  const { rows, NextToken } = list(input, context, {
    rows: state.eventWindows,
    id: (row) => row.id,
    ids: input.InstanceEventWindowIds,
    kind: kinds.eventWindow,
    filters: {
      'dedicated-host-id': (row) => row.hostIds,
      'event-window-name': (row) => row.name,
      'instance-id': (row) => row.instanceIds,
      'instance-tag': (row) => row.tags.map(({ key, value }) => `${key}=${value}`),
      'instance-tag-key': (row) => row.tags.map(({ key }) => key),
      'instance-tag-value': (row) => row.tags.map(({ value }) => value),
    },
    least: 20,
  });
  return { InstanceEventWindows: rows.map((row) => show(row, context)), NextToken };
};

/** One kind of target at a time: instances, tags, or hosts. */
export const AssociateInstanceEventWindow: Operation<'AssociateInstanceEventWindow'> = (input, context) => {
  const row = getWindow(context, input.InstanceEventWindowId);
  const { InstanceIds = [], InstanceTags = [], DedicatedHostIds = [] } = input.AssociationTarget;
  getInstances(context, InstanceIds);
  for (const id of DedicatedHostIds) get(context.state.hosts, kinds.host, id);
  const joined: EventWindowRow = {
    ...row,
    instanceIds: [...new Set([...row.instanceIds, ...InstanceIds])],
    hostIds: [...new Set([...row.hostIds, ...DedicatedHostIds])],
    tags: [...row.tags, ...InstanceTags.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))],
  };
  const kindsUsed = [joined.instanceIds, joined.hostIds, joined.tags].filter((some) => some.length > 0);
  if (kindsUsed.length > 1) throw errors.combination('Only one type of target can be associated with an event window.');
  context.state.eventWindows.put(joined);
  return { InstanceEventWindow: show(joined, context) };
};

export const DisassociateInstanceEventWindow: Operation<'DisassociateInstanceEventWindow'> = (input, context) => {
  const row = getWindow(context, input.InstanceEventWindowId);
  const { InstanceIds = [], InstanceTags = [], DedicatedHostIds = [] } = input.AssociationTarget;
  const left: EventWindowRow = {
    ...row,
    instanceIds: row.instanceIds.filter((id) => !InstanceIds.includes(id)),
    hostIds: row.hostIds.filter((id) => !DedicatedHostIds.includes(id)),
    tags: row.tags.filter(
      (tag) => !InstanceTags.some(({ Key, Value }) => Key === tag.key && (Value ?? '') === tag.value),
    ),
  };
  context.state.eventWindows.put(left);
  return { InstanceEventWindow: show(left, context) };
};

// DHCP options: what instances are told of names and time. A set never changes; a VPC gets another one.
import type { DhcpOptions } from '@aws-sdk/client-ec2';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import type { DhcpOptionsRow } from './state.ts';
import { getVpc } from './vpc.ts';

const optionNames = new Set([
  'domain-name',
  'domain-name-servers',
  'ntp-servers',
  'netbios-name-servers',
  'netbios-node-type',
  'ipv6-address-preferred-lease-time',
]);

const showOptions = (row: DhcpOptionsRow, context: Ec2Context): DhcpOptions => ({
  DhcpOptionsId: row.id,
  OwnerId: context.account,
  DhcpConfigurations: row.options.map(({ name, values }) => ({
    Key: name,
    Values: values.map((Value) => ({ Value })),
  })),
  Tags: tagsOf(context, row.id),
});

const getOptions = ({ state }: Ec2Context, id: string): DhcpOptionsRow => get(state.dhcpOptions, kinds.dhcpOptions, id);

export const CreateDhcpOptions: Operation<'CreateDhcpOptions'> = (input, context) => {
  const options = input.DhcpConfigurations.map(({ Key: name = '', Values: values = [] }) => {
    if (!optionNames.has(name)) throw errors.valueOf(name, 'dhcpOption', 'Unknown DHCP option');
    if (values.length === 0) throw errors.missingParameter('Values');
    return { name, values };
  });
  const row = { id: context.ids.resource('dopt'), options };
  context.state.dhcpOptions.put(row);
  tagNew(context, kinds.dhcpOptions, row.id, input.TagSpecifications);
  return { DhcpOptions: showOptions(row, context) };
};

export const DeleteDhcpOptions: Operation<'DeleteDhcpOptions'> = ({ DhcpOptionsId }, context) => {
  const row = getOptions(context, DhcpOptionsId);
  if (context.state.vpcs.list().some((vpc) => vpc.dhcpOptionsId === row.id)) {
    throw errors.hasDependencies('dhcpOptions', row.id);
  }
  context.state.dhcpOptions.delete(row.id);
  dropTags(context, row.id);
  return {};
};

/** Gives a VPC a set of options; `default` means none at all. */
export const AssociateDhcpOptions: Operation<'AssociateDhcpOptions'> = ({ DhcpOptionsId, VpcId }, context) => {
  const vpc = getVpc(context, VpcId);
  const id = DhcpOptionsId === 'default' ? 'default' : getOptions(context, DhcpOptionsId).id;
  context.state.vpcs.put({ ...vpc, dhcpOptionsId: id });
  return {};
};

export const DescribeDhcpOptions: Operation<'DescribeDhcpOptions'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.dhcpOptions.list(),
    id: (row) => row.id,
    ids: input.DhcpOptionsIds,
    kind: kinds.dhcpOptions,
    filters: {
      'dhcp-options-id': (row) => row.id,
      key: (row) => row.options.map(({ name }) => name),
      'owner-id': () => context.account,
      value: (row) => row.options.flatMap(({ values }) => values),
    },
  });
  return { DhcpOptions: rows.map((row) => showOptions(row, context)), NextToken };
};

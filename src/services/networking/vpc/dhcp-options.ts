// DHCP options: what instances are told of names and time. A set never changes; a VPC gets another one.
import type { DhcpOptions } from '@aws-sdk/client-ec2';
import { findAddress } from '../../../network/address.ts';
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

const serversMax = 4;
const nodeTypes = new Set(['1', '2', '4', '8']);

/**
 * Limit: four servers of a kind and family of addresses; node types of RFC 2132.
 *
 * Unknown: the words of the refusals.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html
 */
function checkValues(name: string, values: readonly string[]): void {
  const invalid = (why: string) => errors.valueOf(values.join(', '), name, why);
  const isServer = name.endsWith('-servers');
  if (isServer && !values.every(isServerName)) throw invalid('This is not a valid IP address.');
  const ofSix = values.filter((value) => value.includes(':')).length;
  if (isServer && (ofSix > serversMax || values.length - ofSix > serversMax))
    throw invalid(`At most ${serversMax} servers can be specified.`);
  if (name === 'netbios-node-type' && (values.length > 1 || !nodeTypes.has(values[0] ?? '')))
    throw invalid('Acceptable values are 1, 2, 4 and 8.');
}

const isServerName = (value: string): boolean =>
  value === 'AmazonProvidedDNS' || value === 'AmazonProvidedDNS6' || findAddress(value) !== undefined;

export const CreateDhcpOptions: Operation<'CreateDhcpOptions'> = (input, context) => {
  const options = input.DhcpConfigurations.map(({ Key: name = '', Values: values = [] }) => {
    if (!optionNames.has(name)) throw errors.valueOf(name, 'dhcpOption', 'Unknown DHCP option');
    if (values.length === 0) throw errors.missingParameter('Values');
    checkValues(name, values);
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
    rows: context.state.dhcpOptions,
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

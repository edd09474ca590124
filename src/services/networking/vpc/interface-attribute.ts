// What changes on an interface after it was made: attributes, further addresses.
import { checkOneAttribute } from '../../compute/ec2/attribute.ts';
import { errors } from '../../compute/ec2/errors.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { pickPublicIp } from './elastic-address.ts';
import { elasticOf, getInterface, groupsFor, readTracking } from './network-interface.ts';
import type { InterfaceRow } from './state.ts';
import { readPrefixes, releasePrefix4, takePrefixes } from './prefix-delegation.ts';
import { releaseAddress, takeAddress, takeIpv6 } from './subnet-address.ts';

export const DescribeNetworkInterfaceAttribute: Operation<'DescribeNetworkInterfaceAttribute'> = (input, context) => {
  const row = getInterface(context, input.NetworkInterfaceId);
  const NetworkInterfaceId = row.id;
  if (input.Attribute === 'description') return { NetworkInterfaceId, Description: { Value: row.description } };
  if (input.Attribute === 'sourceDestCheck')
    return { NetworkInterfaceId, SourceDestCheck: { Value: row.sourceDestCheck } };
  if (input.Attribute === 'groupSet') {
    const Groups = row.groupIds.map((id) => ({ GroupId: id, GroupName: context.state.groups.find(id)?.name }));
    return { NetworkInterfaceId, Groups };
  }
  if (input.Attribute === 'attachment' && row.attachment !== undefined) {
    const { id, deviceIndex, deleteOnTermination, instanceId, instanceOwnerId, attachedAt } = row.attachment;
    const Attachment = {
      AttachmentId: id,
      DeviceIndex: deviceIndex,
      DeleteOnTermination: deleteOnTermination,
      InstanceId: instanceId,
      InstanceOwnerId: instanceOwnerId,
      AttachTime: new Date(attachedAt),
      Status: 'attached' as const,
    };
    return { NetworkInterfaceId, Attachment };
  }
  return { NetworkInterfaceId };
};

/** Sets one attribute. Limit: one at a time; an interface keeps at least one security group (VPC-20). */
export const ModifyNetworkInterfaceAttribute: Operation<'ModifyNetworkInterfaceAttribute'> = (input, context) => {
  const row = getInterface(context, input.NetworkInterfaceId);
  const { NetworkInterfaceId: _interface, DryRun: _dryRun, ...attributes } = input;
  checkOneAttribute(Object.values(attributes));
  if (input.Groups !== undefined && input.Groups.length === 0) throw errors.missingParameter('groupId');
  const { Attachment } = input;
  if (Attachment !== undefined && Attachment.AttachmentId !== row.attachment?.id) {
    throw errors.attachmentNotFound(Attachment.AttachmentId ?? '');
  }
  const attachment =
    row.attachment === undefined || Attachment?.DeleteOnTermination === undefined
      ? row.attachment
      : { ...row.attachment, deleteOnTermination: Attachment.DeleteOnTermination };
  context.state.interfaces.put({
    ...row,
    attachment,
    addresses: withPublicIp(context, row, input.AssociatePublicIpAddress),
    description: input.Description?.Value ?? row.description,
    sourceDestCheck: input.SourceDestCheck?.Value ?? row.sourceDestCheck,
    groupIds: input.Groups === undefined ? row.groupIds : groupsFor(context, row.vpcId, input.Groups),
    tracking: readTracking(input.ConnectionTrackingSpecification) ?? row.tracking,
  });
  return {};
};

/** The addresses with, or without, a public one for the primary; it comes from AWS's own, not from the user's Elastic ones. */
function withPublicIp(context: Ec2Context, row: InterfaceRow, wanted: boolean | undefined): InterfaceRow['addresses'] {
  if (wanted === undefined) return row.addresses;
  return row.addresses.map((address) => {
    if (!address.primary) return address;
    return { ...address, publicIp: wanted ? (address.publicIp ?? pickPublicIp(context)) : undefined };
  });
}

/** Turns the source/destination check on again. */
export const ResetNetworkInterfaceAttribute: Operation<'ResetNetworkInterfaceAttribute'> = (input, context) => {
  const row = getInterface(context, input.NetworkInterfaceId);
  context.state.interfaces.put({ ...row, sourceDestCheck: true });
  return {};
};

/** Moves a private address from the interface that has it: `AllowReassignment`. */
function takeFromOther(context: Ec2Context, target: InterfaceRow, ip: string): void {
  const { state } = context;
  const other = state.interfaces
    .list()
    .find(
      (row) => row.subnetId === target.subnetId && row.id !== target.id && row.addresses.some((one) => one.ip === ip),
    );
  if (other === undefined) return;
  if (other.addresses[0]?.ip === ip)
    throw errors.invalidValue(`The primary address ${ip} of ${other.id} cannot be reassigned.`);
  releaseAddress(context, other.subnetId, ip);
  state.interfaces.put({ ...other, addresses: other.addresses.filter((one) => one.ip !== ip) });
}

const named4 = (texts: readonly string[] | undefined) => texts?.map((Ipv4Prefix) => ({ Ipv4Prefix }));
const named6 = (texts: readonly string[] | undefined) => texts?.map((Ipv6Prefix) => ({ Ipv6Prefix }));

/** Prefixes of an interface that a request takes away, and what is left. @throws InvalidParameterValue for one that it has not */
function dropping(own: readonly string[], gone: readonly string[] = [], interfaceId: string) {
  const unknown = gone.find((prefix) => !own.includes(prefix));
  if (unknown !== undefined) throw errors.prefixNotFound(unknown, interfaceId);
  return { gone, left: own.filter((prefix) => !gone.includes(prefix)) };
}

export const AssignPrivateIpAddresses: Operation<'AssignPrivateIpAddresses'> = (input, context) => {
  const row = getInterface(context, input.NetworkInterfaceId);
  const named = input.PrivateIpAddresses ?? [];
  const prefixes = readPrefixes({ Ipv4PrefixCount: input.Ipv4PrefixCount, Ipv4Prefixes: named4(input.Ipv4Prefixes) });
  if (named.length === 0 && input.SecondaryPrivateIpAddressCount === undefined && prefixes === undefined)
    throw errors.missingParameter('privateIpAddress');
  if (input.AllowReassignment === true) for (const ip of named) takeFromOther(context, row, ip);
  const wanted = [...named, ...Array.from({ length: input.SecondaryPrivateIpAddressCount ?? 0 }, () => undefined)];
  const taken = wanted.map((ip) => takeAddress(context, row.subnetId, row.id, ip));
  const added = taken.map((ip) => ({ ip, primary: false }));
  const { ipv4Prefixes } = takePrefixes(context, row.subnetId, row.id, prefixes);
  context.state.interfaces.put({
    ...row,
    addresses: [...row.addresses, ...added],
    ipv4Prefixes: [...row.ipv4Prefixes, ...ipv4Prefixes],
  });
  return {
    NetworkInterfaceId: row.id,
    AssignedPrivateIpAddresses: taken.map((ip) => ({ PrivateIpAddress: ip })),
    AssignedIpv4Prefixes: ipv4Prefixes.length === 0 ? undefined : ipv4Prefixes.map((Ipv4Prefix) => ({ Ipv4Prefix })),
  };
};

export const UnassignPrivateIpAddresses: Operation<'UnassignPrivateIpAddresses'> = (input, context) => {
  const row = getInterface(context, input.NetworkInterfaceId);
  const gone = input.PrivateIpAddresses ?? [];
  const prefixes = dropping(row.ipv4Prefixes, input.Ipv4Prefixes, row.id);
  if (gone.length === 0 && prefixes.gone.length === 0) throw errors.missingParameter('privateIpAddress');
  for (const prefix of prefixes.gone) releasePrefix4(context, row.subnetId, prefix);
  for (const ip of gone) {
    const address = row.addresses.find((one) => one.ip === ip);
    if (address === undefined) throw errors.privateAddressNotFound(ip, row.id);
    if (address.primary) throw errors.invalidValue('The primary private IP address cannot be unassigned.');
    releaseAddress(context, row.subnetId, ip);
  }
  for (const { association, ...address } of elasticOf(context, row.id)) {
    if (association !== undefined && gone.includes(association.privateIp)) context.state.addresses.put(address);
  }
  context.state.interfaces.put({
    ...row,
    addresses: row.addresses.filter(({ ip }) => !gone.includes(ip)),
    ipv4Prefixes: prefixes.left,
  });
  return {};
};

export const AssignIpv6Addresses: Operation<'AssignIpv6Addresses'> = (input, context) => {
  const row = getInterface(context, input.NetworkInterfaceId);
  const named = input.Ipv6Addresses ?? [];
  const prefixes = readPrefixes({ Ipv6PrefixCount: input.Ipv6PrefixCount, Ipv6Prefixes: named6(input.Ipv6Prefixes) });
  if (named.length === 0 && input.Ipv6AddressCount === undefined && prefixes === undefined)
    throw errors.missingParameter('ipv6Address');
  const wanted = [...named, ...Array.from({ length: input.Ipv6AddressCount ?? 0 }, () => undefined)];
  const taken = wanted.map((ip) => takeIpv6(context, row.subnetId, ip));
  const { ipv6Prefixes } = takePrefixes(context, row.subnetId, row.id, prefixes);
  context.state.interfaces.put({
    ...row,
    ipv6: [...row.ipv6, ...taken],
    ipv6Prefixes: [...(row.ipv6Prefixes ?? []), ...ipv6Prefixes],
  });
  return {
    NetworkInterfaceId: row.id,
    AssignedIpv6Addresses: taken,
    AssignedIpv6Prefixes: ipv6Prefixes.length === 0 ? undefined : ipv6Prefixes,
  };
};

export const UnassignIpv6Addresses: Operation<'UnassignIpv6Addresses'> = (input, context) => {
  const row = getInterface(context, input.NetworkInterfaceId);
  const gone = input.Ipv6Addresses ?? [];
  const unknown = gone.find((ip) => !row.ipv6.includes(ip));
  if (unknown !== undefined) throw errors.privateAddressNotFound(unknown, row.id);
  const prefixes = dropping(row.ipv6Prefixes ?? [], input.Ipv6Prefixes, row.id);
  context.state.interfaces.put({
    ...row,
    ipv6: row.ipv6.filter((ip) => !gone.includes(ip)),
    ipv6Prefixes: prefixes.left,
  });
  return {
    NetworkInterfaceId: row.id,
    UnassignedIpv6Addresses: [...gone],
    UnassignedIpv6Prefixes: prefixes.gone.length === 0 ? undefined : [...prefixes.gone],
  };
};

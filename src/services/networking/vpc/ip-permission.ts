// `IpPermission`, the wire's older form of security group rules: one for each protocol and port range, with all its peers.
import type { IpPermission, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { findPrefix } from '../../../network/address.ts';
import { errors, kinds } from '../../compute/ec2/errors.ts';
import { arnOf, type Ec2Context } from '../../compute/ec2/operation.ts';
import { tagsOf } from '../../compute/ec2/tag.ts';
import { getPrefixList } from './prefix-list.ts';
import { checkRuleDescription } from './security-group-text.ts';
import type { GroupRow, GroupRuleRow } from './state.ts';

/** A rule without its place. */
export type RuleContent = Omit<GroupRuleRow, 'id' | 'groupId' | 'egress'>;

const names: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6', all: '-1' };

/** `tcp`, `udp`, `icmp`, `icmpv6`, `-1`, or a number. */
export function readProtocol(text: string | undefined): string {
  if (text === undefined) throw errors.missingParameter('ipProtocol');
  const protocol = names[text] ?? text.toLowerCase();
  if (['tcp', 'udp', 'icmp', 'icmpv6', '-1'].includes(protocol)) return protocol;
  const number = Number(protocol);
  if (!(Number.isInteger(number) && number >= 0 && number <= 255)) {
    throw errors.unknownProtocol(text);
  }
  return protocol;
}

function readPorts(
  protocol: string,
  from: number | undefined,
  to: number | undefined,
): { fromPort: number; toPort: number } {
  if (protocol === 'icmpv6') return { fromPort: from ?? -1, toPort: to ?? -1 };
  if (!hasPorts(protocol)) return { fromPort: -1, toPort: -1 };
  if (from === undefined || to === undefined) throw errors.portsMissing(protocol === 'icmp' ? 'ICMP' : 'TCP/UDP');
  if (protocol === 'icmp') return { fromPort: from, toPort: to };
  const inRange = (port: number) => Number.isInteger(port) && port >= 0 && port <= 65_535;
  if (from === -1 && to === -1) return { fromPort: 0, toPort: 65_535 };
  if (!inRange(from) || !inRange(to)) {
    throw errors.other(
      'InvalidParameterValue',
      `Invalid value '${inRange(from) ? to : from}' for portRange. Valid values are between 0 and 65535.`,
    );
  }
  if (from > to) throw errors.invalidValue(`Invalid TCP/UDP port range (${from}:${to})`);
  return { fromPort: from, toPort: to };
}

function readCidr(text: string | undefined, family: 4 | 6): string {
  const prefix = findPrefix(text ?? '');
  if (prefix === undefined || prefix.family !== family)
    throw errors.other('InvalidParameterValue', `CIDR block ${text} is malformed`);
  return prefix.text;
}

/** The group that a pair names: by ID here, in a peered VPC of any account, or by name in the same VPC. */
function readPeerGroup(
  context: Ec2Context,
  owner: GroupRow,
  pair: NonNullable<IpPermission['UserIdGroupPairs']>[number],
) {
  const { GroupId: id, GroupName: name, UserId: account = context.account } = pair;
  if (id === undefined) {
    const row = context.state.groups.list().find((group) => group.vpcId === owner.vpcId && group.name === name);
    if (row === undefined) throw errors.groupNameNotFound(name ?? '', owner.vpcId);
    return { id: row.id, account: context.account, vpcId: row.vpcId };
  }
  const here = account === context.account ? context.state.groups.find(id) : undefined;
  if (here !== undefined && here.vpcId === owner.vpcId) return { id, account, vpcId: here.vpcId };
  for (const peering of context.state.peerings.list()) {
    const sides = [peering.requester, peering.accepter];
    const other = sides.find((side) => side.vpcId !== owner.vpcId);
    if (peering.status !== 'active' || other === undefined || !sides.some(({ vpcId }) => vpcId === owner.vpcId))
      continue;
    const row = context.elsewhere(other.account, other.region).state.groups.find(id);
    if (row?.vpcId === other.vpcId) return { id, account: other.account, vpcId: other.vpcId, peeringId: peering.id };
  }
  if (here !== undefined) {
    throw errors.other('InvalidGroup.NotFound', `You have specified two resources that belong to different networks.`);
  }
  throw kinds.securityGroup.missing(id);
}

/** One content for each peer that a permission names. */
export function readPermission(context: Ec2Context, owner: GroupRow, permission: IpPermission): RuleContent[] {
  const protocol = readProtocol(permission.IpProtocol);
  const base = { protocol, ...readPorts(protocol, permission.FromPort, permission.ToPort) };
  const described = (description: string | undefined) => {
    checkRuleDescription(description);
    return description === undefined ? {} : { description };
  };
  return [
    ...(permission.IpRanges ?? []).map((one) => ({
      ...base,
      cidr: readCidr(one.CidrIp, 4),
      ...described(one.Description),
    })),
    ...(permission.Ipv6Ranges ?? []).map((one) => ({
      ...base,
      ipv6Cidr: readCidr(one.CidrIpv6, 6),
      ...described(one.Description),
    })),
    ...(permission.PrefixListIds ?? []).map((one) => ({
      ...base,
      prefixListId: getPrefixList(context, one.PrefixListId ?? '').id,
      ...described(one.Description),
    })),
    ...(permission.UserIdGroupPairs ?? []).map((one) => ({
      ...base,
      peerGroup: readPeerGroup(context, owner, one),
      ...described(one.Description),
    })),
  ];
}

/** What makes two rules the same: all but the description. */
export const identityOf = (rule: RuleContent): string =>
  [rule.protocol, rule.fromPort, rule.toPort, rule.cidr, rule.ipv6Cidr, rule.prefixListId, rule.peerGroup?.id].join(
    '|',
  );

/** `peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW`. */
export function describeRule(rule: RuleContent): string {
  const peer = rule.cidr ?? rule.ipv6Cidr ?? rule.prefixListId ?? rule.peerGroup?.id;
  if (rule.protocol === '-1') return `peer: ${peer}, ALL, ALLOW`;
  const ports = `from port: ${rule.fromPort}, to port: ${rule.toPort}`;
  return `peer: ${peer}, ${rule.protocol.toUpperCase()}, ${ports}, ALLOW`;
}

/** Rules gathered by protocol and ports. */
export function permissionsOf(rules: readonly GroupRuleRow[]): IpPermission[] {
  const gathered = new Map<string, GroupRuleRow[]>();
  for (const rule of rules) {
    const at = `${rule.protocol}|${rule.fromPort}|${rule.toPort}`;
    gathered.set(at, [...(gathered.get(at) ?? []), rule]);
  }
  return [...gathered.values()].map((same) => {
    const first = same[0] as GroupRuleRow;
    const described = (rule: GroupRuleRow) => (rule.description === undefined ? {} : { Description: rule.description });
    return {
      IpProtocol: first.protocol,
      ...(hasPorts(first.protocol) ? { FromPort: first.fromPort, ToPort: first.toPort } : {}),
      IpRanges: same.flatMap((rule) => (rule.cidr === undefined ? [] : [{ CidrIp: rule.cidr, ...described(rule) }])),
      Ipv6Ranges: same.flatMap((rule) =>
        rule.ipv6Cidr === undefined ? [] : [{ CidrIpv6: rule.ipv6Cidr, ...described(rule) }],
      ),
      PrefixListIds: same.flatMap((rule) =>
        rule.prefixListId === undefined ? [] : [{ PrefixListId: rule.prefixListId, ...described(rule) }],
      ),
      UserIdGroupPairs: same.flatMap((rule) =>
        rule.peerGroup === undefined
          ? []
          : [
              {
                GroupId: rule.peerGroup.id,
                UserId: rule.peerGroup.account,
                ...(rule.peerGroup.peeringId === undefined
                  ? {}
                  : {
                      VpcId: rule.peerGroup.vpcId,
                      VpcPeeringConnectionId: rule.peerGroup.peeringId,
                      PeeringStatus: 'active',
                    }),
                ...described(rule),
              },
            ],
      ),
    };
  });
}

const hasPorts = (protocol: string): boolean => ['tcp', 'udp', 'icmp', 'icmpv6'].includes(protocol);

export function showRule(row: GroupRuleRow, context: Ec2Context): SecurityGroupRule {
  const { peerGroup } = row;
  return {
    SecurityGroupRuleId: row.id,
    SecurityGroupRuleArn: arnOf(context, 'security-group-rule', row.id),
    GroupId: row.groupId,
    GroupOwnerId: context.account,
    IsEgress: row.egress,
    IpProtocol: row.protocol,
    FromPort: row.fromPort,
    ToPort: row.toPort,
    CidrIpv4: row.cidr,
    CidrIpv6: row.ipv6Cidr,
    PrefixListId: row.prefixListId,
    ReferencedGroupInfo:
      peerGroup === undefined
        ? undefined
        : {
            GroupId: peerGroup.id,
            UserId: peerGroup.account,
            ...(peerGroup.peeringId === undefined
              ? {}
              : { VpcId: peerGroup.vpcId, VpcPeeringConnectionId: peerGroup.peeringId, PeeringStatus: 'active' }),
          },
    Description: row.description,
    Tags: tagsOf(context, row.id),
  };
}

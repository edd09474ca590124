// The two filters of a VPC: security groups, which only allow, and network ACLs, whose first matching rule decides.
import { type Address, covers, type Prefix, readPrefix } from './address.ts';
import { hasPorts, type Packet, protocolNumber, tcp, udp } from './flow.ts';
import type { AclEntry, GroupRule, NetworkAcl, PrefixList, SecurityGroup } from './topology.ts';

interface CompiledRule {
  readonly rule: GroupRule;
  readonly protocol: number;
  /** Undefined when the peer is a group or a prefix list. */
  readonly prefix: Prefix | undefined;
}

interface CompiledGroup {
  readonly ingress: readonly CompiledRule[];
  readonly egress: readonly CompiledRule[];
}

const compileRule = (rule: GroupRule): CompiledRule => ({
  rule,
  protocol: protocolNumber(rule.protocol),
  prefix: rule.peer.kind === 'cidr' ? readPrefix(rule.peer.cidr) : undefined,
});

const compiledGroups = new WeakMap<SecurityGroup, CompiledGroup>();

function compiledGroup(group: SecurityGroup): CompiledGroup {
  let compiled = compiledGroups.get(group);
  if (compiled === undefined) {
    const rules = group.rules.map(compileRule);
    compiled = {
      ingress: rules.filter(({ rule }) => !rule.egress),
      egress: rules.filter(({ rule }) => rule.egress),
    };
    compiledGroups.set(group, compiled);
  }
  return compiled;
}

/** −1 in a rule is any type, or any code. */
const icmpMatches = (packet: Packet, type: number, code: number): boolean =>
  packet.icmp === undefined ||
  ((type === -1 || type === packet.icmp.type) && (code === -1 || code === packet.icmp.code));

function protocolMatches({ rule, protocol }: CompiledRule, packet: Packet): boolean {
  if (protocol === -1) return true;
  if (protocol !== packet.protocol) return false;
  if (rule.ports === undefined) return true;
  if (hasPorts(packet.protocol))
    return rule.ports.from <= packet.destinationPort && packet.destinationPort <= rule.ports.to;
  return icmpMatches(packet, rule.ports.from, rule.ports.to);
}

const listPrefixes = new WeakMap<PrefixList, readonly Prefix[]>();

function prefixesOf(list: PrefixList): readonly Prefix[] {
  let prefixes = listPrefixes.get(list);
  if (prefixes === undefined) {
    prefixes = list.cidrs.map(readPrefix);
    listPrefixes.set(list, prefixes);
  }
  return prefixes;
}

export interface GroupQuestion {
  readonly groups: readonly SecurityGroup[];
  readonly direction: 'ingress' | 'egress';
  readonly packet: Packet;
  readonly lists: ReadonlyMap<string, PrefixList>;
  /** True when the packet's other end has that group. */
  readonly peerHas: (groupId: string) => boolean;
}

function peerMatches({ rule, prefix }: CompiledRule, peer: Address, question: GroupQuestion): boolean {
  if (prefix !== undefined) return covers(prefix, peer);
  if (rule.peer.kind === 'group') return question.peerHas(rule.peer.id);
  if (rule.peer.kind !== 'prefix-list') return false;
  const list = question.lists.get(rule.peer.id);
  return list !== undefined && prefixesOf(list).some((inner) => covers(inner, peer));
}

/** The rule by which the groups admit a packet, if there is one. */
export function findGroupRule(
  question: GroupQuestion,
): { readonly group: SecurityGroup; readonly rule: GroupRule } | undefined {
  const { groups, direction, packet } = question;
  const peer = direction === 'ingress' ? packet.source : packet.destination;
  for (const group of groups) {
    for (const rule of compiledGroup(group)[direction]) {
      if (protocolMatches(rule, packet) && peerMatches(rule, peer, question)) return { group, rule: rule.rule };
    }
  }
  return undefined;
}

const isEverywhere = (rule: GroupRule, family: 4 | 6): boolean =>
  rule.peer.kind === 'cidr' && rule.peer.cidr === (family === 4 ? '0.0.0.0/0' : '::/0');

/**
 * True when no state need be kept: TCP or UDP that a rule admits from everywhere, while the other direction is open to
 * everywhere on all ports. ICMP is always tracked.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html#untracked-connections
 */
export function isUntracked(groups: readonly SecurityGroup[], admitting: GroupRule, packet: Packet): boolean {
  if (packet.protocol !== tcp && packet.protocol !== udp) return false;
  if (!isEverywhere(admitting, packet.source.family)) return false;
  const back = admitting.egress ? 'ingress' : 'egress';
  return groups.some((group) =>
    compiledGroup(group)[back].some(
      ({ rule, protocol }) =>
        isEverywhere(rule, packet.source.family) &&
        (protocol === -1 ||
          (protocol === packet.protocol &&
            (rule.ports === undefined || (rule.ports.from === 0 && rule.ports.to === 65_535)))),
    ),
  );
}

export const hasRules = (groups: readonly SecurityGroup[], direction: 'ingress' | 'egress'): boolean =>
  groups.some((group) => compiledGroup(group)[direction].length > 0);

interface CompiledEntry {
  readonly entry: AclEntry;
  readonly protocol: number;
  readonly prefix: Prefix;
}

const compiledAcls = new WeakMap<NetworkAcl, { ingress: readonly CompiledEntry[]; egress: readonly CompiledEntry[] }>();

function compiledAcl(acl: NetworkAcl): { ingress: readonly CompiledEntry[]; egress: readonly CompiledEntry[] } {
  let compiled = compiledAcls.get(acl);
  if (compiled === undefined) {
    const entries = [...acl.entries]
      .sort((a, b) => a.number - b.number)
      .map((entry) => ({ entry, protocol: protocolNumber(entry.protocol), prefix: readPrefix(entry.cidr) }));
    compiled = {
      ingress: entries.filter(({ entry }) => !entry.egress),
      egress: entries.filter(({ entry }) => entry.egress),
    };
    compiledAcls.set(acl, compiled);
  }
  return compiled;
}

function entryMatches({ entry, protocol, prefix }: CompiledEntry, peer: Address, packet: Packet): boolean {
  if (!covers(prefix, peer)) return false;
  if (protocol === -1) return true;
  if (protocol !== packet.protocol) return false;
  if (hasPorts(packet.protocol))
    return (
      entry.ports === undefined ||
      (entry.ports.from <= packet.destinationPort && packet.destinationPort <= entry.ports.to)
    );
  return entry.icmp === undefined || icmpMatches(packet, entry.icmp.type, entry.icmp.code);
}

/** Number of the rule that every network ACL ends with; it denies. */
export const lastAclRule = 32_767;

/** What a network ACL says of a packet, and by which rule. */
export function judgeByAcl(
  acl: NetworkAcl,
  direction: 'ingress' | 'egress',
  packet: Packet,
): { readonly allow: boolean; readonly number: number } {
  const peer = direction === 'ingress' ? packet.source : packet.destination;
  for (const entry of compiledAcl(acl)[direction]) {
    if (entryMatches(entry, peer, packet)) return { allow: entry.entry.allow, number: entry.entry.number };
  }
  return { allow: false, number: lastAclRule };
}

// Entries for the copy of a network ACL: as they were, with something denied before them.
import type { NetworkAclEntry } from '@aws-sdk/client-ec2';
import { contains, findPrefix } from '../../../network/address.ts';

/** An entry as `CreateNetworkAclEntry` takes it. */
export interface AclEntry {
  readonly RuleNumber: number;
  readonly Egress: boolean;
  readonly RuleAction: 'allow' | 'deny';
  readonly Protocol: string;
  readonly CidrBlock?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
  readonly PortRange?: NetworkAclEntry['PortRange'];
  readonly IcmpTypeCode?: NetworkAclEntry['IcmpTypeCode'];
}

const directions = [true, false];

/** Rules in one direction, in order, with new numbers from `first` on. */
const renumbered = (entries: readonly NetworkAclEntry[], egress: boolean, first: number): AclEntry[] =>
  entries
    .filter(({ Egress }) => Egress === egress)
    .sort((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0))
    .map((entry, at) => ({
      RuleNumber: first + at,
      Egress: egress,
      RuleAction: entry.RuleAction ?? 'deny',
      Protocol: entry.Protocol ?? '-1',
      CidrBlock: entry.CidrBlock,
      Ipv6CidrBlock: entry.Ipv6CidrBlock,
      PortRange: entry.PortRange,
      IcmpTypeCode: entry.IcmpTypeCode,
    }));

/** Everything to and from some ranges denied, then what was there. */
export function deniedEntries(own: readonly NetworkAclEntry[], cidrs: readonly string[]): AclEntry[] {
  return directions.flatMap((Egress) => {
    const denied = cidrs.map((cidr, at): AclEntry => {
      const range = cidr.includes(':') ? { Ipv6CidrBlock: cidr } : { CidrBlock: cidr };
      return { RuleNumber: 1 + at, Egress, RuleAction: 'deny', Protocol: '-1', ...range };
    });
    return [...denied, ...renumbered(own, Egress, 1 + cidrs.length)];
  });
}

/** What was there, for some ranges only; the ACL's last entry denies all else. */
export function withinOnly(own: readonly NetworkAclEntry[], cidrs: readonly string[]): AclEntry[] {
  const cutTo = (cidr: string): readonly string[] => {
    const given = findPrefix(cidr);
    return cidrs.flatMap((one) => {
      const range = findPrefix(one);
      if (given === undefined || range === undefined || given.family !== range.family) return [];
      return contains(given, range) ? [one] : contains(range, given) ? [cidr] : [];
    });
  };
  const narrowed = own
    .toSorted((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0))
    .flatMap((entry) =>
      cutTo(entry.CidrBlock ?? '').map((CidrBlock, at) => ({
        ...entry,
        RuleNumber: (entry.RuleNumber ?? 0) + at,
        CidrBlock,
      })),
    );
  return directions.flatMap((egress) => renumbered(narrowed, egress, 1));
}

// The data model of networks: rows as they are kept. What can be computed from others (a route's state, a subnet's free
// addresses by zone, propagated routes) is not kept.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { NetworkInterface } from '../../../network/topology.ts';
import { insightTables } from './insight-state.ts';
import { linkTables } from './link-state.ts';
import { byId, type GatewayRow, inVpc } from './row.ts';

export type * from './insight-state.ts';
export type * from './link-state.ts';
export type { GatewayRow } from './row.ts';

export interface CidrAssociation {
  /** `vpc-cidr-assoc-…`, `subnet-cidr-assoc-…`. */
  readonly id: string;
  readonly cidr: string;
}

export interface VpcRow {
  readonly id: string;
  /** IPv4 blocks, the primary one first. */
  readonly cidrs: readonly CidrAssociation[];
  readonly ipv6Cidrs: readonly CidrAssociation[];
  readonly dhcpOptionsId: string;
  readonly tenancy: 'default' | 'dedicated' | 'host';
  readonly isDefault: boolean;
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  readonly usageMetrics: boolean;
}

export interface SubnetRow {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly zoneId: string;
  /** Undefined for a subnet with IPv6 only. */
  readonly cidr?: string | undefined;
  readonly ipv6Cidrs: readonly CidrAssociation[];
  readonly defaultForAz: boolean;
  readonly mapPublicIp: boolean;
  readonly assignIpv6: boolean;
  readonly dns64: boolean;
  readonly hostnameType: 'ip-name' | 'resource-name';
  readonly nameDnsA: boolean;
  readonly nameDnsAaaa: boolean;
  /** IPv4 addresses that interfaces have, those of delegated prefixes counted. */
  readonly used: number;
}

/** An IPv4 address of a subnet that an interface has. */
export interface UsedAddressRow {
  readonly subnetId: string;
  readonly bits: number;
  readonly interfaceId: string;
}

/** A range of a subnet from which nothing is given out by chance. */
export interface CidrReservationRow {
  readonly id: string;
  readonly subnetId: string;
  readonly cidr: string;
  readonly type: 'prefix' | 'explicit';
  readonly description?: string | undefined;
}

export interface InterfaceAddress {
  readonly ip: string;
  readonly primary: boolean;
  /** Assigned from Amazon's pool, for as long as the instance runs. An Elastic address is in `addresses`. */
  readonly publicIp?: string | undefined;
}

export interface InterfaceAttachment {
  /** `eni-attach-…`. */
  readonly id: string;
  readonly instanceId?: string | undefined;
  readonly instanceOwnerId: string;
  readonly deviceIndex: number;
  readonly networkCardIndex: number;
  readonly attachedAt: Instant;
  readonly deleteOnTermination: boolean;
}

export interface InterfaceRow {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly description: string;
  readonly type: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly ipv6: readonly string[];
  /** Blocks of /28, and of /80, that are delegated to it whole. */
  readonly ipv4Prefixes: readonly string[];
  readonly ipv6Prefixes?: readonly string[] | undefined;
  readonly groupIds: readonly string[];
  readonly macAddress: string;
  readonly sourceDestCheck: boolean;
  /** Made by an AWS service for itself. */
  readonly requester?: { readonly id: string; readonly managed: boolean } | undefined;
  /** What the service that made it for itself has behind it. */
  readonly owner?: NetworkInterface['owner'] | undefined;
  readonly attachment?: InterfaceAttachment | undefined;
  readonly tracking?:
    | {
        readonly tcpEstablishedSeconds?: number | undefined;
        readonly udpSeconds?: number | undefined;
        readonly udpStreamSeconds?: number | undefined;
      }
    | undefined;
}

export interface AddressRow {
  /** Allocation ID. */
  readonly id: string;
  readonly ip: string;
  readonly borderGroup: string;
  readonly association?:
    | {
        readonly id: string;
        readonly interfaceId: string;
        readonly privateIp: string;
        readonly instanceId?: string | undefined;
      }
    | undefined;
}

export interface RouteRow {
  readonly cidr?: string | undefined;
  readonly ipv6Cidr?: string | undefined;
  readonly prefixListId?: string | undefined;
  /** ID of the target; `local`. */
  readonly target: string;
  readonly origin: 'CreateRouteTable' | 'CreateRoute';
}

export interface RouteTableAssociationRow {
  readonly id: string;
  readonly main: boolean;
  readonly subnetId?: string | undefined;
  readonly gatewayId?: string | undefined;
}

export interface RouteTableRow {
  readonly id: string;
  readonly vpcId: string;
  readonly associations: readonly RouteTableAssociationRow[];
  readonly propagatingGateways: readonly string[];
  readonly routes: readonly RouteRow[];
}

export interface NatGatewayRow {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly connectivity: 'public' | 'private';
  readonly state: 'pending' | 'available' | 'deleting' | 'deleted' | 'failed';
  readonly createdAt: Instant;
  readonly deletedAt?: Instant | undefined;
  readonly interfaceId: string;
  readonly allocationId?: string | undefined;
  readonly privateIp: string;
  readonly publicIp?: string | undefined;
  readonly associationId?: string | undefined;
  readonly secondary?: readonly NatAddressRow[] | undefined;
}

/** A secondary address of a NAT gateway. */
export interface NatAddressRow {
  readonly privateIp: string;
  readonly allocationId?: string | undefined;
  readonly publicIp?: string | undefined;
  readonly associationId?: string | undefined;
  readonly joinedAt: Instant;
  readonly leaving?: boolean | undefined;
}

export interface GroupRow {
  readonly id: string;
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
}

export interface GroupRuleRow {
  readonly id: string;
  readonly groupId: string;
  readonly egress: boolean;
  /** `-1`, `tcp`, `udp`, `icmp`, `icmpv6`, or a number. */
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidr?: string | undefined;
  readonly ipv6Cidr?: string | undefined;
  readonly prefixListId?: string | undefined;
  readonly peerGroup?:
    | { readonly id: string; readonly account: string; readonly vpcId: string; readonly peeringId?: string | undefined }
    | undefined;
  readonly description?: string | undefined;
}

export interface AclEntryRow {
  readonly number: number;
  readonly egress: boolean;
  readonly allow: boolean;
  /** A protocol number as text; `-1` for all. */
  readonly protocol: string;
  readonly cidr?: string | undefined;
  readonly ipv6Cidr?: string | undefined;
  readonly ports?: { readonly from: number; readonly to: number } | undefined;
  readonly icmp?: { readonly type: number; readonly code: number } | undefined;
}

export interface AclRow {
  readonly id: string;
  readonly vpcId: string;
  readonly isDefault: boolean;
  readonly entries: readonly AclEntryRow[];
  readonly associations: readonly { readonly id: string; readonly subnetId: string }[];
}

export interface DhcpOptionsRow {
  readonly id: string;
  readonly options: readonly { readonly name: string; readonly values: readonly string[] }[];
}

export interface PrefixListRow {
  readonly id: string;
  readonly name: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly entriesMax: number;
  readonly version: number;
  readonly entries: readonly { readonly cidr: string; readonly description?: string | undefined }[];
  readonly state: 'create-complete' | 'modify-complete';
  /** Entries of earlier versions. */
  readonly history: readonly (readonly { readonly cidr: string; readonly description?: string | undefined }[])[];
}

/** Who was given a public IPv4 address last: no two have the same, whatever account and Region they are in. */
export interface PublicAddressRow {
  readonly ip: string;
  readonly account: string;
  readonly region: string;
}

/** One row: what was made at the first touch of an account's Region. */
export interface HomeRow {
  readonly id: 'home';
  readonly dhcpOptionsId: string;
}

export const vpcTables = {
  homes: table<HomeRow>()(byId<HomeRow>()),
  vpcs: table<VpcRow>()(byId<VpcRow>()),
  subnets: table<SubnetRow>()({ ...byId<SubnetRow>(), indexes: inVpc }),
  cidrReservations: table<CidrReservationRow>()({
    ...byId<CidrReservationRow>(),
    indexes: { subnet: (row: CidrReservationRow) => key(row.subnetId) },
  }),
  usedAddresses: table<UsedAddressRow>()({ key: (row) => key(row.subnetId, row.bits) }),
  interfaces: table<InterfaceRow>()({
    ...byId<InterfaceRow>(),
    indexes: {
      ...inVpc,
      subnet: (row: InterfaceRow) => key(row.subnetId),
      attachment: (row: InterfaceRow) => (row.attachment === undefined ? undefined : key(row.attachment.id)),
      instance: (row: InterfaceRow) =>
        row.attachment?.instanceId === undefined
          ? undefined
          : key(row.attachment.instanceId, row.attachment.deviceIndex),
      /** Addresses of Amazon's pool are on primary private addresses only. */
      public: (row: InterfaceRow) =>
        row.addresses[0]?.publicIp === undefined ? undefined : key(row.addresses[0].publicIp),
    },
  }),
  /** Elastic addresses given back, which can be had again as long as nobody else has them. */
  releasedAddresses: table<{ readonly ip: string }>()({ key: (row) => key(row.ip) }),
  addresses: table<AddressRow>()({
    ...byId<AddressRow>(),
    indexes: {
      ip: (row: AddressRow) => key(row.ip),
      interface: (row: AddressRow) => (row.association === undefined ? undefined : key(row.association.interfaceId)),
    },
  }),
  routeTables: table<RouteTableRow>()({ ...byId<RouteTableRow>(), indexes: inVpc }),
  internetGateways: table<GatewayRow>()({ ...byId<GatewayRow>(), indexes: inVpc }),
  egressOnlyGateways: table<GatewayRow>()({ ...byId<GatewayRow>(), indexes: inVpc }),
  natGateways: table<NatGatewayRow>()({ ...byId<NatGatewayRow>(), indexes: inVpc }),
  groups: table<GroupRow>()({
    ...byId<GroupRow>(),
    indexes: { ...inVpc, name: (row: GroupRow) => key(row.vpcId, row.name) },
  }),
  groupRules: table<GroupRuleRow>()({
    ...byId<GroupRuleRow>(),
    indexes: { group: (row: GroupRuleRow) => key(row.groupId) },
  }),
  acls: table<AclRow>()({ ...byId<AclRow>(), indexes: inVpc }),
  dhcpOptions: table<DhcpOptionsRow>()(byId<DhcpOptionsRow>()),
  prefixLists: table<PrefixListRow>()(byId<PrefixListRow>()),
  ...linkTables,
  ...insightTables,
  publicAddresses: table<PublicAddressRow>()({ key: (row) => key(row.ip), scope: 'cloud' }),
};

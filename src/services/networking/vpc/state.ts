// The data model of networks: rows as they are kept. What can be computed from others (a route's state, a subnet's free
// addresses by zone, propagated routes) is not kept.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import type { NetworkInterface } from '../../../network/topology.ts';

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
  /** IPv4 addresses that interfaces have. */
  readonly used: number;
}

/** An IPv4 address of a subnet that an interface has. */
export interface UsedAddressRow {
  readonly subnetId: string;
  readonly bits: number;
  readonly interfaceId: string;
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
  readonly ipv4Prefixes: readonly string[];
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

/** Internet gateway. */
export interface GatewayRow {
  readonly id: string;
  readonly vpcId?: string | undefined;
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

export interface EndpointRow {
  readonly id: string;
  readonly vpcId: string;
  readonly kind: 'Gateway' | 'Interface' | 'GatewayLoadBalancer';
  readonly serviceName: string;
  readonly serviceRegion: string;
  /** JSON; undefined where policies do not apply (services of one's own). */
  readonly policy?: string | undefined;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly interfaceIds: readonly string[];
  readonly groupIds: readonly string[];
  readonly privateDns: boolean;
  readonly privateDnsForInboundOnly?: boolean | undefined;
  readonly dnsNames: readonly { readonly name: string; readonly zoneId: string }[];
  readonly ipAddressType?: 'ipv4' | 'dualstack' | 'ipv6' | undefined;
  readonly dnsRecordIpType?: 'ipv4' | 'dualstack' | 'ipv6' | 'service-defined' | undefined;
  readonly state: 'pendingAcceptance' | 'pending' | 'available' | 'deleting' | 'rejected';
  readonly createdAt: Instant;
}

/** A service that somebody offers through PrivateLink. Everybody may look for it by name, so it lies above accounts and Regions. */
export interface EndpointServiceRow {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly serviceName: string;
  readonly kind: 'Interface' | 'GatewayLoadBalancer';
  readonly acceptanceRequired: boolean;
  readonly loadBalancerArns: readonly string[];
  readonly zones: readonly string[];
  readonly ipAddressTypes: readonly ('ipv4' | 'ipv6')[];
  readonly privateDns?:
    | {
        readonly name: string;
        readonly state: 'pendingVerification' | 'verified' | 'failed';
        readonly value: string;
        readonly record: string;
      }
    | undefined;
  readonly payer?: 'ServiceOwner' | undefined;
  readonly principals: readonly { readonly arn: string; readonly permissionId: string }[];
  readonly supportedRegions: readonly string[];
}

/** An endpoint of somebody at a service of somebody. */
export interface EndpointConnectionRow {
  /** `vpce-svc-con-…` */
  readonly id: string;
  readonly serviceId: string;
  readonly endpointId: string;
  readonly account: string;
  readonly region: string;
  readonly state: 'pendingAcceptance' | 'available' | 'rejected';
  readonly createdAt: Instant;
}

export interface EndpointNotificationRow {
  readonly id: string;
  readonly serviceId?: string | undefined;
  readonly endpointId?: string | undefined;
  readonly topicArn: string;
  readonly events: readonly string[];
}

export interface PeeringSide {
  readonly account: string;
  readonly region: string;
  readonly vpcId: string;
  readonly cidrs: readonly string[];
  readonly ipv6Cidrs: readonly string[];
  readonly remoteDns: boolean;
}

export interface PeeringRow {
  readonly id: string;
  readonly requester: PeeringSide;
  readonly accepter: PeeringSide;
  readonly status: 'pending-acceptance' | 'active' | 'rejected' | 'deleted' | 'failed' | 'expired';
  readonly message: string;
  readonly expiresAt: Instant;
}

export interface VpnGatewayRow {
  readonly id: string;
  readonly asn: number;
  readonly vpcId?: string | undefined;
  readonly zone?: string | undefined;
  readonly deleted: boolean;
}

export interface CustomerGatewayRow {
  readonly id: string;
  readonly asn: string;
  readonly ip?: string | undefined;
  readonly deviceName?: string | undefined;
  readonly certificateArn?: string | undefined;
  readonly deleted: boolean;
}

/** JSON of the wire's tunnel options, without what every tunnel has. */
export interface VpnTunnelRow {
  readonly outsideIp: string;
  readonly insideCidr: string;
  readonly insideIpv6Cidr?: string | undefined;
  readonly presharedKey: string;
  readonly up: boolean;
  readonly changedAt: Instant;
  readonly options: object;
}

export interface VpnConnectionRow {
  readonly id: string;
  readonly customerGatewayId: string;
  readonly vpnGatewayId?: string | undefined;
  readonly transitGatewayId?: string | undefined;
  readonly staticRoutesOnly: boolean;
  readonly accelerated: boolean;
  readonly insideIpVersion: 'ipv4' | 'ipv6';
  readonly outsideIpType: string;
  readonly localCidr: string;
  readonly remoteCidr: string;
  readonly routes: readonly string[];
  readonly tunnels: readonly VpnTunnelRow[];
  readonly state: 'pending' | 'available' | 'modifying' | 'deleting' | 'deleted';
}

export interface TransitGatewayRow {
  readonly id: string;
  readonly description: string;
  readonly asn: number;
  readonly createdAt: Instant;
  readonly state: 'pending' | 'available' | 'modifying' | 'deleting' | 'deleted';
  readonly autoAccept: boolean;
  readonly defaultAssociation: boolean;
  readonly defaultPropagation: boolean;
  readonly associationTableId?: string | undefined;
  readonly propagationTableId?: string | undefined;
  readonly vpnEcmp: boolean;
  readonly dns: boolean;
  readonly multicast: boolean;
  readonly groupReferences: boolean;
  readonly cidrs: readonly string[];
}

export type TransitAttachmentState =
  | 'initiatingRequest'
  | 'pendingAcceptance'
  | 'pending'
  | 'available'
  | 'modifying'
  | 'rejected'
  | 'deleting'
  | 'deleted'
  | 'failed';

/** A peering has a row on each side, under the same ID. */
export interface TransitAttachmentRow {
  readonly id: string;
  readonly transitGatewayId: string;
  readonly kind: 'vpc' | 'vpn' | 'peering';
  /** VPC, VPN connection, or the other transit gateway. */
  readonly resourceId: string;
  readonly peer?:
    | { readonly account: string; readonly region: string; readonly isRequester: boolean; readonly dynamic: boolean }
    | undefined;
  readonly subnetIds: readonly string[];
  readonly interfaceIds: readonly string[];
  readonly routeTableId?: string | undefined;
  readonly propagatesTo: readonly string[];
  readonly createdAt: Instant;
  readonly state: TransitAttachmentState;
  readonly dns: boolean;
  readonly ipv6: boolean;
  readonly applianceMode: boolean;
  readonly groupReferences: boolean;
}

export interface TransitRouteTableRow {
  readonly id: string;
  readonly transitGatewayId: string;
  readonly createdAt: Instant;
  readonly state: 'pending' | 'available' | 'deleting' | 'deleted';
  /** Static ones; without an attachment a blackhole. */
  readonly routes: readonly { readonly cidr: string; readonly attachmentId?: string | undefined }[];
  readonly prefixLists: readonly { readonly id: string; readonly attachmentId?: string | undefined }[];
}

export interface FlowLogRow {
  readonly id: string;
  readonly resourceId: string;
  readonly traffic?: 'ACCEPT' | 'REJECT' | 'ALL' | undefined;
  readonly destinationType: 'cloud-watch-logs' | 's3' | 'kinesis-data-firehose';
  readonly destination?: string | undefined;
  readonly logGroup?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly crossAccountRoleArn?: string | undefined;
  readonly format: string;
  readonly intervalSeconds: number;
  readonly createdAt: Instant;
  readonly fileFormat: 'plain-text' | 'parquet';
  readonly hive: boolean;
  readonly perHour: boolean;
}

/** JSON of the wire's packet header filter. */
export interface InsightsPathRow {
  readonly id: string;
  readonly source: string;
  readonly destination?: string | undefined;
  readonly sourceIp?: string | undefined;
  readonly destinationIp?: string | undefined;
  readonly protocol: 'tcp' | 'udp';
  readonly port?: number | undefined;
  readonly filterAtSource?: object | undefined;
  readonly filterAtDestination?: object | undefined;
  readonly createdAt: Instant;
}

export interface InsightsAnalysisRow {
  readonly id: string;
  readonly pathId: string;
  readonly startedAt: Instant;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly message?: string | undefined;
  readonly found?: boolean | undefined;
  readonly filterInArns: readonly string[];
  readonly filterOutArns: readonly string[];
  readonly additionalAccounts: readonly string[];
  /** The wire's components and explanations, as JSON. */
  readonly answer: string;
}

/** Match and exclude paths as on the wire. */
export interface AccessScopeRow {
  readonly id: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly matchPaths: readonly object[];
  readonly excludePaths: readonly object[];
}

export interface AccessScopeAnalysisRow {
  readonly id: string;
  readonly scopeId: string;
  readonly startedAt: Instant;
  readonly endedAt?: Instant | undefined;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly analyzedInterfaces: number;
  /** The wire's findings, as JSON texts. */
  readonly findings: readonly string[];
}

export interface InterfacePermissionRow {
  readonly id: string;
  readonly interfaceId: string;
  readonly account?: string | undefined;
  readonly awsService?: string | undefined;
  readonly permission: 'INSTANCE-ATTACH' | 'EIP-ASSOCIATE';
}

/** A security group in force in another VPC of the same Region, too. */
export interface GroupAssociationRow {
  readonly groupId: string;
  readonly vpcId: string;
  readonly state: 'associating' | 'associated' | 'disassociating';
}

/** Block public access: the Region's mode, and what is left out of it. */
export interface PublicAccessBlockRow {
  readonly id: 'region';
  readonly mode: 'off' | 'block-bidirectional' | 'block-ingress';
  readonly updatedAt: Instant;
}

export interface PublicAccessExclusionRow {
  readonly id: string;
  readonly resourceId: string;
  readonly mode: 'allow-bidirectional' | 'allow-egress';
  readonly state: 'create-in-progress' | 'create-complete' | 'update-complete' | 'delete-complete';
  readonly createdAt: Instant;
  readonly updatedAt?: Instant | undefined;
  readonly deletedAt?: Instant | undefined;
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

const byId = <Row extends { readonly id: string }>() => ({ key: (row: Row) => row.id });
const inVpc = {
  vpc: (row: { readonly vpcId?: string | undefined }) => (row.vpcId === undefined ? undefined : key(row.vpcId)),
};

export const vpcTables = {
  homes: table<HomeRow>()(byId<HomeRow>()),
  vpcs: table<VpcRow>()(byId<VpcRow>()),
  subnets: table<SubnetRow>()({ ...byId<SubnetRow>(), indexes: inVpc }),
  usedAddresses: table<UsedAddressRow>()({ key: (row) => key(row.subnetId, row.bits) }),
  interfaces: table<InterfaceRow>()({
    ...byId<InterfaceRow>(),
    indexes: {
      ...inVpc,
      subnet: (row: InterfaceRow) => key(row.subnetId),
      instance: (row: InterfaceRow) =>
        row.attachment?.instanceId === undefined
          ? undefined
          : key(row.attachment.instanceId, row.attachment.deviceIndex),
      /** Addresses of Amazon's pool are on primary private addresses only. */
      public: (row: InterfaceRow) =>
        row.addresses[0]?.publicIp === undefined ? undefined : key(row.addresses[0].publicIp),
    },
  }),
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
  endpoints: table<EndpointRow>()({ ...byId<EndpointRow>(), indexes: inVpc }),
  endpointServices: table<EndpointServiceRow>()({
    ...byId<EndpointServiceRow>(),
    scope: 'cloud',
    indexes: {
      name: (row: EndpointServiceRow) => key(row.serviceName),
      place: (row: EndpointServiceRow) => key(row.account, row.region),
    },
  }),
  endpointConnections: table<EndpointConnectionRow>()({
    key: (row) => key(row.serviceId, row.endpointId),
    scope: 'cloud',
  }),
  endpointNotifications: table<EndpointNotificationRow>()(byId<EndpointNotificationRow>()),
  /** Both sides see it, so it lies above accounts and Regions. */
  peerings: table<PeeringRow>()({
    ...byId<PeeringRow>(),
    scope: 'cloud',
    indexes: {
      requester: (row: PeeringRow) => key(row.requester.account, row.requester.region, row.requester.vpcId),
      accepter: (row: PeeringRow) => key(row.accepter.account, row.accepter.region, row.accepter.vpcId),
    },
  }),
  vpnGateways: table<VpnGatewayRow>()({ ...byId<VpnGatewayRow>(), indexes: inVpc }),
  customerGateways: table<CustomerGatewayRow>()(byId<CustomerGatewayRow>()),
  vpnConnections: table<VpnConnectionRow>()({
    ...byId<VpnConnectionRow>(),
    indexes: {
      gateway: (row: VpnConnectionRow) => {
        const gateway = row.vpnGatewayId ?? row.transitGatewayId;
        return gateway === undefined ? undefined : key(gateway);
      },
    },
  }),
  transitGateways: table<TransitGatewayRow>()(byId<TransitGatewayRow>()),
  transitAttachments: table<TransitAttachmentRow>()({
    ...byId<TransitAttachmentRow>(),
    indexes: {
      gateway: (row: TransitAttachmentRow) => key(row.transitGatewayId),
      resource: (row: TransitAttachmentRow) => key(row.resourceId),
    },
  }),
  transitRouteTables: table<TransitRouteTableRow>()({
    ...byId<TransitRouteTableRow>(),
    indexes: { gateway: (row: TransitRouteTableRow) => key(row.transitGatewayId) },
  }),
  flowLogs: table<FlowLogRow>()({
    ...byId<FlowLogRow>(),
    indexes: { resource: (row: FlowLogRow) => key(row.resourceId) },
  }),
  insightsPaths: table<InsightsPathRow>()(byId<InsightsPathRow>()),
  insightsAnalyses: table<InsightsAnalysisRow>()({
    ...byId<InsightsAnalysisRow>(),
    indexes: { path: (row: InsightsAnalysisRow) => key(row.pathId) },
  }),
  accessScopes: table<AccessScopeRow>()(byId<AccessScopeRow>()),
  accessScopeAnalyses: table<AccessScopeAnalysisRow>()({
    ...byId<AccessScopeAnalysisRow>(),
    indexes: { scope: (row: AccessScopeAnalysisRow) => key(row.scopeId) },
  }),
  carrierGateways: table<GatewayRow>()({ ...byId<GatewayRow>(), indexes: inVpc }),
  interfacePermissions: table<InterfacePermissionRow>()({
    ...byId<InterfacePermissionRow>(),
    indexes: { interface: (row: InterfacePermissionRow) => key(row.interfaceId) },
  }),
  groupAssociations: table<GroupAssociationRow>()({
    key: (row) => key(row.groupId, row.vpcId),
    indexes: { vpc: (row: GroupAssociationRow) => key(row.vpcId, row.groupId) },
  }),
  publicAccessBlocks: table<PublicAccessBlockRow>()(byId<PublicAccessBlockRow>()),
  publicAccessExclusions: table<PublicAccessExclusionRow>()(byId<PublicAccessExclusionRow>()),
  publicAddresses: table<PublicAddressRow>()({ key: (row) => key(row.ip), scope: 'cloud' }),
};

// The data model of what joins networks with each other, with services and with sites: endpoints, peerings, VPNs, transit gateways.
import { key } from '../../../kernel/key.ts';
import { table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';
import { byId, type GatewayRow, inVpc } from './row.ts';

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
  readonly status:
    | 'initiating-request'
    | 'pending-acceptance'
    | 'active'
    | 'rejected'
    | 'deleted'
    | 'failed'
    | 'expired';
  readonly message: string;
  readonly expiresAt: Instant;
}

export interface VpnGatewayRow {
  readonly id: string;
  readonly asn: number;
  readonly vpcId?: string | undefined;
  /** The VPC that it was taken off last, until it is attached again. */
  readonly formerVpcId?: string | undefined;
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
    | {
        readonly account: string;
        readonly region: string;
        readonly isRequester: boolean;
        readonly dynamic?: 'enable' | 'disable' | undefined;
      }
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

/** A door for SSH and RDP into a VPC. */
export interface ConnectEndpointRow {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly interfaceId: string;
  readonly state: 'create-in-progress' | 'create-complete' | 'delete-in-progress';
  readonly addressType: 'ipv4' | 'dualstack' | 'ipv6';
  readonly preserveClientIp: boolean;
  /** Part of its DNS name. */
  readonly nameHash: string;
  readonly createdAt: Instant;
}

export const linkTables = {
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
  carrierGateways: table<GatewayRow>()({ ...byId<GatewayRow>(), indexes: inVpc }),
  connectEndpoints: table<ConnectEndpointRow>()({ ...byId<ConnectEndpointRow>(), indexes: inVpc }),
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
};

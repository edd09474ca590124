// The network as a value: what there is, how it is joined, and what of it is down. Nothing here acts; `trace` reads it.
//
// Every part is a plain object that nobody changes. A change of one rule replaces that group, its VPC and the topology, and
// keeps all other objects, so that what was computed for them (see `topology-index.ts`) stays good.

/** `'-1'` all, `'tcp'`, `'udp'`, `'icmp'`, `'icmpv6'`, or a protocol number as text, as AWS writes them. */
export type ProtocolName = string;

export interface Topology {
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly peerings: ReadonlyMap<string, Peering>;
  readonly transitGateways: ReadonlyMap<string, TransitGateway>;
  readonly vpnConnections: ReadonlyMap<string, VpnConnection>;
  /** Networks of one's own, outside of AWS. */
  readonly sites: ReadonlyMap<string, Site>;
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
  /** By zone ID (`use1-az1`); a zone that is not here is healthy. */
  readonly zones: ReadonlyMap<string, ZoneHealth>;
  /** AWS services with public addresses (S3, DynamoDB …). */
  readonly services: readonly PublicService[];
}

export interface ZoneHealth {
  /** Without power nothing in the zone runs. */
  readonly power: boolean;
  /** Without network the zone is an island: what runs there reaches its own zone only. */
  readonly network: boolean;
}

export interface Vpc {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  /** IPv4 blocks, the primary one first. */
  readonly cidrs: readonly string[];
  readonly ipv6Cidrs: readonly string[];
  /** `enableDnsSupport`: without it nothing answers at base + 2. */
  readonly dnsSupport: boolean;
  readonly subnets: readonly Subnet[];
  readonly interfaces: readonly NetworkInterface[];
  readonly routeTables: readonly RouteTable[];
  readonly acls: readonly NetworkAcl[];
  readonly groups: readonly SecurityGroup[];
  readonly natGateways: readonly NatGateway[];
  readonly endpoints: readonly Endpoint[];
  /** The attached one, if any. */
  readonly internetGatewayId?: string | undefined;
  readonly egressOnlyGatewayIds: readonly string[];
  /** The attached one, if any. */
  readonly vpnGatewayId?: string | undefined;
}

export interface Subnet {
  readonly id: string;
  /** Zone ID, not name: names differ by account. */
  readonly zone: string;
  /** Undefined for a subnet with IPv6 only. */
  readonly cidr?: string | undefined;
  readonly ipv6Cidrs: readonly string[];
  /** Block public access. Default: off. With `block-ingress` only gateways that let nobody in may use the internet gateway. */
  readonly publicAccess?: 'off' | 'block-bidirectional' | 'block-ingress' | undefined;
}

export interface NetworkInterface {
  readonly id: string;
  readonly subnetId: string;
  /** IPv4 addresses, the primary one first, each with its public or Elastic address. */
  readonly addresses: readonly { readonly private: string; readonly public?: string | undefined }[];
  readonly ipv6: readonly string[];
  /** Delegated prefixes, which belong to the interface as whole ranges. */
  readonly prefixes?: readonly string[] | undefined;
  readonly groupIds: readonly string[];
  readonly sourceDestCheck: boolean;
  /** What sits behind it. */
  readonly owner: {
    readonly kind: 'instance' | 'nat-gateway' | 'endpoint' | 'load-balancer' | 'transit-gateway' | 'service' | 'none';
    readonly id: string;
  };
  /** False while nothing runs behind it: not attached, or its instance is stopped. */
  readonly up: boolean;
  /** Of an instance: 0 is its primary one. */
  readonly deviceIndex?: number | undefined;
  /** Networks whose packets its host does not let through: a simulated appliance. */
  readonly drops?: readonly string[] | undefined;
  /** What its owner does with a packet that is for somebody else, when `sourceDestCheck` is off. Default: passes it on unchanged. */
  readonly forwards?: 'unchanged' | 'as-itself' | undefined;
  /**
   * Answers to what it sent with another's address come back to it without routing: a Network Load Balancer that keeps the
   * client's address.
   */
  readonly answersReturn?: boolean | undefined;
  readonly tracking?: Tracking | undefined;
}

/** Idle times of connection tracking, where an interface sets its own. */
export interface Tracking {
  readonly tcpEstablishedSeconds?: number | undefined;
  readonly udpSeconds?: number | undefined;
  readonly udpStreamSeconds?: number | undefined;
}

export interface RouteTable {
  readonly id: string;
  /** In force for every subnet that has no association of its own. */
  readonly main: boolean;
  readonly subnetIds: readonly string[];
  /** Edge associations: internet gateway or virtual private gateway. */
  readonly gatewayIds: readonly string[];
  readonly routes: readonly Route[];
}

export interface Route {
  /** CIDR block of either family, or the ID of a prefix list. */
  readonly destination: string;
  readonly target: RouteTarget;
  readonly origin: 'local' | 'static' | 'propagated-direct-connect' | 'propagated-vpn-static' | 'propagated-vpn-bgp';
  readonly state: 'active' | 'blackhole';
}

export interface RouteTarget {
  readonly kind:
    | 'local'
    | 'internet-gateway'
    | 'egress-only-internet-gateway'
    | 'nat-gateway'
    | 'network-interface'
    | 'vpc-endpoint'
    | 'vpc-peering-connection'
    | 'vpn-gateway'
    | 'transit-gateway'
    /** A gateway that Hakoniwa does not model: carrier, local, core network. */
    | 'other';
  readonly id: string;
}

export interface PrefixList {
  readonly id: string;
  readonly name: string;
  readonly cidrs: readonly string[];
}

export interface NetworkAcl {
  readonly id: string;
  readonly isDefault: boolean;
  readonly subnetIds: readonly string[];
  readonly entries: readonly AclEntry[];
}

export interface AclEntry {
  readonly number: number;
  readonly egress: boolean;
  readonly allow: boolean;
  readonly protocol: ProtocolName;
  readonly cidr: string;
  /** Absent: all. */
  readonly ports?: PortRange | undefined;
  /** −1 is any. */
  readonly icmp?: { readonly type: number; readonly code: number } | undefined;
}

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly rules: readonly GroupRule[];
}

export interface GroupRule {
  readonly id: string;
  readonly egress: boolean;
  readonly protocol: ProtocolName;
  /** Absent: all. For ICMP, `from` is the type and `to` the code, −1 any. */
  readonly ports?: PortRange | undefined;
  readonly peer:
    | { readonly kind: 'cidr'; readonly cidr: string }
    | { readonly kind: 'prefix-list'; readonly id: string }
    /** Interfaces with that group, of this VPC or of a peered one. */
    | { readonly kind: 'group'; readonly id: string };
}

export interface NatGateway {
  readonly id: string;
  readonly connectivity: 'public' | 'private';
  /** Its own interface, in its subnet. */
  readonly interfaceId: string;
  readonly available: boolean;
}

export interface Endpoint {
  readonly id: string;
  readonly kind: 'gateway' | 'interface' | 'gateway-load-balancer';
  /** `com.amazonaws.us-east-1.s3`. */
  readonly service: string;
  readonly available: boolean;
  /** Of an interface endpoint. */
  readonly interfaceIds: readonly string[];
  /** Of a gateway endpoint: the prefix list that its routes name. */
  readonly prefixListId?: string | undefined;
  /** JSON. The network does not judge it; whoever answers the request does, with `Trace.endpointId` in hand. */
  readonly policy?: string | undefined;
  /** Names that resolve to this endpoint inside the VPC. */
  readonly privateNames: readonly string[];
  /** Of a Gateway Load Balancer endpoint: what stands behind its service. */
  readonly inspectors?: readonly Inspector[] | undefined;
}

/** A Gateway Load Balancer: shows packets to appliances. */
export interface Inspector {
  /** ARN. */
  readonly id: string;
  readonly vpcId: string;
  readonly active: boolean;
  /** Its interfaces, one in each of its zones. */
  readonly nodeIds: readonly string[];
  readonly crossesZones: boolean;
  /** What has the same appliance: a flow, all between two addresses by one protocol, or all between two addresses. */
  readonly sameFor: 'flow' | 'protocol' | 'addresses';
  /** Flows leave an appliance that is unhealthy or gone. */
  readonly rebalances: boolean;
  readonly tcpIdleSeconds: number;
  readonly appliances: readonly Appliance[];
}

export interface Appliance {
  /** An instance, or an address. */
  readonly id: string;
  /** Takes new flows. */
  readonly healthy: boolean;
  /** Takes the flows that it has. */
  readonly draining?: boolean | undefined;
}

export interface Peering {
  readonly id: string;
  readonly active: boolean;
  readonly vpcIds: readonly [requester: string, accepter: string];
}

export interface TransitGateway {
  readonly id: string;
  readonly region: string;
  readonly attachments: readonly TransitAttachment[];
  readonly routeTables: readonly TransitRouteTable[];
  /** Security groups may name groups of other attached VPCs. */
  readonly groupReferences: boolean;
}

export interface TransitAttachment {
  readonly id: string;
  readonly kind: 'vpc' | 'vpn' | 'peering' | 'direct-connect-gateway';
  /** VPC, VPN connection, or the other transit gateway. */
  readonly resourceId: string;
  /** Of a VPC attachment: one subnet in each zone that it serves. */
  readonly subnetIds: readonly string[];
  readonly available: boolean;
  /** The route table that decides for what comes from here. */
  readonly routeTableId?: string | undefined;
  readonly groupReferences: boolean;
}

export interface TransitRouteTable {
  readonly id: string;
  readonly routes: readonly TransitRoute[];
}

export interface TransitRoute {
  readonly destination: string;
  readonly origin: 'static' | 'propagated';
  /** Undefined: a blackhole. */
  readonly attachmentId?: string | undefined;
}

export interface VpnConnection {
  readonly id: string;
  /** A virtual private gateway or a transit gateway. */
  readonly gatewayId: string;
  readonly siteId: string;
  /** Each tunnel by itself; one that is up suffices. */
  readonly tunnelsUp: readonly boolean[];
  /** What the gateway sends through it: static routes, or those learned by BGP. */
  readonly routes: readonly string[];
}

/** A simulated network outside of AWS. */
export interface Site {
  readonly id: string;
  readonly name: string;
  readonly cidrs: readonly string[];
  /** Addresses that answer; undefined: every address of its blocks. */
  readonly hosts?: readonly string[] | undefined;
}

export interface PublicService {
  /** `com.amazonaws.us-east-1.s3`. */
  readonly name: string;
  readonly cidrs: readonly string[];
}

export const emptyTopology: Topology = {
  vpcs: new Map(),
  peerings: new Map(),
  transitGateways: new Map(),
  vpnConnections: new Map(),
  sites: new Map(),
  prefixLists: new Map(),
  zones: new Map(),
  services: [],
};

/** The topology with one VPC put in place of its former self; all else is shared. */
export const withVpc = (topology: Topology, vpc: Vpc): Topology => ({
  ...topology,
  vpcs: new Map(topology.vpcs).set(vpc.id, vpc),
});

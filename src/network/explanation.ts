// Why a packet went no further, in AWS's codes and in words.

/**
 * Codes of Reachability Analyzer that `trace` gives. AWS has more of them, for parts that are not modelled and for search filters.
 * @see https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
 */
export type ExplanationCode =
  | 'BAD_STATE'
  | 'BAD_STATE_ATTACHMENT'
  | 'BAD_STATE_ROUTE'
  | 'BAD_STATE_VPN'
  | 'ENI_SG_RULES_MISMATCH'
  | 'ENI_SOURCE_DEST_CHECK_RESTRICTION'
  | 'GATEWAY_REJECTS_SPOOFED_TRAFFIC'
  | 'IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS'
  | 'IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS'
  | 'IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS'
  | 'IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS'
  | 'IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS'
  | 'IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS'
  | 'NO_POSSIBLE_DESTINATION'
  | 'NO_ROUTE_TO_DESTINATION'
  | 'NO_SOURCE_OR_DESTINATION'
  | 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR'
  | 'PROTOCOL_RESTRICTION'
  | 'SG_HAS_NO_RULES'
  | 'SUBNET_ACL_RESTRICTION'
  | 'TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION'
  | 'TGW_BAD_STATE_VPN'
  | 'TGW_ROUTE_AZ_RESTRICTION'
  | 'TGW_RTB_BAD_STATE_ROUTE'
  | 'TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT'
  | 'UNKNOWN_DESTINATION'
  | 'UNSUPPORTED_COMPONENT'
  | 'VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS'
  | 'VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS'
  | 'VPCE_GATEWAY_PROTOCOL_RESTRICTION'
  | 'VPC_BLOCK_PUBLIC_ACCESS_ENABLED';

/** What kinds of fate a packet can have. Only the first is a good one. */
export type Disposition =
  | 'delivered'
  /** A security group or a network ACL drops it. */
  | 'denied'
  /** No route covers the destination. */
  | 'no-route'
  /** The route's target is gone. */
  | 'blackhole'
  /** An interface or a gateway does not take such a packet. */
  | 'refused'
  /** It arrives where the address belongs, and nobody has it. */
  | 'nobody-there'
  /** What should take it is out of order: instance, zone, tunnel, gateway. */
  | 'down'
  /** The answer reaches somebody else, or comes from an address that was not asked. */
  | 'astray'
  | 'loop'
  /** The way leads through a part that Hakoniwa does not model. */
  | 'not-modelled';

export interface Component {
  readonly kind:
    | 'network-interface'
    | 'security-group'
    | 'network-acl'
    | 'subnet'
    | 'route-table'
    | 'internet-gateway'
    | 'egress-only-internet-gateway'
    | 'nat-gateway'
    | 'vpc-endpoint'
    | 'gateway-load-balancer'
    | 'instance'
    | 'vpc-peering-connection'
    | 'vpn-gateway'
    | 'vpn-connection'
    | 'transit-gateway'
    | 'transit-gateway-attachment'
    | 'transit-gateway-route-table'
    | 'vpc'
    | 'internet'
    | 'site'
    | 'service';
  readonly id: string;
}

export interface Explanation {
  readonly code: ExplanationCode;
  /** Where the packet was dropped. */
  readonly component: Component;
  readonly direction?: 'ingress' | 'egress' | undefined;
  readonly vpcId?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly interfaceId?: string | undefined;
  readonly groupIds?: readonly string[] | undefined;
  /** Number of the network ACL rule that dropped it; 32767 is the last, unnumbered one. */
  readonly aclRule?: number | undefined;
  readonly routeDestination?: string | undefined;
  /** One sentence: "dropped by sg-0a1b: no inbound rule allows tcp/443 from 10.0.1.7". */
  readonly sentence: string;
}

// Quotas and sizes of Amazon VPC. @see https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
import { quota } from '../../../kernel/quota.ts';

/** VPCs in a Region. */
export const vpcsMax = quota('vpc', 'L-F678F1CE', 5);
/** Subnets in a VPC. */
export const subnetsMax = quota('vpc', 'L-407747CB', 200);
/** IPv4 blocks of a VPC, the primary one counted. */
export const cidrsMax = quota('vpc', 'L-83CA0A9D', 5);
/** Internet gateways in a Region; goes with the VPCs. */
export const internetGatewaysMax = quota('vpc', 'L-A4707A72', 5);
/** Elastic addresses in a Region. */
export const addressesMax = quota('ec2', 'L-0263D0A3', 5);
/** NAT gateways in a zone. */
export const natGatewaysMax = quota('vpc', 'L-FE5A380F', 5);
/** Elastic addresses of a public NAT gateway. */
export const natElasticMax = quota('vpc', 'L-5F53652F', 2);
/** Addresses of a private NAT gateway. */
export const natPrivateMax = 8;
/** Security groups in a Region. */
export const groupsMax = quota('vpc', 'L-E79EC296', 2_500);
/** Rules of one direction in a group; IPv4 and IPv6 are counted apart. */
export const rulesMax = quota('vpc', 'L-0EA8095F', 60);
/** Groups of an interface. */
export const groupsPerInterfaceMax = quota('vpc', 'L-2AFB9258', 5);
/** Network ACLs in a VPC. */
export const aclsMax = quota('vpc', 'L-B4A6D682', 200);
/** Entries of one direction in a network ACL, the last one not counted. */
export const aclEntriesMax = quota('vpc', 'L-2AEEBF1A', 20);
/** The highest number of an entry. */
export const aclRuleMax = 32_766;
/** Routes in a table, propagated ones not counted. */
export const routesMax = quota('vpc', 'L-93826ACB', 500);
/** Prefix lengths of a VPC and of a subnet. */
export const prefixLengthMin = 16;
export const prefixLengthMax = 28;
/** The first four addresses and the last one of a subnet: network, router, DNS, future use, broadcast. */
export const reservedFirst = 4;
export const reservedLast = 1;
/** Transit gateways in a Region. */
export const transitGatewaysMax = 5;
/** Route tables of a transit gateway. */
export const transitTablesMax = 20;
/** Virtual private gateways in a Region. */
export const vpnGatewaysMax = 5;
/** Customer gateways, and VPN connections, in a Region. */
export const customerGatewaysMax = 50;
export const vpnConnectionsMax = 50;
/** EC2 Instance Connect Endpoints in a Region; one in a VPC. */
export const connectEndpointsMax = 5;
/** Active peerings of a VPC, and requests that wait. */
export const peeringsMax = 50;
export const peeringRequestsMax = 25;
/** Gateway endpoints in a Region; interface endpoints in a VPC. */
export const gatewayEndpointsMax = 20;
export const interfaceEndpointsMax = 50;

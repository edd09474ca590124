// What `ec2` says when it refuses. Its model has no errors: codes are documented, words are what its clients report.
import { AwsError, errorsOf } from '../../../kernel/errors.ts';
import type { Sdk } from './operation.ts';

const page = 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html';
const { unmodelled } = errorsOf<Sdk>();
const refusal = <Args extends unknown[]>(code: string, message: (...args: Args) => string) =>
  unmodelled(code, 400, page, message);

export const errors = {
  dryRun: unmodelled('DryRunOperation', 412, page, () => 'Request would have succeeded, but DryRun flag is set.'),
  missingParameter: refusal('MissingParameter', (name: string) => `The request must contain the parameter ${name}`),
  invalidValue: refusal('InvalidParameterValue', (text: string) => text),
  invalidParameter: refusal('InvalidParameter', (text: string) => text),
  valueOf: refusal(
    'InvalidParameterValue',
    (value: unknown, parameter: string, why: string) =>
      `Value (${String(value)}) for parameter ${parameter} is invalid. ${why}`,
  ),
  unknownAttribute: refusal(
    'InvalidParameterValue',
    (attribute: string) => `Value (${attribute}) for parameter attribute is invalid. Unknown attribute.`,
  ),
  combination: refusal('InvalidParameterCombination', (text: string) => text),
  invalidFilter: refusal('InvalidParameterValue', (name: string) => `The filter '${name}' is invalid`),
  filterLimit: refusal('FilterLimitExceeded', (most: number) => `The maximum length for a filter value set is ${most}`),
  nextToken: refusal('InvalidParameterValue', () => 'Unable to parse pagination token'),
  tokenMismatch: refusal(
    'IdempotentParameterMismatch',
    () => 'The request uses the same client token as a previous, but non-identical request.',
  ),
  dependency: refusal('DependencyViolation', (text: string) => text),
  hasDependencies: refusal(
    'DependencyViolation',
    (noun: string, id: string) => `The ${noun} '${id}' has dependencies and cannot be deleted.`,
  ),
  operationNotPermitted: refusal('OperationNotPermitted', (text: string) => text),
  incorrectState: refusal('IncorrectState', (text: string) => text),
  unsupported: refusal('UnsupportedOperation', (text: string) => text),
  invalidId: refusal('InvalidID', (id: string) => `The ID '${id}' is not valid`),

  // tags
  reservedTag: refusal('InvalidParameterValue', () => "Tag keys starting with 'aws:' are reserved for internal use"),
  tagLimit: refusal('TagLimitExceeded', () => 'The maximum number of Tags for a resource has been reached.'),
  duplicateTag: refusal('InvalidParameterValue', (key: string) => `Duplicate tag key '${key}' specified.`),
  tagType: refusal(
    'InvalidParameterValue',
    (type: string) => `'${type}' is not a valid taggable resource type for this operation.`,
  ),

  // VPC and subnet
  notCidr: refusal(
    'InvalidParameterValue',
    (cidr: string, parameter: string) =>
      `Value (${cidr}) for parameter ${parameter} is invalid. This is not a valid CIDR block.`,
  ),
  vpcRange: refusal('InvalidVpc.Range', (cidr: string) => `The CIDR '${cidr}' is invalid.`),
  vpcLimit: refusal('VpcLimitExceeded', () => 'The maximum number of VPCs has been reached.'),
  defaultVpcExists: refusal(
    'DefaultVpcAlreadyExists',
    () => 'A Default VPC already exists for this account in this region.',
  ),
  subnetRange: refusal('InvalidSubnet.Range', (cidr: string) => `The CIDR '${cidr}' is invalid.`),
  subnetConflict: refusal(
    'InvalidSubnet.Conflict',
    (cidr: string) => `The CIDR '${cidr}' conflicts with another subnet`,
  ),
  subnetLimit: refusal('SubnetLimitExceeded', () => 'The maximum number of subnets has been reached.'),
  subnetFull: refusal(
    'InsufficientFreeAddressesInSubnet',
    (id: string) =>
      `There are not enough free addresses in subnet '${id}' to satisfy the requested number of instances.`,
  ),
  defaultSubnetExists: refusal(
    'DefaultSubnetAlreadyExistsInAvailabilityZone',
    (zone: string) => `A default subnet already exists in Availability Zone '${zone}'.`,
  ),
  cidrConflict: refusal('CidrConflict', (cidr: string) => `The CIDR '${cidr}' conflicts with another CIDR of the VPC`),
  cidrAssociation: refusal(
    'InvalidCidrBlockAssociationID.NotFound',
    (id: string) => `The vpc CIDR block association ID '${id}' does not exist`,
  ),

  // gateways
  notAttached: refusal(
    'Gateway.NotAttached',
    (gateway: string, vpc: string) => `resource ${gateway} is not attached to network ${vpc}`,
  ),
  alreadyAssociated: refusal('Resource.AlreadyAssociated', (text: string) => text),

  // routes
  routeExists: refusal('RouteAlreadyExists', (to: string) => `The route identified by ${to} already exists.`),
  routeLimit: refusal(
    'RouteLimitExceeded',
    (table: string) => `The maximum number of routes has been reached in ${table}.`,
  ),
  routeNotFound: refusal(
    'InvalidRoute.NotFound',
    (to: string, table: string) => `no route with destination-cidr-block ${to} in route table ${table}`,
  ),

  // addresses and interfaces
  addressInUse: refusal('InvalidIPAddress.InUse', (address: string) => `Address ${address} is in use.`),
  addressNotFound: refusal('InvalidAddress.NotFound', (address: string) => `Address '${address}' not found.`),
  addressLimit: refusal('AddressLimitExceeded', () => 'The maximum number of addresses has been reached.'),
  addressLocked: refusal('InvalidIPAddress.InUse', (address: string) => `Address ${address} is in use.`),
  privateAddressNotFound: refusal(
    'InvalidParameterValue',
    (address: string, nic: string) => `Private IP address ${address} is not assigned to ${nic}`,
  ),
  attachmentNotFound: refusal('InvalidAttachmentID.NotFound', (id: string) => `The attachment '${id}' does not exist.`),

  noBlocks: refusal(
    'InsufficientCidrBlocks',
    () => 'The specified subnet does not have enough free cidr blocks to satisfy the request.',
  ),
  prefixNotFound: refusal(
    'InvalidParameterValue',
    (prefix: string, nic: string) => `Prefix ${prefix} is not assigned to ${nic}`,
  ),

  // security groups
  groupDuplicate: refusal(
    'InvalidGroup.Duplicate',
    (name: string, vpc: string) => `The security group '${name}' already exists for VPC '${vpc}'`,
  ),
  groupReserved: refusal('InvalidGroup.Reserved', (name: string) => `The security group '${name}' is reserved`),
  groupNameNotFound: refusal(
    'InvalidGroup.NotFound',
    (name: string, vpc: string) => `The security group '${name}' does not exist in default VPC '${vpc}'`,
  ),
  groupInUse: refusal('DependencyViolation', (id: string) => `resource ${id} has a dependent object`),
  cannotDeleteGroup: refusal(
    'CannotDelete',
    (id: string, name: string) => `the specified group: "${id}" name: "${name}" cannot be deleted by a user`,
  ),
  groupLimit: refusal(
    'SecurityGroupLimitExceeded',
    () => 'The maximum number of security groups for VPC has been reached.',
  ),
  groupsPerInterface: refusal(
    'SecurityGroupsPerInterfaceLimitExceeded',
    () => 'The maximum number of security groups per interface has been reached.',
  ),
  ruleLimit: refusal(
    'RulesPerSecurityGroupLimitExceeded',
    () => 'The maximum number of rules per security group has been reached.',
  ),
  ruleDuplicate: refusal(
    'InvalidPermission.Duplicate',
    (rule: string) => `the specified rule "${rule}" already exists`,
  ),
  unknownProtocol: refusal(
    'InvalidParameterValue',
    (protocol: string) => `Invalid value '${protocol}' for IP protocol. Unknown protocol.`,
  ),
  portsMissing: refusal(
    'InvalidParameterValue',
    (protocol: 'TCP/UDP' | 'ICMP') =>
      `Invalid value 'Must specify both from and to ports with ${protocol}.' for portRange.`,
  ),
  ruleNotFound: refusal(
    'InvalidPermission.NotFound',
    () => 'The specified rule does not exist in this security group.',
  ),

  // network ACLs
  aclEntryExists: refusal(
    'NetworkAclEntryAlreadyExists',
    (rule: number) => `The network acl entry identified by ${rule} already exists.`,
  ),
  aclEntryNotFound: refusal(
    'InvalidNetworkAclEntry.NotFound',
    (rule: number) => `The network acl entry identified by ${rule} does not exist.`,
  ),
  aclEntryLimit: refusal(
    'NetworkAclEntryLimitExceeded',
    () => 'The maximum number of network acl entries has been reached.',
  ),
  aclLimit: refusal('NetworkAclLimitExceeded', () => 'The maximum number of network acls has been reached.'),

  // instances
  capacity: unmodelled('InsufficientInstanceCapacity', 500, page, (text: string) => text),

  /** For the rare ones that only one place throws. */
  other: (code: string, message: string): AwsError => new AwsError(code, 400, message),
} as const;

/** A kind of resource: how its IDs begin, and what is said when there is no such one. */
export interface Kind {
  /** As in `TagSpecifications` and ARNs. */
  readonly type: string;
  readonly prefix: string;
  readonly missing: (id: string) => AwsError;
  readonly malformed: string;
}

const kind = (
  type: string,
  prefix: string,
  code: string,
  words: (id: string) => string,
  malformed = code.replace('.NotFound', '.Malformed'),
): Kind => ({ type, prefix, missing: refusal(code, words), malformed });

/** Says "The … ID '…' does not exist". */
const named = (noun: string) => (id: string) => `The ${noun} ID '${id}' does not exist`;

export const kinds = {
  vpc: kind('vpc', 'vpc', 'InvalidVpcID.NotFound', named('vpc')),
  subnet: kind('subnet', 'subnet', 'InvalidSubnetID.NotFound', named('subnet')),
  cidrReservation: kind(
    'subnet-cidr-reservation',
    'scr',
    'InvalidSubnetCidrReservationID.NotFound',
    (id) => `The subnet CIDR reservation ID '${id}' does not exist`,
  ),
  routeTable: kind(
    'route-table',
    'rtb',
    'InvalidRouteTableID.NotFound',
    named('routeTable'),
    'InvalidRouteTableId.Malformed',
  ),
  routeTableAssociation: kind(
    'route-table-association',
    'rtbassoc',
    'InvalidAssociationID.NotFound',
    named('association'),
  ),
  internetGateway: kind(
    'internet-gateway',
    'igw',
    'InvalidInternetGatewayID.NotFound',
    named('internetGateway'),
    'InvalidInternetGatewayId.Malformed',
  ),
  egressOnlyInternetGateway: kind(
    'egress-only-internet-gateway',
    'eigw',
    'InvalidGatewayID.NotFound',
    named('gateway'),
  ),
  natGateway: kind(
    'natgateway',
    'nat',
    'NatGatewayNotFound',
    (id) => `NatGateway ${id} was not found`,
    'NatGatewayMalformed',
  ),
  allocation: kind('elastic-ip', 'eipalloc', 'InvalidAllocationID.NotFound', named('allocation')),
  association: kind('eip-association', 'eipassoc', 'InvalidAssociationID.NotFound', named('association')),
  networkInterface: kind(
    'network-interface',
    'eni',
    'InvalidNetworkInterfaceID.NotFound',
    named('networkInterface'),
    'InvalidNetworkInterfaceId.Malformed',
  ),
  securityGroup: kind(
    'security-group',
    'sg',
    'InvalidGroup.NotFound',
    (id) => `The security group '${id}' does not exist`,
    'InvalidGroupId.Malformed',
  ),
  securityGroupRule: kind(
    'security-group-rule',
    'sgr',
    'InvalidSecurityGroupRuleId.NotFound',
    (id) => `The security group rule ID '${id}' does not exist`,
  ),
  networkAcl: kind(
    'network-acl',
    'acl',
    'InvalidNetworkAclID.NotFound',
    named('networkAcl'),
    'InvalidNetworkAclId.Malformed',
  ),
  dhcpOptions: kind(
    'dhcp-options',
    'dopt',
    'InvalidDhcpOptionID.NotFound',
    named('dhcpOption'),
    'InvalidDhcpOptionsId.Malformed',
  ),
  prefixList: kind(
    'prefix-list',
    'pl',
    'InvalidPrefixListID.NotFound',
    (id) => `The prefix list ID '${id}' does not exist`,
    'InvalidPrefixListId.Malformed',
  ),
  vpcEndpoint: kind(
    'vpc-endpoint',
    'vpce',
    'InvalidVpcEndpointId.NotFound',
    (id) => `The Vpc Endpoint Id '${id}' does not exist`,
  ),
  vpcEndpointService: kind(
    'vpc-endpoint-service',
    'vpce-svc',
    'InvalidVpcEndpointServiceId.NotFound',
    (id) => `The VpcEndpointService Id '${id}' does not exist`,
  ),
  peering: kind(
    'vpc-peering-connection',
    'pcx',
    'InvalidVpcPeeringConnectionID.NotFound',
    named('vpcPeeringConnection'),
    'InvalidVpcPeeringConnectionId.Malformed',
  ),
  vpnGateway: kind('vpn-gateway', 'vgw', 'InvalidVpnGatewayID.NotFound', named('vpnGateway')),
  customerGateway: kind(
    'customer-gateway',
    'cgw',
    'InvalidCustomerGatewayID.NotFound',
    named('customerGateway'),
    'InvalidCustomerGatewayId.Malformed',
  ),
  vpnConnection: kind('vpn-connection', 'vpn', 'InvalidVpnConnectionID.NotFound', named('vpnConnection')),
  transitGateway: kind(
    'transit-gateway',
    'tgw',
    'InvalidTransitGatewayID.NotFound',
    (id) => `Transit Gateway ${id} was deleted or does not exist.`,
  ),
  transitGatewayAttachment: kind(
    'transit-gateway-attachment',
    'tgw-attach',
    'InvalidTransitGatewayAttachmentID.NotFound',
    (id) => `Transit Gateway Attachment ${id} was deleted or does not exist.`,
  ),
  transitGatewayRouteTable: kind(
    'transit-gateway-route-table',
    'tgw-rtb',
    'InvalidRouteTableID.NotFound',
    (id) => `Transit Gateway Route Table ${id} was deleted or does not exist.`,
  ),
  carrierGateway: kind('carrier-gateway', 'cagw', 'InvalidCarrierGatewayID.NotFound', named('carrierGateway')),
  connectEndpoint: kind(
    'instance-connect-endpoint',
    'eice',
    'InvalidInstanceConnectEndpointId.NotFound',
    (id) => `The instance connect endpoint ID '${id}' does not exist`,
  ),
  publicAccessExclusion: kind(
    'vpc-block-public-access-exclusion',
    'vpcbpa-exclude',
    'InvalidVpcBlockPublicAccessExclusionId.NotFound',
    (id) => `The exclusion '${id}' does not exist`,
  ),
  accessScope: kind(
    'network-insights-access-scope',
    'nis',
    'InvalidNetworkInsightsAccessScopeId.NotFound',
    (id) => `The network insights access scope '${id}' does not exist`,
  ),
  accessScopeAnalysis: kind(
    'network-insights-access-scope-analysis',
    'nisa',
    'InvalidNetworkInsightsAccessScopeAnalysisId.NotFound',
    (id) => `The network insights access scope analysis '${id}' does not exist`,
  ),
  flowLog: kind('vpc-flow-log', 'fl', 'InvalidFlowLogId.NotFound', (id) => `The flow log '${id}' does not exist`),
  networkInsightsPath: kind(
    'network-insights-path',
    'nip',
    'InvalidNetworkInsightsPathId.NotFound',
    (id) => `The network insights path '${id}' does not exist`,
  ),
  networkInsightsAnalysis: kind(
    'network-insights-analysis',
    'nia',
    'InvalidNetworkInsightsAnalysisId.NotFound',
    (id) => `The network insights analysis '${id}' does not exist`,
  ),
  instance: kind('instance', 'i', 'InvalidInstanceID.NotFound', named('instance')),
  image: kind('image', 'ami', 'InvalidAMIID.NotFound', (id) => `The image id '[${id}]' does not exist`),
  volume: kind(
    'volume',
    'vol',
    'InvalidVolume.NotFound',
    (id) => `The volume '${id}' does not exist.`,
    'InvalidVolumeID.Malformed',
  ),
  snapshot: kind(
    'snapshot',
    'snap',
    'InvalidSnapshot.NotFound',
    (id) => `The snapshot '${id}' does not exist.`,
    'InvalidSnapshotID.Malformed',
  ),
  keyPair: kind('key-pair', 'key', 'InvalidKeyPair.NotFound', (id) => `The key pair '${id}' does not exist`),
  launchTemplate: kind(
    'launch-template',
    'lt',
    'InvalidLaunchTemplateId.NotFound',
    (id) => `The specified launch template, with template ID ${id}, does not exist.`,
  ),
  placementGroup: kind(
    'placement-group',
    'pg',
    'InvalidPlacementGroup.Unknown',
    (id) => `The Placement Group '${id}' is unknown.`,
  ),
  spotRequest: kind(
    'spot-instances-request',
    'sir',
    'InvalidSpotInstanceRequestID.NotFound',
    (id) => `The spot instance request ID '${id}' does not exist`,
  ),
  eventWindow: kind(
    'instance-event-window',
    'iew',
    'InvalidInstanceEventWindowId.NotFound',
    (id) => `The instance event window '${id}' does not exist`,
  ),
  fleet: kind('fleet', 'fleet', 'InvalidFleetId.NotFound', (id) => `The fleet ID '${id}' does not exist`),
  spotFleet: kind(
    'spot-fleet-request',
    'sfr',
    'InvalidSpotFleetRequestId.NotFound',
    (id) => `The spot fleet request ID '${id}' does not exist`,
  ),
  capacityReservation: kind(
    'capacity-reservation',
    'cr',
    'InvalidCapacityReservationId.NotFound',
    (id) => `The capacity reservation '${id}' does not exist.`,
  ),
  host: kind('dedicated-host', 'h', 'InvalidHostID.NotFound', (id) => `The Dedicated Host '${id}' does not exist.`),
} as const satisfies Record<string, Kind>;

const idForm = /^[a-z]+(-[a-z]+)*-([0-9a-f]{8}|[0-9a-f]{17})$/;

/** The error for an ID that names nothing: malformed when no such ID could be. */
export function missing(of: Kind, id: string): AwsError {
  const prefixed = id.startsWith(`${of.prefix}-`);
  if (prefixed && idForm.test(id)) return of.missing(id);
  // A made-up ID with the right prefix (`vpc-x`) is looked up, too: that is what people try first.
  return prefixed ? of.missing(id) : errors.other(of.malformed, `Invalid id: "${id}" (expecting "${of.prefix}-...")`);
}

interface Findable<Row> {
  find(key: string): Row | undefined;
}

/** The row of an ID, or AWS's error. */
export function get<Row>(rows: Findable<Row>, of: Kind, id: string): Row {
  const row = rows.find(id);
  if (row === undefined) throw missing(of, id);
  return row;
}

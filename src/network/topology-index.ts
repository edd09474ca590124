// What `trace` looks up, built when first asked for and kept for as long as the object it was built from lives.
// A replaced VPC is indexed anew, the others are not: so a walk costs the same however many VPCs there are.
import { type Address, address4, address6, covers, type Prefix, readAddress, readPrefix } from './address.ts';
import type {
  NatGateway,
  NetworkAcl,
  NetworkInterface,
  Peering,
  RouteTable,
  SecurityGroup,
  Subnet,
  Topology,
  Vpc,
} from './topology.ts';

const byId = <Item extends { readonly id: string }>(items: readonly Item[]): ReadonlyMap<string, Item> =>
  new Map(items.map((item) => [item.id, item]));

/** Keeps the answer of `make` for each object. */
function memo<From extends object, To>(make: (from: From) => To): (from: From) => To {
  const known = new WeakMap<From, To>();
  return (from) => {
    const before = known.get(from);
    if (before !== undefined) return before;
    const made = make(from);
    known.set(from, made);
    return made;
  };
}

/** Services that every VPC offers at fixed addresses, past security groups and network ACLs. */
export type VpcServiceName = 'dns' | 'metadata' | 'time' | 'router';

export interface VpcIndex {
  readonly vpc: Vpc;
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly subnetPrefixes: ReadonlyMap<string, readonly Prefix[]>;
  readonly interfaces: ReadonlyMap<string, NetworkInterface>;
  readonly groups: ReadonlyMap<string, SecurityGroup>;
  readonly natGateways: ReadonlyMap<string, NatGateway>;
  readonly prefixes: readonly Prefix[];
  interfaceAt(address: Address): NetworkInterface | undefined;
  /** The primary interface of an instance. */
  primaryOf(instanceId: string): NetworkInterface | undefined;
  /** The public address that stands for a private one. */
  publicOf(privateText: string): string | undefined;
  tableOf(subnetId: string): RouteTable | undefined;
  aclOf(subnetId: string): NetworkAcl | undefined;
  tableOfGateway(gatewayId: string): RouteTable | undefined;
  serviceAt(address: Address, subnetId: string): VpcServiceName | undefined;
}

/** One address → interface, its private and IPv6 addresses. */
const interfacesByAddress = memo((interfaces: readonly NetworkInterface[]) => {
  const found = new Map<string, NetworkInterface>();
  const publicOf = new Map<string, string>();
  const delegated: [Prefix, NetworkInterface][] = [];
  for (const nic of interfaces) {
    for (const address of nic.addresses) {
      found.set(address.private, nic);
      if (address.public !== undefined) publicOf.set(address.private, address.public);
    }
    for (const text of nic.ipv6) found.set(readAddress(text).text, nic);
    for (const text of nic.prefixes ?? []) delegated.push([readPrefix(text), nic]);
  }
  return { found, publicOf, delegated };
});

const tablesBySubnet = memo((tables: readonly RouteTable[]) => {
  const bySubnet = new Map<string, RouteTable>();
  const byGateway = new Map<string, RouteTable>();
  for (const table of tables) {
    for (const id of table.subnetIds) bySubnet.set(id, table);
    for (const id of table.gatewayIds) byGateway.set(id, table);
  }
  return { bySubnet, byGateway, main: tables.find((table) => table.main) };
});

const aclsBySubnet = memo((acls: readonly NetworkAcl[]) => {
  const bySubnet = new Map<string, NetworkAcl>();
  for (const acl of acls) for (const id of acl.subnetIds) bySubnet.set(id, acl);
  return { bySubnet, main: acls.find((acl) => acl.isDefault) };
});

const subnetsById = memo((subnets: readonly Subnet[]) => ({
  subnets: byId(subnets),
  prefixes: new Map(
    subnets.map((subnet) => [
      subnet.id,
      [...(subnet.cidr === undefined ? [] : [subnet.cidr]), ...subnet.ipv6Cidrs].map(readPrefix),
    ]),
  ),
}));

const interfacesById = memo((interfaces: readonly NetworkInterface[]) => byId(interfaces));
const primariesByInstance = memo((interfaces: readonly NetworkInterface[]) => {
  const primaries = interfaces.filter(({ owner, deviceIndex = 0 }) => owner.kind === 'instance' && deviceIndex === 0);
  return new Map(primaries.map((nic) => [nic.owner.id, nic]));
});
const groupsById = memo((groups: readonly SecurityGroup[]) => byId(groups));
const natGatewaysById = memo((gateways: readonly NatGateway[]) => byId(gateways));

/**
 * Metadata, DNS (also at base + 2 of each IPv4 block), and time.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
 */
const fixedServices: Readonly<Record<string, VpcServiceName>> = {
  '169.254.169.254': 'metadata',
  'fd00:ec2::254': 'metadata',
  '169.254.169.253': 'dns',
  'fd00:ec2::253': 'dns',
  '169.254.169.123': 'time',
  'fd00:ec2::123': 'time',
};

const offset = (prefix: Prefix, by: number): string =>
  prefix.family === 4 ? address4(prefix.bits + by).text : address6(prefix.bits + BigInt(by)).text;

export const vpcIndex = memo((vpc: Vpc): VpcIndex => {
  const addresses = interfacesByAddress(vpc.interfaces);
  const tables = tablesBySubnet(vpc.routeTables);
  const acls = aclsBySubnet(vpc.acls);
  const { subnets, prefixes: subnetPrefixes } = subnetsById(vpc.subnets);
  const prefixes = [...vpc.cidrs, ...vpc.ipv6Cidrs].map(readPrefix);
  const resolvers = new Set(prefixes.filter((prefix) => prefix.family === 4).map((prefix) => offset(prefix, 2)));
  return {
    vpc,
    subnets,
    subnetPrefixes,
    interfaces: interfacesById(vpc.interfaces),
    groups: groupsById(vpc.groups),
    natGateways: natGatewaysById(vpc.natGateways),
    prefixes,
    interfaceAt: (address) =>
      addresses.found.get(address.text) ?? addresses.delegated.find(([prefix]) => covers(prefix, address))?.[1],
    primaryOf: (instanceId) => primariesByInstance(vpc.interfaces).get(instanceId),
    publicOf: (privateText) => addresses.publicOf.get(privateText),
    tableOf: (subnetId) => tables.bySubnet.get(subnetId) ?? tables.main,
    aclOf: (subnetId) => acls.bySubnet.get(subnetId) ?? acls.main,
    tableOfGateway: (gatewayId) => tables.byGateway.get(gatewayId),
    serviceAt: (address, subnetId) => {
      const fixed = fixedServices[address.text];
      if (fixed !== undefined) return fixed;
      if (resolvers.has(address.text)) return 'dns';
      const own = subnetPrefixes.get(subnetId);
      return own?.some((prefix) => offset(prefix, 1) === address.text) ? 'router' : undefined;
    },
  };
});

/** Public IPv4 addresses and IPv6 addresses of one VPC → interface ID. */
const outsideAddresses = memo((interfaces: readonly NetworkInterface[]): ReadonlyMap<string, string> => {
  const owners = new Map<string, string>();
  for (const nic of interfaces) {
    for (const address of nic.addresses) if (address.public !== undefined) owners.set(address.public, nic.id);
    for (const text of nic.ipv6) owners.set(readAddress(text).text, nic.id);
  }
  return owners;
});

/**
 * Finds by asking each VPC once, and remembers the answer for as long as the set of VPCs stays. So a change costs no rebuild,
 * and a repeated question nothing.
 */
function amongVpcs<Found>(find: (vpc: Vpc, name: string) => Found | undefined) {
  const known = memo((_vpcs: Topology['vpcs']) => new Map<string, Found | undefined>());
  return (topology: Topology, name: string): Found | undefined => {
    const answers = known(topology.vpcs);
    if (answers.has(name)) return answers.get(name);
    let found: Found | undefined;
    for (const vpc of topology.vpcs.values()) {
      found = find(vpc, name);
      if (found !== undefined) break;
    }
    answers.set(name, found);
    return found;
  };
}

/** Who has a public IPv4 address or an IPv6 address. */
export const findOutside = amongVpcs((vpc, address) => {
  const interfaceId = outsideAddresses(vpc.interfaces).get(address);
  return interfaceId === undefined ? undefined : { vpcId: vpc.id, interfaceId };
});

/** The VPC of an interface. */
export const findVpcOfInterface = amongVpcs((vpc, id) => (interfacesById(vpc.interfaces).has(id) ? vpc.id : undefined));

/** The zone of an interface of a VPC. */
export const zoneOfInterface = (vpc: Vpc, id: string | undefined): string | undefined => {
  const index = vpcIndex(vpc);
  return index.subnets.get(index.interfaces.get(id ?? '')?.subnetId ?? '')?.zone;
};

/** The VPC that a virtual private gateway is attached to. */
export const findVpcOfVpnGateway = amongVpcs((vpc, id) => (vpc.vpnGatewayId === id ? vpc.id : undefined));

/** VPC ID → its active peerings. */
export const peeringsOfVpc = memo((peerings: Topology['peerings']): ReadonlyMap<string, readonly Peering[]> => {
  const found = new Map<string, Peering[]>();
  for (const peering of peerings.values()) {
    if (!peering.active) continue;
    for (const id of peering.vpcIds) found.set(id, [...(found.get(id) ?? []), peering]);
  }
  return found;
});

const servicePrefixes = memo((services: Topology['services']) =>
  services.flatMap((service) => service.cidrs.map((cidr) => ({ name: service.name, prefix: readPrefix(cidr) }))),
);

/** The AWS service that answers at a public address. */
export const serviceAt = (topology: Topology, address: Address): string | undefined =>
  servicePrefixes(topology.services).find(({ prefix }) => covers(prefix, address))?.name;

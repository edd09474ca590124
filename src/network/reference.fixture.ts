// A second, slow walker, written from the documentation for tests only: no indexes, no sessions, addresses as bit strings.
// It knows IPv4, subnets, route tables with local, Internet gateway, NAT and peering targets, groups and ACLs, and answers one
// question: does the packet arrive, and where? `trace` has to agree with it on random networks.
import type { AclEntry, GroupRule, NetworkInterface, Route, RouteTable, Topology, Vpc } from './topology.ts';

export interface Header {
  readonly protocol: 'tcp' | 'udp';
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface Arrival {
  /** Interface ID, or `internet`. */
  readonly at: string;
  readonly header: Header;
}

const bitsOf = (address: string): string =>
  address
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');

const within = (address: string, cidr: string): boolean => {
  const [base, length] = cidr.split('/') as [string, string];
  return bitsOf(address).slice(0, Number(length)) === bitsOf(base).slice(0, Number(length));
};

const lengthOf = (cidr: string): number => Number(cidr.split('/')[1]);

const portFits = (ports: { from: number; to: number } | undefined, port: number): boolean =>
  ports === undefined || (port >= ports.from && port <= ports.to);

const groupAdmits = (
  vpc: Vpc,
  nic: NetworkInterface,
  egress: boolean,
  header: Header,
  hasGroup: (groupId: string) => boolean,
): boolean => {
  if (nic.groupIds.length === 0) return true;
  const peer = egress ? header.destination : header.source;
  const admits = (rule: GroupRule): boolean =>
    rule.egress === egress &&
    (rule.protocol === '-1' || (rule.protocol === header.protocol && portFits(rule.ports, header.destinationPort))) &&
    (rule.peer.kind === 'group' ? hasGroup(rule.peer.id) : rule.peer.kind === 'cidr' && within(peer, rule.peer.cidr));
  return vpc.groups.some((group) => nic.groupIds.includes(group.id) && group.rules.some(admits));
};

const aclAdmits = (vpc: Vpc, subnetId: string, egress: boolean, header: Header): boolean => {
  const acl = vpc.acls.find((one) => one.subnetIds.includes(subnetId)) ?? vpc.acls.find((one) => one.isDefault);
  const peer = egress ? header.destination : header.source;
  const fits = (entry: AclEntry): boolean =>
    entry.egress === egress &&
    within(peer, entry.cidr) &&
    (entry.protocol === '-1' || (entry.protocol === header.protocol && portFits(entry.ports, header.destinationPort)));
  const matching = (acl?.entries ?? []).filter(fits).sort((a, b) => a.number - b.number);
  return matching[0]?.allow ?? false;
};

const tableOf = (vpc: Vpc, subnetId: string): RouteTable | undefined =>
  vpc.routeTables.find((one) => one.subnetIds.includes(subnetId)) ?? vpc.routeTables.find((one) => one.main);

const routeFor = (vpc: Vpc, subnetId: string, destination: string): Route | undefined =>
  (tableOf(vpc, subnetId)?.routes ?? [])
    .filter((route) => within(destination, route.destination))
    .sort((a, b) => lengthOf(b.destination) - lengthOf(a.destination))[0];

const interfaceAt = (vpc: Vpc, address: string): NetworkInterface | undefined =>
  vpc.interfaces.find((nic) => nic.addresses.some((one) => one.private === address));

const subnetCidr = (vpc: Vpc, subnetId: string): string =>
  vpc.subnets.find((subnet) => subnet.id === subnetId)?.cidr as string;

/** Does the header, sent by `nic`, get anywhere? `known` interfaces let it pass as an answer. */
export function send(
  topology: Topology,
  vpc: Vpc,
  nic: NetworkInterface,
  header: Header,
  isAnswer: boolean,
): Arrival | undefined {
  const peers = [...topology.peerings.values()].filter((one) => one.active && one.vpcIds.includes(vpc.id));
  const nearby = [
    vpc,
    ...peers.map((one) => topology.vpcs.get(one.vpcIds.find((id) => id !== vpc.id) as string) as Vpc),
  ];
  const target = nearby.map((one) => interfaceAt(one, header.destination)).find((found) => found !== undefined);
  const toGroup = (groupId: string) => target?.groupIds.includes(groupId) ?? false;
  if (!isAnswer && !groupAdmits(vpc, nic, true, header, toGroup)) return undefined;
  return fromSubnet(topology, vpc, nic.subnetId, header, isAnswer, nic);
}

function fromSubnet(
  topology: Topology,
  vpc: Vpc,
  subnetId: string,
  header: Header,
  isAnswer: boolean,
  sender: NetworkInterface | undefined,
): Arrival | undefined {
  if (within(header.destination, subnetCidr(vpc, subnetId))) return receive(vpc, subnetId, header, isAnswer, sender);
  if (!aclAdmits(vpc, subnetId, true, header)) return undefined;
  const route = routeFor(vpc, subnetId, header.destination);
  if (route === undefined || route.state === 'blackhole') return undefined;
  const { kind, id } = route.target;
  if (kind === 'local') return receive(vpc, subnetId, header, isAnswer, sender);
  if (kind === 'internet-gateway') return toInternet(topology, vpc, id, header, isAnswer);
  if (kind === 'nat-gateway') {
    const gateway = vpc.natGateways.find((one) => one.id === id);
    const nat = vpc.interfaces.find((one) => one.id === gateway?.interfaceId);
    if (gateway === undefined || nat === undefined || !gateway.available) return undefined;
    if (nat.subnetId !== subnetId && !aclAdmits(vpc, nat.subnetId, false, header)) return undefined;
    // A NAT gateway whose subnet routes to itself sends in a circle.
    if (nat.addresses[0]?.private === header.source) return undefined;
    const outside = { ...header, source: nat.addresses[0]?.private as string };
    return fromSubnet(topology, vpc, nat.subnetId, outside, isAnswer, undefined);
  }
  const peering = topology.peerings.get(id);
  const other = topology.vpcs.get(peering?.vpcIds.find((one) => one !== vpc.id) ?? '');
  if (peering?.active !== true || other === undefined) return undefined;
  const there = other.cidrs.some((cidr) => within(header.destination, cidr));
  const here = vpc.cidrs.some((cidr) => within(header.source, cidr));
  return there && here ? receive(other, undefined, header, isAnswer, sender) : undefined;
}

function receive(
  vpc: Vpc,
  fromSubnetId: string | undefined,
  header: Header,
  isAnswer: boolean,
  sender: NetworkInterface | undefined,
): Arrival | undefined {
  const nic = interfaceAt(vpc, header.destination);
  if (nic === undefined || !nic.up) return undefined;
  if (nic.subnetId !== fromSubnetId && !aclAdmits(vpc, nic.subnetId, false, header)) return undefined;
  const fromGroup = (groupId: string) => sender?.groupIds.includes(groupId) ?? false;
  if (!isAnswer && !groupAdmits(vpc, nic, false, header, fromGroup)) return undefined;
  return { at: nic.id, header };
}

function toInternet(
  topology: Topology,
  vpc: Vpc,
  gatewayId: string,
  header: Header,
  isAnswer: boolean,
): Arrival | undefined {
  if (vpc.internetGatewayId !== gatewayId) return undefined;
  const outside = interfaceAt(vpc, header.source)?.addresses.find((one) => one.private === header.source)?.public;
  const isPrivate = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].some((cidr) => within(header.destination, cidr));
  if (outside === undefined || isPrivate) return undefined;
  return fromInternet(topology, { ...header, source: outside }, isAnswer);
}

/** Somebody on the Internet sends a header. */
export function fromInternet(topology: Topology, header: Header, isAnswer: boolean): Arrival | undefined {
  for (const vpc of topology.vpcs.values()) {
    for (const nic of vpc.interfaces) {
      const own = nic.addresses.find((one) => one.public === header.destination);
      if (own === undefined) continue;
      if (vpc.internetGatewayId === undefined) return undefined;
      return receive(vpc, undefined, { ...header, destination: own.private }, isAnswer, undefined);
    }
  }
  return { at: 'internet', header };
}

// Small networks for tests, written short: open filters unless a test closes them.
import type {
  AclEntry,
  GroupRule,
  NetworkAcl,
  NetworkInterface,
  Route,
  RouteTable,
  RouteTarget,
  SecurityGroup,
  Subnet,
  Topology,
  Vpc,
} from './topology.ts';
import { emptyTopology } from './topology.ts';

type GivenRoute = readonly [destination: string, kind: RouteTarget['kind'], id?: string, more?: Partial<Route>];

export const routeOf = ([destination, kind, id = kind, more = {}]: GivenRoute): Route => ({
  destination,
  target: { kind, id },
  origin: kind === 'local' ? 'local' : 'static',
  state: 'active',
  ...more,
});

export const tableOf = (id: string, routes: readonly GivenRoute[], more: Partial<RouteTable> = {}): RouteTable => ({
  id,
  main: false,
  subnetIds: [],
  gatewayIds: [],
  routes: routes.map(routeOf),
  ...more,
});

export const subnetOf = (id: string, cidr: string, zone = 'use1-az1', ipv6Cidrs: readonly string[] = []): Subnet => ({
  id,
  zone,
  cidr,
  ipv6Cidrs,
});

export const nicOf = (
  id: string,
  subnetId: string,
  address: string,
  more: Partial<NetworkInterface> & { readonly public?: string } = {},
): NetworkInterface => {
  const { public: outside, ...rest } = more;
  return {
    id,
    subnetId,
    addresses: [{ private: address, public: outside }],
    ipv6: [],
    groupIds: ['sg-open'],
    sourceDestCheck: true,
    owner: { kind: 'instance', id: id.replace('eni', 'i') },
    up: true,
    ...rest,
  };
};

type GivenRule = readonly [direction: 'in' | 'out', protocol: string, ports: string, peer: string];

const portsOf = (text: string) => {
  if (text === '*') return undefined;
  const [from, to] = text.split('-').map(Number) as [number, number | undefined];
  return { from, to: to ?? from };
};

const peerOf = (text: string): GroupRule['peer'] =>
  text.startsWith('sg-')
    ? { kind: 'group', id: text }
    : text.startsWith('pl-')
      ? { kind: 'prefix-list', id: text }
      : { kind: 'cidr', cidr: text };

/** Rules as `['in', 'tcp', '80-90', '10.0.0.0/8']`; ports `*` for all; the peer may be `sg-…` or `pl-…`. */
export const groupOf = (id: string, ...rules: readonly GivenRule[]): SecurityGroup => ({
  id,
  name: id,
  rules: rules.map(([direction, protocol, ports, peer], at) => ({
    id: `sgr-${id}-${at}`,
    egress: direction === 'out',
    protocol,
    ports: portsOf(ports),
    peer: peerOf(peer),
  })),
});

export const openGroup = groupOf(
  'sg-open',
  ['in', '-1', '*', '0.0.0.0/0'],
  ['in', '-1', '*', '::/0'],
  ['out', '-1', '*', '0.0.0.0/0'],
  ['out', '-1', '*', '::/0'],
);

type GivenEntry = readonly [
  number: number,
  direction: 'in' | 'out',
  verdict: 'allow' | 'deny',
  protocol: string,
  ports: string,
  cidr: string,
];

export const aclOf = (id: string, subnetIds: readonly string[], ...entries: readonly GivenEntry[]): NetworkAcl => ({
  id,
  isDefault: false,
  subnetIds,
  entries: entries.map(
    ([number, direction, verdict, protocol, ports, cidr]): AclEntry => ({
      number,
      egress: direction === 'out',
      allow: verdict === 'allow',
      protocol,
      ports: portsOf(ports),
      cidr,
    }),
  ),
});

export const openAcl: NetworkAcl = {
  ...aclOf(
    'acl-open',
    [],
    [100, 'in', 'allow', '-1', '*', '0.0.0.0/0'],
    [100, 'out', 'allow', '-1', '*', '0.0.0.0/0'],
    [101, 'in', 'allow', '-1', '*', '::/0'],
    [101, 'out', 'allow', '-1', '*', '::/0'],
  ),
  isDefault: true,
};

export const vpcOf = (id: string, cidr: string, more: Partial<Vpc> = {}): Vpc => ({
  id,
  account: '111111111111',
  region: 'us-east-1',
  cidrs: [cidr],
  ipv6Cidrs: [],
  dnsSupport: true,
  subnets: [],
  interfaces: [],
  routeTables: [tableOf(`rtb-main-${id}`, [[cidr, 'local']], { main: true })],
  acls: [openAcl],
  groups: [openGroup],
  natGateways: [],
  endpoints: [],
  egressOnlyGatewayIds: [],
  ...more,
});

export const topologyOf = (vpcs: readonly Vpc[], more: Partial<Topology> = {}): Topology => ({
  ...emptyTopology,
  vpcs: new Map(vpcs.map((vpc) => [vpc.id, vpc])),
  ...more,
});

export const mapOf = <Item extends { readonly id: string }>(...items: readonly Item[]): ReadonlyMap<string, Item> =>
  new Map(items.map((item) => [item.id, item]));

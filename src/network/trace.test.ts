// Cases made by hand from what AWS documents, named by the behaviours that they show.
import { expect, test } from 'vitest';
import { instant, later } from '../kernel/units.ts';
import { noSessions, remember } from './session.ts';
import type { NetworkInterface, Topology, Vpc } from './topology.ts';
import {
  aclOf,
  groupOf,
  mapOf,
  nicOf,
  openAcl,
  openGroup,
  subnetOf,
  tableOf,
  topologyOf,
  vpcOf,
} from './topology.fixture.ts';
import { type Trace, trace } from './trace.ts';

const client = '203.0.113.9';

/** A public and a private subnet in two zones, an Internet gateway, a NAT gateway. */
function twoTier(change: Partial<Vpc> = {}): Vpc {
  return vpcOf('vpc-a', '10.0.0.0/16', {
    subnets: [subnetOf('subnet-pub', '10.0.1.0/24'), subnetOf('subnet-priv', '10.0.2.0/24', 'use1-az2')],
    interfaces: [
      nicOf('eni-web', 'subnet-pub', '10.0.1.7', { public: '198.51.100.7' }),
      nicOf('eni-bare', 'subnet-pub', '10.0.1.8'),
      nicOf('eni-app', 'subnet-priv', '10.0.2.7'),
      nicOf('eni-nat', 'subnet-pub', '10.0.1.200', {
        public: '198.51.100.200',
        groupIds: [],
        sourceDestCheck: false,
        owner: { kind: 'nat-gateway', id: 'nat-1' },
      }),
    ],
    routeTables: [
      tableOf(
        'rtb-main',
        [
          ['10.0.0.0/16', 'local'],
          ['0.0.0.0/0', 'nat-gateway', 'nat-1'],
        ],
        { main: true },
      ),
      tableOf(
        'rtb-pub',
        [
          ['10.0.0.0/16', 'local'],
          ['0.0.0.0/0', 'internet-gateway', 'igw-1'],
        ],
        {
          subnetIds: ['subnet-pub'],
        },
      ),
    ],
    natGateways: [{ id: 'nat-1', connectivity: 'public', interfaceId: 'eni-nat', available: true }],
    internetGatewayId: 'igw-1',
    ...change,
  });
}

const to = (topology: Topology, id: string, destination: string, destinationPort = 443): Trace =>
  trace(topology, { from: { kind: 'interface', id }, protocol: 'tcp', destination, destinationPort });

const fromInternet = (topology: Topology, destination: string, destinationPort = 443): Trace =>
  trace(topology, { from: { kind: 'internet' }, protocol: 'tcp', source: client, destination, destinationPort });

const codeOf = (walked: Trace) => (walked.back ?? walked.forward).explanation?.code;

const withInterface = (vpc: Vpc, id: string, change: Partial<NetworkInterface>): Vpc => ({
  ...vpc,
  interfaces: vpc.interfaces.map((nic) => (nic.id === id ? { ...nic, ...change } : nic)),
});

test('VPC-25: the Internet is reached, and reaches, through gateway, route and public address', () => {
  const topology = topologyOf([twoTier()]);
  const out = to(topology, 'eni-web', '192.0.2.1');
  expect(out.disposition).toBe('delivered');
  expect(out.forward.delivered?.source.text).toBe('198.51.100.7');
  expect(fromInternet(topology, '198.51.100.7').disposition).toBe('delivered');
});

test('VPC-25: each of the three missing stops it', () => {
  const bare = to(topologyOf([twoTier()]), 'eni-bare', '192.0.2.1');
  expect([bare.disposition, codeOf(bare)]).toEqual(['refused', 'IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS']);

  const noGateway = to(topologyOf([twoTier({ internetGatewayId: undefined })]), 'eni-web', '192.0.2.1');
  expect([noGateway.disposition, codeOf(noGateway)]).toEqual(['down', 'BAD_STATE_ATTACHMENT']);

  const noRoute = topologyOf([
    twoTier({ routeTables: [tableOf('rtb-x', [['10.0.0.0/16', 'local']], { main: true })] }),
  ]);
  expect(codeOf(to(noRoute, 'eni-web', '192.0.2.1'))).toBe('NO_ROUTE_TO_DESTINATION');
  const asked = fromInternet(noRoute, '198.51.100.7');
  expect([asked.disposition, asked.failedOn]).toEqual(['no-route', 'return']);
  expect(asked.sentence).toBe(
    `tcp/443 from ${client} to 198.51.100.7: delivered to eni-web, but the answer is lost: dropped by rtb-x: no route to ${client}`,
  );
});

test('VPC-14: the most specific prefix wins, the local route over propagated ones, a dead target is a blackhole', () => {
  const tables = (extra: Parameters<typeof tableOf>[1]) =>
    twoTier({ routeTables: [tableOf('rtb-x', [['10.0.0.0/16', 'local'], ...extra], { main: true })] });
  const specific = tables([
    ['0.0.0.0/0', 'internet-gateway', 'igw-1'],
    ['192.0.2.0/24', 'nat-gateway', 'nat-gone', { state: 'blackhole' }],
  ]);
  const topology = topologyOf([specific]);
  expect(to(topology, 'eni-web', '192.0.3.1').disposition).toBe('delivered');
  const lost = to(topology, 'eni-web', '192.0.2.1');
  expect([lost.disposition, codeOf(lost)]).toEqual(['blackhole', 'BAD_STATE_ROUTE']);
  expect(lost.sentence).toContain('dropped by rtb-x: the route for 192.0.2.0/24 leads to nat-gone, which is gone');

  const propagated = tables([['10.0.2.0/24', 'vpn-gateway', 'vgw-1', { origin: 'propagated-vpn-bgp' }]]);
  expect(to(topologyOf([propagated]), 'eni-web', '10.0.2.7').disposition).toBe('delivered');
});

test('VPC-14: of equal prefixes a static route goes before a prefix list, that before a propagated one', () => {
  const target = (extra: Parameters<typeof tableOf>[1]) => {
    const vpc = twoTier({ routeTables: [tableOf('rtb-x', [['10.0.0.0/16', 'local'], ...extra], { main: true })] });
    const lists = mapOf({ id: 'pl-1', name: 'site', cidrs: ['192.168.0.0/24'] });
    const walked = to(topologyOf([vpc], { prefixLists: lists }), 'eni-web', '192.168.0.9');
    return walked.forward.hops.flatMap((hop) => hop.steps).find((step) => step.kind === 'route')?.target.id;
  };
  const bgp = ['192.168.0.0/24', 'vpn-gateway', 'vgw-bgp', { origin: 'propagated-vpn-bgp' }] as const;
  const list = ['pl-1', 'transit-gateway', 'tgw-list'] as const;
  expect(target([bgp, list])).toBe('tgw-list');
  expect(target([bgp, list, ['192.168.0.0/24', 'network-interface', 'eni-app']])).toBe('eni-app');
});

test('VPC-15: metadata and base + 2 answer past every filter; nothing else is link-local', () => {
  const shut = { groups: [groupOf('sg-open')], acls: [aclOf('acl-shut', ['subnet-pub', 'subnet-priv'])] };
  const topology = topologyOf([twoTier(shut)]);
  expect(to(topology, 'eni-app', '169.254.169.254', 80).forward.destination).toMatchObject({ name: 'metadata' });
  expect(to(topology, 'eni-app', '10.0.0.2', 53).forward.destination).toMatchObject({ name: 'dns' });
  expect(to(topology, 'eni-app', '169.254.1.1').disposition).not.toBe('delivered');
  expect(to(topologyOf([twoTier({ dnsSupport: false })]), 'eni-app', '10.0.0.2', 53).disposition).toBe('nobody-there');
});

test('VPC-17, VPC-18: a security group admits by protocol, port and peer, and drops what no rule names', () => {
  const vpc = (rule: Parameters<typeof groupOf>[1]) =>
    topologyOf([
      withInterface(twoTier({ groups: [openGroup, groupOf('sg-web', rule)] }), 'eni-web', { groupIds: ['sg-web'] }),
    ]);
  expect(fromInternet(vpc(['in', 'tcp', '443', '203.0.113.0/24']), '198.51.100.7').disposition).toBe('delivered');
  expect(fromInternet(vpc(['in', 'tcp', '80', '203.0.113.0/24']), '198.51.100.7').disposition).toBe('denied');
  expect(fromInternet(vpc(['in', 'udp', '443', '203.0.113.0/24']), '198.51.100.7').disposition).toBe('denied');
  const other = fromInternet(vpc(['in', 'tcp', '443', '198.18.0.0/15']), '198.51.100.7');
  expect(codeOf(other)).toBe('ENI_SG_RULES_MISMATCH');
  expect(other.sentence).toContain(`dropped by sg-web: no inbound rule allows tcp/443 from ${client}`);
  expect(codeOf(to(vpc(['in', 'tcp', '443', '0.0.0.0/0']), 'eni-web', '192.0.2.1'))).toBe('SG_HAS_NO_RULES');
});

test('VPC-17: a rule may name a group or a prefix list', () => {
  const app = groupOf('sg-app', ['in', 'tcp', '443', 'sg-lb'], ['in', 'tcp', '443', 'pl-office']);
  const vpc = withInterface(
    withInterface(twoTier({ groups: [openGroup, app, groupOf('sg-lb', ['out', 'tcp', '*', 'sg-app'])] }), 'eni-app', {
      groupIds: ['sg-app'],
    }),
    'eni-web',
    { groupIds: ['sg-lb'] },
  );
  const prefixLists = mapOf({ id: 'pl-office', name: 'office', cidrs: ['10.0.1.8/32'] });
  const topology = topologyOf([vpc], { prefixLists });
  expect(to(topology, 'eni-web', '10.0.2.7').disposition).toBe('delivered');
  expect(to(topology, 'eni-bare', '10.0.2.7').disposition).toBe('delivered');
  expect(to(topologyOf([vpc]), 'eni-bare', '10.0.2.7').disposition).toBe('denied');
  // The egress rule names a group that the other interface does not have.
  expect(to(topology, 'eni-web', '10.0.1.8').disposition).toBe('denied');
});

test('VPC-19: a security group lets the answer pass, a network ACL wants a rule for it', () => {
  const oneWay = groupOf('sg-web', ['in', 'tcp', '443', '0.0.0.0/0']);
  const vpc = withInterface(twoTier({ groups: [openGroup, oneWay] }), 'eni-web', { groupIds: ['sg-web'] });
  expect(fromInternet(topologyOf([vpc]), '198.51.100.7').disposition).toBe('delivered');

  const acl = (...more: Parameters<typeof aclOf>[2][]) =>
    topologyOf([
      {
        ...vpc,
        acls: [openAcl, aclOf('acl-pub', ['subnet-pub'], [100, 'in', 'allow', 'tcp', '443', '0.0.0.0/0'], ...more)],
      },
    ]);
  const deaf = fromInternet(acl(), '198.51.100.7');
  expect([deaf.disposition, deaf.failedOn, codeOf(deaf)]).toEqual(['denied', 'return', 'SUBNET_ACL_RESTRICTION']);
  const ephemeral = fromInternet(acl([100, 'out', 'allow', 'tcp', '1024-65535', '0.0.0.0/0']), '198.51.100.7');
  expect(ephemeral.disposition).toBe('delivered');
});

test('VPC-22: the lowest matching rule of a network ACL decides, and the last one denies', () => {
  const acl = (first: 'allow' | 'deny', second: 'allow' | 'deny') =>
    topologyOf([
      twoTier({
        acls: [
          openAcl,
          aclOf(
            'acl-pub',
            ['subnet-pub'],
            [200, 'in', second, 'tcp', '443', '0.0.0.0/0'],
            [100, 'in', first, 'tcp', '443', '203.0.113.0/24'],
            [100, 'out', 'allow', '-1', '*', '0.0.0.0/0'],
          ),
        ],
      }),
    ]);
  expect(fromInternet(acl('allow', 'deny'), '198.51.100.7').disposition).toBe('delivered');
  const denied = fromInternet(acl('deny', 'allow'), '198.51.100.7');
  expect(denied.sentence).toContain('dropped by acl-pub of subnet-pub: inbound rule 100 denies tcp/443');
  expect(fromInternet(acl('allow', 'allow'), '198.51.100.7', 22).forward.explanation?.aclRule).toBe(32_767);
});

test('VPC-24: an ACL works per subnet, a group per interface', () => {
  const acl = aclOf(
    'acl-pub',
    ['subnet-pub'],
    [90, 'in', 'deny', 'tcp', '22', '0.0.0.0/0'],
    [100, 'in', 'allow', '-1', '*', '0.0.0.0/0'],
    [100, 'out', 'allow', '-1', '*', '0.0.0.0/0'],
  );
  const topology = topologyOf([twoTier({ acls: [openAcl, acl] })]);
  expect(to(topology, 'eni-bare', '10.0.1.7', 22).disposition).toBe('delivered');
  expect(to(topology, 'eni-app', '10.0.1.7', 22).disposition).toBe('denied');
});

test('a NAT gateway lets a private subnet out, and its answers in, and nothing else', () => {
  const topology = topologyOf([twoTier()]);
  const out = to(topology, 'eni-app', '192.0.2.1');
  expect(out.disposition).toBe('delivered');
  expect(out.forward.delivered?.source.text).toBe('198.51.100.200');
  expect(out.back?.delivered?.destination.text).toBe('10.0.2.7');
  const knock = fromInternet(topology, '198.51.100.200');
  expect([knock.disposition, knock.failedOn]).toEqual(['refused', 'forward']);
  const broken = topologyOf([twoTier({ natGateways: [] })]);
  expect(to(broken, 'eni-app', '192.0.2.1').disposition).toBe('down');
});

test('a NAT gateway gives two inside connections to one server different ports', () => {
  const vpc = twoTier();
  const topology = topologyOf([
    { ...vpc, interfaces: [...vpc.interfaces, nicOf('eni-app2', 'subnet-priv', '10.0.2.8')] },
  ]);
  const first = to(topology, 'eni-app', '192.0.2.1');
  const sessions = remember(noSessions, first.opened, instant(0));
  const flow = {
    from: { kind: 'interface', id: 'eni-app2' },
    protocol: 'tcp',
    destination: '192.0.2.1',
    destinationPort: 443,
  } as const;
  const second = trace(topology, flow, { sessions, now: instant(1000) });
  expect(second.disposition).toBe('delivered');
  expect(second.forward.delivered?.sourcePort).not.toBe(first.forward.delivered?.sourcePort);
});

test('a public address behind a route to a NAT gateway is reached, but its answer goes astray', () => {
  const vpc = withInterface(twoTier(), 'eni-app', { addresses: [{ private: '10.0.2.7', public: '198.51.100.99' }] });
  const walked = fromInternet(topologyOf([vpc]), '198.51.100.99');
  expect([walked.disposition, walked.failedOn]).toEqual(['astray', 'return']);
});

const peered = (change: { routesA?: string; active?: boolean; extra?: Partial<Vpc> } = {}): Topology => {
  const a = twoTier({
    routeTables: [
      tableOf(
        'rtb-a',
        [
          ['10.0.0.0/16', 'local'],
          [change.routesA ?? '10.1.0.0/16', 'vpc-peering-connection', 'pcx-ab'],
        ],
        { main: true },
      ),
    ],
  });
  const b = vpcOf('vpc-b', '10.1.0.0/16', {
    subnets: [subnetOf('subnet-b', '10.1.1.0/24')],
    interfaces: [nicOf('eni-b', 'subnet-b', '10.1.1.7')],
    routeTables: [
      tableOf(
        'rtb-b',
        [
          ['10.1.0.0/16', 'local'],
          ['10.0.0.0/16', 'vpc-peering-connection', 'pcx-ab'],
          ['10.2.0.0/16', 'vpc-peering-connection', 'pcx-bc'],
          ['0.0.0.0/0', 'internet-gateway', 'igw-b'],
        ],
        { main: true },
      ),
    ],
    internetGatewayId: 'igw-b',
    ...change.extra,
  });
  const c = vpcOf('vpc-c', '10.2.0.0/16', {
    subnets: [subnetOf('subnet-c', '10.2.1.0/24')],
    interfaces: [nicOf('eni-c', 'subnet-c', '10.2.1.7')],
  });
  const peerings = mapOf(
    { id: 'pcx-ab', active: change.active ?? true, vpcIds: ['vpc-a', 'vpc-b'] as const },
    { id: 'pcx-bc', active: true, vpcIds: ['vpc-b', 'vpc-c'] as const },
  );
  return topologyOf([a, b, c], { peerings });
};

test('VPC-01: two VPCs have no path between each other unless one is built', () => {
  const { vpcs } = peered();
  const walked = to(
    topologyOf([...vpcs.values()].map((vpc) => ({ ...vpc, routeTables: twoTier().routeTables }))),
    'eni-b',
    '10.0.1.7',
  );
  expect(walked.disposition).not.toBe('delivered');
});

test('VPC-37: a peering carries traffic with routes on both sides', () => {
  expect(to(peered(), 'eni-web', '10.1.1.7').disposition).toBe('delivered');
  expect(to(peered({ active: false }), 'eni-web', '10.1.1.7').disposition).toBe('down');
  const oneSided = peered({ extra: { routeTables: [tableOf('rtb-b', [['10.1.0.0/16', 'local']], { main: true })] } });
  const walked = to(oneSided, 'eni-web', '10.1.1.7');
  expect([walked.disposition, walked.failedOn]).toEqual(['no-route', 'return']);
});

test('VPC-38: a peering is not transitive and leads to no gateway of the other side', () => {
  const far = to(peered({ routesA: '10.2.0.0/16' }), 'eni-web', '10.2.1.7');
  expect([far.disposition, codeOf(far)]).toEqual(['refused', 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR']);
  const edge = to(peered({ routesA: '0.0.0.0/0' }), 'eni-web', '192.0.2.1');
  expect([edge.disposition, codeOf(edge)]).toEqual(['refused', 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR']);
});

test('VPC-17: a rule may name a group of a peered VPC', () => {
  const guarded = groupOf('sg-b', ['in', 'tcp', '443', 'sg-open']);
  const extra = { interfaces: [nicOf('eni-b', 'subnet-b', '10.1.1.7', { groupIds: ['sg-b'] })], groups: [guarded] };
  expect(to(peered({ extra }), 'eni-web', '10.1.1.7').disposition).toBe('delivered');
});

function withSite(tunnelsUp: readonly boolean[] = [true, false]): Topology {
  const vpc = twoTier({
    routeTables: [
      tableOf(
        'rtb-v',
        [
          ['10.0.0.0/16', 'local'],
          ['192.168.0.0/16', 'vpn-gateway', 'vgw-1'],
          ['0.0.0.0/0', 'internet-gateway', 'igw-1'],
        ],
        {
          main: true,
        },
      ),
    ],
    vpnGatewayId: 'vgw-1',
  });
  return topologyOf([vpc], {
    sites: mapOf({ id: 'site-1', name: 'head office', cidrs: ['192.168.0.0/16'], hosts: ['192.168.5.5'] }),
    vpnConnections: mapOf({ id: 'vpn-1', gatewayId: 'vgw-1', siteId: 'site-1', tunnelsUp, routes: ['192.168.0.0/16'] }),
  });
}

test('VPC-29: a prefix of the office goes through the VPN, never through the Internet gateway', () => {
  const walked = to(withSite(), 'eni-web', '192.168.5.5');
  expect(walked.disposition).toBe('delivered');
  expect(walked.forward.hops.map((hop) => hop.component.kind)).not.toContain('internet-gateway');
  expect(to(withSite(), 'eni-web', '192.168.5.6').disposition).toBe('nobody-there');
  const cut = to(withSite([false, false]), 'eni-web', '192.168.5.5');
  expect([cut.disposition, codeOf(cut)]).toEqual(['down', 'BAD_STATE_VPN']);
  const inward = trace(withSite(), {
    from: { kind: 'site', id: 'site-1' },
    protocol: 'tcp',
    source: '192.168.5.5',
    destination: '10.0.2.7',
    destinationPort: 22,
  });
  expect(inward.disposition).toBe('delivered');
});

const s3 = { name: 'com.amazonaws.us-east-1.s3', cidrs: ['52.216.0.0/15'] };

test('VPC-32, VPC-33, VPC-34: S3 is reached over the Internet or through a gateway endpoint', () => {
  const list = mapOf({ id: 'pl-s3', name: s3.name, cidrs: s3.cidrs });
  const world = { services: [s3], prefixLists: list };
  const island = twoTier({ routeTables: [tableOf('rtb-i', [['10.0.0.0/16', 'local']], { main: true })] });
  expect(to(topologyOf([island], world), 'eni-app', '52.216.1.1').disposition).toBe('no-route');

  const open = to(topologyOf([twoTier()], world), 'eni-app', '52.216.1.1');
  expect(open.forward.destination).toEqual({ kind: 'service', name: s3.name });

  const endpoint = {
    id: 'vpce-s3',
    kind: 'gateway',
    service: s3.name,
    available: true,
    interfaceIds: [],
    prefixListId: 'pl-s3',
    privateNames: [],
  } as const;
  const joined: Vpc = {
    ...island,
    internetGatewayId: undefined,
    endpoints: [endpoint],
    routeTables: [
      tableOf(
        'rtb-i',
        [
          ['10.0.0.0/16', 'local'],
          ['pl-s3', 'vpc-endpoint', 'vpce-s3'],
        ],
        { main: true },
      ),
    ],
  };
  const through = to(topologyOf([joined], world), 'eni-app', '52.216.1.1');
  expect([through.disposition, through.endpointId]).toEqual(['delivered', 'vpce-s3']);
  expect(through.forward.delivered?.source.text).toBe('10.0.2.7');
});

test('VPC-35: an interface endpoint has an address and a group of the VPC', () => {
  const endpoint = {
    id: 'vpce-sqs',
    kind: 'interface',
    service: 'com.amazonaws.us-east-1.sqs',
    available: true,
    interfaceIds: ['eni-vpce'],
    privateNames: ['sqs.us-east-1.amazonaws.com'],
  } as const;
  const vpc = (rule: Parameters<typeof groupOf>[1]) => {
    const nic = nicOf('eni-vpce', 'subnet-priv', '10.0.2.99', {
      groupIds: ['sg-vpce'],
      owner: { kind: 'endpoint', id: 'vpce-sqs' },
    });
    const base = twoTier({ endpoints: [endpoint], groups: [openGroup, groupOf('sg-vpce', rule)] });
    return topologyOf([{ ...base, interfaces: [...base.interfaces, nic] }]);
  };
  const through = to(vpc(['in', 'tcp', '443', '10.0.0.0/16']), 'eni-web', '10.0.2.99');
  expect([through.disposition, through.endpointId]).toEqual(['delivered', 'vpce-sqs']);
  expect(to(vpc(['in', 'tcp', '80', '10.0.0.0/16']), 'eni-web', '10.0.2.99').disposition).toBe('denied');
});

test('RGN-03: a zone without power takes what is in it, and nothing else', () => {
  const dark = { zones: new Map([['use1-az2', { power: false, network: true }]]) };
  const topology = topologyOf([twoTier()], dark);
  expect(to(topology, 'eni-web', '10.0.2.7').disposition).toBe('down');
  expect(to(topology, 'eni-app', '10.0.1.7').disposition).toBe('down');
  expect(fromInternet(topology, '198.51.100.7').disposition).toBe('delivered');
});

test('a zone without network is an island that still works inside', () => {
  const cut = { zones: new Map([['use1-az1', { power: true, network: false }]]) };
  const topology = topologyOf([twoTier()], cut);
  expect(to(topology, 'eni-web', '10.0.1.8').disposition).toBe('delivered');
  expect(to(topology, 'eni-web', '10.0.2.7').disposition).toBe('down');
  expect(fromInternet(topology, '198.51.100.7').disposition).toBe('down');
  // The NAT gateway of the private subnet stands in the lost zone.
  expect(to(topology, 'eni-app', '192.0.2.1').disposition).toBe('down');
});

test('source/destination check: only an appliance with the check off forwards', () => {
  const appliance = (sourceDestCheck: boolean) => {
    const vpc = twoTier({
      routeTables: [
        tableOf(
          'rtb-main',
          [
            ['10.0.0.0/16', 'local'],
            ['0.0.0.0/0', 'network-interface', 'eni-web'],
          ],
          { main: true },
        ),
        tableOf(
          'rtb-pub',
          [
            ['10.0.0.0/16', 'local'],
            ['0.0.0.0/0', 'internet-gateway', 'igw-1'],
          ],
          { subnetIds: ['subnet-pub'] },
        ),
      ],
    });
    return topologyOf([withInterface(vpc, 'eni-web', { sourceDestCheck, forwards: 'as-itself' })]);
  };
  const nat = to(appliance(false), 'eni-app', '192.0.2.1');
  expect(nat.disposition).toBe('delivered');
  expect(nat.forward.delivered?.source.text).toBe('198.51.100.7');
  expect(codeOf(to(appliance(true), 'eni-app', '192.0.2.1'))).toBe('ENI_SOURCE_DEST_CHECK_RESTRICTION');
});

test('an edge association leads what comes from the Internet to an appliance first', () => {
  const vpc = twoTier({
    routeTables: [
      tableOf(
        'rtb-edge',
        [
          ['10.0.0.0/16', 'local'],
          ['10.0.1.0/24', 'network-interface', 'eni-app'],
        ],
        { gatewayIds: ['igw-1'] },
      ),
      tableOf(
        'rtb-main',
        [
          ['10.0.0.0/16', 'local'],
          ['0.0.0.0/0', 'internet-gateway', 'igw-1'],
        ],
        { main: true },
      ),
    ],
  });
  const walked = fromInternet(topologyOf([withInterface(vpc, 'eni-app', { sourceDestCheck: false })]), '198.51.100.7');
  expect(walked.forward.destination).toMatchObject({ id: 'eni-web' });
  expect(walked.forward.hops.filter((hop) => hop.component.id === 'eni-app')).toHaveLength(2);
});

test('connection tracking: a known connection outlives its rule until it is idle for too long', () => {
  const open = withInterface(
    twoTier({ groups: [openGroup, groupOf('sg-web', ['in', 'tcp', '443', '203.0.113.0/24'])] }),
    'eni-web',
    {
      groupIds: ['sg-web'],
      tracking: { tcpEstablishedSeconds: 60 },
    },
  );
  const shut: Vpc = { ...open, groups: [openGroup, groupOf('sg-web')] };
  const start = instant(1_000_000);
  const sessions = remember(noSessions, fromInternet(topologyOf([open]), '198.51.100.7').opened, start);
  const flow = {
    from: { kind: 'internet' },
    protocol: 'tcp',
    source: client,
    destination: '198.51.100.7',
    destinationPort: 443,
  } as const;
  const again = (after: number) => trace(topologyOf([shut]), flow, { sessions, now: later(start, after) }).disposition;
  expect(again(59)).toBe('delivered');
  expect(again(61)).toBe('denied');
});

test('connection tracking: what all rules admit is not tracked, and ends with its rule', () => {
  const all = groupOf('sg-web', ['in', 'tcp', '443', '0.0.0.0/0'], ['out', '-1', '*', '0.0.0.0/0']);
  const open = withInterface(twoTier({ groups: [openGroup, all] }), 'eni-web', { groupIds: ['sg-web'] });
  const first = fromInternet(topologyOf([open]), '198.51.100.7');
  const sessions = remember(noSessions, first.opened, instant(0));
  const shut: Vpc = { ...open, groups: [openGroup, groupOf('sg-web', ['out', '-1', '*', '0.0.0.0/0'])] };
  const flow = {
    from: { kind: 'internet' },
    protocol: 'tcp',
    source: client,
    destination: '198.51.100.7',
    destinationPort: 443,
  } as const;
  expect(trace(topologyOf([shut]), flow, { sessions, now: instant(1) }).disposition).toBe('denied');
});

test('IPv6: a global address needs no translation; an egress-only gateway lets answers in only', () => {
  const six = (kind: 'internet-gateway' | 'egress-only-internet-gateway', id: string) => {
    const vpc = vpcOf('vpc-6', '10.0.0.0/16', {
      ipv6Cidrs: ['2001:db8:1::/56'],
      subnets: [subnetOf('subnet-6', '10.0.0.0/24', 'use1-az1', ['2001:db8:1::/64'])],
      interfaces: [nicOf('eni-6', 'subnet-6', '10.0.0.7', { ipv6: ['2001:db8:1::7'] })],
      routeTables: [
        tableOf(
          'rtb-6',
          [
            ['2001:db8:1::/56', 'local'],
            ['::/0', kind, id],
          ],
          { main: true },
        ),
      ],
      internetGatewayId: kind === 'internet-gateway' ? id : undefined,
      egressOnlyGatewayIds: kind === 'internet-gateway' ? [] : [id],
    });
    return topologyOf([vpc]);
  };
  const inward = (topology: Topology) =>
    trace(topology, {
      from: { kind: 'internet' },
      protocol: 'tcp',
      source: '2001:db8:ffff::1',
      destination: '2001:db8:1::7',
      destinationPort: 80,
    });
  for (const [kind, id] of [
    ['internet-gateway', 'igw-6'],
    ['egress-only-internet-gateway', 'eigw-6'],
  ] as const) {
    const out = to(six(kind, id), 'eni-6', '2001:db8:ffff::1');
    expect(out.disposition).toBe('delivered');
    expect(out.forward.delivered?.source.text).toBe('2001:db8:1::7');
    expect(inward(six(kind, id)).disposition).toBe(kind === 'internet-gateway' ? 'delivered' : 'refused');
  }
});

function throughTransit(
  routes: readonly { destination: string; origin: 'static' | 'propagated'; attachmentId?: string }[],
): Topology {
  const toTransit = (id: string, own: string) =>
    tableOf(
      id,
      [
        [own, 'local'],
        ['10.0.0.0/8', 'transit-gateway', 'tgw-1'],
      ],
      { main: true },
    );
  const a = twoTier({ routeTables: [toTransit('rtb-a', '10.0.0.0/16')] });
  const b = vpcOf('vpc-b', '10.1.0.0/16', {
    subnets: [subnetOf('subnet-b', '10.1.1.0/24'), subnetOf('subnet-b-tgw', '10.1.9.0/28')],
    interfaces: [nicOf('eni-b', 'subnet-b', '10.1.1.7')],
    routeTables: [toTransit('rtb-b', '10.1.0.0/16')],
  });
  const attachment = (id: string, resourceId: string, subnetIds: string[]) =>
    ({
      id,
      kind: 'vpc',
      resourceId,
      subnetIds,
      available: true,
      routeTableId: 'tgw-rtb-1',
      groupReferences: false,
    }) as const;
  const gateway = {
    id: 'tgw-1',
    region: 'us-east-1',
    groupReferences: false,
    attachments: [
      attachment('tgw-attach-a', 'vpc-a', ['subnet-pub']),
      attachment('tgw-attach-b', 'vpc-b', ['subnet-b-tgw']),
    ],
    routeTables: [{ id: 'tgw-rtb-1', routes }],
  };
  return topologyOf([a, b], { transitGateways: mapOf(gateway) });
}

test('a transit gateway joins VPCs by its own table: longest prefix, static before propagated, blackholes', () => {
  const both = [
    { destination: '10.0.0.0/16', origin: 'propagated', attachmentId: 'tgw-attach-a' },
    { destination: '10.1.0.0/16', origin: 'propagated', attachmentId: 'tgw-attach-b' },
  ] as const;
  expect(to(throughTransit(both), 'eni-web', '10.1.1.7').disposition).toBe('delivered');
  expect(codeOf(to(throughTransit([both[0]]), 'eni-web', '10.1.1.7'))).toBe('TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT');
  const hole = to(throughTransit([...both, { destination: '10.1.0.0/16', origin: 'static' }]), 'eni-web', '10.1.1.7');
  expect([hole.disposition, codeOf(hole)]).toEqual(['blackhole', 'TGW_RTB_BAD_STATE_ROUTE']);
  // The attachment of VPC A has no subnet in the zone of the private subnet.
  expect(codeOf(to(throughTransit(both), 'eni-app', '10.1.1.7'))).toBe('TGW_ROUTE_AZ_RESTRICTION');
});

test('a load balancer that keeps the client address gets the answers back', () => {
  const vpc = twoTier();
  const node = nicOf('eni-nlb', 'subnet-pub', '10.0.1.50', {
    groupIds: [],
    sourceDestCheck: false,
    answersReturn: true,
    owner: { kind: 'load-balancer', id: 'nlb-1' },
  });
  const flow = {
    from: { kind: 'interface', id: 'eni-nlb' },
    protocol: 'tcp',
    source: client,
    destination: '10.0.2.7',
    destinationPort: 80,
  } as const;
  expect(trace(topologyOf([{ ...vpc, interfaces: [...vpc.interfaces, node] }]), flow).disposition).toBe('delivered');
});

test('routes in a circle end', () => {
  const circle = [
    ['10.0.0.0/16', 'local'],
    ['0.0.0.0/0', 'network-interface', 'eni-web'],
  ] as const;
  const vpc = twoTier({ routeTables: [tableOf('rtb-o', circle, { main: true })] });
  const topology = topologyOf([withInterface(vpc, 'eni-web', { sourceDestCheck: false })]);
  expect(to(topology, 'eni-app', '192.0.2.1').disposition).toBe('loop');
});

test('a source that does not exist is told, not thrown', () => {
  expect(codeOf(to(topologyOf([twoTier()]), 'eni-none', '10.0.1.7'))).toBe('NO_SOURCE_OR_DESTINATION');
});

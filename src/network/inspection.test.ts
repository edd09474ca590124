// Gateway Load Balancers in front of a subnet: everything that comes in and goes out passes an appliance.
import { expect, test } from 'vitest';
import { instant, later } from '../kernel/units.ts';
import { remember } from './session.ts';
import type { Inspector, NetworkInterface, SecurityGroup, Topology, Vpc } from './topology.ts';
import { aclOf, groupOf, nicOf, openAcl, openGroup, subnetOf, tableOf, topologyOf, vpcOf } from './topology.fixture.ts';
import { type Trace, trace, type TraceOptions } from './trace.ts';

const client = '203.0.113.9';

const fleet = (change: Partial<Inspector> = {}): Inspector => ({
  id: 'gwlb-1',
  vpcId: 'vpc-sec',
  active: true,
  nodeIds: ['eni-node', 'eni-node2'],
  crossesZones: false,
  sameFor: 'flow',
  rebalances: false,
  tcpIdleSeconds: 350,
  appliances: ['i-fw1', 'i-fw2', 'i-far'].map((id) => ({ id, healthy: true })),
  ...change,
});

/** Appliances in a VPC of their own: two in the endpoint's zone, one in another. */
function security(change: Partial<Vpc> = {}, appliance: Partial<NetworkInterface> = {}): Vpc {
  const node = { groupIds: [], owner: { kind: 'load-balancer', id: 'gwlb-1' } } as const;
  return vpcOf('vpc-sec', '10.9.0.0/16', {
    subnets: [subnetOf('subnet-sec', '10.9.1.0/24'), subnetOf('subnet-sec2', '10.9.2.0/24', 'use1-az2')],
    interfaces: [
      nicOf('eni-node', 'subnet-sec', '10.9.1.4', node),
      nicOf('eni-node2', 'subnet-sec2', '10.9.2.4', node),
      nicOf('eni-fw1', 'subnet-sec', '10.9.1.11', appliance),
      nicOf('eni-fw2', 'subnet-sec', '10.9.1.12', appliance),
      nicOf('eni-far', 'subnet-sec2', '10.9.2.11', appliance),
    ],
    ...change,
  });
}

/** The internet gateway's table and the application's both lead through the endpoint. */
function app(inspectors: readonly Inspector[]): Vpc {
  const local = ['10.0.0.0/16', 'local'] as const;
  return vpcOf('vpc-a', '10.0.0.0/16', {
    subnets: [subnetOf('subnet-app', '10.0.1.0/24'), subnetOf('subnet-gate', '10.0.9.0/24')],
    interfaces: [
      nicOf('eni-web', 'subnet-app', '10.0.1.7', { public: '198.51.100.7' }),
      nicOf('eni-gate', 'subnet-gate', '10.0.9.5', { groupIds: [], owner: { kind: 'endpoint', id: 'vpce-1' } }),
    ],
    routeTables: [
      tableOf('rtb-main', [local], { main: true }),
      tableOf('rtb-edge', [local, ['10.0.1.0/24', 'vpc-endpoint', 'vpce-1']], { gatewayIds: ['igw-1'] }),
      tableOf('rtb-app', [local, ['0.0.0.0/0', 'vpc-endpoint', 'vpce-1']], { subnetIds: ['subnet-app'] }),
      tableOf('rtb-gate', [local, ['0.0.0.0/0', 'internet-gateway', 'igw-1']], { subnetIds: ['subnet-gate'] }),
    ],
    endpoints: [
      {
        id: 'vpce-1',
        kind: 'gateway-load-balancer',
        service: 'com.amazonaws.vpce.us-east-1.vpce-svc-1',
        available: true,
        interfaceIds: ['eni-gate'],
        privateNames: [],
        inspectors,
      },
    ],
    internetGatewayId: 'igw-1',
  });
}

const network = (change?: Partial<Inspector>, vpc = security()): Topology => topologyOf([app([fleet(change)]), vpc]);

const comeIn = (topology: Topology, sourcePort = 40_000, options: TraceOptions = {}): Trace =>
  trace(
    topology,
    {
      from: { kind: 'internet' },
      protocol: 'tcp',
      source: client,
      sourcePort,
      destination: '198.51.100.7',
      destinationPort: 443,
    },
    options,
  );

const partsOf = (path: Trace['back']): string[] => path?.hops.map(({ component }) => component.id) ?? [];

const instancesOn = (path: Trace['back']): string[] =>
  path?.hops.flatMap(({ component }) => (component.kind === 'instance' ? component.id : [])) ?? [];

test('ELB-09: what comes in passes endpoint, load balancer and one appliance, and its answer passes the same one', () => {
  const walked = comeIn(network());
  expect(walked.disposition).toBe('delivered');
  const [appliance = ''] = instancesOn(walked.forward);
  const nic = appliance.replace('i-', 'eni-');
  const inspection = ['vpce-1', 'gwlb-1', nic, appliance, nic, 'vpce-1', 'rtb-gate'];
  expect(partsOf(walked.forward)).toEqual(['internet', 'igw-1', ...inspection, 'subnet-app', 'eni-web']);
  expect(partsOf(walked.back)).toEqual(['eni-web', 'rtb-app', ...inspection, 'igw-1', 'internet']);
  const wrapped = walked.forward.hops.find(({ component }) => component.id === nic)?.packet;
  expect([wrapped?.protocol, wrapped?.source.text, wrapped?.destinationPort]).toEqual([17, '10.9.1.4', 6081]);
  expect(walked.forward.delivered?.source.text).toBe(client);
});

test('ELB-09: flows spread over the healthy appliances of the zone, of all zones when the load balancer crosses them', () => {
  const met = (change: Partial<Inspector>) => {
    const topology = network(change);
    const found = Array.from({ length: 60 }, (_, at) => comeIn(topology, 40_000 + at));
    for (const walked of found) expect(instancesOn(walked.back)).toEqual(instancesOn(walked.forward));
    return [...new Set(found.flatMap(({ forward }) => instancesOn(forward)))].sort();
  };
  expect(met({})).toEqual(['i-fw1', 'i-fw2']);
  expect(met({ crossesZones: true })).toEqual(['i-far', 'i-fw1', 'i-fw2']);
  expect(met({ sameFor: 'addresses' })).toHaveLength(1);
  expect(met({ appliances: [{ id: '10.9.1.12', healthy: true }] })).toEqual(['i-fw2']);
});

test('ELB-09: without a healthy appliance nothing passes, and the answer says why', () => {
  const sick = ['i-fw1', 'i-fw2'].map((id) => ({ id, healthy: false }));
  const dropped = comeIn(network({ appliances: [...sick, { id: 'i-far', healthy: true }] }));
  expect(dropped.disposition).toBe('down');
  expect(dropped.sentence).toBe(
    'tcp/443 from 203.0.113.9 to 198.51.100.7: dropped by gwlb-1: it has no healthy appliance in zone use1-az1',
  );
  expect(comeIn(network({ appliances: [] })).disposition).toBe('down');
  expect(comeIn(network({ active: false })).forward.explanation?.sentence).toBe(
    'dropped at vpce-1: no Gateway Load Balancer serves it in zone use1-az1',
  );
});

test('ELB-09: a flow keeps its appliance when that becomes unhealthy, unless flows are rebalanced', () => {
  const now = instant(0);
  const first = comeIn(network(), 40_000, { now });
  const [appliance] = instancesOn(first.forward);
  const sessions = remember(new Map(), first.opened, now);
  const sick = fleet().appliances.map((one) => ({ ...one, healthy: one.id !== appliance }));
  const again = (change: Partial<Inspector>, seconds: number) =>
    instancesOn(
      comeIn(network({ appliances: sick, ...change }), 40_000, { sessions, now: later(now, seconds) }).forward,
    );
  expect(again({}, 300)).toEqual([appliance]);
  expect(again({}, 400)).not.toEqual([appliance]);
  expect(again({ rebalances: true }, 300)).not.toEqual([appliance]);
});

test('ELB-09: appliances must let GENEVE in: by security group, network ACL, and by running', () => {
  const walkWith = (
    appliance: Partial<NetworkInterface>,
    groups: readonly SecurityGroup[] = [openGroup],
    acl = openAcl,
  ) => comeIn(network({ crossesZones: true }, security({ groups, acls: [acl] }, appliance)));
  const closed = groupOf('sg-web', ['in', 'tcp', '80', '0.0.0.0/0']);
  expect(walkWith({ groupIds: ['sg-web'] }, [closed]).forward.explanation?.sentence).toMatch(
    /^dropped by sg-web: no inbound rule allows udp\/6081 from 10\.9\.1\.4$/,
  );
  const open = groupOf('sg-fw', ['in', 'udp', '6081', '10.9.0.0/16']);
  expect(walkWith({ groupIds: ['sg-fw'] }, [open]).disposition).toBe('delivered');
  expect(walkWith({ up: false }).disposition).toBe('down');
  const walled = aclOf('acl-1', ['subnet-sec2'], [1, 'in', 'deny', 'udp', '6081', '0.0.0.0/0']);
  const far = fleet({ crossesZones: true, appliances: [{ id: 'i-far', healthy: true }] });
  const behindAcl = comeIn(topologyOf([app([far]), security({ acls: [openAcl, walled] })]));
  expect(behindAcl.forward.explanation?.code).toBe('SUBNET_ACL_RESTRICTION');
});

test('ELB-09: an appliance drops what it is told to drop', () => {
  const walked = comeIn(network({}, security({}, { drops: ['203.0.113.0/24'] })));
  expect([walked.disposition, walked.failedOn]).toEqual(['refused', 'forward']);
  expect(walked.forward.explanation?.sentence).toMatch(
    /^dropped by i-fw\d: it lets nothing of 203\.0\.113\.0\/24 through$/,
  );
  expect(comeIn(network({}, security({}, { drops: ['192.0.2.0/24'] }))).disposition).toBe('delivered');
});

test('ELB-09: a zone without power takes endpoint or appliances with it', () => {
  const zones = new Map([['use1-az1', { power: false, network: true }]]);
  const topology = { ...network(), zones };
  expect(comeIn(topology).forward.explanation?.sentence).toBe('dropped at vpce-1: zone use1-az1 is without power');
  const island = new Map([['use1-az2', { power: true, network: false }]]);
  const far = { crossesZones: true, appliances: [{ id: 'i-far', healthy: true }] };
  expect(comeIn({ ...network(far), zones: island }).forward.explanation?.sentence).toMatch(/use1-az2 is cut off/);
});

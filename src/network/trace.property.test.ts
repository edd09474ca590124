// Random networks, random flows: `trace` and the slow walker of `reference.fixture.ts` agree on every verdict.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Arrival, fromInternet, type Header, send } from './reference.fixture.ts';
import type { AclEntry, GroupRule, NetworkInterface, Topology, Vpc } from './topology.ts';
import { mapOf, nicOf, subnetOf, tableOf, topologyOf, vpcOf } from './topology.fixture.ts';
import { type Path, trace } from './trace.ts';

const cidr = fc.constantFrom(
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.0.0.0/16',
  '10.0.1.0/24',
  '10.0.2.0/24',
  '10.1.0.0/16',
  '10.1.1.0/25',
  '203.0.113.0/24',
);
const protocol = fc.constantFrom('tcp', 'udp', '-1');
const ports = fc.constantFrom(undefined, { from: 80, to: 80 }, { from: 0, to: 1023 }, { from: 1024, to: 65_535 });
const groupId = fc.constantFrom('sg-1', 'sg-2');

const rule: fc.Arbitrary<Omit<GroupRule, 'id'>> = fc.record({
  egress: fc.boolean(),
  protocol,
  ports,
  peer: fc.oneof(
    { weight: 3, arbitrary: cidr.map((text) => ({ kind: 'cidr' as const, cidr: text })) },
    { weight: 1, arbitrary: groupId.map((id) => ({ kind: 'group' as const, id })) },
  ),
});

const entry: fc.Arbitrary<AclEntry> = fc.record({
  number: fc.integer({ min: 1, max: 99 }),
  egress: fc.boolean(),
  allow: fc.boolean(),
  protocol,
  ports,
  cidr,
});

const uniqueNumbers = (entries: readonly AclEntry[]): AclEntry[] => [
  ...new Map(entries.map((one) => [`${one.number}${one.egress}`, one])).values(),
];

interface Dials {
  readonly groups: readonly (readonly Omit<GroupRule, 'id'>[])[];
  readonly acl: readonly AclEntry[];
  readonly aclOpen: boolean;
  readonly aclOn: readonly boolean[];
  readonly targets: readonly string[];
  readonly gateway: boolean;
  readonly publics: readonly boolean[];
  readonly members: readonly string[];
  readonly up: readonly boolean[];
}

const dials = (open: number): fc.Arbitrary<Dials> =>
  fc.record({
    groups: fc.array(fc.array(rule, { minLength: 2, maxLength: 10 }), { minLength: 2, maxLength: 2 }),
    acl: fc.array(entry, { maxLength: 5 }).map(uniqueNumbers),
    aclOpen: fc.integer({ min: 1, max: 10 }).map((roll) => roll <= open),
    aclOn: fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
    targets: fc.array(fc.constantFrom('igw', 'igw', 'nat', 'pcx', 'gone', 'none'), { minLength: 2, maxLength: 2 }),
    gateway: fc.integer({ min: 1, max: 10 }).map((roll) => roll <= 8),
    publics: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    members: fc.array(groupId, { minLength: 4, maxLength: 4 }),
    up: fc.array(
      fc.integer({ min: 1, max: 10 }).map((roll) => roll <= 9),
      { minLength: 4, maxLength: 4 },
    ),
  });

function buildVpc(at: number, dial: Dials): Vpc {
  const own = `10.${at}`;
  const open = (egress: boolean): AclEntry => ({ number: 100, egress, allow: true, protocol: '-1', cidr: '0.0.0.0/0' });
  const nic = (id: number, subnet: number, host: number): NetworkInterface =>
    nicOf(`eni-${at}${id}`, `subnet-${at}${subnet}`, `${own}.${subnet}.${host}`, {
      ...(dial.publics[id] === true ? { public: `198.51.${at}.${subnet * 50 + host}` } : {}),
      groupIds: [dial.members[id] as string],
      up: dial.up[id] as boolean,
    });
  const table = (subnet: number) => {
    const target = dial.targets[subnet - 1];
    const more =
      target === 'igw'
        ? ([['0.0.0.0/0', 'internet-gateway', `igw-${at}`]] as const)
        : target === 'nat'
          ? ([['0.0.0.0/0', 'nat-gateway', `nat-${at}`]] as const)
          : target === 'gone'
            ? ([['0.0.0.0/0', 'network-interface', 'eni-gone', { state: 'blackhole' }]] as const)
            : [];
    const peer = target === 'none' ? [] : ([['10.0.0.0/8', 'vpc-peering-connection', 'pcx-1']] as const);
    return tableOf(`rtb-${at}${subnet}`, [[`${own}.0.0/16`, 'local'], ...more, ...peer], {
      subnetIds: [`subnet-${at}${subnet}`],
    });
  };
  return vpcOf(`vpc-${at}`, `${own}.0.0/16`, {
    subnets: [1, 2].map((subnet) => subnetOf(`subnet-${at}${subnet}`, `${own}.${subnet}.0/24`)),
    interfaces: [
      nic(0, 1, 10),
      nic(1, 1, 11),
      nic(2, 2, 10),
      nic(3, 2, 11),
      nicOf(`eni-nat${at}`, `subnet-${at}1`, `${own}.1.99`, {
        public: `198.51.${at}.250`,
        groupIds: [],
        sourceDestCheck: false,
        owner: { kind: 'nat-gateway', id: `nat-${at}` },
      }),
    ],
    routeTables: [table(1), table(2)],
    groups: dial.groups.map((rules, index) => ({
      id: `sg-${index + 1}`,
      name: `${index}`,
      rules: rules.map((one, number) => ({ ...one, id: `sgr-${index}-${number}` })),
    })),
    acls: [
      { id: 'acl-open', isDefault: true, subnetIds: [], entries: [open(true), open(false)] },
      {
        id: 'acl-odd',
        isDefault: false,
        subnetIds: dial.aclOn.flatMap((on, index) => (on ? [`subnet-${at}${index + 1}`] : [])),
        entries: dial.aclOpen ? [...dial.acl, open(true), open(false)] : dial.acl,
      },
    ],
    natGateways: [{ id: `nat-${at}`, connectivity: 'public', interfaceId: `eni-nat${at}`, available: true }],
    internetGatewayId: dial.gateway ? `igw-${at}` : undefined,
  });
}

const network: fc.Arbitrary<Topology> = fc
  .record({ a: dials(8), b: dials(8), peered: fc.boolean() })
  .map(({ a, b, peered }) =>
    topologyOf([buildVpc(0, a), buildVpc(1, b)], {
      peerings: mapOf({ id: 'pcx-1', active: peered, vpcIds: ['vpc-0', 'vpc-1'] as const }),
    }),
  );

const destination = fc.constantFrom(
  '10.0.1.10',
  '10.0.1.11',
  '10.0.2.10',
  '10.0.2.99',
  '10.1.1.10',
  '10.1.2.11',
  '10.9.9.9',
  '203.0.113.9',
  '198.51.0.60',
  '198.51.0.110',
  '198.51.1.60',
  '198.51.1.250',
);

const where = (path: Path | undefined): string | undefined => {
  if (path?.disposition !== 'delivered') return undefined;
  return path.destination?.kind === 'interface' ? path.destination.id : path.destination?.kind;
};

/** Addresses without the port that a NAT gateway picks, which the reference does not model. */
const ends = (header: { source: { text: string } | string; destination: { text: string } | string } | undefined) => {
  const text = (one: { text: string } | string) => (typeof one === 'string' ? one : one.text);
  return header === undefined ? undefined : [text(header.source), text(header.destination)];
};

const answerOf = (header: Header): Header => ({
  ...header,
  source: header.destination,
  destination: header.source,
  sourcePort: header.destinationPort,
  destinationPort: header.sourcePort,
});

function referenceAnswer(topology: Topology, arrival: Arrival): Arrival | undefined {
  const header = answerOf(arrival.header);
  if (arrival.at === 'internet') return fromInternet(topology, header, true);
  for (const vpc of topology.vpcs.values()) {
    const nic = vpc.interfaces.find((one) => one.id === arrival.at);
    if (nic !== undefined) return nic.up ? send(topology, vpc, nic, header, true) : undefined;
  }
  return undefined;
}

let delivered = 0;

test('a packet arrives where, and as, the slow walker says', () => {
  fc.assert(
    fc.property(
      network,
      fc.constantFrom('tcp', 'udp'),
      destination,
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(80, 443, 8080),
      (topology, kind, to, from, port) => {
        const vpc = topology.vpcs.get('vpc-0') as Vpc;
        const nic = vpc.interfaces[from] as NetworkInterface;
        const header: Header = {
          protocol: kind as 'tcp' | 'udp',
          source: nic.addresses[0]?.private as string,
          destination: to,
          sourcePort: 49_152,
          destinationPort: port,
        };
        const walked = trace(topology, {
          from: { kind: 'interface', id: nic.id },
          protocol: kind,
          destination: to,
          destinationPort: port,
        });
        const expected = nic.up ? send(topology, vpc, nic, header, false) : undefined;
        // Nothing but an answer is delivered to a NAT gateway; the reference says where it arrives, not whether it is taken.
        const arrival = expected?.at.startsWith('eni-nat') === true ? undefined : expected;
        expect(where(walked.forward)).toBe(arrival?.at);
        if (arrival === undefined) return;
        expect(ends(walked.forward.delivered)).toEqual(ends(arrival.header));
        if (header.source !== arrival.header.source && arrival.header.source.endsWith('.250')) return;
        const back = referenceAnswer(topology, arrival);
        const answered = back?.at === nic.id && back.header.source === to;
        expect(walked.disposition === 'delivered').toBe(answered);
        delivered += answered ? 1 : 0;
      },
    ),
    { numRuns: 4000, seed: 7 },
  );
  // The networks are not so broken that the law holds of silence only.
  expect(delivered).toBeGreaterThan(150);
});

test('what is asked from the Internet arrives as the slow walker says', () => {
  fc.assert(
    fc.property(network, destination, fc.constantFrom(80, 8080), (topology, to, port) => {
      const header: Header = {
        protocol: 'tcp',
        source: '203.0.113.77',
        destination: to,
        sourcePort: 50_000,
        destinationPort: port,
      };
      const walked = trace(topology, {
        from: { kind: 'internet' },
        protocol: 'tcp',
        source: header.source,
        sourcePort: header.sourcePort,
        destination: to,
        destinationPort: port,
      });
      if (to.startsWith('10.')) {
        expect(walked.disposition).toBe('nobody-there');
        return;
      }
      const expected = fromInternet(topology, header, false);
      const arrival = expected?.at.startsWith('eni-nat') === true ? undefined : expected;
      expect(where(walked.forward)).toBe(arrival?.at);
    }),
    { numRuns: 2000, seed: 11 },
  );
});

test('a trace depends on nothing but its arguments', () => {
  fc.assert(
    fc.property(network, destination, (topology, to) => {
      const flow = {
        from: { kind: 'interface', id: 'eni-00' },
        protocol: 'tcp',
        destination: to,
        destinationPort: 80,
      } as const;
      expect(trace(topology, flow)).toEqual(trace(topology, flow));
    }),
    { numRuns: 200, seed: 3 },
  );
});

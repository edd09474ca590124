// One topology, three judges: `trace`, the kernel with the rules that were compiled, and live traffic, which ends at a program in a guest.
// Random networks and flows, of both families, between guests with one interface and with two; every verdict agrees.
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  aclOf,
  groupOf,
  nicOf,
  openAcl,
  subnetOf,
  tableOf,
  topologyOf,
  vpcOf,
} from '../../network/topology.fixture.ts';
import type { AclEntry, GroupRule, Topology } from '../../network/topology.ts';
import { trace } from '../../network/trace.ts';
import type { Flow } from '../../network/flow.ts';
import type { PartWorld } from '../../kernel/parts.ts';
import { makePart as makeTraffic } from '../../traffic/traffic.ts';
import { bootScript } from '../cloud-init/script.ts';
import { Fabric, giveToGuests, whyNoNamespaces } from './fabric.ts';
import type { Link } from './links.ts';
import { compileRuleset, linkOf } from './ruleset.ts';

const cidr = fc.constantFrom(
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.0.1.0/24',
  '10.0.2.0/24',
  '10.0.1.10/32',
  '10.0.2.8/29',
  '192.168.0.0/16',
  '::/0',
  'fd00:10::/56',
  'fd00:10:0:1::/64',
  'fd00:10:0:2::/64',
  'fd00:10:0:1::10/128',
);
const protocol = fc.constantFrom('tcp', 'udp', 'icmp', '-1', '17');
const ports = fc.constantFrom(undefined, { from: 80, to: 80 }, { from: 0, to: 1023 }, { from: 1024, to: 65_535 });
const groupIds = ['sg-1', 'sg-2', 'sg-3'];

const rule: fc.Arbitrary<Omit<GroupRule, 'id'>> = fc
  .record({
    egress: fc.boolean(),
    protocol,
    ports,
    peer: fc.oneof(
      { weight: 3, arbitrary: cidr.map((text) => ({ kind: 'cidr' as const, cidr: text })) },
      { weight: 1, arbitrary: fc.constantFrom(...groupIds).map((id) => ({ kind: 'group' as const, id })) },
      { weight: 1, arbitrary: fc.constant({ kind: 'prefix-list' as const, id: 'pl-1' }) },
    ),
  })
  .map((made) => (made.protocol === 'icmp' ? { ...made, ports: { from: 8, to: -1 } } : made));

const entry: fc.Arbitrary<AclEntry> = fc.record({
  number: fc.integer({ min: 1, max: 99 }),
  egress: fc.boolean(),
  allow: fc.integer({ min: 0, max: 3 }).map((roll) => roll > 0),
  protocol: fc.constantFrom('tcp', 'udp', '-1'),
  ports,
  cidr,
});

const unique = (entries: readonly AclEntry[]): AclEntry[] => [
  ...new Map(entries.map((one) => [`${one.number} ${one.egress}`, one])).values(),
];

/** Guests, each with its interfaces. */
const guests = [
  ['i-a', ['eni-a', 'subnet-1', '10.0.1.10']],
  ['i-b', ['eni-b', 'subnet-1', '10.0.1.11']],
  ['i-c', ['eni-c', 'subnet-2', '10.0.2.10'], ['eni-e', 'subnet-1', '10.0.1.12']],
  ['i-d', ['eni-d', 'subnet-2', '10.0.2.20']],
] as const;
const places = guests.flatMap(([guest, ...nics]) =>
  nics.map(([id, subnet, address], index) => {
    const [, , net, host] = address.split('.');
    return { guest, id, subnet, index, 4: address, 6: `fd00:10:0:${net}::${host}` };
  }),
);

const network: fc.Arbitrary<Topology> = fc
  .record({
    rules: fc.array(fc.array(rule, { minLength: 1, maxLength: 6 }), { minLength: 3, maxLength: 3 }),
    open: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    members: fc.array(fc.subarray(groupIds, { minLength: 1 }), { minLength: 5, maxLength: 5 }),
    entries: fc.array(entry, { maxLength: 6 }).map(unique),
    onSubnet: fc.constantFrom([], ['subnet-1'], ['subnet-2'], ['subnet-1', 'subnet-2']),
    blackhole: fc.integer({ min: 0, max: 4 }).map((roll) => roll === 0),
    zone: fc.constantFrom('well', 'well', 'well', 'dark', 'island'),
  })
  .map(({ rules, open, members, entries, onSubnet, blackhole, zone }) =>
    topologyOf(
      [
        vpcOf('vpc-1', '10.0.0.0/16', {
          ipv6Cidrs: ['fd00:10::/56'],
          subnets: [
            subnetOf('subnet-1', '10.0.1.0/24', 'use1-az1', ['fd00:10:0:1::/64']),
            subnetOf('subnet-2', '10.0.2.0/24', 'use1-az2', ['fd00:10:0:2::/64']),
          ],
          interfaces: places.map(({ id, guest, index, subnet, ...own }, at) =>
            nicOf(id, subnet, own[4], {
              ipv6: [own[6]],
              groupIds: members[at] ?? [],
              owner: { kind: 'instance', id: guest },
              deviceIndex: index,
            }),
          ),
          groups: rules.map((list, at) => {
            const wide = groupOf(
              '',
              ['out', '-1', '*', '0.0.0.0/0'],
              ['out', '-1', '*', '::/0'],
              ['in', 'udp', '*', '10.0.0.0/16'],
              ['in', 'tcp', '*', 'fd00:10::/56'],
            ).rules;
            const id = `sg-${at + 1}`;
            const own = list.map((one, number) => ({ ...one, id: `sgr-${at}-${number}` }));
            return { id, name: id, rules: open[at] === true ? [...own, ...wide] : own };
          }),
          acls: [
            openAcl,
            {
              ...aclOf(
                'acl-1',
                onSubnet,
                [100, 'in', 'allow', '-1', '*', '10.0.0.0/8'],
                [100, 'out', 'allow', '-1', '*', '0.0.0.0/0'],
              ),
              entries: [
                ...entries,
                { number: 100, egress: false, allow: true, protocol: '-1', cidr: '10.0.0.0/8' },
                { number: 100, egress: true, allow: true, protocol: '-1', cidr: '0.0.0.0/0' },
                { number: 101, egress: false, allow: true, protocol: '-1', cidr: '::/0' },
                { number: 101, egress: true, allow: true, protocol: '-1', cidr: 'fd00:10::/56' },
              ],
            },
          ],
          routeTables: [
            tableOf(
              'rtb-1',
              [
                ['10.0.0.0/16', 'local'],
                ['fd00:10::/56', 'local'],
                ...(blackhole
                  ? ([['10.0.2.16/28', 'network-interface', 'eni-gone', { state: 'blackhole' }]] as const)
                  : []),
              ],
              { main: true },
            ),
          ],
        }),
      ],
      {
        prefixLists: new Map([
          ['pl-1', { id: 'pl-1', name: 'pl', cidrs: ['10.0.2.0/28', '10.0.1.11/32', 'fd00:10:0:2::/112'] }],
        ]),
        zones:
          zone === 'well' ? new Map() : new Map([['use1-az2', { power: zone !== 'dark', network: zone !== 'island' }]]),
      },
    ),
  );

interface Probe {
  readonly from: number;
  readonly to: number;
  readonly family: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
  readonly sourcePort: number;
  readonly port: number;
}

const flowOf = (probe: Probe): Flow => ({
  from: { kind: 'interface', id: places[probe.from]?.id ?? '' },
  protocol: probe.protocol,
  source: places[probe.from]?.[probe.family],
  destination: places[probe.to]?.[probe.family] ?? '',
  sourcePort: probe.sourcePort,
  destinationPort: probe.port,
});

const listening = { tcp: [80, 3000], udp: [80, 3000] } as const;

/** What a guest runs: echoes, and sends what it is told on port 9. */
const agent = `#!${process.execPath}
const net = require('node:net'), dgram = require('node:dgram'), readline = require('node:readline'), os = require('node:os');
for (const port of ${JSON.stringify(listening.tcp)}) net.createServer((s) => s.on('error', () => {}).end('x')).listen(port, '::');
// An answer of UDP has the address that was asked, where a socket has only one.
const own = Object.entries(os.networkInterfaces()).flatMap(([name, list]) => (name === 'lo' ? [] : list)).filter(({ address }) => !address.startsWith('fe80'));
for (const port of ${JSON.stringify(listening.udp)}) for (const { address } of own) {
  const s = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  s.on('message', (m, r) => s.send(m, r.port, r.address));
  s.bind(port, address);
}
const tcp = ({ source, address, port, sourcePort }, done) => {
  const s = net.connect({ host: address, port, localAddress: source, localPort: sourcePort });
  s.on('connect', () => done(true)).on('error', () => done(false));
  return () => s.destroy();
};
const udp = ({ source, address, port, sourcePort }, done) => {
  const s = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  s.on('message', () => done(true)).on('error', () => done(false));
  s.bind(sourcePort, source, () => s.send('x', port, address));
  return () => s.close();
};
net.createServer((control) => {
  readline.createInterface({ input: control }).on('line', async (line) => {
    const verdicts = await Promise.all(JSON.parse(line).map((probe) => new Promise((resolve) => {
      const answered = (verdict) => { clearTimeout(late); resolve(verdict); setImmediate(end); };
      const end = (probe.protocol === 'tcp' ? tcp : udp)(probe, answered);
      const late = setTimeout(() => answered(false), 700);
    })));
    control.write(JSON.stringify(verdicts) + '\\n');
  });
  control.on('error', () => {});
}).listen(9, '0.0.0.0', () => console.log('agent ready'));
`;

const placesOf = (guest: string) => places.filter((place) => place.guest === guest);
const primaryOf = (guest: string): string => placesOf(guest)[0]?.[4] ?? '';

const linksTo = (guest: string): Link[] =>
  placesOf(guest).map((place) => ({
    interfaceId: place.id,
    link: linkOf(place.id),
    index: place.index,
    mac: `02:00:00:00:00:0${places.indexOf(place)}`,
    addresses: [place[4]],
    prefixLength: 24,
    router: place.subnet === 'subnet-1' ? '10.0.1.1' : '10.0.2.1',
    ipv6: [place[6]],
  }));

/** Live traffic over a network that is given, to guests in a fabric. */
const liveTraffic = (topology: Topology, connect: (guest: string, port: number) => Promise<Duplex | string>) =>
  makeTraffic({
    clock: { now: () => 0 },
    parts: {
      network: { topology: () => topology, trace: (flow: Flow) => trace(topology, flow) },
      guests: { connect },
      flowLogs: { note: () => {} },
      inspectors: { note: () => {} },
    },
  } as unknown as PartWorld);

const missing = whyNoNamespaces();

test('Ruleset: what trace delivers the kernel and live traffic deliver, and what it drops is dropped, in random networks (VPC-24)', async () => {
  if (missing !== undefined) {
    console.warn(`left out: the kernel was not asked (${missing})`);
    expect(missing).not.toBe('');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'hakoniwa-rules-'));
  const booted = new Map<string, () => void>();
  const listener = {
    console: (id: string, text: string) => {
      if (text.includes('agent ready')) booted.get(id)?.();
    },
    exit: () => {},
    name: () => {},
    caught: () => {},
    end: () => {},
  };
  const fabric = new Fabric(folder, listener);
  try {
    await fabric.prepare([], []);
    await Promise.all(
      guests.map(async ([id, [, , address]]) => {
        const disk = join(folder, id);
        mkdirSync(disk);
        giveToGuests(disk);
        writeFileSync(join(disk, 'boot'), bootScript(id, Buffer.from(agent)));
        const ready = new Promise<void>((resolve) => booted.set(id, resolve));
        await fabric.start({ id, address, hostName: `${id}.internal`, disk, processes: 100 });
        await fabric.wire(id, [], linksTo(id));
        await fabric.go(id);
        await ready;
      }),
    );
    const ask = async (guest: string, probes: readonly Probe[]): Promise<boolean[]> => {
      const socket = await fabric.connect(primaryOf(guest), 9);
      if (typeof socket === 'string') throw new Error(`agent ${guest}: ${socket}`);
      const line = new Promise<string>((resolve) => createInterface({ input: socket }).once('line', resolve));
      const told = probes.map(({ from, to, family, ...probe }) => ({
        ...probe,
        source: places[from]?.[family],
        address: places[to]?.[family],
      }));
      socket.write(`${JSON.stringify(told)}\n`);
      const verdicts = JSON.parse(await line) as boolean[];
      socket.destroy();
      return verdicts;
    };
    let sourcePort = 20_000;
    let delivered = 0;
    let dropped = 0;
    for (const topology of fc.sample(network, { numRuns: 8, seed: 7 })) {
      await fabric.apply(compileRuleset(topology, 'vpc-1', { interfaceIds: places.map(({ id }) => id) }));
      const traffic = liveTraffic(topology, (guest, port) => fabric.connect(primaryOf(guest), port));
      const probes = places.flatMap((one, from) =>
        places.flatMap((other, to) =>
          one.guest === other.guest
            ? []
            : ([4, 6] as const).flatMap((family) =>
                (['tcp', 'udp'] as const).flatMap((kind) =>
                  listening[kind].map(
                    (port): Probe => ({ from, to, family, protocol: kind, sourcePort: sourcePort++, port }),
                  ),
                ),
              ),
        ),
      );
      const got = await Promise.all(
        guests.map(async ([guest]) => {
          const own = probes.filter((probe) => places[probe.from]?.guest === guest);
          return (await ask(guest, own)).map((verdict, at) => [own[at] as Probe, verdict] as const);
        }),
      );
      const live = await Promise.all(
        got.flat().map(async ([probe, verdict]) => {
          if (probe.protocol !== 'tcp') return verdict;
          const connection = await traffic.connect(flowOf(probe));
          if (connection.kind === 'open') connection.socket.destroy();
          return connection.kind === 'open';
        }),
      );
      for (const [at, [probe, verdict]] of got.flat().entries()) {
        const { sentence, disposition } = trace(topology, flowOf(probe));
        const expected = disposition === 'delivered';
        expect([sentence, verdict, live[at]]).toEqual([sentence, expected, expected]);
        if (verdict) delivered++;
        else dropped++;
      }
    }
    // Neither all nor nothing: both verdicts were asked for often.
    expect(Math.min(delivered, dropped)).toBeGreaterThan(50);
  } finally {
    await fabric.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);

test('Ruleset: a VPC without guests has rules that let nothing pass', () => {
  const script = compileRuleset(topologyOf([vpcOf('vpc-1', '10.0.0.0/16')]), 'vpc-1', { interfaceIds: [] });
  expect(script).toContain('type filter hook forward priority filter; policy drop;');
  expect(script).not.toContain('vmap');
});

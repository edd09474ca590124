// How many flows a second `trace` walks: 200 subnets, 2,000 interfaces, and the same with 100 such VPCs.
// Limits: ≥ 20,000 flows/s, and no slower than by a third with a hundred times as many VPCs.
// Run by `npm run bench -- trace`; prints its figures as JSON.
import { performance } from 'node:perf_hooks';
import type { Topology, Vpc } from '../src/network/topology.ts';
import { withVpc } from '../src/network/topology.ts';
import { groupOf, nicOf, subnetOf, tableOf, topologyOf, vpcOf } from '../src/network/topology.fixture.ts';
import { trace } from '../src/network/trace.ts';

const subnets = 200;
const perSubnet = 10;

function wideVpc(at: number): Vpc {
  const id = `vpc-${at}`;
  const subnetIds = Array.from({ length: subnets }, (_, index) => `subnet-${at}-${index}`);
  return vpcOf(id, '10.0.0.0/16', {
    subnets: subnetIds.map((subnetId, index) => subnetOf(subnetId, `10.0.${index}.0/24`, `use1-az${(index % 3) + 1}`)),
    interfaces: subnetIds.flatMap((subnetId, index) =>
      Array.from({ length: perSubnet }, (_, host) =>
        nicOf(`eni-${at}-${index}-${host}`, subnetId, `10.0.${index}.${host + 10}`, {
          public: `${50 + at}.${index}.${host}.1`,
          groupIds: ['sg-app'],
        }),
      ),
    ),
    routeTables: [
      tableOf(
        `rtb-${at}`,
        [
          ['10.0.0.0/16', 'local'],
          ['0.0.0.0/0', 'internet-gateway', `igw-${at}`],
        ],
        { main: true },
      ),
    ],
    groups: [
      groupOf(
        'sg-app',
        ['in', 'tcp', '22', '192.0.2.0/24'],
        ['in', 'tcp', '443', 'sg-app'],
        ['in', 'tcp', '8080', '0.0.0.0/0'],
        ['out', '-1', '*', '0.0.0.0/0'],
      ),
    ],
    internetGatewayId: `igw-${at}`,
  });
}

function measure(topology: Topology, flows: number): number {
  const walk = (count: number): number => {
    let delivered = 0;
    for (let index = 0; index < count; index++) {
      const from = { kind: 'interface', id: `eni-0-${index % subnets}-${index % perSubnet}` } as const;
      const inside = index % 2 === 0;
      const destination = inside ? `10.0.${(index * 7) % subnets}.${10 + ((index * 3) % perSubnet)}` : '192.0.2.1';
      const walked = trace(topology, { from, protocol: 'tcp', destination, destinationPort: 443 });
      if (walked.disposition === 'delivered') delivered++;
    }
    return delivered;
  };
  walk(5_000);
  const start = performance.now();
  const delivered = walk(flows);
  const seconds = (performance.now() - start) / 1000;
  if (delivered !== flows) throw new Error(`${flows - delivered} flows were lost`);
  return flows / seconds;
}

const one = topologyOf([wideVpc(0)]);
const many = topologyOf(Array.from({ length: 100 }, (_, at) => wideVpc(at)));
const single = measure(one, 40_000);
const hundred = measure(many, 40_000);

const changedAt = performance.now();
let changing = many;
const rounds = 50;
for (let round = 0; round < rounds; round++) {
  const vpc = changing.vpcs.get('vpc-0') as Vpc;
  changing = withVpc(changing, { ...vpc, groups: [...vpc.groups] });
  trace(changing, {
    from: { kind: 'interface', id: 'eni-0-0-0' },
    protocol: 'tcp',
    destination: '10.0.1.10',
    destinationPort: 443,
  });
}
const perChangeMs = (performance.now() - changedAt) / rounds;

console.log(JSON.stringify({ single, hundred, perChangeMs }));

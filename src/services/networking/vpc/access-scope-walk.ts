// What a Network Access Scope asks: from which resources to which is there a way that should not be? Answered by `trace`.
import type { AccessScopePath } from '@aws-sdk/client-ec2';
import { covers, findAddress, findPrefix } from '../../../network/address.ts';
import type { NetworkInterface, Topology, Vpc } from '../../../network/topology.ts';
import { trace, type Trace } from '../../../network/trace.ts';
import { flowsOf } from './insights-flow.ts';

/** Limit: pairs of resources that one analysis walks. Unknown: AWS's own limit. */
const pairsMax = 10_000;

type Statement = NonNullable<AccessScopePath['Source']>;

/** A place where a path can begin or end, with the types by which statements name it. */
interface End {
  readonly id: string;
  readonly types: readonly string[];
  /** IDs of what it is part of: VPC, subnet, groups, instance. */
  readonly within: readonly string[];
}

const endOfInterface = (vpc: Vpc, nic: NetworkInterface): End => ({
  id: nic.id,
  types: ['AWS::EC2::NetworkInterface', ...(nic.owner.kind === 'instance' ? ['AWS::EC2::Instance'] : [])],
  within: [vpc.id, nic.subnetId, nic.owner.id, ...nic.groupIds],
});

/** Interfaces and gateways of an account's Region. */
function endsOf(topology: Topology, account: string, region: string): End[] {
  const vpcs = [...topology.vpcs.values()].filter((vpc) => vpc.account === account && vpc.region === region);
  return vpcs.flatMap((vpc): End[] => [
    ...vpc.interfaces.map((nic) => endOfInterface(vpc, nic)),
    ...(vpc.internetGatewayId === undefined
      ? []
      : [{ id: vpc.internetGatewayId, types: ['AWS::EC2::InternetGateway'], within: [vpc.id] }]),
    ...(vpc.vpnGatewayId === undefined
      ? []
      : [{ id: vpc.vpnGatewayId, types: ['AWS::EC2::VPNGateway'], within: [vpc.id] }]),
  ]);
}

const shortId = (idOrArn: string): string => idOrArn.split('/').at(-1) ?? idOrArn;

function isNamed(end: End, statement: Statement | undefined): boolean {
  const { Resources = [], ResourceTypes = [] } = statement?.ResourceStatement ?? {};
  if (Resources.length === 0 && ResourceTypes.length === 0) return true;
  const ids = Resources.map(shortId);
  return (
    ids.includes(end.id) ||
    end.within.some((id) => ids.includes(id)) ||
    ResourceTypes.some((type) => end.types.includes(type) || (type === 'AWS::EC2::VPC' && end.within.length > 0))
  );
}

const inBlocks = (text: string, blocks: readonly string[] | undefined): boolean => {
  if (blocks === undefined || blocks.length === 0) return true;
  const address = findAddress(text);
  return address !== undefined && blocks.some((block) => isIn(block, address));
};

function isIn(block: string, address: NonNullable<ReturnType<typeof findAddress>>): boolean {
  const prefix = findPrefix(block.includes('/') ? block : `${block}/${address.family === 4 ? 32 : 128}`);
  return prefix !== undefined && covers(prefix, address);
}

const inPorts = (port: number, ranges: readonly string[] | undefined): boolean =>
  ranges === undefined ||
  ranges.length === 0 ||
  ranges.some((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return from <= port && port <= to;
  });

/** True when a walk is one that a path of the scope describes. */
function fits({ forward }: Trace, path: AccessScopePath, source: End, destination: End): boolean {
  if (!isNamed(source, path.Source) || !isNamed(destination, path.Destination)) return false;
  const through = (path.ThroughResources ?? []).flatMap(
    ({ ResourceStatement: asked }) => asked?.Resources?.map(shortId) ?? [],
  );
  if (!through.every((id) => forward.hops.some(({ component }) => component.id === id))) return false;
  const { packet } = forward;
  return [path.Source, path.Destination].every((statement) => {
    const header = statement?.PacketHeaderStatement;
    return (
      header === undefined ||
      (inBlocks(packet.source.text, header.SourceAddresses) &&
        inBlocks(packet.destination.text, header.DestinationAddresses) &&
        inPorts(packet.sourcePort, header.SourcePorts) &&
        inPorts(packet.destinationPort, header.DestinationPorts))
    );
  });
}

const protocolsOf = (path: AccessScopePath): readonly string[] => {
  const asked = [path.Source, path.Destination].flatMap((one) => one?.PacketHeaderStatement?.Protocols ?? []);
  return asked.length > 0 ? [...new Set(asked)] : ['tcp', 'udp'];
};

const portsOf = (path: AccessScopePath): (number | undefined)[] => {
  const ranges = [path.Source, path.Destination].flatMap((one) => one?.PacketHeaderStatement?.DestinationPorts ?? []);
  return ranges.length > 0 ? [...new Set(ranges.map((range) => Number(range.split('-')[0])))] : [undefined];
};

export interface ScopeAnswer {
  readonly interfaces: number;
  /** Ways that are there and should not be. */
  readonly found: readonly Trace[];
}

/** Walks between all pairs of ends that the scope matches, and keeps the ways that it does not exclude. */
export function walkScope(
  topology: Topology,
  place: { readonly account: string; readonly region: string },
  scope: { readonly matchPaths: readonly AccessScopePath[]; readonly excludePaths: readonly AccessScopePath[] },
): ScopeAnswer {
  const ends = endsOf(topology, place.account, place.region);
  const found: Trace[] = [];
  let pairs = 0;
  for (const path of scope.matchPaths) {
    const sources = ends.filter((end) => isNamed(end, path.Source));
    const destinations = ends.filter((end) => isNamed(end, path.Destination));
    for (const source of sources) {
      for (const destination of destinations) {
        if (source === destination || ++pairs > pairsMax) continue;
        const isExcluded = (walked: Trace) => scope.excludePaths.some((one) => fits(walked, one, source, destination));
        const walked = ways(topology, path, source, destination).find((one) => !isExcluded(one));
        if (walked !== undefined) found.push(walked);
      }
    }
  }
  return { interfaces: ends.filter(({ types }) => types.includes('AWS::EC2::NetworkInterface')).length, found };
}

/** The ways between two ends that a path of the scope describes, one for each port that is tried. */
const ways = (topology: Topology, path: AccessScopePath, source: End, destination: End): Trace[] =>
  protocolsOf(path)
    .flatMap((protocol) => portsOf(path).map((port) => ({ protocol, port })))
    .flatMap((asked) => flowsOf(topology, { source: source.id, destination: destination.id, ...asked }))
    .map((flow) => trace(topology, flow))
    .filter(
      (walked) =>
        walked.disposition === 'delivered' &&
        passes(walked, source, destination) &&
        fits(walked, path, source, destination),
    );

/** A way from or to a gateway counts only when it goes through that gateway. */
const passes = ({ forward }: Trace, ...ends: readonly End[]): boolean =>
  ends.every(({ id }) => id.startsWith('eni-') || forward.hops.some(({ component }) => component.id === id));

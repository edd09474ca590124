// From a path's ends to flows that `trace` can walk.
import type { Flow, Source } from '../../../network/flow.ts';
import type { NetworkInterface, Topology, Vpc } from '../../../network/topology.ts';

export interface PathQuestion {
  readonly source: string;
  readonly destination?: string | undefined;
  readonly sourceIp?: string | undefined;
  readonly destinationIp?: string | undefined;
  readonly protocol: string;
  readonly port?: number | undefined;
}

interface Standing {
  readonly vpc: Vpc;
  readonly nic: NetworkInterface;
}

/** Somebody on the Internet, where a path names nobody. RFC 5737 keeps it for examples. */
const stranger = '203.0.113.1';

function findInterface(topology: Topology, id: string): Standing | undefined {
  for (const vpc of topology.vpcs.values()) {
    const nic = vpc.interfaces.find((one) => one.id === id || (one.owner.kind === 'instance' && one.owner.id === id));
    if (nic !== undefined) return { vpc, nic };
  }
  return undefined;
}

function sourceOf(
  topology: Topology,
  { source, sourceIp }: PathQuestion,
): { from: Source; address?: string | undefined } | undefined {
  if (source.startsWith('igw-')) return { from: { kind: 'internet' }, address: sourceIp ?? stranger };
  if (source.startsWith('vgw-')) {
    const connection = [...topology.vpnConnections.values()].find(({ gatewayId }) => gatewayId === source);
    return connection === undefined
      ? undefined
      : { from: { kind: 'site', id: connection.siteId }, address: sourceIp ?? hostIn(topology, connection.siteId) };
  }
  const found = findInterface(topology, source) ?? firstAt(topology, source);
  return found === undefined ? undefined : { from: { kind: 'interface', id: found.nic.id }, address: sourceIp };
}

/** The first host of a site that has a network. */
function hostIn(topology: Topology, siteId: string): string | undefined {
  const site = topology.sites.get(siteId);
  const network = site?.cidrs[0]?.split('/')[0];
  return site?.hosts?.[0] ?? network?.replace(/\.(\d+)$/, (_, last: string) => `.${Number(last) + 1}`);
}

/** An interface that stands for an endpoint or a transit gateway attachment. */
const firstAt = (topology: Topology, id: string): Standing | undefined => {
  for (const vpc of topology.vpcs.values()) {
    const nic = vpc.interfaces.find((one) => one.owner.id === id);
    if (nic !== undefined) return { vpc, nic };
  }
  return undefined;
};

function destinationOf(topology: Topology, question: PathQuestion): string | undefined {
  const { destination = '', destinationIp, source } = question;
  if (destinationIp !== undefined) return destinationIp;
  if (destination.startsWith('igw-')) return stranger;
  if (destination.startsWith('vgw-')) {
    const connection = [...topology.vpnConnections.values()].find(({ gatewayId }) => gatewayId === destination);
    return connection === undefined ? undefined : hostIn(topology, connection.siteId);
  }
  if (destination.startsWith('vpce-')) {
    const endpoint = [...topology.vpcs.values()].flatMap((vpc) => vpc.endpoints).find(({ id }) => id === destination);
    const block = topology.prefixLists.get(endpoint?.prefixListId ?? '')?.cidrs[0];
    if (endpoint?.kind === 'gateway') return block?.split('/')[0];
  }
  const found = findInterface(topology, destination) ?? firstAt(topology, destination);
  const address = found?.nic.addresses[0];
  // From the Internet an interface is reached by its public address only; without one there is nothing to reach.
  return source.startsWith('igw-') ? (address?.public ?? address?.private) : address?.private;
}

/** Ports to try where a path names none: those that the destination's groups let in, then the usual ones. */
function portsOf(topology: Topology, { port, destination = '', protocol }: PathQuestion): number[] {
  if (port !== undefined) return [port];
  const found = findInterface(topology, destination) ?? firstAt(topology, destination);
  const groups = found?.vpc.groups.filter(({ id }) => found.nic.groupIds.includes(id)) ?? [];
  const admitted = groups
    .flatMap(({ rules }) => rules)
    .filter((rule) => !rule.egress && (rule.protocol === protocol || rule.protocol === '-1'))
    .map((rule) => rule.ports?.from ?? 443);
  return [...new Set([...admitted, 443, 80, 22])];
}

/** The flows that show whether a path is there: one that is delivered suffices. Empty when an end has no address. */
export function flowsOf(topology: Topology, question: PathQuestion): Flow[] {
  const from = sourceOf(topology, question);
  const destination = destinationOf(topology, question);
  if (from === undefined || destination === undefined) return [];
  return portsOf(topology, question).map((destinationPort) => ({
    from: from.from,
    source: from.address,
    protocol: question.protocol,
    destination,
    destinationPort,
  }));
}

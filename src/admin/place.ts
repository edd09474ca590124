// Ends of a connection as people write them: `i-…`, `eni-…`, an address, the name of a load balancer, `internet`.
import type { Source } from '../network/flow.ts';
import type { NetworkInterface, Topology } from '../network/topology.ts';
import { findVpcOfInterface, zoneOfInterface } from '../network/topology-index.ts';
import { badRequest } from './answer.ts';
import type { House } from './house.ts';

/** An address on the Internet from which a nameless client asks. */
export const outsideIp = '198.51.100.1';

function interfaceOf(topology: Topology, id: string): NetworkInterface | undefined {
  for (const vpc of topology.vpcs.values()) {
    const found = vpc.interfaces.find((nic) => nic.id === id || (nic.owner.kind === 'instance' && nic.owner.id === id));
    if (found !== undefined) return found;
  }
  return undefined;
}

function nodesOf(topology: Topology, name: string): readonly NetworkInterface[] {
  const nodes: NetworkInterface[] = [];
  for (const vpc of topology.vpcs.values())
    for (const nic of vpc.interfaces)
      if (nic.owner.kind === 'load-balancer' && (nic.owner.id === name || nic.owner.id.split('/')[1] === name))
        nodes.push(nic);
  return nodes;
}

/** Where a connection starts. */
export function readSource(topology: Topology, text: string): Source {
  if (text === 'internet') return { kind: 'internet' };
  if (topology.sites.has(text)) return { kind: 'site', id: text };
  const nic = interfaceOf(topology, text) ?? nodesOf(topology, text)[0];
  if (nic !== undefined) return { kind: 'interface', id: nic.id };
  throw badRequest(
    `Nothing is called ${text}.`,
    'Start from an instance (i-…), an interface (eni-…), a load balancer by its name, a site, or internet.',
  );
}

/** The VPC in which a source is. */
const vpcOf = (topology: Topology, from: Source): string | undefined =>
  from.kind === 'interface' ? findVpcOfInterface(topology, from.id) : undefined;

const zoneOf = ({ vpcs }: Topology, vpcId: string | undefined, from: Source): string | undefined => {
  const vpc = vpcs.get(vpcId ?? '');
  return vpc === undefined || from.kind !== 'interface' ? undefined : zoneOfInterface(vpc, from.id);
};

/** What the name server of a source answers; undefined for a name that is none of DNS's. */
async function lookUp(house: House, topology: Topology, name: string, from: Source): Promise<string | undefined> {
  if (!name.includes('.')) return undefined;
  const names = await house.part('names');
  const vpcId = vpcOf(topology, from);
  const found = await names.resolve(name, vpcId, zoneOf(topology, vpcId, from));
  if (found.kind === 'found' && found.addresses[0] !== undefined) return found.addresses[0];
  throw badRequest(
    `${name} cannot be resolved from there: ${found.kind === 'silent' ? 'no name server answers' : 'no such name, or none with an address'}.`,
    found.kind === 'silent'
      ? 'aws ec2 modify-vpc-attribute --enable-dns-support turns on the DNS of a VPC.'
      : 'Names of instances, load balancers, endpoints and AWS APIs are known inside the cloud.',
  );
}

/** The address that stands for a destination, seen from a source: from the Internet the public one. */
export async function readDestination(house: House, topology: Topology, text: string, from: Source): Promise<string> {
  if (/^[\d.]+$/.test(text)) return text;
  const bare = text.replaceAll(/^\[|\]$/g, '');
  if (bare.includes(':')) return bare;
  const named = await lookUp(house, topology, text, from);
  if (named !== undefined) return named;
  const nic = interfaceOf(topology, text) ?? nodesOf(topology, text)[0];
  if (nic === undefined)
    throw badRequest(
      `Nothing is called ${text}.`,
      'Go to an instance (i-…), an interface (eni-…), a load balancer by its name, or an address.',
    );
  const address = nic.addresses[0];
  const chosen = from.kind === 'internet' ? (address?.public ?? address?.private) : address?.private;
  if (chosen === undefined) throw badRequest(`${text} has no address.`, 'Is it running?');
  return chosen;
}

/** `name:443`, `10.0.0.7:80`, `[2001:db8::1]:443`; the port is optional. */
export function splitPort(text: string): { readonly host: string; readonly port: number | undefined } {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = six ?? four;
  if (host === undefined) throw badRequest(`No destination: ${text}`, 'Write it as i-0123…:443 or 10.0.0.7:80.');
  return { host, port: port === undefined ? undefined : Number(port) };
}

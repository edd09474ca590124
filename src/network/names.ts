// Names and the addresses that they stand for, seen from inside a VPC or from the Internet: what Amazon's DNS server answers of the
// network itself. Names of what users built (load balancers, hosted zones) are added by whoever runs it.
//
// Differs: servers that a DHCP option set names are not asked; whoever asks inside a VPC asks Amazon's.
// @see https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
import { createHash } from 'node:crypto';
import { address4, findAddress, readPrefix } from './address.ts';
import type { Endpoint, NetworkInterface, Topology, Vpc } from './topology.ts';
import { findOutside, peeringsOfVpc, vpcIndex } from './topology-index.ts';

/** Addresses of one family or both; an empty list is a name without any. Undefined: there is no such name. */
export type Addresses = readonly string[] | undefined;

const host = '[a-z0-9-]+';
const regionForm = '[a-z]{2}(?:-[a-z]+)+-\\d';
const internal = new RegExp(`^(${host})\\.(?:ec2|(${regionForm})\\.compute)\\.internal$`);
const outside = new RegExp(
  `^ec2-(\\d+-\\d+-\\d+-\\d+)\\.(?:compute-1|(${regionForm})\\.compute)\\.amazonaws\\.com(?:\\.cn)?$`,
);
const endpointOwn = new RegExp(`^(?:.+\\.)?(vpce-[0-9a-f]+)-${host}\\..+\\.vpce\\.amazonaws\\.com(?:\\.cn)?$`);
const publicApi = /^(?:.+\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

const dotted = (dashed: string): string => dashed.replaceAll('-', '.');

/** VPCs whose instances a name may stand for: the asker's own, and those that are peered with it. */
function near(topology: Topology, vpc: Vpc): readonly Vpc[] {
  const peered = (peeringsOfVpc(topology.peerings).get(vpc.id) ?? []).flatMap(({ vpcIds: [one, other] }) => {
    const found = topology.vpcs.get(one === vpc.id ? other : one);
    return found === undefined ? [] : [found];
  });
  return [vpc, ...peered];
}

const interfaceOfInstance = (vpc: Vpc, instanceId: string): NetworkInterface | undefined =>
  vpc.interfaces.find(({ owner }) => owner.kind === 'instance' && owner.id === instanceId);

/** `ip-10-0-1-7.ec2.internal`, `i-0123….ec2.internal`. */
function privateAddresses(topology: Topology, vpc: Vpc, label: string, region: string): Addresses {
  for (const candidate of near(topology, vpc)) {
    if (candidate.region !== region) continue;
    if (label.startsWith('i-')) {
      const nic = interfaceOfInstance(candidate, label);
      if (nic !== undefined) return [...nic.addresses.slice(0, 1).map((one) => one.private), ...nic.ipv6.slice(0, 1)];
      continue;
    }
    const text = /^ip-(\d+-\d+-\d+-\d+)$/.exec(label)?.[1];
    const address = text === undefined ? undefined : findAddress(dotted(text));
    if (address !== undefined && vpcIndex(candidate).interfaceAt(address) !== undefined) return [address.text];
  }
  return undefined;
}

/** The public name of an instance: its private address to those inside its VPC, its public one to all others. */
function publicAddresses(topology: Topology, vpc: Vpc | undefined, address: string): Addresses {
  const found = findOutside(topology, address);
  if (found === undefined) return undefined;
  if (vpc?.id !== found.vpcId) return [address];
  const nic = vpcIndex(vpc).interfaces.get(found.interfaceId);
  const inside = nic?.addresses.find((one) => one.public === address)?.private;
  return inside === undefined ? [address] : [inside];
}

const matches = (pattern: string, name: string): boolean =>
  pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1 : pattern === name;

/** Addresses of an endpoint's interfaces that are in reach; a zone's name leads to the one of that zone. */
function endpointAddresses(topology: Topology, vpc: Vpc, endpoint: Endpoint, name: string): Addresses {
  if (!endpoint.available) return undefined;
  const own = endpoint.privateNames.filter((one) => endpointOwn.test(one.replace(/^\*\./, '')));
  const at = own.findIndex((one) => matches(one, name));
  const ids = at > 0 ? endpoint.interfaceIds.slice(at - 1, at) : endpoint.interfaceIds;
  const index = vpcIndex(vpc);
  return ids.flatMap((id) => {
    const nic = index.interfaces.get(id);
    const zone = topology.zones.get(index.subnets.get(nic?.subnetId ?? '')?.zone ?? '');
    const isLost = zone !== undefined && !(zone.power && zone.network);
    return nic === undefined || isLost
      ? []
      : [...nic.addresses.slice(0, 1).map((one) => one.private), ...nic.ipv6.slice(0, 1)];
  });
}

function endpointByName(topology: Topology, vpc: Vpc | undefined, name: string): Addresses {
  const own = endpointOwn.exec(name)?.[1];
  if (own !== undefined) {
    for (const candidate of topology.vpcs.values()) {
      const endpoint = candidate.endpoints.find(({ id }) => id === own);
      if (endpoint !== undefined) return endpointAddresses(topology, candidate, endpoint, name);
    }
    return undefined;
  }
  const endpoint = vpc?.endpoints.find(({ privateNames }) => privateNames.some((one) => matches(one, name)));
  return endpoint === undefined || vpc === undefined ? undefined : endpointAddresses(topology, vpc, endpoint, name);
}

/** The address of a block that a name always gets. */
function addressIn(cidr: string, name: string): string | undefined {
  const prefix = readPrefix(cidr);
  if (prefix.family !== 4) return undefined;
  const size = 2 ** (32 - prefix.length);
  const chosen = createHash('sha256').update(name).digest().readUInt32BE(0) % Math.max(1, size - 2);
  return address4(prefix.bits + 1 + chosen).text;
}

/** AWS's own APIs, by the block of the service that the name says. */
function apiAddresses(topology: Topology, name: string): Addresses {
  if (!publicApi.test(name)) return undefined;
  const labels = name.split('.');
  const region = labels.find((label) => new RegExp(`^${regionForm}$`).test(label)) ?? 'us-east-1';
  const short = labels.some((label) => /^s3(?:-|$)/.test(label)) ? 's3' : labels.find((label) => label === 'dynamodb');
  const named = topology.services.find((service) => service.name === `com.amazonaws.${region}.${short ?? ''}`);
  const found = named ?? topology.services.find((service) => service.name === `com.amazonaws.${region}`);
  const cidr = found?.cidrs[0];
  const address = cidr === undefined ? undefined : addressIn(cidr, name);
  return address === undefined ? undefined : [address];
}

/** What the network itself knows of a name. `vpcId` is where somebody asks; undefined: on the Internet. */
export function resolve(topology: Topology, vpcId: string | undefined, asked: string): Addresses {
  const name = asked.toLowerCase().replace(/\.$/, '');
  const vpc = vpcId === undefined ? undefined : topology.vpcs.get(vpcId);
  const inside = internal.exec(name);
  if (inside !== null)
    return vpc === undefined ? undefined : privateAddresses(topology, vpc, inside[1] ?? '', inside[2] ?? 'us-east-1');
  const dashed = outside.exec(name)?.[1];
  if (dashed !== undefined) return publicAddresses(topology, vpc, dotted(dashed));
  return endpointByName(topology, vpc, name);
}

/** What is left when nobody else knows the name: AWS's own APIs. */
export const resolveApi = (topology: Topology, asked: string): Addresses =>
  apiAddresses(topology, asked.toLowerCase().replace(/\.$/, ''));

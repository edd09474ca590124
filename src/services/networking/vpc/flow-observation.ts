// What flow logs see of a trace: the packet at each interface that it left or came to, and whether a security group or a network ACL
// stopped it there. Pure: a trace and the topology in, observations out.
//
// Traffic that a VPC answers by itself (DNS, metadata, time) is not seen, as in AWS.
// Differs: the interfaces of transit gateway attachments, and of Gateway Load Balancers and their endpoints, record nothing.
// @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-limitations.html
import { type Address, isLinkLocal } from '../../../network/address.ts';
import type { Packet } from '../../../network/flow.ts';
import type { NetworkInterface, Topology } from '../../../network/topology.ts';
import { findOutside, serviceAt, type VpcIndex, vpcIndex } from '../../../network/topology-index.ts';
import type { Path, Trace } from '../../../network/trace.ts';
import type { Hop, Step } from '../../../network/walk.ts';

/** One direction of a flow at one interface. */
export interface Observation {
  /** `forward`: as the flow was sent; `back`: its answer. */
  readonly side: 'forward' | 'back';
  readonly direction: 'ingress' | 'egress';
  readonly action: 'ACCEPT' | 'REJECT';
  readonly rejectReason?: 'BPA' | undefined;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly interfaceId: string;
  readonly zoneId: string;
  readonly account: string;
  readonly region: string;
  readonly instanceId?: string | undefined;
  /** The interface's own address stands where the packet is for, or from, somebody behind it. */
  readonly source: string;
  readonly destination: string;
  /** As in the packet. */
  readonly packetSource: string;
  readonly packetDestination: string;
  readonly sourceService?: string | undefined;
  readonly destinationService?: string | undefined;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly family: 4 | 6;
  /** How it left: number of AWS's table, as for instances on the Nitro system. */
  readonly trafficPath?: number | undefined;
}

type DropStep = Extract<Step, { kind: 'drop' }>;

const dropOf = ({ steps }: Hop): DropStep | undefined => steps.find((step): step is DropStep => step.kind === 'drop');

/** Which way a packet went that block public access stopped. */
function blockedOn(hop: Hop): Observation['direction'] | undefined {
  const explanation = dropOf(hop)?.explanation;
  return explanation?.code === 'VPC_BLOCK_PUBLIC_ACCESS_ENABLED' ? explanation.direction : undefined;
}

/** The name in ip-ranges.json of whom a public address belongs to. */
export function serviceOf(topology: Topology, address: Address): string | undefined {
  const name = serviceAt(topology, address)?.split('.').at(-1);
  if (name !== undefined) return name.toUpperCase();
  return address.family === 4 && findOutside(topology, address.text) !== undefined ? 'EC2' : undefined;
}

/**
 * 1 within the VPC, 3 virtual private gateway, 4 and 5 peering within and across Regions, 7 gateway endpoint, 8 internet gateway.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
 */
function pathAfter(hops: readonly Hop[], at: number, topology: Topology, region: string): number | undefined {
  const next = hops[at + 1];
  if (next === undefined) return undefined;
  if (next.component.kind !== 'route-table') return 1;
  const route = next.steps.find((step) => step.kind === 'route');
  switch (route?.target.kind) {
    case undefined:
    case 'other':
      return undefined;
    case 'internet-gateway':
    case 'egress-only-internet-gateway':
      return 8;
    case 'vpn-gateway':
      return 3;
    case 'vpc-endpoint':
      return 7;
    case 'vpc-peering-connection': {
      const sides = topology.peerings.get(route.target.id)?.vpcIds ?? [];
      return sides.every((id) => topology.vpcs.get(id)?.region === region) ? 4 : 5;
    }
    default:
      return 1;
  }
}

class Observer {
  readonly #topology: Topology;
  readonly found: Observation[] = [];

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  watch(side: Observation['side'], { hops }: Path): void {
    const first = this.found.length;
    for (const [at, hop] of hops.entries()) {
      const vpc = this.#topology.vpcs.get(hop.vpcId ?? '');
      if (vpc !== undefined) this.#at(side, hops, at, vpcIndex(vpc));
      // What block public access stops on its way out was stopped for the interface that sent it.
      if (blockedOn(hop) !== 'egress' || this.found.length === first) continue;
      const last = this.found.pop() as Observation;
      this.found.push({ ...last, action: 'REJECT', rejectReason: 'BPA' });
    }
  }

  #at(side: Observation['side'], hops: readonly Hop[], at: number, vpc: VpcIndex): void {
    const hop = hops[at] as Hop;
    const { component, packet, direction } = hop;
    const denied = dropOf(hop)?.disposition === 'denied';
    switch (component.kind) {
      case 'network-interface': {
        const nic = vpc.interfaces.get(component.id);
        if (nic === undefined || direction === undefined || !isSeen(hop)) return;
        const path =
          direction === 'egress' && !denied ? pathAfter(hops, at, this.#topology, vpc.vpc.region) : undefined;
        return this.#add(vpc, nic, { side, direction, packet, denied, path });
      }
      case 'nat-gateway': {
        const nic = vpc.interfaces.get(vpc.natGateways.get(component.id)?.interfaceId ?? '');
        if (nic !== undefined && (denied || dropOf(hop) === undefined))
          this.#add(vpc, nic, { side, direction: 'ingress', packet, denied });
        return;
      }
      // Another subnet's network ACL stands before the interface.
      case 'subnet': {
        const nic = vpc.interfaceAt(packet.destination);
        if (nic !== undefined && denied) this.#add(vpc, nic, { side, direction: 'ingress', packet, denied });
        return;
      }
      case 'internet-gateway': {
        const nic = vpc.interfaces.get(findOutside(this.#topology, packet.destination.text)?.interfaceId ?? '');
        if (nic === undefined || blockedOn(hop) !== 'ingress') return;
        this.#add(vpc, nic, { side, direction: 'ingress', packet, denied: true, rejectReason: 'BPA' });
        return;
      }
      default:
    }
  }

  #add(
    vpc: VpcIndex,
    nic: NetworkInterface,
    seen: {
      readonly side: Observation['side'];
      readonly direction: Observation['direction'];
      readonly packet: Packet;
      readonly denied: boolean;
      readonly rejectReason?: Observation['rejectReason'];
      readonly path?: number | undefined;
    },
  ): void {
    const { side, direction, packet, denied } = seen;
    const { source, destination } = packet;
    const own = (address: Address): string => {
      const primary = address.family === 4 ? nic.addresses[0]?.private : nic.ipv6[0];
      return vpc.interfaceAt(address) === nic ? address.text : (primary ?? address.text);
    };
    this.found.push({
      side,
      direction,
      action: denied ? 'REJECT' : 'ACCEPT',
      rejectReason: seen.rejectReason,
      vpcId: vpc.vpc.id,
      subnetId: nic.subnetId,
      interfaceId: nic.id,
      zoneId: vpc.subnets.get(nic.subnetId)?.zone ?? '',
      account: vpc.vpc.account,
      region: vpc.vpc.region,
      instanceId: nic.owner.kind === 'instance' ? nic.owner.id : undefined,
      source: direction === 'egress' ? own(source) : source.text,
      destination: direction === 'ingress' ? own(destination) : destination.text,
      packetSource: source.text,
      packetDestination: destination.text,
      sourceService: serviceOf(this.#topology, source),
      destinationService: serviceOf(this.#topology, destination),
      sourcePort: packet.sourcePort,
      destinationPort: packet.destinationPort,
      protocol: packet.protocol,
      family: source.family,
      trafficPath: seen.path,
    });
  }
}

/** False for what never left or reached the interface, and for what the VPC answers by itself. */
function isSeen(hop: Hop): boolean {
  if (isLinkLocal(hop.packet.destination)) return false;
  if (hop.steps.some((step) => step.kind === 'deliver' && step.to.kind === 'vpc-service')) return false;
  const drop = dropOf(hop);
  if (drop === undefined || drop.disposition === 'denied') return true;
  // Nobody there, cut off: it had left. A NAT gateway's interface took what the gateway then does not know.
  if (hop.direction === 'egress') return drop.disposition === 'nobody-there';
  return drop.explanation.component.kind === 'nat-gateway';
}

/** All that interfaces see of a flow and its answer. */
export function observe(trace: Trace, topology: Topology): readonly Observation[] {
  const observer = new Observer(topology);
  observer.watch('forward', trace.forward);
  if (trace.back !== undefined) observer.watch('back', trace.back);
  return observer.found;
}

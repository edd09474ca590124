// What a transit gateway sees of a flow: once as it comes from an attachment, and once as it leaves by another.
import type { Path, Trace } from '../../../network/trace.ts';
import type { Topology, TransitAttachment, TransitGateway } from '../../../network/topology.ts';
import { vpcIndex } from '../../../network/topology-index.ts';
import type { Hop } from '../../../network/walk.ts';
import { type Observation, serviceOf } from './flow-observation.ts';

/** Where a flow comes from, or goes to, as far as it is a VPC. */
export interface TransitEnd {
  readonly account: string;
  readonly vpcId: string;
  readonly subnetId?: string | undefined;
  readonly interfaceId?: string | undefined;
  readonly zoneId?: string | undefined;
}

export interface TransitSight {
  readonly gatewayId: string;
  readonly attachmentId: string;
  /** The attachment on the other side; undefined when the flow got no further. */
  readonly pairId?: string | undefined;
  readonly from?: TransitEnd | undefined;
  readonly to?: TransitEnd | undefined;
  readonly lost?: 'no-route' | 'blackhole' | undefined;
}

export type TransitObservation = Observation & { readonly transit: TransitSight };

/** The gateway at which a hop decides by a route table. */
function gatewayAt({ component }: Hop, topology: Topology): TransitGateway | undefined {
  if (component.kind !== 'transit-gateway-route-table') return undefined;
  for (const gateway of topology.transitGateways.values())
    if (gateway.id === component.id || gateway.routeTables.some(({ id }) => id === component.id)) return gateway;
  return undefined;
}

/** The attachment from which a flow came to a gateway. */
function arrivalAt(
  gateway: TransitGateway,
  before: Hop | undefined,
  topology: Topology,
): TransitAttachment | undefined {
  if (before?.component.kind === 'transit-gateway')
    return gateway.attachments.find(({ kind, resourceId }) => kind === 'vpc' && resourceId === before.vpcId);
  const id = before?.component.id;
  if (before?.component.kind === 'transit-gateway-attachment')
    return gateway.attachments.find(
      ({ kind, resourceId }) =>
        kind === 'peering' &&
        topology.transitGateways.get(resourceId)?.attachments.some((other) => other.id === id) === true,
    );
  return gateway.attachments.find(
    ({ kind, resourceId }) =>
      kind === 'vpn' && (resourceId === id || topology.vpnConnections.get(resourceId)?.siteId === id),
  );
}

/** The VPC behind an attachment, with the attachment's interface in a zone. */
function endOf(attachment: TransitAttachment | undefined, zone: string | undefined, topology: Topology) {
  const vpc = attachment?.kind === 'vpc' ? topology.vpcs.get(attachment.resourceId) : undefined;
  if (vpc === undefined || attachment === undefined) return undefined;
  const { subnets, interfaces } = vpcIndex(vpc);
  const subnetId = attachment.subnetIds.find((id) => subnets.get(id)?.zone === zone) ?? attachment.subnetIds[0];
  const nic = [...interfaces.values()].find((one) => one.owner.kind === 'transit-gateway' && one.subnetId === subnetId);
  const end: TransitEnd = {
    account: vpc.account,
    vpcId: vpc.id,
    subnetId,
    interfaceId: nic?.id,
    zoneId: subnets.get(subnetId ?? '')?.zone,
  };
  return end;
}

/** The zone in which a hop, or the next one that is in any, stands. */
const zoneFrom = (hops: readonly Hop[]): string | undefined => hops.find(({ zone }) => zone !== undefined)?.zone;

function* sightsOf(side: Observation['side'], { hops }: Path, topology: Topology): Generator<TransitObservation> {
  for (const [at, hop] of hops.entries()) {
    const gateway = gatewayAt(hop, topology);
    if (gateway === undefined) continue;
    const arrival = arrivalAt(gateway, hops[at - 1], topology);
    if (arrival === undefined) continue;
    const step = hop.steps.find((one) => one.kind === 'transit-route');
    const drop = hop.steps.find((one) => one.kind === 'drop');
    const leaving = gateway.attachments.find(({ id }) => id === step?.attachmentId);
    const { packet } = hop;
    const seen = {
      side,
      action: 'ACCEPT' as const,
      vpcId: '',
      subnetId: '',
      zoneId: '',
      account: '',
      region: gateway.region,
      source: packet.source.text,
      destination: packet.destination.text,
      packetSource: packet.source.text,
      packetDestination: packet.destination.text,
      sourceService: serviceOf(topology, packet.source),
      destinationService: serviceOf(topology, packet.destination),
      sourcePort: packet.sourcePort,
      destinationPort: packet.destinationPort,
      protocol: packet.protocol,
      family: packet.source.family,
    };
    const from = endOf(arrival, zoneFrom(hops.slice(0, at).toReversed()), topology);
    const to = endOf(leaving, zoneFrom(hops.slice(at + 2)), topology);
    const lost = drop?.disposition === 'no-route' || drop?.disposition === 'blackhole' ? drop.disposition : undefined;
    const sight = { gatewayId: gateway.id, from, to };
    yield {
      ...seen,
      direction: 'ingress',
      interfaceId: arrival.id,
      transit: { ...sight, attachmentId: arrival.id, pairId: leaving?.id, lost },
    };
    if (leaving !== undefined)
      yield {
        ...seen,
        direction: 'egress',
        interfaceId: leaving.id,
        transit: { ...sight, attachmentId: leaving.id, pairId: arrival.id },
      };
  }
}

/** All that transit gateways see of a flow and its answer. */
export const observeTransit = (trace: Trace, topology: Topology): readonly TransitObservation[] => [
  ...sightsOf('forward', trace.forward, topology),
  ...(trace.back === undefined ? [] : sightsOf('back', trace.back, topology)),
];

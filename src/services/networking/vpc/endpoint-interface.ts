// The interfaces of endpoints in subnets, and the names that lead to them.
import { createHash } from 'node:crypto';
import { key } from '../../../kernel/key.ts';
import { errors } from '../../compute/ec2/errors.ts';
import type { Ec2Context } from '../../compute/ec2/operation.ts';
import { endpointZoneId } from './endpoint-catalog.ts';
import { endpointDomain, type OfferedService } from './endpoint-service-find.ts';
import { addInterface } from './network-interface.ts';
import type { EndpointRow, VpcRow } from './state.ts';
import { getSubnet } from './subnet.ts';
import { serviceAttachment } from './requester.ts';

/** The subnets of an endpoint: of its VPC, one in a zone, where the service is offered. */
export function checkZones(
  context: Ec2Context,
  vpcId: string,
  subnetIds: readonly string[],
  service: OfferedService,
): void {
  const zones = new Map<string, string>();
  for (const id of subnetIds) {
    const subnet = getSubnet(context, id);
    if (subnet.vpcId !== vpcId) throw errors.invalidParameter(`The subnet ${id} does not belong to ${vpcId}.`);
    const other = zones.get(subnet.zone);
    if (other !== undefined) {
      throw errors.other(
        'DuplicateSubnetsInSameZone',
        `Found another VPC endpoint subnet in the availability zone of ${id}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`,
      );
    }
    zones.set(subnet.zone, id);
    if (service.region === context.region && !service.zones.includes(subnet.zone)) {
      throw errors.invalidParameter(
        `The VPC endpoint service ${service.name} does not support the availability zone of the subnet: ${id}.`,
      );
    }
  }
}

/** Private names need the VPC's resolver, and one endpoint has them in a VPC. */
export function checkPrivateNames({ state }: Ec2Context, vpc: VpcRow, service: OfferedService): void {
  if (service.privateNames.length === 0)
    throw errors.invalidParameter(
      `Private DNS can't be enabled because the service ${service.name} does not provide a private DNS name.`,
    );
  if (service.row?.privateDns !== undefined && service.row.privateDns.state !== 'verified')
    throw errors.invalidParameter(
      `Private DNS can't be enabled because the service ${service.name} has not verified the private DNS name.`,
    );
  if (!vpc.dnsSupport || !vpc.dnsHostnames) {
    throw errors.invalidParameter(
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`,
    );
  }
  const other = state.endpoints
    .index('vpc')
    .list({ prefix: key(vpc.id) })
    .find((row) => row.privateDns && row.serviceName === service.name && row.state !== 'deleting');
  if (other === undefined) return;
  throw errors.invalidParameter(
    `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${service.privateNames[0]} in the VPC ${vpc.id}`,
  );
}

const types = {
  Interface: 'vpc_endpoint',
  GatewayLoadBalancer: 'gateway_load_balancer_endpoint',
  Gateway: 'vpc_endpoint',
} as const;

/** The account of AWS that makes endpoints' interfaces. */
const requesterId = '727180483921';

export function addEndpointInterfaces(
  context: Ec2Context,
  id: string,
  kind: EndpointRow['kind'],
  subnetIds: readonly string[],
  groupIds: readonly string[],
  fixed: ReadonlyMap<string, string>,
): string[] {
  return subnetIds.map((subnetId) => {
    const ip = fixed.get(subnetId);
    const nic = addInterface(context, getSubnet(context, subnetId), {
      description: `VPC Endpoint Interface ${id}`,
      type: types[kind],
      groupIds,
      ips: ip === undefined ? [] : [ip],
      withoutGroups: kind !== 'Interface',
      requester: { id: requesterId, managed: true },
      owner: { kind: 'endpoint', id },
      attachment: serviceAttachment(context, 'amazon-aws'),
    });
    return nic.id;
  });
}

/** Eight letters and digits that belong to an endpoint. */
const suffixOf = (id: string): string =>
  BigInt(`0x${createHash('sha256').update(id).digest('hex')}`)
    .toString(36)
    .slice(0, 8);

/** The Region's name of an endpoint, that of each zone, and with private DNS the service's usual ones. */
export function namesOf(
  context: Ec2Context,
  id: string,
  service: OfferedService,
  subnetIds: readonly string[],
  privateDns: boolean,
): EndpointRow['dnsNames'] {
  const domain = endpointDomain(service);
  const label = `${id}-${suffixOf(id)}`;
  const zones = subnetIds.map((subnetId) => getSubnet(context, subnetId).zone);
  const zoneId = endpointZoneId(context.region);
  const own = [`${label}.${domain}`, ...zones.map((zone) => `${label}-${zone}.${domain}`)];
  const hidden = `Z${createHash('sha256').update(`private/${id}`).digest('hex').slice(0, 20).toUpperCase()}`;
  return [
    ...own.map((name) => ({
      name: service.name.endsWith('.s3') ? `*.${name}` : name,
      zoneId,
    })),
    ...(privateDns ? service.privateNames.map((name) => ({ name, zoneId: hidden })) : []),
  ];
}

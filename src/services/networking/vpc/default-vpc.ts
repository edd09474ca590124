// What AWS lays in every Region of a new account: DHCP options, and a default VPC with a public subnet in each zone.
import { address4, readPrefix } from '../../../network/address.ts';
import { key } from '../../../kernel/key.ts';
import { type Zone, zonesOf } from '../../../kernel/region.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { addSubnet, showSubnet } from './subnet.ts';
import { addVpc, showVpc } from './vpc.ts';
import type { SubnetRow, VpcRow } from './state.ts';

const defaultCidr = '172.31.0.0/16';
const defaultSubnetLength = 20;

/** Makes what a new account finds, when this account and Region are touched for the first time. */
export function settle(context: Ec2Context): void {
  const { state, ids, region } = context;
  if (state.homes.has('home')) return;
  const dhcpOptionsId = ids.resource('dopt');
  state.dhcpOptions.put({
    id: dhcpOptionsId,
    options: [
      { name: 'domain-name', values: [region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`] },
      { name: 'domain-name-servers', values: ['AmazonProvidedDNS'] },
    ],
  });
  state.homes.put({ id: 'home', dhcpOptionsId });
  if (availabilityZones(context).length > 0) addDefaultVpc(context);
}

const availabilityZones = ({ region, account }: Ec2Context): Zone[] =>
  zonesOf(region, account).filter((zone) => zone.kind === 'availability-zone');

function addDefaultVpc(context: Ec2Context): VpcRow {
  const { state, ids } = context;
  const vpc = addVpc(context, { cidr: defaultCidr, isDefault: true, dnsHostnames: true });
  const gateway = { id: ids.resource('igw'), vpcId: vpc.id };
  state.internetGateways.put(gateway);
  const main = state.routeTables.index('vpc').first({ prefix: key(vpc.id) });
  if (main !== undefined) addDefaultRoute(context, main.id, gateway.id);
  for (const zone of availabilityZones(context)) addDefaultSubnet(context, vpc, zone);
  return vpc;
}

function addDefaultRoute({ state }: Ec2Context, tableId: string, gatewayId: string): void {
  const table = get(state.routeTables, kinds.routeTable, tableId);
  const route = { cidr: '0.0.0.0/0', target: gatewayId, origin: 'CreateRoute' } as const;
  state.routeTables.put({ ...table, routes: [...table.routes, route] });
}

/** The first /20 that is free. */
function addDefaultSubnet(context: Ec2Context, vpc: VpcRow, zone: Zone): SubnetRow {
  const base = readPrefix(defaultCidr);
  const taken = new Set(context.state.subnets.list().flatMap((row) => (row.vpcId === vpc.id ? [row.cidr] : [])));
  const blocks = Array.from(
    { length: 16 },
    (_, at) => `${address4(Number(base.bits) + at * 4096).text}/${defaultSubnetLength}`,
  );
  const cidr = blocks.find((block) => !taken.has(block));
  if (cidr === undefined) throw errors.subnetConflict(blocks[0] as string);
  return addSubnet(context, vpc, zone, { cidr, defaultForAz: true, mapPublicIp: true });
}

const findDefault = ({ state }: Ec2Context): VpcRow | undefined => state.vpcs.list().find((row) => row.isDefault);

/** Makes the default VPC anew after it was deleted. */
export const CreateDefaultVpc: Operation<'CreateDefaultVpc'> = (_input, context) => {
  if (findDefault(context) !== undefined) throw errors.defaultVpcExists();
  return { Vpc: showVpc(addDefaultVpc(context), context) };
};

/** Makes the default subnet of a zone anew after it was deleted. */
export const CreateDefaultSubnet: Operation<'CreateDefaultSubnet'> = (input, context) => {
  const wanted = input.AvailabilityZone ?? input.AvailabilityZoneId;
  if (wanted === undefined) throw errors.missingParameter('availabilityZone');
  const zone = availabilityZones(context).find(({ name, id }) => name === wanted || id === wanted);
  if (zone === undefined) throw errors.valueOf(wanted, 'availabilityZone', 'The zone does not exist.');
  const vpc = findDefault(context);
  if (vpc === undefined) throw errors.other('DefaultVpcDoesNotExist', 'No default VPC for this user');
  const subnets = context.state.subnets.list();
  if (subnets.some((row) => row.defaultForAz && row.zone === zone.name)) throw errors.defaultSubnetExists(zone.name);
  return { Subnet: showSubnet(addDefaultSubnet(context, vpc, zone), context) };
};

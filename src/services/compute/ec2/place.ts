// Regions, zones, and what an account may do in a Region.
import { findRegion, listRegions, partitionOf, type Zone, zonesOf } from '../../../kernel/region.ts';
import { addressesMax, groupsPerInterfaceMax } from '../../networking/vpc/limits.ts';
import { errors } from './errors.ts';
import { list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';

/** An account has all Regions that need no opt-in; with `AllRegions` the others are listed, too. */
export const DescribeRegions: Operation<'DescribeRegions'> = (input, context) => {
  const regions = listRegions(context.partition);
  for (const name of input.RegionNames ?? []) {
    if (!regions.some((region) => region.name === name)) throw errors.invalidValue(`Invalid region names: [${name}]`);
  }
  const status = (optIn: boolean) => (optIn ? 'not-opted-in' : 'opt-in-not-required');
  const wanted = regions.filter(({ name, optIn }) =>
    input.RegionNames === undefined || input.RegionNames.length === 0
      ? input.AllRegions === true || !optIn
      : input.RegionNames.includes(name),
  );
  const endpoint = (name: string) => `ec2.${name}.${partitionOf(name).dnsSuffix}`;
  const { rows } = list({ Filters: input.Filters }, context, {
    rows: wanted,
    id: ({ name }) => name,
    filters: {
      endpoint: ({ name }) => endpoint(name),
      'opt-in-status': ({ optIn }) => status(optIn),
      'region-name': ({ name }) => name,
    },
  });
  return {
    Regions: rows.map(({ name, optIn }) => ({
      RegionName: name,
      Endpoint: endpoint(name),
      OptInStatus: status(optIn),
    })),
  };
};

const isLocal = ({ kind }: Zone): boolean => kind !== 'availability-zone';

/**
 * The zones of the Region by the account's names for them. Default: Availability Zones; Local and Wavelength Zones, which need
 * an opt-in, with `AllAvailabilityZones`.
 */
export const DescribeAvailabilityZones: Operation<'DescribeAvailabilityZones'> = (input, context) => {
  const { region, account } = context;
  const zones = zonesOf(region, account);
  const missing = (name: string, value: string) =>
    errors.valueOf(`[${value}]`, name, `Invalid availability zone${name === 'ZoneId' ? '-id' : ''}: [${value}]`);
  for (const name of input.ZoneNames ?? []) {
    if (!zones.some((zone) => zone.name === name)) throw errors.invalidValue(`Invalid availability zone: [${name}]`);
  }
  for (const id of input.ZoneIds ?? []) if (!zones.some((zone) => zone.id === id)) throw missing('ZoneId', id);
  const named = [...(input.ZoneNames ?? []), ...(input.ZoneIds ?? [])];
  const wanted = zones.filter((zone) =>
    named.length > 0
      ? named.includes(zone.name) || named.includes(zone.id)
      : input.AllAvailabilityZones === true || !isLocal(zone),
  );
  const { rows } = list({ Filters: input.Filters }, context, {
    rows: wanted,
    id: ({ id }) => id,
    filters: {
      'group-name': ({ group }) => group,
      'group-long-name': () => longName(context),
      message: () => [],
      'opt-in-status': optIn,
      'parent-zone-id': () => undefined,
      'parent-zone-name': () => undefined,
      'region-name': () => region,
      state: () => 'available',
      'zone-id': ({ id }) => id,
      'zone-name': ({ name }) => name,
      'zone-type': ({ kind }) => kind,
    },
  });
  return { AvailabilityZones: rows.map((zone) => showZone(zone, context)) };
};

const optIn = (zone: Zone): 'not-opted-in' | 'opt-in-not-required' =>
  isLocal(zone) ? 'not-opted-in' : 'opt-in-not-required';

const longName = ({ region }: Ec2Context): string => `${findRegion(region)?.description ?? region} 1`;

const showZone = (zone: Zone, context: Ec2Context) => ({
  ZoneName: zone.name,
  ZoneId: zone.id,
  RegionName: context.region,
  ZoneType: zone.kind,
  State: 'available' as const,
  OptInStatus: optIn(zone),
  GroupName: zone.group,
  GroupLongName: isLocal(zone) ? undefined : longName(context),
  NetworkBorderGroup: isLocal(zone) ? zone.group : context.region,
  Messages: [],
});

/** Recorded nowhere; names and defaults are documented. `max-instances` is what AWS still says, quotas count vCPUs. */
export const DescribeAccountAttributes: Operation<'DescribeAccountAttributes'> = (
  { AttributeNames },
  { state, quotas },
) => {
  const vpc = state.vpcs.list().find((row) => row.isDefault)?.id ?? 'none';
  const values: Readonly<Record<string, readonly string[]>> = {
    'supported-platforms': ['VPC'],
    'vpc-max-security-groups-per-interface': [String(quotas.of(groupsPerInterfaceMax))],
    'max-elastic-ips': [String(quotas.of(addressesMax))],
    'max-instances': ['20'],
    'vpc-max-elastic-ips': [String(quotas.of(addressesMax))],
    'default-vpc': [vpc],
  };
  for (const name of AttributeNames ?? [])
    if (values[name] === undefined) throw errors.invalidValue(`Invalid attribute name: ${String(name)}`);
  const wanted = AttributeNames === undefined || AttributeNames.length === 0 ? Object.keys(values) : AttributeNames;
  const AccountAttributes = wanted.map((name) => ({
    AttributeName: name,
    AttributeValues: (values[name] ?? []).map((AttributeValue) => ({ AttributeValue })),
  }));
  return { AccountAttributes };
};

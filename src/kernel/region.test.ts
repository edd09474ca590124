import { expect, test } from 'vitest';
import {
  findRegion,
  findZone,
  isOffered,
  isRegionName,
  listRegions,
  partitionOf,
  servicesOffered,
  zonesOf,
} from './region.ts';

const names = (region: string, account: string) =>
  zonesOf(region, account)
    .filter(({ kind }) => kind === 'availability-zone')
    .map(({ name, id }) => `${name}=${id}`);

test('RGN-01: Regions are listed with partition, name and opt-in', () => {
  expect(listRegions('aws').map(({ name }) => name)).toContain('ap-northeast-1');
  expect(listRegions().length).toBe(39);
  expect(findRegion('us-east-1')).toMatchObject({ description: 'US East (N. Virginia)', optIn: false });
  expect(findRegion('af-south-1')?.optIn).toBe(true);
  expect(findRegion('us-east-9')).toBeUndefined();
});

test('RGN-02: the default account sees zones in the order of their IDs', () => {
  expect(names('us-west-2', '000000000000')).toEqual([
    'us-west-2a=usw2-az1',
    'us-west-2b=usw2-az2',
    'us-west-2c=usw2-az3',
    'us-west-2d=usw2-az4',
  ]);
  for (const region of listRegions()) expect(names(region.name, '000000000000').length).toBeGreaterThanOrEqual(3);
});

test('RGN-02: in the oldest Regions, names map to IDs by account, the same every time', () => {
  const accounts = Array.from({ length: 40 }, (_, at) => String(100000000000 + at));
  const maps = new Set(accounts.map((account) => names('us-east-1', account).join()));
  expect(maps.size).toBeGreaterThan(20);
  for (const account of accounts) {
    expect(names('us-east-1', account)).toEqual(names('us-east-1', account));
    const ids = zonesOf('us-east-1', account).filter(({ kind }) => kind === 'availability-zone');
    expect(ids.map(({ id }) => id).sort()).toEqual(findRegion('us-east-1')?.zones);
    expect(ids.map(({ name }) => name.slice(-1)).join('')).toBe('abcdef');
  }
});

test('RGN-02: later Regions call their zones the same in every account, holes included', () => {
  expect(names('ca-central-1', '123456789012')).toEqual([
    'ca-central-1a=cac1-az1',
    'ca-central-1b=cac1-az2',
    'ca-central-1d=cac1-az4',
  ]);
});

test('Local and Wavelength Zones are named after Region and city', () => {
  const name = (id: string) => findZone(id, id.startsWith('usw2') ? 'us-west-2' : 'eu-west-3', '000000000000');
  expect(name('usw2-lax1-az2')).toMatchObject({ name: 'us-west-2-lax-1b', group: 'us-west-2-lax-1' });
  expect(name('usw2-wl1-las-wlz1')).toMatchObject({ name: 'us-west-2-wl1-las-wlz-1', group: 'us-west-2-wl1' });
  expect(name('euw3-cmn1-wlz1')).toMatchObject({ name: 'eu-west-3-cmn-wlz-1a', group: 'eu-west-3-cmn-wlz-1' });
  for (const region of listRegions())
    for (const zone of zonesOf(region.name, '000000000000')) {
      expect(zone.name).toMatch(
        /^[a-z]+(-[a-z]+)+-\d+([a-z]|-[a-z]+-\d+[a-z]|-wl\d-[a-z]+-wlz-\d|-[a-z]+-wlz-\d+[a-z])$/,
      );
    }
});

test('a zone is found by its name or its ID, and only in its Region', () => {
  expect(findZone('us-east-1b', 'us-east-1', '000000000000')?.id).toBe('use1-az2');
  expect(findZone('use1-az2', 'us-east-1', '000000000000')?.name).toBe('us-east-1b');
  expect(findZone('us-east-1b', 'us-west-2', '000000000000')).toBeUndefined();
});

test('partitions are known by Region, or by the shape of its name', () => {
  expect(partitionOf('cn-north-1')).toMatchObject({ name: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' });
  expect(partitionOf('us-gov-west-9').name).toBe('aws-us-gov');
  expect(partitionOf('eu-north-7').name).toBe('aws');
  expect(partitionOf('aws-global').name).toBe('aws');
  expect(isRegionName('eu-north-7')).toBe(true);
  expect(isRegionName('eu_north')).toBe(false);
  expect(isRegionName('constructor')).toBe(false);
});

test('what a Region offers is known by service', () => {
  expect(isOffered('sqs', 'ap-northeast-1')).toBe(true);
  expect(isOffered('workspaces-instances', 'us-gov-west-1')).toBe(false);
  expect(isOffered('no-such', 'us-east-1')).toBeUndefined();
  expect(servicesOffered('us-east-1')).toContain('lambda');
});

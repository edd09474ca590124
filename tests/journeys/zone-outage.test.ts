// A zone is lost, and comes back: what lived there, and what did not.
import { ListTablesCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2 } from '@aws-sdk/client-ec2';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { makeSite } from './site.ts';

test('Zone outage: servers, disks and new launches of that zone are down, and nothing in the others (RGN-03, RGN-05)', async () => {
  await using site = await makeSite('outage');
  const { cloud, ec2 } = site;
  const [here] = await site.addServers(0, 1);
  const [there] = await site.addServers(1, 1);
  await cloud.clock.advance(120);
  const fault = cloud.faults.add({ kind: 'zone', zone: 'us-east-1a', for: '30m', note: 'drill' });
  expect(fault).toMatchObject({ state: 'active', breakage: { zoneId: 'use1-az1', lost: 'all' } });

  const { InstanceStatuses = [] } = await ec2.describeInstanceStatus();
  const statusOf = (id: string | undefined) => InstanceStatuses.find(({ InstanceId }) => InstanceId === id);
  expect(statusOf(here)).toMatchObject({
    SystemStatus: { Status: 'impaired', Details: [{ Status: 'failed', ImpairedSince: new Date(fault.from) }] },
    InstanceStatus: { Status: 'impaired' },
  });
  expect(statusOf(there)).toMatchObject({ SystemStatus: { Status: 'ok' }, InstanceStatus: { Status: 'ok' } });
  const { VolumeStatuses = [] } = await ec2.describeVolumeStatus();
  const volumes = VolumeStatuses.map(({ AvailabilityZone, VolumeStatus }) => [AvailabilityZone, VolumeStatus?.Status]);
  expect(volumes.sort()).toEqual([
    ['us-east-1a', 'impaired'],
    ['us-east-1b', 'ok'],
  ]);
  const launch = (subnet: number) =>
    ec2.runInstances({
      ImageId: 'ami-0ed094fb1304fd857',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: site.subnetIds[subnet],
    });
  await expect(launch(0)).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' });
  expect((await launch(1)).Instances).toHaveLength(1);

  expect((await cloud.trace({ from: 'internet', to: `${here}:80` })).delivered).toBe(false);
  await cloud.clock.advance(120);
  expect(await site.health()).toMatchObject({ [there as string]: 'healthy' });
  for (let i = 0; i < 4; i++) expect((await site.get()).text).toContain(there);

  await cloud.clock.advance(1_900);
  expect(await site.health()).toEqual({ [here as string]: 'healthy', [there as string]: 'healthy' });
  expect(cloud.faults.list()).toMatchObject([{ id: fault.id, state: 'ended' }]);
});

test('Zone outage in part: an island keeps running within, and nobody outside reaches it (RGN-03)', async () => {
  await using site = await makeSite('island');
  const { cloud, ec2 } = site;
  const [one = '', two = ''] = await site.addServers(0, 2);
  const [far = ''] = await site.addServers(1, 1);
  const rule = { IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/16' }] };
  await ec2.authorizeSecurityGroupIngress({ GroupId: site.serverGroupId, IpPermissions: [rule] });
  cloud.faults.add({ kind: 'zone', zone: 'use1-az1', lost: 'network' });
  expect((await cloud.trace({ from: one, to: `${two}:80` })).delivered).toBe(true);
  expect((await cloud.trace({ from: far, to: `${one}:80` })).delivered).toBe(false);
  const { InstanceStatuses } = await ec2.describeInstanceStatus({ InstanceIds: [one] });
  expect(InstanceStatuses?.[0]?.SystemStatus?.Status).toBe('impaired');
  const { VolumeStatuses = [] } = await ec2.describeVolumeStatus();
  expect(VolumeStatuses.map(({ VolumeStatus }) => VolumeStatus?.Status)).toEqual(['ok', 'ok', 'ok']);
});

test('Region outage: every zone is down and calls fail, in that Region only (RGN-04)', async () => {
  await using site = await makeSite('region');
  const { cloud, ec2 } = site;
  const [server = ''] = await site.addServers(0, 1);
  cloud.faults.add({ kind: 'region', region: 'us-east-1', for: '1h' });
  await expect(ec2.describeInstances()).rejects.toMatchObject({
    name: 'Unavailable',
    $metadata: { httpStatusCode: 503 },
  });
  await expect(cloud.client(DynamoDBClient).send(new ListTablesCommand({}))).rejects.toMatchObject({
    name: 'ServiceUnavailable',
  });
  expect((await cloud.trace({ from: 'internet', to: `${server}:80` })).delivered).toBe(false);
  const elsewhere = cloud.client(EC2, { region: 'eu-west-1' });
  expect((await elsewhere.describeInstances()).Reservations).toEqual([]);
  await cloud.clock.advance(3_600);
  expect((await ec2.describeInstances()).Reservations).toHaveLength(1);
});

test('Zone outage: no single fault of a zone takes another one along (RGN-04)', async () => {
  await using site = await makeSite('single');
  for (const zone of ['use1-az1', 'use1-az2', 'use1-az3']) {
    const { id } = site.cloud.faults.add({ kind: 'zone', zone, lost: 'all' });
    const down = ['use1-az1', 'use1-az2', 'use1-az3'].filter((one) => !site.cloud.inside.faults.hasPower(one));
    expect(down).toEqual([zone]);
    site.cloud.faults.end(id);
  }
});

test('Zone outage: S3 answers for every class but One Zone-IA, whose objects a destroyed zone loses (S3-09, S3-12)', async () => {
  await using site = await makeSite('one-zone');
  const { cloud } = site;
  const s3 = cloud.client(S3);
  const Bucket = 'kept';
  await s3.createBucket({ Bucket });
  for (const [Key, StorageClass] of [
    ['regional', 'STANDARD'],
    ['infrequent', 'STANDARD_IA'],
    ['zonal', 'ONEZONE_IA'],
  ] as const)
    await s3.putObject({ Bucket, Key, StorageClass, Body: Key });
  const read = async (Key: string): Promise<string> => {
    try {
      return (await (await s3.getObject({ Bucket, Key })).Body?.transformToString()) ?? '';
    } catch (error) {
      return (error as Error).name;
    }
  };
  const zones = ['use1-az1', 'use1-az2', 'use1-az3', 'use1-az4', 'use1-az5', 'use1-az6'];
  const answers: string[] = [];
  for (const zone of zones) {
    const { id } = cloud.faults.add({ kind: 'zone', zone });
    expect([await read('regional'), await read('infrequent')]).toEqual(['regional', 'infrequent']);
    answers.push(await read('zonal'));
    cloud.faults.end(id);
  }
  expect(answers.filter((answer) => answer === 'ServiceUnavailable')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'zonal')).toHaveLength(5);
  expect(await read('zonal')).toBe('zonal');

  const home = zones[answers.indexOf('ServiceUnavailable')] as string;
  await cloud.clock.advance(1);
  const { id } = cloud.faults.add({ kind: 'zone', zone: home, lost: 'destroyed' });
  await s3.putObject({ Bucket, Key: 'later', StorageClass: 'ONEZONE_IA', Body: 'later' });
  expect(await read('later')).toBe('later');
  await cloud.clock.advance(60);
  cloud.faults.end(id);
  expect(await read('zonal')).toBe('MethodNotAllowed');
  expect(await read('regional')).toBe('regional');
});

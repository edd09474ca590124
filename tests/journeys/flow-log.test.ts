// Flow logs of a site that serves: what its interfaces saw, as files in a bucket.
import { gunzipSync } from 'node:zlib';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import type { RunningCloud } from '../../src/embed/index.ts';
import { readParquet } from '../../src/kernel/parquet.fixture.ts';
import {
  addNetworkBalancer,
  openServers,
} from '../../src/services/networking/elastic-load-balancing-v2/network.fixture.ts';
import { makeSite } from './site.ts';

/** Lines of all files under a bucket, by name of the field. */
async function readLines(
  cloud: RunningCloud,
  bucket: string,
): Promise<{ key: string; lines: Record<string, string>[] }[]> {
  const s3 = cloud.client(S3, {});
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket });
  return Promise.all(
    Contents.map(async ({ Key = '' }) => {
      const { Body } = await s3.getObject({ Bucket: bucket, Key });
      const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString();
      const [head = '', ...rest] = text.trimEnd().split('\n');
      const names = head.split(' ');
      const lines = rest.map((line) =>
        Object.fromEntries(line.split(' ').map((value, at) => [names[at] ?? '', value])),
      );
      return { key: Key, lines };
    }),
  );
}

const format =
  '${version} ${interface-id} ${instance-id} ${srcaddr} ${dstaddr} ${pkt-srcaddr} ${srcport} ${dstport} ${protocol} ${tcp-flags} ${action} ${flow-direction} ${traffic-path} ${az-id} ${vpc-id} ${start} ${end} ${bytes} ${log-status}';

test('Flow log: what came to the load balancer and its servers, allowed and rejected, lies in the bucket (VPC-39)', async () => {
  await using site = await makeSite('flow-log');
  const { cloud, ec2 } = site;
  const [server] = (await site.addServers(0, 1)) as [string];
  await cloud.clock.advance(60);
  await cloud.client(S3, {}).createBucket({ Bucket: 'flows' });
  const { FlowLogIds, Unsuccessful } = await ec2.createFlowLogs({
    ResourceIds: [site.vpcId],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogDestinationType: 's3',
    LogDestination: 'arn:aws:s3:::flows/net',
    LogFormat: format,
    MaxAggregationInterval: 60,
  });
  expect(Unsuccessful).toEqual([]);
  expect((await site.get()).status).toBe(200);
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80 };
  await ec2.revokeSecurityGroupIngress({
    GroupId: site.serverGroupId,
    IpPermissions: [{ ...http, UserIdGroupPairs: [{ GroupId: site.balancerGroupId }] }],
  });
  await site.get();
  await cloud.clock.advance(300);

  expect((await ec2.describeFlowLogs({ FlowLogIds })).FlowLogs?.[0]).toMatchObject({ DeliverLogsStatus: 'SUCCESS' });
  const [file, ...others] = await readLines(cloud, 'flows');
  expect(others).toEqual([]);
  expect(file?.key).toMatch(
    /^net\/AWSLogs\/000000000000\/vpcflowlogs\/us-east-1\/2026\/03\/02\/000000000000_vpcflowlogs_us-east-1_fl-0\w+_20260302T0900Z_[0-9a-f]{8}\.log\.gz$/,
  );
  const lines = file?.lines ?? [];
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [server] });
  const { PrivateIpAddress: ip, NetworkInterfaces } = Reservations?.[0]?.Instances?.[0] ?? {};
  const nic = NetworkInterfaces?.[0]?.NetworkInterfaceId;
  const of = (more: Record<string, string | undefined>) =>
    lines.filter((line) => Object.entries(more).every(([name, value]) => line[name] === value));

  const accepted = of({ 'interface-id': nic, action: 'ACCEPT', 'flow-direction': 'ingress' });
  expect(accepted[0]).toMatchObject({
    version: '5',
    'instance-id': server,
    dstaddr: ip,
    dstport: '80',
    protocol: '6',
    'tcp-flags': '3',
    'traffic-path': '-',
    'az-id': 'use1-az1',
    'vpc-id': site.vpcId,
    'log-status': 'OK',
  });
  expect(of({ 'interface-id': nic, action: 'ACCEPT', 'flow-direction': 'egress' })[0]).toMatchObject({
    srcaddr: ip,
    srcport: '80',
    'tcp-flags': '19',
    'traffic-path': '1',
  });
  const rejected = of({ 'interface-id': nic, action: 'REJECT' });
  expect(rejected.length).toBeGreaterThan(0);
  expect(new Set(rejected.map((line) => `${line['flow-direction']} ${line['dstport']} ${line['tcp-flags']}`))).toEqual(
    new Set(['ingress 80 2']),
  );
  // The node saw its client from the Internet, and what it sent on was accepted where it left.
  const client = of({ srcaddr: '198.51.100.1', action: 'ACCEPT' });
  expect(client.length).toBeGreaterThan(0);
  const nodes = new Set(client.map((line) => line['interface-id']));
  expect(nodes.has(nic)).toBe(false);
  for (const node of nodes) expect(of({ 'interface-id': node, action: 'REJECT' })).toEqual([]);
  expect(of({ dstaddr: '198.51.100.1', 'flow-direction': 'egress' })[0]?.['traffic-path']).toBe('8');
});

test('Flow log: an interface that was quiet says NODATA; REJECT only has what was rejected (VPC-39)', async () => {
  await using site = await makeSite('flow-quiet');
  const { cloud, ec2 } = site;
  await cloud.client(S3, {}).createBucket({ Bucket: 'flows' });
  const { Subnets } = await ec2.describeSubnets({ SubnetIds: [site.subnetIds[0] as string] });
  await ec2.createFlowLogs({
    ResourceIds: [Subnets?.[0]?.SubnetId as string],
    ResourceType: 'Subnet',
    TrafficType: 'REJECT',
    LogDestinationType: 's3',
    LogDestination: 'arn:aws:s3:::flows',
    DestinationOptions: { FileFormat: 'plain-text', HiveCompatiblePartitions: true, PerHourPartition: true },
  });
  await site.get();
  await cloud.clock.advance(600);
  const [file] = await readLines(cloud, 'flows');
  expect(file?.key).toMatch(
    /^AWSLogs\/aws-account-id=000000000000\/aws-service=vpcflowlogs\/aws-region=us-east-1\/year=2026\/month=03\/day=02\/hour=09\/000000000000_vpcflowlogs_us-east-1_fl-\w+_20260302T0905Z_\w{8}\.log\.gz$/,
  );
  expect(file?.lines).toEqual([
    {
      version: '2',
      'account-id': '000000000000',
      'interface-id': expect.stringMatching(/^eni-/) as string,
      srcaddr: '-',
      dstaddr: '-',
      srcport: '-',
      dstport: '-',
      protocol: '-',
      packets: '-',
      bytes: '-',
      start: String(Date.parse('2026-03-02T09:00:05Z') / 1000),
      end: String(Date.parse('2026-03-02T09:10:00Z') / 1000),
      action: '-',
      'log-status': 'NODATA',
    },
  ]);
});

test('Flow log: a bucket that does not admit log delivery gets nothing, and the flow log says so (VPC-39)', async () => {
  await using site = await makeSite('flow-denied');
  const { cloud, ec2 } = site;
  const theirs = cloud.client(S3, { credentials: { accessKeyId: '111111111111', secretAccessKey: 'test' } });
  await theirs.createBucket({ Bucket: 'theirs' });
  const make = async (more: object) =>
    (await ec2.createFlowLogs({ ResourceIds: [site.vpcId], ResourceType: 'VPC', TrafficType: 'ALL', ...more }))
      .FlowLogIds?.[0] as string;
  const denied = await make({ LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::theirs' });
  const group = await make({ LogGroupName: 'flows', DeliverLogsPermissionArn: 'arn:aws:iam::000000000000:role/none' });
  await cloud.clock.advance(600);
  const { FlowLogs = [] } = await ec2.describeFlowLogs({
    Filter: [{ Name: 'deliver-log-status', Values: ['FAILED'] }],
  });
  expect(new Map(FlowLogs.map((one) => [one.FlowLogId, one.DeliverLogsErrorMessage]))).toEqual(
    new Map([
      [denied, 'Access error'],
      [group, 'Access error'],
    ]),
  );
});

test('Flow log: datagrams through a network load balancer and their answers, packet by packet (VPC-39)', async () => {
  await using site = await makeSite('flow-udp');
  const { cloud, ec2 } = site;
  const targets = await site.addServers(0, 1);
  await openServers(site);
  const net = await addNetworkBalancer(site, { protocol: 'UDP', port: 53, targets });
  await cloud.client(S3, {}).createBucket({ Bucket: 'flows' });
  await ec2.createFlowLogs({
    ResourceIds: [site.vpcId],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogDestinationType: 's3',
    LogDestination: 'arn:aws:s3:::flows',
    LogFormat: '${instance-id} ${srcaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${action}',
    MaxAggregationInterval: 60,
  });
  const doors = await cloud.inside.doors();
  const sender = { address: '127.0.0.1', port: 40_000 };
  let answeredBytes = 0;
  for (const bytes of ['one', 'two', 'three'].map((word) => Buffer.from(word)))
    await doors.datagram(`${net.host}:53`, sender, { bytes, answer: (back) => (answeredBytes += back.byteLength) });
  await cloud.clock.advance(300);
  const lines = (await readLines(cloud, 'flows')).flatMap((file) => file.lines);
  const udp = lines.filter((line) => line['instance-id'] === targets[0] && line['protocol'] === '17');
  const headers = 3 * 28;
  expect(udp).toHaveLength(2);
  expect(udp).toContainEqual(
    expect.objectContaining({
      srcaddr: '198.51.100.1',
      srcport: '40000',
      dstport: '80',
      packets: '3',
      bytes: String('onetwothree'.length + headers),
      action: 'ACCEPT',
    }),
  );
  expect(udp).toContainEqual(
    expect.objectContaining({ srcport: '80', dstport: '40000', packets: '3', bytes: String(answeredBytes + headers) }),
  );
});

test('Flow log: in Apache Parquet by hour, in partitions that Hive reads, numbers are numbers (VPC-39)', async () => {
  await using site = await makeSite('flow-log');
  const { cloud, ec2 } = site;
  await site.addServers(0, 1);
  await cloud.clock.advance(60);
  const s3 = cloud.client(S3, {});
  await s3.createBucket({ Bucket: 'flows' });
  await ec2.createFlowLogs({
    ResourceIds: [site.vpcId],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogDestinationType: 's3',
    LogDestination: 'arn:aws:s3:::flows',
    LogFormat: format,
    MaxAggregationInterval: 60,
    DestinationOptions: { FileFormat: 'parquet', HiveCompatiblePartitions: true, PerHourPartition: true },
  });
  expect((await site.get()).status).toBe(200);
  await cloud.clock.advance(300);
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'flows' });
  expect(Contents.map(({ Key }) => Key)).toEqual([
    expect.stringMatching(
      /^AWSLogs\/aws-account-id=000000000000\/aws-service=vpcflowlogs\/aws-region=us-east-1\/year=2026\/month=03\/day=02\/hour=09\/.*\.log\.parquet$/,
    ),
  ]);
  const { Body } = await s3.getObject({ Bucket: 'flows', Key: Contents[0]?.Key ?? '' });
  const rows = await readParquet((await Body?.transformToByteArray()) ?? new Uint8Array());
  expect(rows.find((row) => row['action'] === 'ACCEPT' && row['dstport'] === 80)).toMatchObject({
    version: 5,
    protocol: 6,
    vpc_id: site.vpcId,
    log_status: 'OK',
  });
  expect(rows.find((row) => row['log_status'] === 'NODATA')).toMatchObject({ srcaddr: '-', bytes: undefined });
});

// The private path to S3: no internet gateway, a gateway endpoint, and a bucket that admits nothing else. By HTTP, over the network.
import { gunzipSync } from 'node:zlib';
import { EC2 } from '@aws-sdk/client-ec2';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { connect } from '../../src/embed/client.ts';
import { type RunningCloud, startCloud } from '../../src/embed/index.ts';
import { image } from './site.ts';

interface Network extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly ec2: EC2;
  readonly vpcId: string;
  readonly tableId: string;
  readonly nicId: string;
  readonly ip: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** One address of S3. */
const s3Address = '52.216.0.9';
const bucketUser = 'courier';

async function makeNetwork(seed: string): Promise<Network> {
  const startAt = new Date('2026-03-02T09:00:00Z');
  const cloud = await startCloud({ clock: { kind: 'frozen' }, startAt, seed, strict: true });
  const ec2 = cloud.client(EC2);
  const vpcId = (await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId as string;
  const { Subnet } = await ec2.createSubnet({ VpcId: vpcId, CidrBlock: '10.0.1.0/24' });
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
  const { Instances } = await ec2.runInstances({
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: Subnet?.SubnetId,
  });
  await cloud.clock.advance(30);
  const nic = Instances?.[0]?.NetworkInterfaces?.[0];
  const iam = cloud.client(IAM);
  await iam.createUser({ UserName: bucketUser });
  await iam.putUserPolicy({
    UserName: bucketUser,
    PolicyName: 's3',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    }),
  });
  const { AccessKey } = await iam.createAccessKey({ UserName: bucketUser });
  const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  return {
    cloud,
    ec2,
    vpcId,
    tableId: RouteTables?.[0]?.RouteTableId as string,
    nicId: nic?.NetworkInterfaceId as string,
    ip: nic?.PrivateIpAddress as string,
    keys,
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

/** A client whose requests leave from the instance. */
async function insideClient({ cloud, nicId, keys }: Network): Promise<S3> {
  const traffic = await cloud.inside.part('traffic');
  const flow = {
    from: { kind: 'interface', id: nicId },
    protocol: 'tcp',
    destination: s3Address,
    destinationPort: 80,
  } as const;
  const { account, region } = cloud.inside;
  const handle = async (request: Parameters<typeof traffic.http>[1]) => {
    const exchange = await traffic.http(flow, request);
    if (exchange.kind !== 'answered') throw Object.assign(new Error(exchange.trace.sentence), { name: exchange.kind });
    return exchange.response;
  };
  return connect({ account, region, handle }, S3, { credentials: keys });
}

/** What a call came to: `ok`, or the name of its error and its message. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

const only = (Condition: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: 'arn:aws:s3:::vault/*',
      Condition,
    },
  });

test('Private path: S3 is reached through the endpoint and no other way, and the bucket admits nothing else (DRL-27, VPC-32, VPC-34, VPC-36)', async () => {
  await using network = await makeNetwork('private');
  const { cloud, ec2, vpcId, tableId, keys } = network;
  const admin = cloud.client(S3);
  await admin.createBucket({ Bucket: 'vault' });
  await admin.createBucket({ Bucket: 'flows' });
  await ec2.createFlowLogs({
    ResourceIds: [vpcId],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogDestinationType: 's3',
    LogDestination: 'arn:aws:s3:::flows',
    LogFormat:
      '${srcaddr} ${dstaddr} ${pkt-src-aws-service} ${pkt-dst-aws-service} ${traffic-path} ${action} ${log-status}',
    MaxAggregationInterval: 60,
  });
  const inside = await insideClient(network);
  const put = () => inside.putObject({ Bucket: 'vault', Key: 'a', Body: 'secret' });
  expect(await outcome(put())).toMatch(/^timeout: .*no route to 52\.216\.0\.9/);
  await cloud.clock.advance(60);

  const { VpcEndpoint } = await ec2.createVpcEndpoint({
    VpcId: vpcId,
    ServiceName: 'com.amazonaws.us-east-1.s3',
    RouteTableIds: [tableId],
  });
  const VpcEndpointId = VpcEndpoint?.VpcEndpointId as string;
  await admin.putBucketPolicy({
    Bucket: 'vault',
    Policy: only({ StringNotEquals: { 'aws:SourceVpce': VpcEndpointId } }),
  });
  expect(await outcome(put())).toBe('ok');
  const outside = cloud.client(S3, { credentials: keys });
  expect(await outcome(outside.getObject({ Bucket: 'vault', Key: 'a' }))).toMatch(
    /^AccessDenied: .*with an explicit deny in a resource-based policy/,
  );
  expect(await (await inside.getObject({ Bucket: 'vault', Key: 'a' })).Body?.transformToString()).toBe('secret');

  await cloud.clock.advance(600);
  const { Contents = [] } = await admin.listObjectsV2({ Bucket: 'flows' });
  const lines: string[] = [];
  for (const { Key } of Contents) {
    const { Body } = await admin.getObject({ Bucket: 'flows', Key });
    lines.push(
      ...gunzipSync((await Body?.transformToByteArray()) ?? '')
        .toString()
        .trimEnd()
        .split('\n')
        .slice(1),
    );
  }
  const seen = new Set(lines.filter((line) => line.endsWith(' OK')));
  // What timed out had no way, and was let out of the interface nevertheless.
  expect(seen).toEqual(
    new Set([
      `${network.ip} ${s3Address} - S3 - ACCEPT OK`,
      `${network.ip} ${s3Address} - S3 7 ACCEPT OK`,
      `${s3Address} ${network.ip} S3 - - ACCEPT OK`,
    ]),
  );
});

test('Endpoint: its policy is asked, and policies know the VPC and the address that a request came from (VPC-34, VPC-36)', async () => {
  await using network = await makeNetwork('endpoint-policy');
  const { cloud, ec2, vpcId, tableId, ip } = network;
  const admin = cloud.client(S3);
  await admin.createBucket({ Bucket: 'vault' });
  const { VpcEndpoint } = await ec2.createVpcEndpoint({
    VpcId: vpcId,
    ServiceName: 'com.amazonaws.us-east-1.s3',
    RouteTableIds: [tableId],
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::vault/*' },
    }),
  });
  const inside = await insideClient(network);
  const put = () => inside.putObject({ Bucket: 'vault', Key: 'a', Body: 'secret' });
  const read = () => inside.getObject({ Bucket: 'vault', Key: 'a' });
  expect(await outcome(put())).toBe('ok');
  expect(await outcome(read())).toMatch(
    /^AccessDenied: User: arn:aws:iam::000000000000:user\/courier is not authorized to perform: s3:GetObject on resource: .* because no VPC endpoint policy allows the s3:GetObject action$/,
  );
  await ec2.modifyVpcEndpoint({ VpcEndpointId: VpcEndpoint?.VpcEndpointId, ResetPolicy: true });
  expect(await outcome(read())).toBe('ok');
  const conditions: [object, boolean][] = [
    [{ StringNotEquals: { 'aws:SourceVpc': vpcId } }, true],
    [{ StringNotEquals: { 'aws:SourceVpc': 'vpc-0123456789abcdef0' } }, false],
    [{ NotIpAddress: { 'aws:VpcSourceIp': `${ip}/32` } }, true],
    [{ NotIpAddress: { 'aws:VpcSourceIp': '10.9.0.0/16' } }, false],
    // A private address never counts as the source.
    [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, true],
    [{ StringNotEquals: { 'aws:VpceAccount': '000000000000' } }, true],
  ];
  for (const [condition, admitted] of conditions) {
    await admin.putBucketPolicy({ Bucket: 'vault', Policy: only(condition) });
    expect([condition, (await outcome(read())) === 'ok']).toEqual([condition, admitted]);
  }
});

test('Two ways to an API: without the internet gateway the endpoint still works (VPC-33)', async () => {
  await using network = await makeNetwork('two-ways');
  const { cloud, ec2, vpcId, tableId, nicId } = network;
  await cloud.client(S3).createBucket({ Bucket: 'vault' });
  const InternetGatewayId = (await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId as string;
  await ec2.attachInternetGateway({ InternetGatewayId, VpcId: vpcId });
  await ec2.createRoute({ RouteTableId: tableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId });
  const inside = await insideClient(network);
  const put = () => inside.putObject({ Bucket: 'vault', Key: 'a', Body: 'secret' });
  expect(await outcome(put())).toMatch(/^timeout: .*has no public address/);
  const { AllocationId } = await ec2.allocateAddress({ Domain: 'vpc' });
  const { AssociationId } = await ec2.associateAddress({ AllocationId, NetworkInterfaceId: nicId });
  expect(await outcome(put())).toBe('ok');
  await ec2.disassociateAddress({ AssociationId });
  await ec2.detachInternetGateway({ InternetGatewayId, VpcId: vpcId });
  expect(await outcome(put())).toMatch(/^timeout: .*which is gone/);
  await ec2.createVpcEndpoint({
    VpcId: vpcId,
    ServiceName: 'com.amazonaws.us-east-1.s3',
    RouteTableIds: [tableId],
  });
  expect(await outcome(put())).toBe('ok');
});

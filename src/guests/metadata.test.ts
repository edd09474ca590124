// What an instance learns of itself at 169.254.169.254, and which names it can look up.
import { EC2, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { STS } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { type RunningCloud, startCloud } from '../embed/index.ts';
import { bodyOf } from '../kernel/http.ts';

const image = 'ami-0ed094fb1304fd857';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

interface Home extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly ec2: EC2;
  readonly subnetId: string;
  readonly vpcId: string;
  launch(more?: Partial<RunInstancesCommandInput>): Promise<string>;
  /** Sends a request from an instance, as `hakoniwa curl` does. */
  curl(from: string, url: string, method?: string, headers?: object): Promise<Answer>;
  /** The same, of one that is refused or cannot be sent. */
  failure(from: string, url: string): Promise<string>;
}

async function startHome(): Promise<Home> {
  const cloud = await startCloud({ strict: true, seed: 1, clock: { kind: 'frozen' }, startAt: new Date('2026-01-01') });
  const ec2 = cloud.client(EC2);
  const { Subnets } = await ec2.describeSubnets({ Filters: [{ Name: 'availability-zone', Values: ['us-east-1a'] }] });
  const ask = async (from: string, url: string, method = 'GET', headers = {}) => {
    const response = await cloud.inside.handle({
      method: 'POST',
      target: '/_hakoniwa/http',
      headers: { host: 'localhost' },
      body: bodyOf(Buffer.from(JSON.stringify({ from, url, method, headers }))),
      sourceIp: '127.0.0.1',
      secure: false,
    });
    return JSON.parse(String(response.body)) as {
      answer?: { status: number; headers: Record<string, string>; body: string };
      failure?: string;
      message?: string;
    };
  };
  return {
    cloud,
    ec2,
    subnetId: Subnets?.[0]?.SubnetId as string,
    vpcId: Subnets?.[0]?.VpcId as string,
    async launch(more = {}) {
      const one = { ImageId: image, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 } as const;
      const { Instances } = await ec2.runInstances({ ...one, SubnetId: Subnets?.[0]?.SubnetId, ...more });
      await cloud.clock.advance(60);
      return Instances?.[0]?.InstanceId as string;
    },
    async curl(from, url, method, headers) {
      const { answer, ...rest } = await ask(from, url, method, headers);
      if (answer === undefined) throw new Error(JSON.stringify(rest));
      return { status: answer.status, headers: answer.headers, text: answer.body };
    },
    async failure(from, url) {
      const view = await ask(from, url);
      return view.failure ?? JSON.stringify(view);
    },
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

const imds = 'http://169.254.169.254/latest';

async function makeRole(cloud: RunningCloud, service: string): Promise<void> {
  const iam = cloud.client(IAM);
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await iam.createRole({ RoleName: 'web-role', AssumeRolePolicyDocument });
  await iam.createInstanceProfile({ InstanceProfileName: 'web' });
  await iam.addRoleToInstanceProfile({ InstanceProfileName: 'web', RoleName: 'web-role' });
}

test('Metadata: an instance learns its identity, its address and its user data, with and without a token (EC2-18)', async () => {
  await using home = await startHome();
  const UserData = Buffer.from('#!/bin/sh\necho hello\n').toString('base64');
  const id = await home.launch({ UserData, MetadataOptions: { HttpTokens: 'optional' } });
  const get = async (path: string): Promise<string> => (await home.curl(id, `${imds}/${path}`)).text;
  expect(await get('')).toBe('dynamic/\nmeta-data/\nuser-data');
  expect(await get('meta-data/instance-id')).toBe(id);
  const ip = await get('meta-data/local-ipv4');
  expect(await get('meta-data/local-hostname')).toBe(`ip-${ip.replaceAll('.', '-')}.ec2.internal`);
  expect(await get('meta-data/placement/')).toBe('availability-zone\navailability-zone-id\nregion');
  expect(await get('user-data')).toBe('#!/bin/sh\necho hello\n');
  const mac = await get('meta-data/network/interfaces/macs');
  expect(mac).toMatch(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\/$/);
  expect(await get(`meta-data/network/interfaces/macs/${mac}subnet-id`)).toBe(home.subnetId);
  expect(JSON.parse(await get('dynamic/instance-identity/document'))).toMatchObject({
    accountId: '000000000000',
    instanceId: id,
    privateIp: ip,
    region: 'us-east-1',
    pendingTime: '2026-01-01T00:00:00Z',
  });
  expect((await home.curl(id, `${imds}/meta-data/nothing`)).status).toBe(404);
  expect((await home.curl(id, `${imds}/meta-data/iam/info`)).status).toBe(404);
  const { Reservations } = await home.ec2.describeInstances({ InstanceIds: [id] });
  expect(await get('meta-data/public-ipv4')).toBe(Reservations?.[0]?.Instances?.[0]?.PublicIpAddress);
});

test('Metadata: where tokens are required nothing is told without one, and one ends on the cloud’s clock (EC2-18)', async () => {
  await using home = await startHome();
  const id = await home.launch({ MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 } });
  const other = await home.launch({ MetadataOptions: { HttpTokens: 'required' } });
  expect((await home.curl(id, `${imds}/meta-data/instance-id`)).status).toBe(401);
  const ttl = { 'X-aws-ec2-metadata-token-ttl-seconds': '60' };
  const token = await home.curl(id, `${imds}/api/token`, 'PUT', ttl);
  expect(token.headers['x-aws-ec2-metadata-token-ttl-seconds']).toBe('60');
  expect(token.text).toMatch(/^[\w-]{56}$/);
  const ask = async (from: string) =>
    (await home.curl(from, `${imds}/meta-data/instance-id`, 'GET', { 'X-aws-ec2-metadata-token': token.text })).status;
  expect(await ask(id)).toBe(200);
  expect(await ask(other)).toBe(401);
  await home.cloud.clock.advance(60);
  expect(await ask(id)).toBe(401);
  const put = async (headers: object) => (await home.curl(id, `${imds}/api/token`, 'PUT', headers)).status;
  expect(await put({})).toBe(400);
  expect(await put({ 'X-aws-ec2-metadata-token-ttl-seconds': '21601' })).toBe(400);
  expect(await put({ ...ttl, 'X-Forwarded-For': '203.0.113.9' })).toBe(403);
  expect((await home.curl(id, `${imds}/api/token`)).status).toBe(405);
  await home.ec2.modifyInstanceMetadataOptions({ InstanceId: id, HttpEndpoint: 'disabled' });
  expect(await put(ttl)).toBe(403);
});

test('Metadata: the keys of the role work, and are renewed before they end (EC2-18)', async () => {
  await using home = await startHome();
  await makeRole(home.cloud, 'ec2.amazonaws.com');
  const MetadataOptions = { HttpTokens: 'optional' } as const;
  const id = await home.launch({ IamInstanceProfile: { Name: 'web' }, MetadataOptions });
  const get = async (path: string): Promise<string> => (await home.curl(id, `${imds}/meta-data/iam/${path}`)).text;
  expect(await get('')).toBe('info\nsecurity-credentials/');
  expect(await get('security-credentials/')).toBe('web-role');
  expect(JSON.parse(await get('info'))).toMatchObject({
    Code: 'Success',
    InstanceProfileArn: 'arn:aws:iam::000000000000:instance-profile/web',
  });
  const keys = JSON.parse(await get('security-credentials/web-role')) as Record<string, string>;
  expect(keys).toMatchObject({ Code: 'Success', Type: 'AWS-HMAC' });
  const sts = home.cloud.client(STS, {
    credentials: {
      accessKeyId: keys['AccessKeyId'] as string,
      secretAccessKey: keys['SecretAccessKey'] as string,
      sessionToken: keys['Token'] as string,
    },
  });
  expect((await sts.getCallerIdentity({})).Arn).toBe(`arn:aws:sts::000000000000:assumed-role/web-role/${id}`);
  const again = async () => (JSON.parse(await get('security-credentials/web-role')) as typeof keys)['AccessKeyId'];
  await home.cloud.clock.advance(600);
  expect(await again()).toBe(keys['AccessKeyId']);
  await home.cloud.clock.advance(2_800);
  expect(await again()).not.toBe(keys['AccessKeyId']);
});

test('Metadata: a role that does not trust EC2 gives no keys, and says why (EC2-18)', async () => {
  await using home = await startHome();
  await makeRole(home.cloud, 'lambda.amazonaws.com');
  const MetadataOptions = { HttpTokens: 'optional' } as const;
  const id = await home.launch({ IamInstanceProfile: { Name: 'web' }, MetadataOptions });
  const { text } = await home.curl(id, `${imds}/meta-data/iam/security-credentials/web-role`);
  expect(JSON.parse(text)).toMatchObject({ Code: 'AssumeRoleUnauthorizedAccess' });
});

test('Metadata: tags are told when they are enabled, and as they are now', async () => {
  await using home = await startHome();
  const TagSpecifications = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'Name', Value: 'web' }] }];
  const id = await home.launch({ TagSpecifications, MetadataOptions: { HttpTokens: 'optional' } });
  expect((await home.curl(id, `${imds}/meta-data/tags/instance/Name`)).status).toBe(404);
  await home.ec2.modifyInstanceMetadataOptions({ InstanceId: id, InstanceMetadataTags: 'enabled' });
  expect((await home.curl(id, `${imds}/meta-data/tags/instance/Name`)).text).toBe('web');
  await home.ec2.createTags({ Resources: [id], Tags: [{ Key: 'Name', Value: 'db' }] });
  expect((await home.curl(id, `${imds}/meta-data/tags/instance/Name`)).text).toBe('db');
});

test('Metadata: nobody on the Internet is told anything', async () => {
  await using home = await startHome();
  await home.launch();
  expect(await home.failure('internet', `${imds}/meta-data/`)).toBe('refused');
});

test('Metadata: a Spot Instance sees its notice, two minutes ahead (EC2-13)', async () => {
  await using home = await startHome();
  const InstanceMarketOptions = { MarketType: 'spot' as const };
  const id = await home.launch({ InstanceMarketOptions, MetadataOptions: { HttpTokens: 'optional' } });
  const get = (path: string): Promise<Answer> => home.curl(id, `${imds}/meta-data/${path}`);
  expect((await get('instance-life-cycle')).text).toBe('spot');
  expect((await get('spot/instance-action')).status).toBe(404);
  home.cloud.inside.faults.add({ breakage: { kind: 'capacity', market: 'spot' } });
  await home.cloud.clock.advance(60);
  const notice = JSON.parse((await get('spot/instance-action')).text) as { action: string; time: string };
  expect(notice.action).toBe('terminate');
  expect((await get('spot/termination-time')).text).toBe(notice.time);
  const leftSeconds = (Date.parse(notice.time) - home.cloud.clock.now().getTime()) / 1_000;
  expect(leftSeconds).toBeGreaterThan(0);
  expect(leftSeconds).toBeLessThanOrEqual(120);
});

test('Names: an instance finds others, AWS’s APIs and load balancers by name, each over the network (VPC-25, VPC-32)', async () => {
  await using home = await startHome();
  const id = await home.launch({ MetadataOptions: { HttpTokens: 'optional' } });
  const other = await home.launch();
  const { Reservations } = await home.ec2.describeInstances({ InstanceIds: [other] });
  const { PrivateDnsName, PublicDnsName, PrivateIpAddress, SecurityGroups } = Reservations?.[0]?.Instances?.[0] ?? {};
  const byName = await home.curl(id, `http://${PrivateDnsName}/`);
  expect(byName.text).toContain(`${other} in us-east-1a at ${PrivateIpAddress}`);
  // Inside the VPC a public name stands for the private address, so the group's rule for itself admits it.
  expect((await home.curl(id, `http://${PublicDnsName}/`)).text).toContain(other);
  expect(await home.failure('internet', `http://${PublicDnsName}/`)).toBe('timeout');

  const s3 = home.cloud.client(S3);
  await s3.createBucket({ Bucket: 'garden' });
  const denied = await home.curl(id, 'http://garden.s3.us-east-1.amazonaws.com/');
  expect([denied.status, denied.text]).toEqual([403, expect.stringContaining('AccessDenied')]);
  expect((await home.curl(id, 'http://sqs.us-east-1.amazonaws.com/')).status).toBeGreaterThanOrEqual(400);

  const elb = home.cloud.client(ElasticLoadBalancingV2);
  const { Subnets = [] } = await home.ec2.describeSubnets({ Filters: [{ Name: 'vpc-id', Values: [home.vpcId] }] });
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: 'web',
    Scheme: 'internal',
    Subnets: Subnets.slice(0, 2).map(({ SubnetId }) => SubnetId as string),
    SecurityGroups: SecurityGroups?.map(({ GroupId }) => GroupId as string),
  });
  await elb.createListener({
    LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', MessageBody: 'balanced' } }],
  });
  await home.cloud.clock.advance(300);
  const label = LoadBalancers?.[0]?.DNSName?.split('.elb.')[0] as string;
  expect((await home.curl(id, `http://${label}.elb.amazonaws.com/`)).text).toBe('balanced');
});

test('Names: what does not exist is not found, and without DNS support nothing is', async () => {
  await using home = await startHome();
  const id = await home.launch();
  expect(await home.failure(id, 'http://ip-10-9-9-9.ec2.internal/')).toContain('no such name');
  expect(await home.failure(id, 'http://www.example.com/')).toContain('no such name');
  await home.ec2.modifyVpcAttribute({ VpcId: home.vpcId, EnableDnsSupport: { Value: false } });
  expect(await home.failure(id, 'http://s3.us-east-1.amazonaws.com/')).toContain('no name server answers');
});

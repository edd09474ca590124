// HTTP/2 and gRPC through an application load balancer, by TLS on the port of the cloud.
import http2 from 'node:http2';
import tls from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { certificatePem, privateKeyPem } from '../../src/services/security/iam/certificate.fixture.ts';
import { makeSite, type Site } from './site.ts';

interface SecureSite extends Site {
  readonly port: number;
  readonly versionedArn: string;
}

/** With an HTTPS listener that sends to a group of a protocol version, in which is one server. */
async function secureSite(seed: string, ProtocolVersion: 'HTTP2' | 'GRPC'): Promise<SecureSite> {
  const site = await makeSite(seed);
  const { elb, ec2, cloud, vpcId, balancerArn } = site;
  const made = await cloud.client(IAM).uploadServerCertificate({
    ServerCertificateName: 'web',
    CertificateBody: certificatePem,
    PrivateKey: privateKeyPem,
  });
  await ec2.authorizeSecurityGroupIngress({
    GroupId: site.balancerGroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  const { TargetGroups } = await elb.createTargetGroup({
    Name: 'versioned',
    Protocol: 'HTTP',
    ProtocolVersion,
    Port: 80,
    VpcId: vpcId,
  });
  const versionedArn = TargetGroups?.[0]?.TargetGroupArn as string;
  await elb.createListener({
    LoadBalancerArn: balancerArn,
    Protocol: 'HTTPS',
    Port: 443,
    Certificates: [{ CertificateArn: made.ServerCertificateMetadata?.Arn }],
    DefaultActions: [{ Type: 'forward', TargetGroupArn: versionedArn }],
  });
  const [Id = ''] = await site.addServers(0, 1);
  await elb.registerTargets({ TargetGroupArn: versionedArn, Targets: [{ Id }] });
  await cloud.clock.advance(200);
  return { ...site, port: Number(new URL(await cloud.listen()).port), versionedArn };
}

interface Got {
  readonly status: number | undefined;
  readonly body: Buffer;
  readonly trailers: http2.IncomingHttpHeaders;
}

/** A request by HTTP/2, as TLS agreed on it. */
async function ask({ host, port }: SecureSite, headers: http2.OutgoingHttpHeaders, body?: Uint8Array): Promise<Got> {
  const session = http2.connect(`https://${host}`, {
    createConnection: () =>
      tls.connect({ host: '127.0.0.1', port, servername: host, rejectUnauthorized: false, ALPNProtocols: ['h2'] }),
  });
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request(headers);
      const chunks: Buffer[] = [];
      let status: number | undefined;
      let trailers: http2.IncomingHttpHeaders = {};
      stream.on('response', (answered) => (status = answered[':status']));
      stream.on('trailers', (last) => (trailers = last));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => resolve({ status, body: Buffer.concat(chunks), trailers }));
      stream.on('error', reject);
      stream.end(body);
    });
  } finally {
    session.close();
  }
}

const grpc = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
const message = Uint8Array.from([0, 0, 0, 0, 0]);

async function statesOf({ elb, versionedArn }: SecureSite): Promise<(string | undefined)[]> {
  const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({ TargetGroupArn: versionedArn });
  return TargetHealthDescriptions.map(
    ({ TargetHealth }) => `${TargetHealth?.State} ${TargetHealth?.Description ?? ''}`,
  );
}

test('gRPC: targets are healthy by the code of their answer; calls go through with their trailers', async () => {
  await using site = await secureSite('grpc', 'GRPC');
  expect(await statesOf(site)).toEqual(['healthy ']);
  const health = await ask(site, { ...grpc, ':path': '/grpc.health.v1.Health/Check' }, message);
  expect([health.status, [...health.body], health.trailers['grpc-status']]).toEqual([200, [0, 0, 0, 0, 2, 8, 1], '0']);
  const unknown = await ask(site, { ...grpc, ':path': '/shop.Cart/Add' }, message);
  expect([unknown.status, unknown.trailers['grpc-status'], unknown.trailers['grpc-message']]).toEqual([
    200,
    '12',
    'unknown method /shop.Cart/Add',
  ]);
  // Neither other methods nor other content suit such a group.
  expect((await ask(site, { ':path': '/' })).status).toBe(464);
  await site.elb.modifyTargetGroup({ TargetGroupArn: site.versionedArn, Matcher: { GrpcCode: '0' } });
  await site.cloud.clock.advance(200);
  expect(await statesOf(site)).toEqual(['unhealthy Health checks failed with these codes: [12]']);
  const HealthCheckPath = '/grpc.health.v1.Health/Check';
  await site.elb.modifyTargetGroup({ TargetGroupArn: site.versionedArn, HealthCheckPath });
  await site.cloud.clock.advance(200);
  expect(await statesOf(site)).toEqual(['healthy ']);
});

test('HTTP/2: goes to groups of HTTP/2, which HTTP/1.1 does not suit; the log tells versions, cipher and name', async () => {
  await using site = await secureSite('http2', 'HTTP2');
  expect(await statesOf(site)).toEqual(['healthy ']);
  const Bucket = 'balancer-logs';
  const s3 = site.cloud.client(S3);
  await s3.createBucket({ Bucket });
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  const Statement = [{ Effect: 'Allow', Principal: { AWS: '127311923021' }, Action: 's3:PutObject', Resource }];
  await s3.putBucketPolicy({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
  await site.elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: site.balancerArn,
    Attributes: [
      { Key: 'access_logs.s3.enabled', Value: 'true' },
      { Key: 'access_logs.s3.bucket', Value: Bucket },
    ],
  });
  const got = await ask(site, { ':path': '/shop', accept: 'application/json' });
  expect([got.status, JSON.parse(got.body.toString()).target]).toEqual([200, '/shop']);
  const refused = await site.cloud.inside.handle({
    method: 'GET',
    target: '/',
    headers: { host: site.host },
    body: { lengthBytes: 0, bytes: () => new Uint8Array(), stream: async function* stream() {} },
    sourceIp: '127.0.0.1',
    secure: true,
  });
  expect(refused.status).toBe(464);
  await site.cloud.clock.advance(300);
  // Each node has a file of its own.
  const { Contents = [] } = await s3.listObjectsV2({ Bucket });
  const lines: string[] = [];
  for (const { Key = '' } of Contents.filter((object) => object.Key?.endsWith('.log.gz'))) {
    const { Body } = await s3.getObject({ Bucket, Key });
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    lines.push(...gunzipSync(bytes).toString().trimEnd().split('\n'));
  }
  expect(lines).toHaveLength(2);
  const line = lines.find((one) => one.includes('/shop '));
  expect(line).toMatch(/^h2 /);
  expect(line).toContain(`"GET https://${site.host}:443/shop HTTP/2.0"`);
  expect(line).toMatch(/ TLS_AES_\w+ TLSv1\.3 /);
  expect(line).toContain(`"${site.host}" `);
});

test('CreateListener: HTTP listeners do not send to groups of HTTP/2 or gRPC', async () => {
  await using site = await makeSite('plain-grpc');
  const { TargetGroups } = await site.elb.createTargetGroup({
    Name: 'grpc',
    Protocol: 'HTTP',
    ProtocolVersion: 'GRPC',
    Port: 80,
    VpcId: site.vpcId,
  });
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn }];
  await expect(
    site.elb.createListener({ LoadBalancerArn: site.balancerArn, Protocol: 'HTTP', Port: 81, DefaultActions }),
  ).rejects.toMatchObject({
    name: 'InvalidLoadBalancerActionException',
    message: "Listener protocol 'HTTP' is not supported with a target group with the protocol-version 'GRPC'",
  });
});

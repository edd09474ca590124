// Access logs of load balancers, from the request to the object in the bucket.
import { once } from 'node:events';
import nodeNet from 'node:net';
import tls from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { makeClassicSite } from '../../src/services/networking/elastic-load-balancing/fixture.ts';
import {
  addNetworkBalancer,
  openServers,
} from '../../src/services/networking/elastic-load-balancing-v2/network.fixture.ts';
import { DoorPorts } from '../../src/gateway/door-port.ts';
import { certificatePem, privateKeyPem } from '../../src/services/security/iam/certificate.fixture.ts';
import { makeSite, type Site } from './site.ts';

const Bucket = 'balancer-logs';
/** AWS's account of load balancers in us-east-1. */
const admitting = (principal: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: principal, Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*` },
    ],
  });

async function keysIn(s3: S3): Promise<string[]> {
  const { Contents = [] } = await s3.listObjectsV2({ Bucket });
  return Contents.map(({ Key = '' }) => Key);
}

async function switchOn({ elb, balancerArn }: Site, prefix = 'web') {
  return elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: balancerArn,
    Attributes: [
      { Key: 'access_logs.s3.enabled', Value: 'true' },
      { Key: 'access_logs.s3.bucket', Value: Bucket },
      { Key: 'access_logs.s3.prefix', Value: prefix },
    ],
  });
}

test('ModifyLoadBalancerAttributes: logs go to a bucket that admits their delivery, and no other (ELB-20)', async () => {
  await using site = await makeSite('log-access');
  const s3 = site.cloud.client(S3);
  const refused = expect.objectContaining({
    name: 'InvalidConfigurationRequestException',
    message: `Access Denied for bucket: ${Bucket}. Please check S3bucket permission`,
  });
  await expect(switchOn(site)).rejects.toEqual(refused);
  await s3.createBucket({ Bucket });
  await expect(switchOn(site)).rejects.toEqual(refused);
  await s3.putBucketPolicy({ Bucket, Policy: admitting({ AWS: 'arn:aws:iam::127311923021:root' }) });
  await switchOn(site);
  expect(await keysIn(s3)).toEqual(['web/AWSLogs/000000000000/ELBAccessLogTestFile']);
  await s3.putBucketPolicy({
    Bucket,
    Policy: admitting({ Service: 'logdelivery.elasticloadbalancing.amazonaws.com' }),
  });
  await switchOn(site, '');
  expect(await keysIn(s3)).toContain('AWSLogs/000000000000/ELBAccessLogTestFile');
});

test('ALB: every request is a line of a file that arrives within five minutes; quiet time makes none (ELB-20)', async () => {
  await using site = await makeSite('log-lines');
  const s3 = site.cloud.client(S3);
  await s3.createBucket({ Bucket });
  await s3.putBucketPolicy({ Bucket, Policy: admitting({ AWS: '127311923021' }) });
  await switchOn(site);
  await site.addServers(0, 1);
  await site.cloud.clock.advance(60);
  await site.get('/shop?item=1', { 'user-agent': 'curl/8' });
  await site.cloud.clock.advance(300);
  const keys = (await keysIn(s3)).filter((key) => key.endsWith('.log.gz'));
  expect(keys).toHaveLength(1);
  const path = site.balancerArn.split('loadbalancer/')[1]?.replaceAll('/', '.');
  expect(keys[0]).toMatch(
    new RegExp(
      `^web/AWSLogs/000000000000/elasticloadbalancing/us-east-1/2026/03/02/000000000000_elasticloadbalancing_us-east-1_${path}_20260302T0905Z_[\\d.]+_[0-9a-f]{8}\\.log\\.gz$`,
    ),
  );
  const { Body } = await s3.getObject({ Bucket, Key: keys[0] });
  const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString();
  expect(text).toMatch(
    /^http 2026-03-02T09:01:\d\d\.\d{6}Z app\/web\/[0-9a-f]{16} 198\.51\.100\.1:\d+ 10\.0\.0\.\d+:80 0\.000 \d\.\d{3} 0\.000 200 200 \d+ \d+ "GET http:\/\/web-\d+\.us-east-1\.elb\.localhost:80\/shop\?item=1 HTTP\/1\.1" "curl\/8" - - arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup\/web\/[0-9a-f]{16} "Root=1-[0-9a-f]{8}-[0-9a-f]{24}" "-" "-" 0 2026-03-02T09:01:\d\d\.\d{6}Z "forward" "-" "-" "10\.0\.0\.\d+:80" "200" "-" "-" TID_-\n$/,
  );
  await site.cloud.clock.advance(3_600);
  expect((await keysIn(s3)).filter((key) => key.endsWith('.log.gz'))).toHaveLength(1);
});

test('Classic Load Balancer: lines are delivered every 60 minutes, or every 5 (ELB-20)', async () => {
  await using site = await makeClassicSite('log-classic');
  const s3 = site.cloud.client(S3);
  const elb = site.cloud.client(ElasticLoadBalancing);
  const switchLog = (EmitInterval: number) =>
    elb.modifyLoadBalancerAttributes({
      LoadBalancerName: site.name,
      LoadBalancerAttributes: { AccessLog: { Enabled: true, S3BucketName: Bucket, EmitInterval } },
    });
  await s3.createBucket({ Bucket });
  await expect(switchLog(5)).rejects.toMatchObject({
    Code: 'InvalidConfigurationRequest',
    message: `Access Denied for bucket: ${Bucket}. Please check S3bucket permission`,
  });
  await s3.putBucketPolicy({ Bucket, Policy: admitting({ AWS: '127311923021' }) });
  await switchLog(5);
  await site.get('/a');
  await site.cloud.clock.advance(300);
  const [file = ''] = (await keysIn(s3)).filter((key) => key.endsWith('.log'));
  expect(file).toMatch(
    /^AWSLogs\/000000000000\/elasticloadbalancing\/us-east-1\/2026\/03\/02\/000000000000_elasticloadbalancing_us-east-1_web_20260302T0905Z_[\d.]+_[0-9a-f]{8}\.log$/,
  );
  const { Body } = await s3.getObject({ Bucket, Key: file });
  expect(await Body?.transformToString()).toMatch(
    /^2026-03-02T09:00:\d\d\.\d{6}Z web 198\.51\.100\.1:\d+ - -1 -1 -1 503 - 0 \d+ "GET http:\/\/web-\d+\.us-east-1\.elb\.localhost:80\/a HTTP\/1\.1" "-" - -\n$/,
  );
  await switchLog(60);
  await site.get('/b');
  await site.cloud.clock.advance(1_800);
  expect((await keysIn(s3)).filter((key) => key.endsWith('.log'))).toHaveLength(1);
  await site.cloud.clock.advance(1_800);
  expect((await keysIn(s3)).filter((key) => key.endsWith('.log'))).toHaveLength(2);
});

test('NLB: each connection by TLS is a line once it ends; others leave none (ELB-20)', async () => {
  await using site = await makeSite('log-tls');
  const { cloud, elb } = site;
  const s3 = cloud.client(S3);
  await s3.createBucket({ Bucket });
  await s3.putBucketPolicy({ Bucket, Policy: admitting({ Service: 'delivery.logs.amazonaws.com' }) });
  const targets = await site.addServers(0, 1);
  await openServers(site);
  const { ServerCertificateMetadata } = await cloud.client(IAM).uploadServerCertificate({
    ServerCertificateName: 'web',
    CertificateBody: certificatePem,
    PrivateKey: privateKeyPem,
  });
  const certificateArn = ServerCertificateMetadata?.Arn as string;
  const net = await addNetworkBalancer(site, { protocol: 'TLS', port: 443, targets, certificateArn });
  await elb.createListener({
    LoadBalancerArn: net.balancerArn,
    Protocol: 'TCP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: net.groupArn }],
  });
  await elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: net.balancerArn,
    Attributes: [
      { Key: 'access_logs.s3.enabled', Value: 'true' },
      { Key: 'access_logs.s3.bucket', Value: Bucket },
    ],
  });
  const ports = new DoorPorts(await cloud.inside.doors(), { first: 23_000, last: 23_999 });
  await ports.look();
  const visit = async (socket: nodeNet.Socket) => {
    socket.end('GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n');
    const [first] = (await once(socket, 'data')) as [Buffer];
    await once(socket, 'close');
    return first.toString();
  };
  const at = { host: '127.0.0.1', port: ports.localPort(net.host, 443, 'tls') };
  const secured = tls.connect({ ...at, servername: 'web.example.com', rejectUnauthorized: false });
  expect(await visit(secured)).toMatch(/^HTTP\/1\.1 200 /);
  expect(await visit(nodeNet.connect(ports.localPort(net.host, 80, 'tcp') ?? 0, '127.0.0.1'))).toMatch(/ 200 /);
  await ports.close();
  await cloud.clock.advance(300);
  const keys = (await keysIn(s3)).filter((key) => key.endsWith('.log.gz'));
  expect(keys).toHaveLength(1);
  expect(keys[0]).toMatch(
    /^AWSLogs\/000000000000\/elasticloadbalancing\/us-east-1\/2026\/03\/02\/000000000000_elasticloadbalancing_us-east-1_net\.net\.[0-9a-f]{16}_20260302T0905Z_[0-9a-f]{8}\.log\.gz$/,
  );
  const { Body } = await s3.getObject({ Bucket, Key: keys[0] });
  const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString();
  const listener = net.listener.ListenerArn?.split('/').at(-1);
  expect(text).toMatch(
    new RegExp(
      `^tls 2\\.0 2026-03-02T09:01:\\d\\d net/net/[0-9a-f]{16} ${listener} 198\\.51\\.100\\.1:\\d+ 10\\.0\\.[01]\\.\\d+:443 \\d+ \\d+ 48 \\d{3} - ${certificateArn} - TLS_AES_\\w+ tlsv13 - web\\.example\\.com \\S+ - - 2026-03-02T09:01:\\d\\d\\n$`,
    ),
  );
});

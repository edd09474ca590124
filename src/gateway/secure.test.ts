import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { expect, test } from 'vitest';
import { startCloud } from '../embed/index.ts';
import { makeClassicSite } from '../services/networking/elastic-load-balancing/fixture.ts';
import { certificatePem, privateKeyPem } from '../services/security/iam/certificate.fixture.ts';
import { makeSite, type Site } from '../../tests/journeys/site.ts';
import { LocalAuthority } from './local-authority.ts';
import { chooseIdentity } from './secure.ts';

interface Got {
  readonly status: number | undefined;
  readonly text: string;
  readonly certificate: string;
}

/** A GET to this machine, with a server name of its own. */
const get = (options: https.RequestOptions): Promise<Got> =>
  new Promise((resolve, reject) => {
    https
      .get({ host: '127.0.0.1', agent: false, ...options }, (response) => {
        const certificate = (response.socket as tls.TLSSocket).getPeerX509Certificate()?.toString() ?? '';
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode, text, certificate }));
      })
      .on('error', reject);
  });

test('TLS: clients that trust the cloud’s authority come by https on the port that takes http, by every name', async () => {
  await using cloud = await startCloud();
  const port = Number(new URL(await cloud.listen()).port);
  const ca = await cloud.certificate();
  const path = '/_hakoniwa/health';
  const names = ['localhost', 'localhost.localstack.cloud', 'photos.s3.localhost', 'sqs.eu-west-1.amazonaws.com'];
  for (const servername of names) {
    const got = await get({ port, ca, servername, path, headers: { host: `localhost:${port}` } });
    expect([servername, got.status]).toEqual([servername, 200]);
  }
  // By address a client names nobody; one that does not trust the authority does not go on.
  expect((await get({ port, ca, path })).status).toBe(200);
  await expect(get({ port, path, servername: 'localhost' })).rejects.toThrow(/certificate/);
  const plain = await fetch(`http://127.0.0.1:${port}${path}`);
  expect(plain.status).toBe(200);
});

test('TLS: an SDK client works by https, and its answers name https addresses', async () => {
  await using cloud = await startCloud();
  const port = Number(new URL(await cloud.listen()).port);
  const ca = await cloud.certificate();
  const s3 = new S3({
    endpoint: `https://localhost:${port}`,
    region: 'eu-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler({ httpsAgent: new https.Agent({ ca }) }),
  });
  await s3.createBucket({ Bucket: 'photos', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } });
  const body = Buffer.alloc(300_000, 7);
  await s3.putObject({ Bucket: 'photos', Key: 'a', Body: body });
  const { Body } = await s3.getObject({ Bucket: 'photos', Key: 'a' });
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::photos/*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  });
  await s3.putBucketPolicy({ Bucket: 'photos', Policy });
  expect((await s3.headObject({ Bucket: 'photos', Key: 'a' })).ContentLength).toBe(300_000);
});

/** The protocol that both sides agree on, and the status of an HTTP/2 request. */
async function askByHttp2(port: number, ca: string, servername: string, authority: string): Promise<unknown[]> {
  const session = http2.connect(`https://${authority}`, {
    createConnection: () => tls.connect({ host: '127.0.0.1', port, ca, servername, ALPNProtocols: ['h2'] }),
  });
  const status = await new Promise((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({ ':path': '/_hakoniwa/health' });
    stream.on('response', (headers) => resolve(headers[':status']));
    stream.resume().end();
  });
  const { alpnProtocol } = session;
  session.close();
  return [alpnProtocol, status];
}

test('TLS: of both versions of HTTP an API prefers the first, as AWS does; the second is there for those who need it', async () => {
  await using cloud = await startCloud();
  const port = Number(new URL(await cloud.listen()).port);
  const ca = await cloud.certificate();
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    ca,
    servername: 'localhost',
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  expect(socket.alpnProtocol).toBe('http/1.1');
  socket.destroy();
  expect(await askByHttp2(port, ca, 'localhost', `localhost:${port}`)).toEqual(['h2', 200]);
});

test('TLS: closing does not wait for clients that said nothing after their handshake', async () => {
  const cloud = await startCloud();
  const port = Number(new URL(await cloud.listen()).port);
  const socket = tls.connect({ host: '127.0.0.1', port, ca: await cloud.certificate(), servername: 'localhost' });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const started = performance.now();
  await cloud.close();
  // It would wait for five seconds.
  expect(performance.now() - started).toBeLessThan(4_000);
  socket.destroy();
});

test('LocalAuthority: one certificate signs all others, and is kept with the data, for its owner alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hakoniwa-authority-'));
  const first = await LocalAuthority.open(folder);
  const again = await LocalAuthority.open(folder);
  expect(again.certificate).toBe(first.certificate);
  expect((await stat(join(folder, 'certificate-authority.pem'))).mode & 0o777).toBe(0o600);
  await rm(folder, { recursive: true });
  const authority = new X509Certificate(first.certificate);
  expect([authority.ca, authority.verify(authority.publicKey)]).toEqual([true, true]);
  const server = new X509Certificate((await again.identityFor('Web.elb.localhost')).certificate);
  expect([server.ca, server.checkIssued(authority), server.verify(authority.publicKey)]).toEqual([false, true, true]);
  expect(server.subjectAltName).toBe('DNS:web.elb.localhost');
  expect(new X509Certificate((await again.identityFor(undefined)).certificate).subjectAltName).toBe(
    'DNS:localhost, DNS:localhost.localstack.cloud, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
});

test('chooseIdentity: a certificate that names the host goes before a wildcard, that before the default one', async () => {
  const authority = await LocalAuthority.open(undefined);
  const plain = await authority.identityFor('other.example.com');
  const wild = await authority.identityFor('*.example.com');
  const exact = await authority.identityFor('www.example.com');
  expect(chooseIdentity([plain, wild, exact], 'www.example.com')).toBe(exact);
  expect(chooseIdentity([plain, wild, exact], 'shop.example.com')).toBe(wild);
  expect(chooseIdentity([plain, wild, exact], 'example.org')).toBe(plain);
});

const FixedResponseConfig = { StatusCode: '200', MessageBody: 'secure' };

async function addSecureListener(
  { elb, ec2, cloud, balancerArn, balancerGroupId }: Site,
  DefaultActions: Action[] = [{ Type: 'fixed-response', FixedResponseConfig }],
): Promise<void> {
  const made = await cloud.client(IAM).uploadServerCertificate({
    ServerCertificateName: 'web',
    CertificateBody: certificatePem,
    PrivateKey: privateKeyPem,
  });
  await ec2.authorizeSecurityGroupIngress({
    GroupId: balancerGroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  await elb.createListener({
    LoadBalancerArn: balancerArn,
    Protocol: 'HTTPS',
    Port: 443,
    Certificates: [{ CertificateArn: made.ServerCertificateMetadata?.Arn }],
    DefaultActions,
  });
}

test('HTTPS listener: by TLS a name leads to it, with its own certificate; in the clear to the HTTP listener (ELB-16)', async () => {
  await using site = await makeSite('secure-listener');
  const port = Number(new URL(await site.cloud.listen()).port);
  const ca = await site.cloud.certificate();
  const { host } = site;
  const none = await get({ port, ca, servername: host, headers: { host } });
  expect([none.status, none.text.includes('504')]).toEqual([504, true]);
  await addSecureListener(site);
  const secure = await get({ port, servername: host, headers: { host }, rejectUnauthorized: false });
  expect([secure.status, secure.text, secure.certificate.trim()]).toEqual([200, 'secure', certificatePem.trim()]);
  const plain = await new Promise<number | undefined>((resolve, reject) => {
    const asked = http.get({ host: '127.0.0.1', port, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
  });
  expect(plain).toBe(503);
});

test('HTTPS listener: a load balancer prefers HTTP/2, unless that is switched off', async () => {
  await using site = await makeSite('secure-http2');
  const port = Number(new URL(await site.cloud.listen()).port);
  await addSecureListener(site);
  const agreed = async (): Promise<unknown> => {
    const socket = tls.connect({
      host: '127.0.0.1',
      port,
      servername: site.host,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1', 'h2'],
    });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    socket.destroy();
    return socket.alpnProtocol;
  };
  expect(await agreed()).toBe('h2');
  await site.elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: site.balancerArn,
    Attributes: [{ Key: 'routing.http2.enabled', Value: 'false' }],
  });
  expect(await agreed()).toBe('http/1.1');
});

test('HTTPS listener: WebSockets reach it by TLS, and it tells targets that they came by https', async () => {
  await using site = await makeSite('secure-websocket');
  const port = Number(new URL(await site.cloud.listen()).port);
  await addSecureListener(site, [{ Type: 'forward', TargetGroupArn: site.groupArn }]);
  await site.addServers(0, 1);
  await site.cloud.clock.advance(30);
  const socket = tls.connect({ host: '127.0.0.1', port, servername: site.host, rejectUnauthorized: false });
  const ask = [
    'GET /chat HTTP/1.1',
    `Host: ${site.host}:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ];
  socket.write(ask.join('\r\n'));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /);
  socket.destroy();
});

test('Classic Load Balancer: by TLS a name leads to its HTTPS listener, with that one’s certificate', async () => {
  await using site = await makeClassicSite('secure-classic');
  const port = Number(new URL(await site.cloud.listen()).port);
  const made = await site.cloud.client(IAM).uploadServerCertificate({
    ServerCertificateName: 'web',
    CertificateBody: certificatePem,
    PrivateKey: privateKeyPem,
  });
  const SSLCertificateId = made.ServerCertificateMetadata?.Arn;
  await site.elb.createLoadBalancerListeners({
    LoadBalancerName: site.name,
    Listeners: [{ Protocol: 'HTTPS', LoadBalancerPort: 443, InstancePort: 80, SSLCertificateId }],
  });
  const { host } = site;
  const got = await get({ port, servername: host, headers: { host }, rejectUnauthorized: false });
  expect([got.status, got.certificate.trim()]).toEqual([503, certificatePem.trim()]);
});

import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { certificatePem, privateKeyPem } from '../../security/iam/certificate.fixture.ts';
import { hello, makePlace, type Place, refusal } from './fixture.ts';

test('CreateListener: protocols of each type, one listener a port, and UDP beside TCP', async () => {
  await using place = await makePlace('protocols');
  const app = await place.makeBalancer('app');
  const net = await place.makeBalancer('net', 'network');
  await place.makeListener(app);
  await expect(place.makeListener(app)).rejects.toEqual(
    refusal('DuplicateListenerException', 'A listener already exists on this port for this load balancer'),
  );
  const on = (LoadBalancerArn: string, Protocol: string, Port: number, DefaultActions: object[]) =>
    place.elb.createListener({
      LoadBalancerArn,
      Protocol: Protocol as 'TCP',
      Port,
      DefaultActions: DefaultActions as [],
    });
  await expect(on(app, 'TCP', 81, [hello])).rejects.toEqual(
    refusal('ValidationError', "Listener protocol 'TCP' must be HTTP or HTTPS"),
  );
  await expect(on(net, 'HTTP', 81, [hello])).rejects.toEqual(refusal('ValidationError', /must be one of TCP, TLS/));
  await expect(on(net, 'TCP', 81, [hello])).rejects.toEqual(refusal('InvalidLoadBalancerActionException', ''));
  const forward = async (protocol: 'TCP' | 'UDP') => [
    { Type: 'forward', TargetGroupArn: await place.makeGroup(protocol.toLowerCase(), protocol) },
  ];
  const [tcp, udp] = [await forward('TCP'), await forward('UDP')];
  await on(net, 'TCP', 53, tcp);
  await on(net, 'UDP', 53, udp);
  await expect(on(net, 'UDP', 53, udp)).rejects.toEqual(refusal('DuplicateListenerException', ''));
  const { Listeners } = await place.elb.describeListeners({ LoadBalancerArn: net });
  expect(Listeners?.map(({ Protocol }) => Protocol).toSorted()).toEqual(['TCP', 'UDP']);
  await expect(place.elb.describeListeners({})).rejects.toEqual(refusal('ValidationError', /either/));
});

/** Puts a server certificate into IAM. */
async function upload({ cloud }: Place, ServerCertificateName: string): Promise<string> {
  const made = await cloud.client(IAM).uploadServerCertificate({
    ServerCertificateName,
    CertificateBody: certificatePem,
    PrivateKey: privateKeyPem,
  });
  return made.ServerCertificateMetadata?.Arn as string;
}

test('CreateListener: HTTPS needs a certificate of IAM and a security policy (ELB-16)', async () => {
  await using place = await makePlace('secure');
  const LoadBalancerArn = await place.makeBalancer('web');
  const make = (more: object) =>
    place.elb.createListener({ LoadBalancerArn, Protocol: 'HTTPS', Port: 443, DefaultActions: [hello], ...more });
  await expect(make({})).rejects.toEqual(
    refusal('ValidationError', 'A certificate must be specified for HTTPS listeners'),
  );
  const none = 'arn:aws:iam::000000000000:server-certificate/none';
  await expect(make({ Certificates: [{ CertificateArn: none }] })).rejects.toEqual(
    refusal('CertificateNotFoundException', `Certificate '${none}' not found`),
  );
  const CertificateArn = await upload(place, 'web');
  await expect(make({ Certificates: [{ CertificateArn }], SslPolicy: 'none' })).rejects.toEqual(
    refusal('SSLPolicyNotFoundException', /'none'/),
  );
  const { Listeners } = await make({ Certificates: [{ CertificateArn }] });
  expect(Listeners?.[0]).toMatchObject({
    SslPolicy: 'ELBSecurityPolicy-2016-08',
    Certificates: [{ CertificateArn }],
    MutualAuthentication: { Mode: 'off' },
  });
  const ListenerArn = Listeners?.[0]?.ListenerArn as string;
  const further = await upload(place, 'further');
  await place.elb.addListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: further }] });
  const all = await place.elb.describeListenerCertificates({ ListenerArn });
  expect(all.Certificates).toEqual([
    { CertificateArn, IsDefault: true },
    { CertificateArn: further, IsDefault: false },
  ]);
  await expect(
    place.elb.removeListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn }] }),
  ).rejects.toEqual(refusal('OperationNotPermittedException', /default certificate/));
  await place.elb.removeListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: further }] });
  const plain = await place.elb.modifyListener({ ListenerArn, Protocol: 'HTTP', Port: 8080 });
  expect(plain.Listeners?.[0]).toMatchObject({ Protocol: 'HTTP', Port: 8080 });
  expect(plain.Listeners?.[0]?.SslPolicy).toBeUndefined();
});

test('DescribeSSLPolicies: protocols and ciphers in order; one that is not there is an error', async () => {
  await using place = await makePlace('policies');
  const { SslPolicies } = await place.elb.describeSSLPolicies({ Names: ['ELBSecurityPolicy-TLS13-1-3-2021-06'] });
  expect(SslPolicies?.[0]).toMatchObject({
    SslProtocols: ['TLSv1.3'],
    Ciphers: [{ Name: 'TLS_AES_128_GCM_SHA256', Priority: 1 }, { Priority: 2 }, { Priority: 3 }],
  });
  await expect(place.elb.describeSSLPolicies({ Names: ['none'] })).rejects.toEqual(
    refusal('SSLPolicyNotFoundException', ''),
  );
});

test('ModifyListenerAttributes: headers of answers; what the protocol has not is refused', async () => {
  await using place = await makePlace('headers');
  const ListenerArn = await place.makeListener(await place.makeBalancer('web'));
  const set = (Key: string, Value: string) =>
    place.elb.modifyListenerAttributes({ ListenerArn, Attributes: [{ Key, Value }] });
  await set('routing.http.response.server.enabled', 'false');
  const { Attributes } = await place.elb.describeListenerAttributes({ ListenerArn });
  expect(Attributes).toContainEqual({ Key: 'routing.http.response.server.enabled', Value: 'false' });
  await expect(set('tcp.idle_timeout.seconds', '60')).rejects.toEqual(
    refusal('ValidationError', "Listener attribute key 'tcp.idle_timeout.seconds' is not recognized"),
  );
});

test('CreateTrustStore: counts the certificates of a bundle in S3', async () => {
  await using place = await makePlace('trust store');
  const s3 = place.cloud.client(S3);
  await s3.createBucket({ Bucket: 'authorities' });
  const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  await s3.putObject({ Bucket: 'authorities', Key: 'ca.pem', Body: certificate.repeat(3) });
  const bundle = { CaCertificatesBundleS3Bucket: 'authorities', CaCertificatesBundleS3Key: 'ca.pem' };
  const { TrustStores } = await place.elb.createTrustStore({ Name: 'trust', ...bundle });
  expect(TrustStores?.[0]).toMatchObject({ Name: 'trust', Status: 'ACTIVE', NumberOfCaCertificates: 3 });
  const TrustStoreArn = TrustStores?.[0]?.TrustStoreArn as string;
  const used = async () => (await place.elb.describeTrustStoreAssociations({ TrustStoreArn })).TrustStoreAssociations;
  expect(await used()).toEqual([]);
  const iam = place.cloud.client(IAM);
  const { ServerCertificateMetadata } = await iam.uploadServerCertificate({
    ServerCertificateName: 'web',
    CertificateBody: certificatePem,
    PrivateKey: privateKeyPem,
  });
  const { Listeners } = await place.elb.createListener({
    LoadBalancerArn: await place.makeBalancer('mutual'),
    Protocol: 'HTTPS',
    Port: 443,
    Certificates: [{ CertificateArn: ServerCertificateMetadata?.Arn }],
    MutualAuthentication: { Mode: 'verify', TrustStoreArn },
    DefaultActions: [hello],
  });
  const ListenerArn = Listeners?.[0]?.ListenerArn as string;
  expect(await used()).toEqual([{ ResourceArn: ListenerArn }]);
  await expect(place.elb.deleteTrustStore({ TrustStoreArn })).rejects.toEqual(refusal('TrustStoreInUseException', /./));
  await place.elb.deleteListener({ ListenerArn });
  await place.elb.deleteTrustStore({ TrustStoreArn });
  await expect(
    place.elb.createTrustStore({ Name: 'other', ...bundle, CaCertificatesBundleS3Key: 'absent' }),
  ).rejects.toEqual(refusal('CaCertificatesBundleNotFoundException', /./));
});

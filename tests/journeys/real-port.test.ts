// Clouds on real ports: what a browser or curl sees of a site, by its name; and two clouds side by side that know nothing of each other.
import { EC2 } from '@aws-sdk/client-ec2';
import { S3 } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { AdminClient } from '../../src/admin/client.ts';
import { startCloud } from '../../src/embed/index.ts';
import { ask, type AskOptions } from './ask.ts';
import { makeSite } from './site.ts';

const site = async (seed: string) => {
  const made = await makeSite(seed);
  await made.addServers(0, 1);
  await made.addServers(1, 1);
  await made.cloud.clock.advance(60);
  const endpoint = await made.cloud.listen();
  return {
    ...made,
    endpoint,
    ask: (options: AskOptions = {}) => ask(endpoint, made.host, options),
  };
};

test('A site by HTTP on a real port: the name decides between what users built and the AWS APIs (ELB-01)', async () => {
  const { cloud, endpoint, host, ask: get } = await site('port');
  const zones = new Set<unknown>();
  for (let i = 0; i < 8; i++) {
    const answer = await get();
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('t3.micro')]);
    zones.add(answer.headers['x-hakoniwa-zone']);
  }
  expect(zones).toEqual(new Set(['us-east-1a', 'us-east-1b']));
  // The same path of the same port without the name is S3's.
  const listed = await fetch(endpoint, {
    headers: {
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260302/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
    },
  });
  expect(await listed.text()).toContain('<ListAllMyBucketsResult');
  const stranger = await ask(endpoint, host.replace('web-', 'nobody-'));
  expect(stranger.status).toBeGreaterThanOrEqual(400);
  await cloud.close();
});

test('A site by HTTP on a real port: POST bodies, HEAD and many at once pass through the load balancer (ELB-01)', async () => {
  const { cloud, ask: get } = await site('bodies');
  const put = await get({ path: '/files/photo', method: 'PUT', body: 'x'.repeat(300_000) });
  expect(put.status).toBeLessThan(300);
  const head = await get({ method: 'HEAD' });
  expect([head.status, head.text]).toEqual([200, '']);
  const answers = await Promise.all(Array.from({ length: 50 }, () => get()));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  await cloud.close();
});

test('A broken site asks why over the admin API: from the load balancer to its target, in words (VPC-17)', async () => {
  const { cloud, ec2, endpoint, ask: get, serverGroupId, balancerGroupId } = await site('why');
  const admin = new AdminClient(endpoint);
  const { Reservations } = await ec2.describeInstances({});
  const id = Reservations?.[0]?.Instances?.[0]?.InstanceId;
  const trace = () => admin.post<{ delivered: boolean; sentence: string }>('/trace', { from: 'web', to: `${id}:80` });
  expect(await trace()).toMatchObject({ delivered: true, sentence: expect.stringContaining('and answered') });
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: balancerGroupId }] };
  await ec2.revokeSecurityGroupIngress({ GroupId: serverGroupId, IpPermissions: [http] });
  const sentence = expect.stringContaining(`dropped by ${serverGroupId}: no inbound rule allows tcp/80`);
  expect(await trace()).toMatchObject({ delivered: false, sentence });
  const answer = await get();
  expect([answer.status, answer.headers['x-hakoniwa-reason']]).toEqual([504, sentence]);
  await cloud.close();
});

test('Two clouds side by side: names, buckets, clocks and faults of one are not those of the other', async () => {
  const [first, second] = [await site('first'), await site('second')];
  // A load balancer is known where it was made, and nowhere else.
  const lost = await ask(second.endpoint, first.host);
  expect(lost.status).toBeGreaterThanOrEqual(400);
  await first.cloud.client(S3).createBucket({ Bucket: 'garden' });
  expect((await second.cloud.client(S3).listBuckets({})).Buckets).toEqual([]);

  first.cloud.faults.add({ kind: 'zone', zone: 'us-east-1a' });
  await first.cloud.clock.advance(90);
  const zonesOf = async (place: typeof first): Promise<ReadonlySet<unknown>> => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => place.ask()));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    return new Set(answers.map(({ headers }) => headers['x-hakoniwa-zone']));
  };
  expect(await zonesOf(first)).toEqual(new Set(['us-east-1b']));
  expect(await zonesOf(second)).toEqual(new Set(['us-east-1a', 'us-east-1b']));
  expect(first.cloud.clock.now().getTime() - second.cloud.clock.now().getTime()).toBe(90_000);
  await first.cloud.close();
  await second.cloud.close();
});

test('Two clouds of one seed, asked the same, are the same; of another seed they differ', async () => {
  const idOf = async (seed: string): Promise<string | undefined> => {
    await using cloud = await startCloud({ seed, clock: { kind: 'frozen' } });
    return (await cloud.client(EC2).createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId;
  };
  expect(await idOf('a')).toBe(await idOf('a'));
  expect(await idOf('a')).not.toBe(await idOf('b'));
});

// A web tier that answers through its load balancer, and what happens to it.
import { expect, test } from 'vitest';
import { makeSite } from './site.ts';

test('ALB: requests are spread over the healthy servers of both zones (ELB-01, ELB-12)', async () => {
  await using site = await makeSite('spread');
  expect((await site.get()).status).toBe(503);
  const [a, b] = [await site.addServers(0, 1), await site.addServers(1, 1)].flat() as [string, string];
  await site.cloud.clock.advance(60);
  expect(await site.health()).toEqual({ [a]: 'healthy', [b]: 'healthy' });
  const seen = new Set<string>();
  for (let i = 0; i < 10; i++) {
    const { status, headers, text } = await site.get();
    expect([status, text]).toEqual([
      200,
      expect.stringMatching(/^i-0\w+ in us-east-1[ab] at 10\.0\.[01]\.\d+: t3\.micro/),
    ]);
    seen.add(String(headers['x-hakoniwa-instance']));
  }
  expect(seen).toEqual(new Set([a, b]));
});

test('Security group: without a rule for the load balancer targets time out, and the client learns why (ELB-10, VPC-17)', async () => {
  await using site = await makeSite('groups');
  const [a] = (await site.addServers(0, 1)) as [string];
  await site.cloud.clock.advance(60);
  expect((await site.get()).status).toBe(200);
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80 };
  const permission = { ...http, UserIdGroupPairs: [{ GroupId: site.balancerGroupId }] };
  await site.ec2.revokeSecurityGroupIngress({ GroupId: site.serverGroupId, IpPermissions: [permission] });
  await site.cloud.clock.advance(90);
  expect(await site.health()).toEqual({ [a]: 'unhealthy Target.Timeout' });
  const unreached = await site.get();
  expect(unreached.status).toBe(504);
  expect(unreached.headers['x-hakoniwa-reason']).toContain(`dropped by ${site.serverGroupId}: no inbound rule allows`);
  await site.ec2.authorizeSecurityGroupIngress({ GroupId: site.serverGroupId, IpPermissions: [permission] });
  await site.cloud.clock.advance(180);
  expect(await site.health()).toEqual({ [a]: 'healthy' });

  const open = { ...http, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await site.ec2.revokeSecurityGroupIngress({ GroupId: site.balancerGroupId, IpPermissions: [open] });
  const { status, headers } = await site.get();
  expect(status).toBe(504);
  expect(headers['x-hakoniwa-reason']).toContain(`no inbound rule`);
});

test('Lost zone: its servers and its node serve nobody, the others go on, and all is well when it is back (RGN-03, ELB-10)', async () => {
  await using site = await makeSite('zone');
  const [a, b] = [await site.addServers(0, 1), await site.addServers(1, 1)].flat() as [string, string];
  await site.cloud.clock.advance(60);
  const { id } = site.cloud.inside.faults.add({ breakage: { kind: 'zone', zoneId: 'use1-az1', lost: 'all' } });
  await site.cloud.clock.advance(90);
  expect(await site.health()).toEqual({ [a]: 'unhealthy Target.Timeout', [b]: 'healthy' });
  for (let i = 0; i < 6; i++) expect((await site.get()).headers['x-hakoniwa-instance']).toBe(b);
  site.cloud.inside.faults.end(id);
  await site.cloud.clock.advance(200);
  expect(await site.health()).toEqual({ [a]: 'healthy', [b]: 'healthy' });
  // The power went: what stood there has started anew.
  const uptimes: Record<string, number> = {};
  for (let i = 0; i < 6; i++) {
    const { headers, text } = await site.get();
    uptimes[String(headers['x-hakoniwa-instance'])] = Number(/up (\d+) s/.exec(text)?.[1]);
  }
  expect(uptimes[a]).toBe(200);
  expect(uptimes[b]).toBeGreaterThan(300);
});

test('Sick server: it is left out at the threshold, and users see no more of it (DRL-05, ELB-10)', async () => {
  await using site = await makeSite('sick');
  const [a, b] = (await site.addServers(0, 2)) as [string, string];
  await site.cloud.clock.advance(60);
  await site.ec2.createTags({ Resources: [a], Tags: [{ Key: 'hakoniwa:sick', Value: '500' }] });
  await site.cloud.clock.advance(90);
  expect(await site.health()).toEqual({ [a]: 'unhealthy Target.ResponseCodeMismatch', [b]: 'healthy' });
  for (let i = 0; i < 6; i++) expect((await site.get()).headers['x-hakoniwa-instance']).toBe(b);
});

test('Sticky session: a client stays on its target, and loses what only that one knew when it is gone (ELB-14, DRL-08)', async () => {
  await using site = await makeSite('sticky');
  await site.addServers(0, 2);
  await site.elb.modifyTargetGroupAttributes({
    TargetGroupArn: site.groupArn,
    Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }],
  });
  await site.cloud.clock.advance(60);
  const first = await site.get('/session');
  const cookie = [first.headers['set-cookie'] ?? []]
    .flat()
    .map((one) => one.split(';')[0])
    .join('; ');
  expect(cookie).toMatch(/AWSALB=/);
  const home = String(first.headers['x-hakoniwa-instance']);
  for (let visit = 2; visit <= 5; visit++) {
    const { text, headers } = await site.get('/session', { cookie });
    expect([headers['x-hakoniwa-instance'], text]).toEqual([home, expect.stringContaining(`visit ${visit} `)]);
  }
  await site.ec2.terminateInstances({ InstanceIds: [home] });
  await site.cloud.clock.advance(30);
  const moved = await site.get('/session', { cookie });
  expect(moved.headers['x-hakoniwa-instance']).not.toBe(home);
  expect(moved.text).toContain('visit 1 ');
});

test('Deregistration: a target that leaves gets nothing new, and is gone after its delay (ELB-15)', async () => {
  await using site = await makeSite('drain');
  const [a, b] = (await site.addServers(0, 2)) as [string, string];
  await site.cloud.clock.advance(60);
  await site.elb.deregisterTargets({ TargetGroupArn: site.groupArn, Targets: [{ Id: a }] });
  expect((await site.health())[a]).toBe('draining Target.DeregistrationInProgress');
  for (let i = 0; i < 4; i++) expect((await site.get()).headers['x-hakoniwa-instance']).toBe(b);
  await site.cloud.clock.advance(300);
  expect(await site.health()).toEqual({ [b]: 'healthy' });
});

test('Rules: path, host, header, method, query and source decide between answers (ELB-04)', async () => {
  await using site = await makeSite('rules');
  await site.addServers(0, 1);
  await site.cloud.clock.advance(60);
  const answer = async (priority: number, text: string, conditions: object[]): Promise<void> => {
    await site.elb.createRule({
      ListenerArn: site.listenerArn,
      Priority: priority,
      Conditions: conditions,
      Actions: [
        {
          Type: 'fixed-response',
          FixedResponseConfig: { StatusCode: '200', ContentType: 'text/plain', MessageBody: text },
        },
      ],
    });
  };
  await answer(10, 'path', [{ Field: 'path-pattern', Values: ['/api/*'] }]);
  await answer(20, 'header', [
    { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Beta', Values: ['y*'] } },
  ]);
  await answer(30, 'method', [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['DELETE'] } }]);
  await answer(40, 'query', [{ Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '2' }] } }]);
  await answer(50, 'source', [{ Field: 'source-ip', SourceIpConfig: { Values: ['203.0.113.0/24'] } }]);
  await site.elb.createRule({
    ListenerArn: site.listenerArn,
    Priority: 60,
    Conditions: [{ Field: 'path-pattern', Values: ['/old'] }],
    Actions: [{ Type: 'redirect', RedirectConfig: { Path: '/new/#{path}', StatusCode: 'HTTP_301' } }],
  });
  expect((await site.get('/api/x')).text).toBe('path');
  expect((await site.get('/', { 'x-beta': 'yes' })).text).toBe('header');
  expect((await site.get('/', {}, 'DELETE')).text).toBe('method');
  expect((await site.get('/?v=2')).text).toBe('query');
  expect((await site.get('/', { 'x-hakoniwa-client-ip': '203.0.113.9' })).text).toBe('source');
  const moved = await site.get('/old?a=b');
  expect([moved.status, moved.headers['location']]).toEqual([301, `http://${site.host}:80/new/old?a=b`]);
  expect((await site.get('/')).text).toContain('t3.micro');
});

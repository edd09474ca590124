import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { hello, makePlace, refusal } from './fixture.ts';

const path = (...Values: string[]): RuleCondition => ({ Field: 'path-pattern', PathPatternConfig: { Values } });

test('CreateRule: shown with both forms of its condition, described by priority with the default rule last (ELB-04)', async () => {
  await using place = await makePlace('rule');
  const ListenerArn = await place.makeListener(await place.makeBalancer('web'));
  const make = (Priority: number, ...Conditions: RuleCondition[]) =>
    place.elb.createRule({ ListenerArn, Priority, Conditions, Actions: [hello] });
  await make(20, path('/b'));
  const { Rules } = await make(10, path('/a', '/a/*'));
  expect(Rules?.[0]).toMatchObject({
    RuleArn: expect.stringMatching(/:listener-rule\/app\/web\/[0-9a-f]{16}\/[0-9a-f]{16}\/[0-9a-f]{16}$/),
    Priority: '10',
    IsDefault: false,
    Conditions: [{ Field: 'path-pattern', Values: ['/a', '/a/*'], PathPatternConfig: { Values: ['/a', '/a/*'] } }],
  });
  const all = await place.elb.describeRules({ ListenerArn });
  expect(all.Rules?.map(({ Priority }) => Priority)).toEqual(['10', '20', 'default']);
  const first = await place.elb.describeRules({ ListenerArn, PageSize: 2 });
  const second = await place.elb.describeRules({ ListenerArn, PageSize: 2, Marker: first.NextMarker });
  expect([first, second].map((page) => page.Rules?.length)).toEqual([2, 1]);
});

test('CreateRule: conditions are checked', async () => {
  await using place = await makePlace('conditions');
  const ListenerArn = await place.makeListener(await place.makeBalancer('web'));
  const make = (...Conditions: RuleCondition[]) =>
    place.elb.createRule({ ListenerArn, Priority: 1, Conditions, Actions: [hello] });
  await expect(make({ Field: 'cookie', Values: ['a'] })).rejects.toEqual(
    refusal('ValidationError', /^Condition field 'cookie' must be one of/),
  );
  await expect(make(path('/a'), path('/b'))).rejects.toEqual(refusal('ValidationError', /more than once/));
  await expect(make(path())).rejects.toEqual(refusal('ValidationError', 'A condition value must be specified'));
  await expect(make(path('a'.repeat(129)))).rejects.toEqual(refusal('ValidationError', /128/));
  await expect(make(path('/1', '/2', '/3', '/4', '/5', '/6'))).rejects.toEqual(
    refusal('ValidationError', "A rule can only have '5' condition values"),
  );
  await expect(make(path('/***', '/***', '/*'))).rejects.toEqual(
    refusal('ValidationError', "A rule can only have '6' condition wildcards"),
  );
  await expect(make({ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.1'] } })).rejects.toEqual(
    refusal('ValidationError', /not a valid CIDR block/),
  );
  await expect(
    make({ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'Host', Values: ['a'] } }),
  ).rejects.toEqual(refusal('ValidationError', /'Host'/));
  await expect(make({ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['get'] } })).rejects.toEqual(
    refusal('ValidationError', /value is invalid/),
  );
  const fine: RuleCondition = {
    Field: 'query-string',
    QueryStringConfig: { Values: [{ Key: 'v', Value: '1' }, { Value: 'x*' }] },
  };
  expect((await make(fine)).Rules?.[0]?.Conditions).toEqual([fine]);
});

test('Priorities: within 1 and 50000, each once; two change places at once; the default rule has none', async () => {
  await using place = await makePlace('priorities');
  const ListenerArn = await place.makeListener(await place.makeBalancer('web'));
  const make = async (Priority: number) => {
    const made = await place.elb.createRule({ ListenerArn, Priority, Conditions: [path('/')], Actions: [hello] });
    return made.Rules?.[0]?.RuleArn as string;
  };
  await expect(make(0)).rejects.toEqual(refusal('ValidationError', /1-50000|greater than or equal to 1/));
  await expect(make(50_001)).rejects.toEqual(refusal('ValidationError', /50000/));
  const [one, two] = [await make(1), await make(2)];
  await expect(make(2)).rejects.toEqual(refusal('PriorityInUseException', "Priority '2' is currently in use"));
  await place.elb.setRulePriorities({
    RulePriorities: [
      { RuleArn: one, Priority: 2 },
      { RuleArn: two, Priority: 1 },
    ],
  });
  const { Rules = [] } = await place.elb.describeRules({ ListenerArn });
  expect(Rules.map(({ RuleArn }) => RuleArn).slice(0, 2)).toEqual([two, one]);
  await expect(place.elb.setRulePriorities({ RulePriorities: [{ RuleArn: one, Priority: 1 }] })).rejects.toEqual(
    refusal('PriorityInUseException', ''),
  );
  const last = Rules.at(-1)?.RuleArn as string;
  await expect(place.elb.deleteRule({ RuleArn: last })).rejects.toEqual(
    refusal('OperationNotPermittedException', `Default rule '${last}' cannot be deleted`),
  );
  await place.elb.deleteRule({ RuleArn: one });
  await expect(place.elb.deleteRule({ RuleArn: one })).rejects.toEqual(
    refusal('RuleNotFoundException', 'One or more rules not found'),
  );
});

test('Actions: forward, redirect and fixed response are checked', async () => {
  await using place = await makePlace('actions');
  const LoadBalancerArn = await place.makeBalancer('web');
  const make = (...DefaultActions: object[]) =>
    place.elb.createListener({ LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions: DefaultActions as [] });
  const fixed = (StatusCode: string, more: object = {}) => ({
    Type: 'fixed-response',
    FixedResponseConfig: { StatusCode, ...more },
  });
  await expect(make(fixed('600'))).rejects.toEqual(refusal('ValidationError', /600/));
  await expect(make(fixed('200', { MessageBody: 'a'.repeat(1_025) }))).rejects.toEqual(
    refusal('ValidationError', /1024/),
  );
  await expect(make({ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301' } })).rejects.toEqual(
    refusal('InvalidLoadBalancerActionException', /loop/),
  );
  await expect(make({ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301', Port: '0' } })).rejects.toEqual(
    refusal('ValidationError', /Redirect port '0'/),
  );
  await expect(make({ Type: 'forward' })).rejects.toEqual(refusal('ValidationError', /target group/));
  const TargetGroupArn = await place.makeGroup('tcp', 'TCP');
  await expect(make({ Type: 'forward', TargetGroupArn })).rejects.toEqual(
    refusal('IncompatibleProtocolsException', /'HTTP'.*'TCP'/),
  );
  const gone = TargetGroupArn.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  await expect(make({ Type: 'forward', TargetGroupArn: gone })).rejects.toEqual(
    refusal('TargetGroupNotFoundException', ''),
  );
  await expect(make(fixed('200'), fixed('200'))).rejects.toEqual(
    refusal('InvalidLoadBalancerActionException', /order/),
  );
});

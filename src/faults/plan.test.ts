import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { startCloud } from '../embed/index.ts';
import { instant } from '../kernel/units.ts';
import { isPrincipal } from './fault.ts';
import { findZoneId } from './plan.ts';

const frozen = () =>
  startCloud({ clock: { kind: 'frozen' }, startAt: new Date('2026-01-01T00:00:00Z'), seed: 'faults' });

test('API fault: calls are throttled from its start to its end, and no others are', async () => {
  await using cloud = await frozen();
  const { faults, clock } = cloud.inside;
  const start = clock.now();
  const breakage = { kind: 'api', service: 'sqs', operation: 'ListQueues', effect: 'throttle' } as const;
  faults.add({ breakage, from: instant(start + 60_000), until: instant(start + 120_000) });
  const sqs = cloud.client(SQSClient);
  await sqs.send(new ListQueuesCommand({}));
  await cloud.clock.advance(60);
  await expect(sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({ name: 'RequestThrottled' });
  await cloud.client(STSClient).send(new GetCallerIdentityCommand({}));
  await cloud.clock.advance(60);
  await sqs.send(new ListQueuesCommand({}));
});

test('API fault: a chance hits that share of the calls, growing along its ramp', async () => {
  await using cloud = await frozen();
  cloud.inside.faults.add({
    breakage: { kind: 'api', service: 'sts', effect: 'unavailable' },
    chance: 0.5,
    rampSeconds: 100,
  });
  const sts = cloud.client(STSClient);
  const failures = async (): Promise<number> => {
    let failed = 0;
    for (let i = 0; i < 100; i++) await sts.send(new GetCallerIdentityCommand({})).catch(() => failed++);
    return failed;
  };
  expect(await failures()).toBe(0);
  await cloud.clock.advance(100);
  const full = await failures();
  expect(full).toBeGreaterThan(30);
  expect(full).toBeLessThan(70);
});

test('Fault plan: an ended fault is in force no more, and stays listed', async () => {
  await using cloud = await frozen();
  const { faults } = cloud.inside;
  const { id } = faults.add({ breakage: { kind: 'zone', zoneId: 'use1-az1', lost: 'power' } });
  expect(faults.hasPower('use1-az1')).toBe(false);
  expect(faults.hasPower('use1-az2')).toBe(true);
  expect(faults.impaired('i-1', 'use1-az1')).toEqual({ system: true, instance: true });
  await cloud.clock.advance(10);
  faults.end(id);
  expect(faults.hasPower('use1-az1')).toBe(true);
  expect(faults.list()).toMatchObject([{ id, until: cloud.inside.clock.now() }]);
  expect(faults.end('fault-99')).toBeUndefined();
});

test('Fault plan: a fork has the faults of the cloud that it was forked from, and ends its own', async () => {
  await using cloud = await frozen();
  const { id } = cloud.inside.faults.add({ breakage: { kind: 'zone', zoneId: 'use1-az1', lost: 'all' } });
  await using fork = await cloud.fork();
  fork.inside.faults.end(id);
  expect(fork.inside.faults.zones().size).toBe(0);
  expect(cloud.inside.faults.zones().get('use1-az1')).toEqual({ power: false, network: false });
});

test('API fault: calls are late on the cloud’s clock, and a clock that stands still makes nobody wait', async () => {
  await using cloud = await startCloud({ clock: { kind: 'scaled', factor: 1_000 }, seed: 'late' });
  cloud.faults.add({ kind: 'api', service: 'sts', effect: 'latency', latencyMs: 20_000 });
  const sts = cloud.client(STSClient);
  const before = cloud.clock.now();
  await sts.send(new GetCallerIdentityCommand({}));
  expect(cloud.clock.now().getTime() - before.getTime()).toBeGreaterThanOrEqual(20_000);
  await cloud.clock.freeze();
  const frozenAt = cloud.clock.now();
  await sts.send(new GetCallerIdentityCommand({}));
  expect(cloud.clock.now()).toEqual(frozenAt);
});

test('API fault: a role is hit in its sessions, whatever its path, and no other caller is', () => {
  const role = 'arn:aws:iam::123456789012:role/apps/web/program';
  expect(isPrincipal(role, 'arn:aws:sts::123456789012:assumed-role/program/one')).toBe(true);
  expect(isPrincipal(role, role)).toBe(true);
  expect(isPrincipal(role, 'arn:aws:sts::123456789012:assumed-role/programs/one')).toBe(false);
  expect(isPrincipal(role, 'arn:aws:sts::210987654321:assumed-role/program/one')).toBe(false);
  expect(isPrincipal('arn:aws:iam::123456789012:user/ann', 'arn:aws:iam::123456789012:user/bob')).toBe(false);
});

test('cloud.faults: words that make no fault are refused with what to write instead', async () => {
  await using cloud = await frozen();
  const { faults } = cloud;
  expect(() => faults.add({ kind: 'zone', zone: 'mars-1a' })).toThrow(
    'There is no zone mars-1a. Write a zone as us-east-1a',
  );
  expect(() => faults.add({ kind: 'region', region: 'mars-1' })).toThrow('There is no Region mars-1.');
  expect(() => faults.add({ kind: 'capacity', chance: 2 })).toThrow('"chance" must be a number from 0 to 1.');
  const instance = 'i-0123456789abcdef0';
  expect(() => faults.add({ kind: 'instance', instance, for: 'ages' })).toThrow('no duration and no instant');
  expect(() => faults.add({ kind: 'instance', instance: 'web-1' })).toThrow(
    '"instance" is no such identifier: web-1. Say which instance: i-….',
  );
  expect(() => faults.end('fault-1')).toThrow('There is no fault fault-1.');
  const planned = faults.add({ kind: 'volume', volume: 'vol-0123456789abcdef0', after: '1h', for: '10m' });
  expect(planned).toMatchObject({ state: 'planned', breakage: { kind: 'volume', effect: 'stalled' } });
  await cloud.clock.advance(3_600);
  expect(faults.list()).toMatchObject([{ id: planned.id, state: 'active' }]);
  await cloud.clock.advance(600);
  expect(faults.list()).toMatchObject([{ id: planned.id, state: 'ended' }]);
});

test('Zone names: mean an ID, by which faults are planned (RGN-02)', () => {
  expect(findZoneId('us-east-1a', '000000000000')).toBe('use1-az1');
  expect(findZoneId('use1-az2', '000000000000')).toBe('use1-az2');
  expect(findZoneId('nowhere-1a', '000000000000')).toBeUndefined();
});

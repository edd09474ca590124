import { expect, test } from 'vitest';
import { instant } from '../../../kernel/units.ts';
import type { MemberRow } from './state.ts';
import { pickFirst, type PolicyFacts } from './termination-policy.ts';

const minute = 60_000;
const now = Date.parse('2026-03-02T12:00:00Z');

const member = (id: string, ageMinutes: number, more: Partial<MemberRow> = {}): MemberRow => ({
  id,
  group: 'web',
  state: 'InService',
  zone: 'us-east-1a',
  zoneId: 'use1-az1',
  subnetId: 'subnet-1',
  type: 't3.micro',
  imageId: 'ami-1',
  weight: 1,
  isWeighted: false,
  market: 'on-demand',
  healthy: true,
  protected: false,
  launchedAt: instant(now - ageMinutes * minute),
  activityId: 'a',
  isExtra: false,
  ...more,
});

const template = (version: string, id = 'lt-1') => ({ template: { id, name: 'web', version } });
const facts: PolicyFacts = {
  now,
  templateId: 'lt-1',
  configurationAt: (name) => (name === 'old' ? 1 : 2),
};
const first = (policies: string[], members: MemberRow[], more: Partial<PolicyFacts> = {}): string =>
  pickFirst(members, policies, { ...facts, ...more }).id;

test('termination policies: each picks the instance that its name says (ASG-21)', () => {
  const ages = [member('young', 10), member('old', 300), member('middle', 90)];
  expect(first(['OldestInstance'], ages)).toBe('old');
  expect(first(['NewestInstance'], ages)).toBe('young');
  // 59 minutes into its hour: one minute is left.
  const hours = [member('a', 10), member('b', 119), member('c', 90)];
  expect(first(['ClosestToNextInstanceHour'], hours)).toBe('b');
  const configurations = [
    member('templated', 500, template('1')),
    member('new', 300, { configuration: 'new' }),
    member('old', 10, { configuration: 'old' }),
  ];
  expect(first(['OldestLaunchConfiguration'], configurations)).toBe('old');
  const templates = [
    member('v3', 500, template('3')),
    member('v2', 10, template('2')),
    member('v10', 20, template('10')),
  ];
  expect(first(['OldestLaunchTemplate'], templates)).toBe('v2');
  expect(first(['OldestLaunchTemplate'], [...templates, member('other', 1, template('9', 'lt-0'))])).toBe('other');
  const markets = [member('a', 500), member('b', 10, { market: 'spot' })];
  expect(first(['AllocationStrategy'], markets, { surplusMarket: 'spot' })).toBe('b');
});

test('termination policies: the default takes the oldest configuration or template, then the end of the hour; the next policy decides among equals (ASG-21, ASG-22)', () => {
  const members = [
    member('v1 early', 10, template('1')),
    member('v1 late', 55, template('1')),
    member('v2', 59, template('2')),
  ];
  expect(first(['Default'], members)).toBe('v1 late');
  expect(first([], members)).toBe('v1 late');
  expect(first(['Default'], [...members, member('configured', 1, { configuration: 'old' })])).toBe('configured');
  expect(first(['OldestLaunchTemplate', 'NewestInstance'], members)).toBe('v1 early');
});

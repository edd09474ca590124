import { expect, test } from 'vitest';
import { type Fixture, loadAlarm, minute, startFixture, stateOf } from './fixture.ts';
import { alarmsIn, holds, parseRule, RuleError } from './composite-rule.ts';
import fc from 'fast-check';

const topic = 'arn:aws:sns:us-east-1:000000000000:t';

async function startChildren(...names: string[]): Promise<Fixture> {
  const fixture = await startFixture();
  for (const AlarmName of names)
    await fixture.cloudwatch.putMetricAlarm(
      loadAlarm({ AlarmName, MetricName: AlarmName, TreatMissingData: 'ignore' }),
    );
  await fixture.cloud.clock.advance(60);
  return fixture;
}

async function set({ cloudwatch, cloud }: Fixture, AlarmName: string, StateValue: 'ALARM' | 'OK'): Promise<void> {
  await cloudwatch.setAlarmState({ AlarmName, StateValue, StateReason: 'test' });
  await cloud.clock.advance(1);
}

const actionsDone = async ({ cloudwatch }: Fixture): Promise<number> =>
  (await cloudwatch.describeAlarmHistory({ AlarmTypes: ['CompositeAlarm'], HistoryItemType: 'Action' }))
    .AlarmHistoryItems?.length ?? 0;

test('PutCompositeAlarm: follows its children by the rule (CW-04)', async () => {
  await using fixture = await startChildren('a', 'b');
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putCompositeAlarm({ AlarmName: 'both', AlarmRule: 'ALARM(a) AND NOT OK("b")' });
  await cloud.clock.advance(1);
  const arn = (name: string) => `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${name}`;
  expect(await stateOf(cloudwatch, 'both')).toMatchObject({
    state: 'OK',
    reason: `${arn('both')} was created and its alarm rule evaluates to OK`,
  });
  await set(fixture, 'a', 'ALARM');
  const now = await stateOf(cloudwatch, 'both');
  expect(now.state).toBe('ALARM');
  expect(now.reason).toBe(`${arn('a')} transitioned to ALARM at Thursday 01 January, 2026 00:01:01 UTC`);
  expect(now.data).toBe(
    `{"triggeringAlarms":[{"arn":"${arn('a')}","state":{"value":"ALARM","timestamp":"2026-01-01T00:01:01.000+0000"}}]}`,
  );
  await set(fixture, 'b', 'OK');
  expect((await stateOf(cloudwatch, 'both')).state).toBe('OK');
  const { MetricAlarms } = await cloudwatch.describeAlarms({ ChildrenOfAlarmName: 'both' });
  expect(MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(['a', 'b']);
});

test('PutCompositeAlarm: refuses rules that cannot be read and alarms that are not there', async () => {
  await using fixture = await startChildren('a');
  const { cloudwatch } = fixture;
  const put = (AlarmRule: string) => cloudwatch.putCompositeAlarm({ AlarmName: 'c', AlarmRule });
  await expect(put('()')).rejects.toMatchObject({
    name: 'ValidationException',
    message: "Error in AlarmRule [Unsupported token ')' at char 1]",
  });
  await expect(put('ALARM(a) OR ALARM(z)')).rejects.toMatchObject({
    message: 'Could not save the composite alarm as alarms [z] in the alarm rule do not exist',
  });
  await expect(
    cloudwatch.putCompositeAlarm({
      AlarmName: 'c',
      AlarmRule: 'ALARM(a)',
      AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'],
    }),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

test('PutCompositeAlarm: the suppressor holds actions back, and the extension period after it', async () => {
  await using fixture = await startChildren('a', 'quiet');
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putCompositeAlarm({
    AlarmName: 'c',
    AlarmRule: 'ALARM(a)',
    AlarmActions: [topic],
    ActionsSuppressor: 'quiet',
    ActionsSuppressorWaitPeriod: 20,
    ActionsSuppressorExtensionPeriod: 30,
  });
  await cloud.clock.advance(1);
  await set(fixture, 'quiet', 'ALARM');
  await set(fixture, 'a', 'ALARM');
  const suppressedBy = async () =>
    (await cloudwatch.describeAlarms({ AlarmNames: ['c'], AlarmTypes: ['CompositeAlarm'] })).CompositeAlarms?.[0]
      ?.ActionsSuppressedBy;
  expect([(await stateOf(cloudwatch, 'c')).state, await suppressedBy(), await actionsDone(fixture)]).toEqual([
    'ALARM',
    'Alarm',
    0,
  ]);
  await set(fixture, 'quiet', 'OK');
  expect([await suppressedBy(), await actionsDone(fixture)]).toEqual(['ExtensionPeriod', 0]);
  await cloud.clock.advance(30);
  expect([await suppressedBy(), await actionsDone(fixture)]).toEqual([undefined, 1]);
});

test('PutCompositeAlarm: waits for the suppressor before it acts', async () => {
  await using fixture = await startChildren('a', 'quiet');
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putCompositeAlarm({
    AlarmName: 'c',
    AlarmRule: 'ALARM(a)',
    AlarmActions: [topic],
    ActionsSuppressor: 'quiet',
    ActionsSuppressorWaitPeriod: 20,
    ActionsSuppressorExtensionPeriod: 30,
  });
  await cloud.clock.advance(1);
  await set(fixture, 'a', 'ALARM');
  expect(await actionsDone(fixture)).toBe(0);
  await cloud.clock.advance(20);
  expect(await actionsDone(fixture)).toBe(1);
  await set(fixture, 'a', 'OK');
  await set(fixture, 'a', 'ALARM');
  await set(fixture, 'quiet', 'ALARM');
  await cloud.clock.advance(60);
  expect(await actionsDone(fixture)).toBe(1);
});

test('PutCompositeAlarm: alarms that depend on each other are not evaluated', async () => {
  await using fixture = await startChildren('a');
  const { cloudwatch, cloud } = fixture;
  await cloudwatch.putCompositeAlarm({ AlarmName: 'x', AlarmRule: 'ALARM(a)' });
  await cloudwatch.putCompositeAlarm({ AlarmName: 'y', AlarmRule: 'NOT ALARM(x)' });
  await cloudwatch.putCompositeAlarm({ AlarmName: 'x', AlarmRule: 'ALARM(y)' });
  await cloud.clock.advance(60);
  expect(cloud.inside.jobs.size).toBe(0);
});

test('composite rule: any text is read or refused, and what is read can be judged', () => {
  const word = fc.constantFrom('ALARM', 'OK', '(', ')', 'AND', 'OR', 'NOT', 'TRUE', 'FALSE', 'a', '"b c"', '"');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word, { maxLength: 20 }).map((words) => words.join(' ')),
      ),
      (text) => {
        try {
          const rule = parseRule(text);
          expect(typeof holds(rule, () => 'OK')).toBe('boolean');
          expect(Array.isArray(alarmsIn(rule))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
        }
      },
    ),
  );
});

test('DescribeAlarms: of children and parents tells names, and of children their state; nothing else can be asked beside', async () => {
  await using fixture = await startFixture();
  const { cloudwatch } = fixture;
  await cloudwatch.putMetricAlarm(loadAlarm());
  await cloudwatch.putCompositeAlarm({ AlarmName: 'site', AlarmRule: 'ALARM(load)' });
  const children = await cloudwatch.describeAlarms({ ChildrenOfAlarmName: 'site' });
  expect(children.MetricAlarms).toEqual([
    {
      AlarmName: 'load',
      AlarmArn: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:load',
      StateValue: 'INSUFFICIENT_DATA',
      StateUpdatedTimestamp: minute(0),
    },
  ]);
  const parents = await cloudwatch.describeAlarms({ ParentsOfAlarmName: 'load' });
  expect(parents.CompositeAlarms).toEqual([
    { AlarmName: 'site', AlarmArn: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:site' },
  ]);
  await expect(cloudwatch.describeAlarms({ ChildrenOfAlarmName: 'site', StateValue: 'OK' })).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

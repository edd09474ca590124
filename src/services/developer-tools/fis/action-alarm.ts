// Asserting that alarms are in expected states: a precondition of what comes after.
import type { Runner } from './action-runner.ts';
import { ExperimentFailure } from './role.ts';
import type { Alarms } from './run.ts';

export const listOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

export const assertAlarmState: Runner = {
  start: async ({ actor, parameters }) => {
    const states = listOf(parameters['alarmStates']);
    for (const arn of listOf(parameters['alarmArns'])) {
      const AlarmNames = [arn.slice(arn.indexOf(':alarm:') + ':alarm:'.length)];
      const input = { AlarmNames, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] };
      const { MetricAlarms = [], CompositeAlarms = [] } = await actor.call<Alarms>(
        'cloudwatch',
        'DescribeAlarms',
        input,
      );
      const state = [...MetricAlarms, ...CompositeAlarms][0]?.StateValue;
      if (state === undefined || !states.includes(state))
        throw new ExperimentFailure('PreconditionFailure', `Alarm ${arn} is in state ${state ?? 'unknown'}.`);
    }
    return { seconds: 0 };
  },
};

// Asserting that alarms are in expected states: a precondition of what comes after.
import type { Runner } from './action-runner.ts';
import { alarmStateOf } from './alarm-state.ts';
import { listOf } from './list-parameter.ts';
import { ExperimentFailure } from './role.ts';

export const assertAlarmState: Runner = {
  start: async ({ actor, parameters }) => {
    const states = listOf(parameters['alarmStates']);
    for (const arn of listOf(parameters['alarmArns'])) {
      const state = await alarmStateOf(actor, arn);
      if (state === undefined || !states.includes(state))
        throw new ExperimentFailure('PreconditionFailure', `Alarm ${arn} is in state ${state ?? 'unknown'}.`);
    }
    return { seconds: 0 };
  },
};

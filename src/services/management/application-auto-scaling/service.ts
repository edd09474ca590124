// Table of contents of Application Auto Scaling: tables, services, fleets and functions that grow and shrink.
import { defineService, operationsIn } from '../../../kernel/service.ts';
import * as changes from './change.ts';
import { alarmActed, alarmsRepeated } from './policy-act.ts';
import * as policyInputs from './policy-input.ts';
import * as policies from './policy.ts';
import * as schedules from './schedule.ts';
import { type State, tables } from './state.ts';
import * as tags from './tag.ts';
import * as targets from './target.ts';

export default defineService({
  name: 'application-auto-scaling',
  state: tables,
  operations: operationsIn<State>(targets, policies, policyInputs, schedules, changes, tags),
  jobs: {
    fitCapacity: changes.fitCapacity,
    followCapacity: policies.followCapacity,
    deleteAlarms: policies.deleteAlarms,
    runSchedule: schedules.runSchedule,
  },
  listens: { 'cloudwatch.AlarmAction': alarmActed, 'cloudwatch.AlarmActionsRepeated': alarmsRepeated },
});

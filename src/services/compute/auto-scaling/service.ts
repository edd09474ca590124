// Table of contents of EC2 Auto Scaling. Read state.ts first, then turn.ts (what is decided), launch.ts and life.ts (how it is carried out).
import { defineService, operationsIn } from '../../../kernel/service.ts';
import * as accounts from './account.ts';
import * as activities from './activity.ts';
import { sendLetter } from './announce.ts';
import { deleteAlarms } from './group-end.ts';
import { groupMetrics } from './group-metric.ts';
import * as groups from './group.ts';
import { checkHealth, instanceHealthChanged, judgeTarget, senseHealth, targetHealthChanged } from './health.ts';
import * as instances from './instance.ts';
import * as configurations from './launch-configuration.ts';
import * as launches from './launch-instances.ts';
import * as life from './life.ts';
import * as hooks from './lifecycle-hook.ts';
import * as notifications from './notification.ts';
import { alarmActed, alarmsRepeated } from './policy-act.ts';
import * as policies from './policy.ts';
import * as predictions from './predictive.ts';
import * as processes from './process.ts';
import { alarmChanged } from './refresh-step.ts';
import * as refreshes from './refresh.ts';
import * as schedules from './schedule.ts';
import { spotWarned } from './spot-warning.ts';
import { type ScalingState, scalingTables } from './state.ts';
import * as tags from './tag.ts';
import * as trafficSources from './traffic-source.ts';
import { settleTraffic } from './traffic.ts';
import { takeTurn } from './turn.ts';
import { wake } from './warm-pool-fill.ts';
import * as warmPools from './warm-pool.ts';

export default defineService({
  name: 'auto-scaling',
  state: scalingTables,
  operations: operationsIn<ScalingState>(
    groups,
    configurations,
    instances,
    launches,
    activities,
    trafficSources,
    hooks,
    policies,
    predictions,
    schedules,
    refreshes,
    warmPools,
    processes,
    notifications,
    tags,
    accounts,
  ),
  metrics: groupMetrics,
  jobs: {
    takeTurn,
    enterService: life.enterService,
    coolDown: life.coolDown,
    wake,
    arriveRunning: life.arriveRunning,
    leaveTraffic: life.leaveTraffic,
    drained: life.drained,
    terminate: life.terminate,
    hookTimeout: life.hookTimeout,
    checkHealth,
    judgeTarget,
    settleTraffic,
    letGo: instances.letGo,
    detached: instances.detached,
    standAside: instances.standAside,
    runSchedule: schedules.runSchedule,
    foresee: predictions.foresee,
    sendLetter,
    deleteAlarms,
  },
  senses: { checkHealth: senseHealth },
  listens: {
    'ec2.InstanceStateChanged': life.instanceChanged,
    'ec2.SpotInterruptionWarning': spotWarned,
    'elb.TargetHealthChanged': targetHealthChanged,
    'elb.InstanceHealthChanged': instanceHealthChanged,
    'cloudwatch.AlarmStateChanged': alarmChanged,
    'cloudwatch.AlarmAction': alarmActed,
    'cloudwatch.AlarmActionsRepeated': alarmsRepeated,
  },
});

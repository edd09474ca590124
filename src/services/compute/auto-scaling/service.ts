// Table of contents of EC2 Auto Scaling. Read state.ts first, then turn.ts (what is decided), launch.ts and life.ts (how it is carried out).
import { defineService, operationsIn } from '../../../kernel/service.ts';
import * as activities from './activity.ts';
import { sendLetter } from './announce.ts';
import { deleteAlarms } from './group-end.ts';
import { groupMetrics } from './group-metric.ts';
import * as groups from './group.ts';
import { checkHealth, judgeTarget, targetHealthChanged } from './health.ts';
import * as configurations from './launch-configuration.ts';
import * as life from './life.ts';
import { alarmChanged } from './refresh-step.ts';
import { type ScalingState, scalingTables } from './state.ts';
import { settleTraffic } from './traffic.ts';
import { takeTurn } from './turn.ts';
import { wake } from './warm-pool-fill.ts';

export default defineService({
  name: 'auto-scaling',
  state: scalingTables,
  operations: operationsIn<ScalingState>(activities, configurations, groups),
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
    sendLetter,
    deleteAlarms,
  },
  listens: {
    'ec2.InstanceStateChanged': life.instanceChanged,
    'elb.TargetHealthChanged': targetHealthChanged,
    'cloudwatch.AlarmStateChanged': alarmChanged,
  },
});

// CloudWatch in one process: a million data points in, fifteen days of them out, and what alarms cost in a week of the clock; milliseconds.
import { startCloud } from '../dist/embed/index.js';

const day = 86_400;
const start = new Date('2026-01-20T00:00:00Z');
const series = 50;
const points = 20_000;

const timed = async (work) => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

const cloud = await startCloud({ seed: 1, clock: { kind: 'frozen' }, startAt: start });
const call = (operation, input) => cloud.inside.call('cloudwatch', operation, input);
const first = start.getTime() - (points + 60) * 60_000;
const putMs = await timed(async () => {
  for (let of = 0; of < series; of++)
    for (let at = 0; at < points; at += 1_000) {
      const MetricData = Array.from({ length: 1_000 }, (_, index) => ({
        MetricName: `m${of}`,
        Value: (at + index) % 97,
        Timestamp: new Date(first + (at + index) * 60_000),
      }));
      await call('PutMetricData', { Namespace: 'Bench', MetricData });
    }
});
const query = (Id, MetricName, Period, Stat) => ({
  Id,
  MetricStat: { Metric: { Namespace: 'Bench', MetricName }, Period, Stat },
});
const getMs = await timed(() =>
  call('GetMetricData', {
    MetricDataQueries: [query('a', 'm1', 60, 'Sum'), query('b', 'm2', 300, 'Average'), query('c', 'm3', 3_600, 'p99')],
    StartTime: new Date(start.getTime() - 15 * day * 1000),
    EndTime: start,
  }),
);
// Forty alarms for twenty groups, on metrics that a service draws: those never sleep.
const alarms = (Namespace) =>
  Promise.all(
    Array.from({ length: 40 }, (_, of) =>
      call('PutMetricAlarm', {
        AlarmName: `a${of}`,
        Namespace,
        MetricName: `m${of}`,
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 3,
        Threshold: 50,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    ),
  );
await alarms('Bench');
const quietWeekMs = await timed(() => cloud.clock.advance(7 * day));
await alarms('AWS/EBS');
const busyWeekMs = await timed(() => cloud.clock.advance(7 * day));
await cloud.close();
console.log(JSON.stringify({ points: series * points, putMs, getMs, quietWeekMs, busyWeekMs }));

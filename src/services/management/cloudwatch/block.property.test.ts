// What is kept in blocks and rolled up by age must tell what a plain list of all values would.
import fc from 'fast-check';
import { test } from 'vitest';
import { secondsPerDay } from '../../../kernel/units.ts';
import { startFixture, startOfTest } from './fixture.ts';

interface Sent {
  readonly at: number;
  readonly value: number;
}

const values = fc.array(
  fc.record({ minute: fc.integer({ min: 0, max: 14 * 24 * 60 - 1 }), value: fc.integer({ min: 0, max: 50 }) }),
  { minLength: 1, maxLength: 30 },
);

function naive(sent: readonly Sent[], from: number, periodSeconds: number): Map<number, number[]> {
  const periods = new Map<number, number[]>();
  for (const { at, value } of sent) {
    const start = from + Math.floor((at - from) / (periodSeconds * 1000)) * periodSeconds * 1000;
    periods.set(start, [...(periods.get(start) ?? []), value]);
  }
  return periods;
}

test('PutMetricData: statistics at any age agree with a plain list of the values', async () => {
  await fc.assert(
    fc.asyncProperty(values, fc.constantFrom(0, 16, 64), async (data, ageDays) => {
      await using fixture = await startFixture();
      const { cloudwatch, cloud } = fixture;
      await cloud.clock.advance(14 * secondsPerDay);
      const sent = data.map(({ minute, value }) => ({ at: startOfTest.getTime() + minute * 60_000, value }));
      for (const { at, value } of sent)
        await cloudwatch.putMetricData({
          Namespace: 'App',
          MetricData: [{ MetricName: 'm', Value: value, Timestamp: new Date(at) }],
        });
      await cloud.clock.advance(ageDays * secondsPerDay);
      // New blocks roll old ones up; whether they have been or not must not be seen.
      for (let put = 0; put < 3; put++) {
        await cloudwatch.putMetricData({ Namespace: 'App', MetricData: [{ MetricName: 'm', Value: 1 }] });
        await cloud.clock.advance(3_600);
      }
      const Period = ageDays === 0 ? 60 : ageDays === 16 ? 300 : 3_600;
      const from = startOfTest.getTime();
      const { MetricDataResults } = await cloudwatch.getMetricData({
        StartTime: startOfTest,
        EndTime: new Date(from + 14 * secondsPerDay * 1000),
        ScanBy: 'TimestampAscending',
        MetricDataQueries: ['Sum', 'SampleCount', 'Minimum', 'Maximum', 'p50'].map((Stat, at) => ({
          Id: `q${at}`,
          MetricStat: { Metric: { Namespace: 'App', MetricName: 'm' }, Period, Stat },
        })),
      });
      const told = MetricDataResults?.map(({ Timestamps = [], Values = [] }) =>
        Timestamps.map((time, at) => [time.getTime(), Values[at]]),
      );
      const expected = [...naive(sent, from, Period)].sort(([a], [b]) => a - b);
      const of = (pick: (list: number[]) => number) => expected.map(([at, list]) => [at, pick(list)]);
      const sorted = (list: number[]) => [...list].sort((a, b) => a - b);
      const wanted = [
        of((list) => list.reduce((a, b) => a + b, 0)),
        of((list) => list.length),
        of((list) => Math.min(...list)),
        of((list) => Math.max(...list)),
        of((list) => sorted(list)[Math.ceil(list.length / 2) - 1] as number),
      ];
      if (JSON.stringify(told) !== JSON.stringify(wanted))
        throw new Error(`told ${JSON.stringify(told)}, wanted ${JSON.stringify(wanted)}`);
    }),
    { numRuns: 15 },
  );
}, 60_000);

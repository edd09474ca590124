// What the tests of CloudWatch share: a fresh cloud with a frozen clock, and a real SDK client of it.
import { CloudWatch, type PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { type RunningCloud, startCloud } from '../../../embed/index.ts';

export interface Fixture {
  readonly cloud: RunningCloud;
  readonly cloudwatch: CloudWatch;
  [Symbol.asyncDispose](): Promise<void>;
}

export const startOfTest = new Date('2026-01-01T00:00:00Z');

/** A cloud whose clock stands still until the test moves it. */
export async function startFixture(): Promise<Fixture> {
  const cloud = await startCloud({ strict: true, seed: 1, clock: { kind: 'frozen' }, startAt: startOfTest });
  const cloudwatch = cloud.client(CloudWatch);
  cloudwatch.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      Reflect.deleteProperty(result.output, '$metadata');
      return result;
    },
    { step: 'initialize' },
  );
  return { cloud, cloudwatch, [Symbol.asyncDispose]: () => cloud.close() };
}

/** An instant of the test: minutes after its start. */
export const minute = (minutes: number): Date => new Date(startOfTest.getTime() + minutes * 60_000);

export async function putValue(cloudwatch: CloudWatch, name: string, value: number, at?: Date): Promise<void> {
  await cloudwatch.putMetricData({
    Namespace: 'App',
    MetricData: [{ MetricName: name, Value: value, Timestamp: at }],
  });
}

/** An alarm on `App`/`Load` over 80, a minute at a time. */
export const loadAlarm = (changes: Partial<PutMetricAlarmCommandInput> = {}): PutMetricAlarmCommandInput => ({
  AlarmName: 'load',
  Namespace: 'App',
  MetricName: 'Load',
  Statistic: 'Average',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 80,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  ...changes,
});

export async function stateOf(cloudwatch: CloudWatch, name = 'load') {
  const { MetricAlarms, CompositeAlarms } = await cloudwatch.describeAlarms({
    AlarmNames: [name],
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  const alarm = MetricAlarms?.[0] ?? CompositeAlarms?.[0];
  return { state: alarm?.StateValue, reason: alarm?.StateReason, data: alarm?.StateReasonData };
}

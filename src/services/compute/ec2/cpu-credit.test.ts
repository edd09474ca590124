import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { startFixture } from '../../networking/vpc/ec2.fixture.ts';
import { type CreditPlan, creditPlanOf, type Credits, firstCredits, spendMinute } from './cpu-credit.ts';

const micro = creditPlanOf('t3.micro', 2) as CreditPlan;

function spend(plan: CreditPlan, from: Credits, minutes: number, percent: number, vcpus: number, unlimited: boolean) {
  let [credits, charged] = [from, 0];
  for (let i = 0; i < minutes; i++) {
    const minute = spendMinute(plan, credits, (percent / 100) * vcpus, unlimited);
    charged += minute.charged;
    credits = minute;
  }
  return { ...credits, charged };
}

test('Credits: saved for a day, spent by work, and at the baseline neither', () => {
  const saved = spend(micro, firstCredits(micro), 48 * 60, 0, 2, true);
  expect(saved.saved).toBe(288);
  expect(spend(micro, saved, 600, 10, 2, true).saved).toBeCloseTo(288, 6);
  expect(spend(micro, saved, 60, 100, 2, true).saved).toBeCloseTo(288 + 12 - 120, 6);
});

test('Credits: unlimited borrows a day of earnings, then pays; standard has none left', () => {
  const broke = { launch: 0, saved: 0, surplus: 0 };
  const hour = spend(micro, broke, 60, 100, 2, true);
  expect(hour).toMatchObject({ saved: 0, charged: 0 });
  expect(hour.surplus).toBeCloseTo(108, 6);
  const day = spend(micro, broke, 600, 100, 2, true);
  expect(day.surplus).toBe(288);
  expect(day.charged).toBeCloseTo(1_080 - 288, 6);
  const idle = spend(micro, { ...broke, surplus: 24 }, 60, 0, 2, true);
  expect(idle.surplus).toBeCloseTo(12, 6);
  expect(spend(micro, broke, 60, 100, 2, false)).toMatchObject({ saved: 0, surplus: 0, charged: 0 });
});

test('Credits: a T2 starts with some, which it spends first; other types have none', () => {
  const plan = creditPlanOf('t2.small', 1) as CreditPlan;
  const begun = spend(plan, firstCredits(plan), 10, 100, 1, false);
  expect(begun.launch).toBe(20);
  expect(begun.saved).toBeCloseTo(2, 6);
  expect(creditPlanOf('m5.large', 2)).toBeUndefined();
});

test('CPUCreditBalance: grows while the instance idles, and runs out under load', async () => {
  await using fixture = await startFixture();
  const { ec2, cloud } = fixture;
  const { Instances } = await ec2.runInstances({
    ImageId: 'ami-0ed094fb1304fd857',
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
  });
  const id = Instances?.[0]?.InstanceId as string;
  const latest = async (MetricName: string): Promise<number> => {
    const now = cloud.clock.now().getTime();
    const { Datapoints = [] } = await cloud.client(CloudWatch).getMetricStatistics({
      Namespace: 'AWS/EC2',
      MetricName,
      Dimensions: [{ Name: 'InstanceId', Value: id }],
      StartTime: new Date(now - 900_000),
      EndTime: new Date(now),
      Period: 300,
      Statistics: ['Sum'],
    });
    return Datapoints.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).at(-1)?.Sum ?? Number.NaN;
  };
  await cloud.clock.advance(10 * 3_600);
  // It earns 12 an hour, and its idle system spends 1.2.
  expect(await latest('CPUCreditBalance')).toBeCloseTo(108, -1);
  await ec2.createTags({ Resources: [id], Tags: [{ Key: 'hakoniwa:cpu', Value: '100' }] });
  await cloud.clock.advance(3 * 3_600);
  expect(await latest('CPUCreditBalance')).toBe(0);
  expect(await latest('CPUSurplusCreditBalance')).toBeGreaterThan(150);
  expect(await latest('CPUCreditUsage')).toBeCloseTo(10, 1);
});

// The CPU credits of an instance through all that it lived, worked out when somebody asks.
//
// Differs: a standard instance without credits is not slowed down to its baseline. Credits of the past follow what the instance is now:
// standard or unlimited.
import { type Instant, secondsBetween } from '../../../kernel/units.ts';
import type { Life } from '../../../guests/guest.ts';
import { type CreditMinute, creditPlanOf, type Credits, firstCredits, spendMinute } from './cpu-credit.ts';
import type { Ec2Context } from './operation.ts';

/** Credits that were spent in a minute at so much of all vCPUs. */
export const creditsSpent = (cpuPercent: number, vcpus: number): number => (cpuPercent / 100) * vcpus;

/** Credits after each minute until an instant; none for a type that does not burst. */
export function creditHistory(context: Ec2Context, instanceId: string, to: Instant): Map<Instant, CreditMinute> {
  const { guests } = context.parts;
  const unlimited = context.state.instances.find(instanceId)?.credits !== 'standard';
  const history = new Map<Instant, CreditMinute>();
  let [credits, before]: [Credits | undefined, Life | undefined] = [undefined, undefined];
  for (const life of guests.lives(instanceId)) {
    const plan = creditPlanOf(life.instanceType, life.vcpus);
    const stoodSeconds = before?.until === undefined ? 0 : secondsBetween(before.until, life.from);
    before = life;
    if (plan === undefined) {
      credits = undefined;
      continue;
    }
    if (credits === undefined || stoodSeconds > plan.keptSeconds) credits = firstCredits(plan);
    for (const { at, cpuPercent } of guests.usage(instanceId, life.from, life.until ?? to)) {
      if (at >= to) break;
      const minute = spendMinute(plan, credits, creditsSpent(cpuPercent, life.vcpus), unlimited);
      history.set(at, minute);
      credits = minute;
    }
  }
  return history;
}

// How alarms stand, as the experiment's role sees them.
import type { Actor } from './role.ts';

interface Alarms {
  readonly MetricAlarms?: readonly { readonly StateValue?: string }[];
  readonly CompositeAlarms?: readonly { readonly StateValue?: string }[];
}

/** The state of an alarm; undefined when there is none of that ARN. */
export async function alarmStateOf(actor: Actor, arn: string): Promise<string | undefined> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await actor.call<Alarms>('cloudwatch', 'DescribeAlarms', {
    AlarmNames: [arn.slice(arn.indexOf(':alarm:') + ':alarm:'.length)],
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  return [...MetricAlarms, ...CompositeAlarms][0]?.StateValue;
}

// An alarm comes to another state: the row, the history, who hears of it, what it does, and which composite alarms look again.
import { key } from '../../../kernel/key.ts';
import { act } from './alarm-action.ts';
import { configurationDetail, stateDetail, transitionData } from './alarm-detail.ts';
import { keepHistory } from './alarm-history.ts';
import type { Alarm } from './alarm-row.ts';
import type { AlarmStateChanged, StateDetail } from './facts.ts';
import type { CloudWatchContext } from './state.ts';

export type Change = Pick<Alarm, 'state' | 'reason' | 'reasonData'> &
  Partial<Pick<Alarm, 'suppression' | 'awake' | 'evaluationState'>> & {
    /** The newest data point. */
    readonly value?: number | undefined;
    /** False when the actions are held back. */
    readonly acts: boolean;
  };

/** Inside a transaction. Answers the alarm as it is now. */
export function changeState(context: CloudWatchContext, before: Alarm, change: Change): Alarm {
  const at = context.clock.now();
  const { value, acts, ...fields } = change;
  const isTransition = before.state !== change.state;
  const after: Alarm = {
    ...before,
    evaluationState: undefined,
    ...fields,
    stateAt: at,
    transitionedAt: isTransition ? at : before.transitionedAt,
  };
  context.state.alarms.put(after);
  if (!isTransition) return after;
  const previous = stateDetail(before);
  keepHistory(context, after, {
    type: 'StateUpdate',
    summary: `Alarm updated from ${before.state} to ${after.state}`,
    data: transitionData(before, after),
  });
  announce(context, after, previous);
  if (acts) act(context, after, previous, value);
  tellParents(context, after);
  return after;
}

function announce(context: CloudWatchContext, alarm: Alarm, previousState: StateDetail): void {
  const fact: AlarmStateChanged = {
    alarmArn: alarm.arn,
    at: context.clock.now(),
    detail: {
      alarmName: alarm.name,
      state: stateDetail(alarm),
      previousState,
      configuration: configurationDetail(context, alarm),
    },
  };
  context.facts.publish('cloudwatch.AlarmStateChanged', fact);
}

/** Composite alarms look again in jobs of their own, so that a chain of them never nests. */
export function tellParents({ state, jobs, clock }: CloudWatchContext, child: Pick<Alarm, 'name'>): void {
  for (const { parent, suppresses } of state.parents.list({ prefix: key(child.name) }))
    jobs.at(clock.now(), suppresses ? 'followSuppressor' : 'evaluateComposite', { name: parent, child: child.name });
}

// The job that evaluates the alarms of one rhythm.
import { key } from '../../../kernel/key.ts';
import { actionFact, repeatedActions } from './alarm-action.ts';
import { changeState } from './alarm-change.ts';
import { keepCadence } from './alarm-clock.ts';
import { evaluate, type Outcome } from './alarm-evaluation.ts';
import type { Alarm } from './alarm-row.ts';
import type { AlarmAction } from './facts.ts';
import { isMuted } from './mute.ts';
import { whenLoaded } from './reading.ts';
import type { CloudWatchContext } from './state.ts';

interface Judged {
  readonly alarm: Alarm;
  readonly outcome: Outcome;
}

/** Job: looks at all awake alarms of a rhythm, then at what has to be done. */
export const evaluateAlarms = (
  { seconds }: { readonly seconds: number },
  context: CloudWatchContext,
): Promise<void> | undefined => {
  const end = Math.floor(context.clock.now() / (seconds * 1000)) * seconds * 1000;
  const judged = whenLoaded(() =>
    context.state.alarms
      .index('awake')
      .list({ prefix: key(seconds) })
      .map((alarm) => ({ alarm, outcome: evaluate(context, alarm, end) })),
  );
  if (judged instanceof Promise) return judged.then((later) => context.transact(() => finish(context, seconds, later)));
  finish(context, seconds, judged);
  return undefined;
};

function finish(context: CloudWatchContext, seconds: number, judged: readonly Judged[]): void {
  const repeated: AlarmAction[] = [];
  for (const { alarm, outcome } of judged) apply(context, alarm, outcome, repeated);
  if (repeated.length > 0) context.facts.publish('cloudwatch.AlarmActionsRepeated', { actions: repeated });
  const { alarms, cadences } = context.state;
  cadences.delete(key(seconds));
  if (alarms.index('awake').first({ prefix: key(seconds) }) !== undefined) keepCadence(context, seconds);
}

function apply(context: CloudWatchContext, alarm: Alarm, outcome: Outcome, repeated: AlarmAction[]): void {
  // While a service was being loaded the alarm may have become another one.
  if (context.state.alarms.find(alarm.name) !== alarm) return;
  const { state, reason, reasonData, value, canSleep, error, isPartial } = outcome;
  const current = withContributors(context, alarm, outcome);
  if (state !== undefined && (state !== alarm.state || (error === true && alarm.evaluationState === undefined))) {
    const evaluationState = error ? ('EVALUATION_ERROR' as const) : isPartial ? ('PARTIAL_DATA' as const) : undefined;
    const changed = changeState(context, current, {
      state,
      reason: reason ?? '',
      reasonData,
      value,
      evaluationState,
      acts: true,
    });
    sleep(context, changed, canSleep);
    return;
  }
  if (!isMuted(context, alarm))
    for (const arn of repeatedActions(alarm)) repeated.push(actionFact(alarm, arn, context.clock.now(), value));
  sleep(context, current, canSleep);
}

function withContributors(context: CloudWatchContext, alarm: Alarm, { contributors }: Outcome): Alarm {
  if (contributors === undefined || JSON.stringify(contributors) === JSON.stringify(alarm.contributors)) return alarm;
  const changed = { ...alarm, contributors };
  context.state.alarms.put(changed);
  return changed;
}

function sleep(context: CloudWatchContext, alarm: Alarm, canSleep: boolean): void {
  if (canSleep && repeatedActions(alarm).length === 0) context.state.alarms.put({ ...alarm, awake: false });
}

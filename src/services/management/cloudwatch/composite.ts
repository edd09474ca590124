// Composite alarms: follow other alarms by a rule, and may keep still while another alarm, the suppressor, is in ALARM.
import { key } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import { alarmName, keepAlarm, makeAlarm } from './alarm.ts';
import { act } from './alarm-action.ts';
import { changeState } from './alarm-change.ts';
import { stateDetail } from './alarm-detail.ts';
import { checkActions } from './alarm-input.ts';
import { longTime } from './alarm-reason.ts';
import type { Alarm, CompositeRule, Suppression } from './alarm-row.ts';
import { alarmsIn, holds, parseRule, type Rule, RuleError } from './composite-rule.ts';
import { errors } from './errors.ts';
import type { AlarmState } from './facts.ts';
import { alarmRuleChildrenMax } from './limits.ts';
import type { CloudWatchContext, Operation } from './state.ts';
import { putTags } from './tag.ts';

/**
 * Creates a composite alarm, or changes it.
 *
 * Limit: a rule of 10,240 characters that names 100 alarms.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export const PutCompositeAlarm: Operation<'PutCompositeAlarm'> = (input, context) => {
  const { AlarmName, ActionsSuppressor, ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod } = input;
  checkActions(input, true, context);
  const rule = readRule(input.AlarmRule);
  const children = [...new Set(alarmsIn(rule).map(alarmName))];
  checkChildren(context, AlarmName, children);
  checkSuppressor(context, input);
  const known = context.state.alarms.find(AlarmName);
  if (known?.metric !== undefined)
    throw errors.validation(`The alarm ${AlarmName} is a metric alarm and cannot be made a composite alarm.`);
  const composite: CompositeRule = {
    AlarmRule: input.AlarmRule,
    ActionsSuppressor,
    ActionsSuppressorWaitPeriod,
    ActionsSuppressorExtensionPeriod,
  };
  const base = makeAlarm(context, input);
  const suppression = ActionsSuppressor === undefined ? undefined : known?.suppression;
  keepAlarm(context, { ...base, composite, suppression, cadence: 0, awake: false });
  link(context, AlarmName, children, ActionsSuppressor);
  if (known === undefined) putTags(context, base.arn, input.Tags);
  context.jobs.at(context.clock.now(), 'evaluateComposite', { name: AlarmName });
  return {};
};

function readRule(text: string): Rule {
  try {
    return parseRule(text);
  } catch (error) {
    if (error instanceof RuleError) throw errors.validation(`Error in AlarmRule [${error.message}]`);
    throw error;
  }
}

function checkChildren({ state }: CloudWatchContext, name: string, children: readonly string[]): void {
  if (children.length > alarmRuleChildrenMax)
    throw errors.validation(`Error in AlarmRule [At most ${alarmRuleChildrenMax} alarms can be named in a rule]`);
  const missing = children.filter((child) => child !== name && !state.alarms.has(child));
  if (missing.length > 0)
    throw errors.validation(
      `Could not save the composite alarm as alarms [${missing.join(', ')}] in the alarm rule do not exist`,
    );
}

function checkSuppressor(
  { state }: CloudWatchContext,
  input: {
    ActionsSuppressor?: string | undefined;
    ActionsSuppressorWaitPeriod?: number | undefined;
    ActionsSuppressorExtensionPeriod?: number | undefined;
  },
): void {
  const { ActionsSuppressor, ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod } = input;
  if (ActionsSuppressor === undefined) {
    if (ActionsSuppressorWaitPeriod !== undefined || ActionsSuppressorExtensionPeriod !== undefined)
      throw errors.validation(
        'ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod can be set only with ActionsSuppressor',
      );
    return;
  }
  if (ActionsSuppressorWaitPeriod === undefined)
    throw errors.validation('ActionsSuppressorWaitPeriod must not be null');
  if (ActionsSuppressorExtensionPeriod === undefined)
    throw errors.validation('ActionsSuppressorExtensionPeriod must not be null');
  if (!state.alarms.has(alarmName(ActionsSuppressor)))
    throw errors.validation(
      `Could not save the composite alarm as the actions suppressor [${ActionsSuppressor}] does not exist`,
    );
}

function link(
  { state }: CloudWatchContext,
  parent: string,
  children: readonly string[],
  suppressor: string | undefined,
): void {
  for (const row of state.parents.index('parent').list({ prefix: key(parent) }))
    state.parents.delete(key(row.child, row.parent, row.suppresses ? 1 : 0));
  for (const child of children) state.parents.put({ child, parent, suppresses: false });
  if (suppressor !== undefined) state.parents.put({ child: alarmName(suppressor), parent, suppresses: true });
}

/** Alarms that depend on themselves are not evaluated, as in AWS: there would be no end to it. */
function isInCycle({ state }: CloudWatchContext, name: string): boolean {
  const seen = new Set<string>();
  const open = [name];
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const { child, suppresses } of state.parents.index('parent').list({ prefix: key(at) })) {
      if (suppresses) continue;
      if (child === name) return true;
      if (!seen.has(child)) open.push(child);
      seen.add(child);
    }
  return false;
}

/** Job: works a composite alarm's state out anew. `child` is the alarm whose change called for it. */
export const evaluateComposite = (
  { name, child }: { readonly name: string; readonly child?: string | undefined },
  context: CloudWatchContext,
): void => {
  const alarm = context.state.alarms.find(name);
  if (alarm?.composite === undefined || isInCycle(context, name)) return;
  const rule = parseRule(alarm.composite.AlarmRule);
  const isAlarm = holds(rule, (named) => context.state.alarms.find(alarmName(named))?.state);
  const state: AlarmState = isAlarm ? 'ALARM' : 'OK';
  if (state === alarm.state) return;
  const { suppression, acts } = suppressionFor(context, alarm, state);
  const words = wordsOf(context, alarm, rule, child, state);
  changeState(context, alarm, { state, ...words, suppression, acts });
};

function wordsOf(context: CloudWatchContext, alarm: Alarm, rule: Rule, child: string | undefined, state: AlarmState) {
  const cause = child === undefined ? undefined : context.state.alarms.find(child);
  const children = alarmsIn(rule).flatMap((named) => context.state.alarms.find(alarmName(named)) ?? []);
  const triggering = cause === undefined ? children : [cause];
  return {
    reason:
      cause === undefined
        ? `${alarm.arn} was created and its alarm rule evaluates to ${state}`
        : `${cause.arn} transitioned to ${cause.state} at ${spokenTime(cause.stateAt)}`,
    reasonData: JSON.stringify({
      triggeringAlarms: triggering.map(({ arn, state: value, stateAt }) => ({
        arn,
        state: { value, timestamp: longTime(stateAt) },
      })),
    }),
  };
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `Friday 22 July, 2022 15:57:45 UTC`. */
function spokenTime(at: number): string {
  const date = new Date(at);
  const day = `${days[date.getUTCDay()]} ${String(date.getUTCDate()).padStart(2, '0')} ${months[date.getUTCMonth()]}, ${date.getUTCFullYear()}`;
  return `${day} ${date.toISOString().slice(11, 19)} UTC`;
}

const isSuppressing = (context: CloudWatchContext, { composite }: Alarm): boolean =>
  composite?.ActionsSuppressor !== undefined &&
  context.state.alarms.find(alarmName(composite.ActionsSuppressor))?.state === 'ALARM';

const suppressedBy = (by: Suppression['by'], holdsActions: boolean, job?: string): Suppression => ({
  by,
  reason: by === 'Alarm' ? 'Actions suppressed by alarm' : `Actions suppressed by ${by}`,
  holdsActions,
  job,
});

/** What becomes of the actions of a change to `state`. */
function suppressionFor(
  context: CloudWatchContext,
  alarm: Alarm,
  state: AlarmState,
): { readonly suppression: Suppression | undefined; readonly acts: boolean } {
  const { composite, suppression: current } = alarm;
  if (composite?.ActionsSuppressor === undefined) return { suppression: undefined, acts: true };
  if (isSuppressing(context, alarm)) return { suppression: suppressedBy('Alarm', true), acts: false };
  if (current?.by === 'ExtensionPeriod') return { suppression: { ...current, holdsActions: true }, acts: false };
  if (current?.job !== undefined) context.jobs.cancel(current.job);
  const waitSeconds = composite.ActionsSuppressorWaitPeriod ?? 0;
  // Only a change to ALARM waits for the suppressor; one that undoes it before the wait is over leaves nothing to say.
  if (state !== 'ALARM') return { suppression: undefined, acts: current?.by !== 'WaitPeriod' };
  if (waitSeconds === 0) return { suppression: undefined, acts: true };
  const job = context.jobs.at(later(context.clock.now(), waitSeconds), 'endSuppression', { name: alarm.name });
  return { suppression: suppressedBy('WaitPeriod', true, job), acts: false };
}

/** Job: the suppressor came to another state. */
export const followSuppressor = ({ name }: { readonly name: string }, context: CloudWatchContext): void => {
  const alarm = context.state.alarms.find(name);
  if (alarm?.composite === undefined) return;
  const { suppression } = alarm;
  if (isSuppressing(context, alarm)) {
    if (suppression?.job !== undefined) context.jobs.cancel(suppression.job);
    const isHeld = suppression?.holdsActions ?? false;
    // Actions that have run stay run; only a change that still waits, or one to come, is held back.
    context.state.alarms.put({ ...alarm, suppression: suppressedBy('Alarm', isHeld) });
  } else if (suppression?.by === 'Alarm') {
    const seconds = alarm.composite.ActionsSuppressorExtensionPeriod ?? 0;
    const job = context.jobs.at(later(context.clock.now(), seconds), 'endSuppression', { name });
    const by = suppressedBy('ExtensionPeriod', suppression.holdsActions, job);
    context.state.alarms.put({ ...alarm, suppression: by });
  }
};

/** Job: a wait or an extension is over. Actions that were held back run now, when the alarm is still in ALARM. */
export const endSuppression = ({ name }: { readonly name: string }, context: CloudWatchContext): void => {
  const alarm = context.state.alarms.find(name);
  if (alarm?.suppression === undefined || alarm.suppression.by === 'Alarm') return;
  const freed = { ...alarm, suppression: undefined };
  context.state.alarms.put(freed);
  if (alarm.suppression.holdsActions && alarm.state === 'ALARM')
    act(context, freed, { ...stateDetail(alarm), value: 'OK' }, undefined);
};

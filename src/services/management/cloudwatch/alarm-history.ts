// What happened to alarms: kept for 30 days, also of alarms that are gone.
import { key } from '../../../kernel/key.ts';
import { type Instant, instant, later, toDate } from '../../../kernel/units.ts';
import type { Alarm } from './alarm-row.ts';
import { errors } from './errors.ts';
import { alarmsPageMax, historyPageDefault, historySeconds } from './limits.ts';
import { type CloudWatchContext, type HistoryItem, nextNumber, type Operation } from './state.ts';

/** Old items are let go a few at a time, when new ones come. */
const forgottenAtOnce = 4;

/** Inside a transaction. */
export function keepHistory(
  { state, clock }: CloudWatchContext,
  alarm: Pick<Alarm, 'name' | 'composite'>,
  item: Pick<HistoryItem, 'type' | 'summary' | 'data'>,
): void {
  const at = clock.now();
  const sequence = nextNumber(state, 'history');
  state.history.put({ ...item, alarmName: alarm.name, composite: alarm.composite !== undefined, at, sequence });
  for (const old of state.history.list({ to: key(later(at, -historySeconds)), limit: forgottenAtOnce }))
    state.history.delete(key(old.at, old.sequence));
}

interface Place {
  readonly at: Instant;
  readonly sequence: number;
}

const writeToken = ({ at, sequence }: Place): string => Buffer.from(`${at}:${sequence}`).toString('base64');

function readToken(token: string): Place {
  const found = /^(\d{1,15}):(\d{1,15})$/.exec(Buffer.from(token, 'base64').toString());
  if (found === null) throw errors.invalidToken();
  return { at: instant(Number(found[1])), sequence: Number(found[2]) };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html */
export const DescribeAlarmHistory: Operation<'DescribeAlarmHistory'> = (input, { state, clock }) => {
  const { AlarmName, AlarmTypes = ['MetricAlarm'], HistoryItemType, MaxRecords = historyPageDefault } = input;
  if (MaxRecords > alarmsPageMax) throw errors.validation(`MaxRecords must be at most ${alarmsPageMax}`);
  const after = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  const oldest = later(clock.now(), -historySeconds);
  const from = Math.max(oldest, input.StartDate?.getTime() ?? 0, 0);
  const to = Math.max(0, (input.EndDate?.getTime() ?? clock.now()) + 1);
  const isAsked = (item: HistoryItem): boolean =>
    (HistoryItemType === undefined || item.type === HistoryItemType) &&
    AlarmTypes.includes(item.composite ? 'CompositeAlarm' : 'MetricAlarm');
  const place = (...parts: readonly number[]): string =>
    AlarmName === undefined ? key(...parts) : key(AlarmName, ...parts);
  const reverse = input.ScanBy !== 'TimestampAscending';
  // An index key ends with the row's own.
  const edge = (at: Place): string =>
    AlarmName === undefined ? key(at.at, at.sequence) : `${place(at.at, at.sequence)}\u0000${key(at.at, at.sequence)}`;
  const range = { from: place(from), to: place(to), reverse, after: after && edge(after) };
  const rows = AlarmName === undefined ? state.history.each(range) : state.history.index('alarm').each(range);
  const found: HistoryItem[] = [];
  for (const item of rows) {
    if (isAsked(item)) found.push(item);
    if (found.length > MaxRecords) break;
  }
  const page = found.slice(0, MaxRecords);
  return {
    AlarmHistoryItems: page.map((item) => ({
      AlarmName: item.alarmName,
      AlarmType: item.composite ? ('CompositeAlarm' as const) : ('MetricAlarm' as const),
      Timestamp: toDate(item.at),
      HistoryItemType: item.type,
      HistorySummary: item.summary,
      HistoryData: item.data,
    })),
    NextToken: found.length > page.length ? writeToken(page.at(-1) as HistoryItem) : undefined,
  };
};

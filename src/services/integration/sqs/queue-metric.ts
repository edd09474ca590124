// Standard metrics of queues (`AWS/SQS`): what requests did is read off the meter, how many messages there were off the levels.
//
// Differs: a queue that is used again after six quiet hours has data at once; AWS takes up to 15 minutes.
// Differs: metrics of fair queues that tell of quiet groups only are left out; how many noisy groups there are is told.
// @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
import { key } from '../../../kernel/key.ts';
import {
  fits,
  type MetricSource,
  minutesOf,
  oneSample,
  type Series,
  type SeriesFilter,
  type SeriesWindow,
  type StatisticSet,
} from '../../../kernel/metric.ts';
import { type Instant, instant, later, minuteMs, secondsPerHour, secondsPerMinute } from '../../../kernel/units.ts';
import { type Standing, standings } from './level.ts';
import type { Queue, SqsContext, State } from './state.ts';

/** What the meter counts of a queue. */
export type Quantity =
  | 'NumberOfMessagesSent'
  | 'NumberOfMessagesReceived'
  | 'NumberOfEmptyReceives'
  | 'NumberOfMessagesDeleted'
  | 'NumberOfDeduplicatedSentMessages'
  | 'SentMessageSize'
  /** Not a metric: that somebody asked for the queue keeps it active. */
  | 'Accesses';

export const meter = ({ parts, clock }: SqsContext, { arn }: Queue, quantity: Quantity, value: number): void =>
  parts.meter.count(arn, clock.now(), quantity, value);

interface Gauge {
  readonly unit: string;
  readonly has: (queue: Queue) => boolean;
  readonly of: (standing: Standing, end: number) => number;
}

const all = (): boolean => true;
const isFifo = ({ fifo }: Queue): boolean => fifo;

const gauges: Readonly<Record<string, Gauge>> = {
  ApproximateNumberOfMessagesVisible: { unit: 'Count', has: all, of: ({ ready }) => ready },
  ApproximateNumberOfMessagesNotVisible: { unit: 'Count', has: all, of: ({ inflight }) => inflight },
  ApproximateNumberOfMessagesDelayed: { unit: 'Count', has: all, of: ({ delayed }) => delayed },
  ApproximateAgeOfOldestMessage: {
    unit: 'Seconds',
    has: all,
    of: ({ oldestAt }, end) => (oldestAt === undefined ? 0 : Math.max(0, Math.floor((end - oldestAt) / 1000))),
  },
  ApproximateNumberOfGroupsWithInflightMessages: { unit: 'Count', has: isFifo, of: ({ busyGroups }) => busyGroups },
  ApproximateNumberOfNoisyGroups: {
    unit: 'Count',
    has: ({ fifo }) => !fifo,
    of: ({ noisyGroups }) => noisyGroups,
  },
};

const counters: Readonly<Record<string, { readonly unit: string; readonly has: (queue: Queue) => boolean }>> = {
  NumberOfMessagesSent: { unit: 'Count', has: all },
  NumberOfMessagesReceived: { unit: 'Count', has: all },
  NumberOfMessagesDeleted: { unit: 'Count', has: all },
  NumberOfEmptyReceives: { unit: 'Count', has: all },
  NumberOfDeduplicatedSentMessages: { unit: 'Count', has: isFifo },
  SentMessageSize: { unit: 'Bytes', has: all },
};

/** A queue is active for so long after it was used, and while there are messages in it. */
const activeSeconds = 6 * secondsPerHour;

function* series(filter: SeriesFilter, context: SqsContext): Generator<Series> {
  const wanted = filter.dimensions ?? [];
  if (wanted.some(({ name }) => name !== 'QueueName')) return;
  const named = wanted.find(({ value }) => value !== undefined)?.value;
  const { queues } = context.state;
  for (const queue of named === undefined ? queues.each() : [queues.find(named) ?? []].flat()) {
    if (filter.since !== undefined && !wasActive(context, queue, filter.since)) continue;
    for (const [name, { unit, has }] of Object.entries({ ...gauges, ...counters })) {
      const one = { namespace: 'AWS/SQS', name, dimensions: [{ name: 'QueueName', value: queue.name }], unit };
      if (has(queue) && fits(one, filter)) yield one;
    }
  }
}

const wasActive = ({ state, parts, clock }: SqsContext, queue: Queue, since: Instant): boolean => {
  const from = later(since, -activeSeconds);
  const tally = state.tallies.find(queue.name);
  if (queue.createdAt >= from || state.messages.first({ prefix: key(queue.name) }) !== undefined) return true;
  if (tally !== undefined && tally.at >= from) return true;
  return parts.meter.read(queue.arn, from, later(clock.now(), secondsPerMinute)).length > 0;
};

/** Minutes in which somebody used the queue, and those after it. */
function activeUntil({ parts }: SqsContext, queue: Queue, from: Instant, to: Instant): (minute: Instant) => boolean {
  const used = parts.meter.read(queue.arn, later(from, -activeSeconds), to);
  let next = 0;
  let until = later(queue.createdAt, activeSeconds);
  return (minute) => {
    for (let row = used[next]; row !== undefined && row.at <= minute; row = used[++next])
      until = later(row.at, activeSeconds);
    return minute < until;
  };
}

function read(window: SeriesWindow, context: SqsContext): readonly StatisticSet[] {
  const [dimension, ...more] = window.dimensions;
  const { name } = window;
  const queue =
    dimension?.name === 'QueueName' && more.length === 0 ? context.state.queues.find(dimension.value) : undefined;
  const { from, to } = minutesOf(window, context.clock.now());
  if (queue === undefined || from >= to) return [];
  const gauge = Object.hasOwn(gauges, name) ? gauges[name] : undefined;
  const counter = Object.hasOwn(counters, name) ? counters[name] : undefined;
  if ((gauge ?? counter)?.has(queue) !== true) return [];
  const counted = gauge === undefined ? countedOf(context, queue, name, from, to) : undefined;
  if (name === 'SentMessageSize') return [...(counted?.values() ?? [])];
  const isUsed = activeUntil(context, queue, from, to);
  const sets: StatisticSet[] = [];
  for (const [minute, standing] of standings(context.state, queue, from, to)) {
    const isHeld = standing.ready + standing.inflight + standing.delayed > 0;
    if (!isUsed(minute) && !isHeld) continue;
    sets.push(
      gauge === undefined
        ? (counted?.get(minute) ?? oneSample(minute, 0))
        : oneSample(minute, gauge.of(standing, minute + minuteMs)),
    );
  }
  return sets;
}

function countedOf({ parts }: SqsContext, queue: Queue, name: string, from: Instant, to: Instant) {
  const sets = new Map<Instant, StatisticSet>();
  for (const { at, tallies } of parts.meter.read(queue.arn, from, to)) {
    const tally = tallies[name];
    if (tally === undefined) continue;
    const { count: sampleCount, sum, minimum, maximum } = tally;
    sets.set(instant(at), { at, sampleCount, sum, minimum, maximum });
  }
  return sets;
}

export const queueMetrics: MetricSource<State> = { series, read };

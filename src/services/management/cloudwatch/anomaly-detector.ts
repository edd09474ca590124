// Anomaly detectors: which metrics have a band. What the band is stands in `anomaly-band.ts`.
import { key } from '../../../kernel/key.ts';
import type { InputOf } from '../../../kernel/service.ts';
import { instant, toDate } from '../../../kernel/units.ts';
import { detectorKey } from './anomaly-band.ts';
import { errors } from './errors.ts';
import { readPeriods, whenLoaded } from './reading.ts';
import {
  type CloudWatchContext,
  type DetectedMetric,
  type Detector,
  dimensionsKey,
  type Operation,
  type Sdk,
  sortDimensions,
} from './state.ts';
import { readQueries } from './query.ts';

type Input = InputOf<Sdk, 'PutAnomalyDetector'>;
type Named = Pick<
  Input,
  'Namespace' | 'MetricName' | 'Dimensions' | 'Stat' | 'SingleMetricAnomalyDetector' | 'MetricMathAnomalyDetector'
>;

interface Subject {
  readonly key: string;
  readonly single?: DetectedMetric | undefined;
  readonly math?: Detector['math'];
}

/** The two forms exclude the older members, and each other. */
function subjectOf(input: Named): Subject {
  const {
    Namespace,
    MetricName,
    Dimensions,
    Stat,
    SingleMetricAnomalyDetector: single,
    MetricMathAnomalyDetector: math,
  } = input;
  const older = Namespace !== undefined || MetricName !== undefined || Dimensions !== undefined || Stat !== undefined;
  if ([older, single !== undefined, math !== undefined].filter(Boolean).length > 1)
    throw errors.invalidCombination(
      'Only one of SingleMetricAnomalyDetector, MetricMathAnomalyDetector or Namespace/MetricName/Dimensions/Stat can be specified',
    );
  if (math !== undefined) {
    const queries = math.MetricDataQueries ?? [];
    if (queries.length === 0) throw errors.required('MetricMathAnomalyDetector.MetricDataQueries');
    readQueries(queries, 'MetricMathAnomalyDetector.MetricDataQueries', undefined);
    return { key: key('math', JSON.stringify(queries)), math: { MetricDataQueries: queries } };
  }
  const of = single ?? input;
  if (of.Namespace === undefined) throw errors.required('Namespace');
  if (of.MetricName === undefined) throw errors.required('MetricName');
  if (of.Stat === undefined) throw errors.required('Stat');
  const metric = {
    namespace: of.Namespace,
    name: of.MetricName,
    dimensions: sortDimensions(of.Dimensions),
    stat: of.Stat,
  };
  return { key: detectorKey(metric, of.Stat), single: metric };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAnomalyDetector.html */
export const PutAnomalyDetector: Operation<'PutAnomalyDetector'> = (input, { state, clock }) => {
  const subject = subjectOf(input);
  const ranges = input.Configuration?.ExcludedTimeRanges ?? [];
  for (const { StartTime, EndTime } of ranges)
    if (StartTime >= EndTime)
      throw errors.invalidValue('The StartTime of an excluded time range must be before its EndTime.');
  state.detectors.put({
    ...subject,
    createdAt: state.detectors.find(subject.key)?.createdAt ?? clock.now(),
    excluded: ranges.map(({ StartTime, EndTime }) => ({
      from: instant(StartTime.getTime()),
      to: instant(EndTime.getTime()),
    })),
    timezone: input.Configuration?.MetricTimezone,
    periodicSpikes: input.MetricCharacteristics?.PeriodicSpikes,
  });
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAnomalyDetector.html */
export const DeleteAnomalyDetector: Operation<'DeleteAnomalyDetector'> = (input, { state }) => {
  const subject = subjectOf(input);
  if (!state.detectors.delete(subject.key))
    throw errors.resourceNotFound('AnomalyDetector', subject.single?.name ?? '', 'The anomaly detector does not exist');
  return {};
};

const pageDefault = 50;

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAnomalyDetectors.html */
export const DescribeAnomalyDetectors: Operation<'DescribeAnomalyDetectors'> = (input, context) => {
  const {
    Namespace,
    MetricName,
    Dimensions,
    AnomalyDetectorTypes = ['SINGLE_METRIC'],
    MaxResults = pageDefault,
  } = input;
  const dimensions = Dimensions === undefined ? undefined : dimensionsKey(sortDimensions(Dimensions));
  const isAsked = ({ single }: Detector): boolean =>
    single === undefined
      ? AnomalyDetectorTypes.includes('METRIC_MATH') && Namespace === undefined && MetricName === undefined
      : AnomalyDetectorTypes.includes('SINGLE_METRIC') &&
        (Namespace === undefined || single.namespace === Namespace) &&
        (MetricName === undefined || single.name === MetricName) &&
        (dimensions === undefined || dimensionsKey(single.dimensions) === dimensions);
  const after = input.NextToken === undefined ? undefined : Buffer.from(input.NextToken, 'base64').toString();
  const found: Detector[] = [];
  for (const detector of context.state.detectors.each({ after })) {
    if (isAsked(detector)) found.push(detector);
    if (found.length > MaxResults) break;
  }
  const page = found.slice(0, MaxResults);
  const last = found.length > page.length ? page.at(-1) : undefined;
  return whenLoaded(() => ({
    AnomalyDetectors: page.map((detector) => describe(context, detector)),
    NextToken: last && Buffer.from(last.key).toString('base64'),
  }));
};

function describe(context: CloudWatchContext, detector: Detector) {
  const { single, math, excluded, timezone, periodicSpikes } = detector;
  const metric = single && {
    Namespace: single.namespace,
    MetricName: single.name,
    Dimensions: single.dimensions.map((dimension) => ({ ...dimension })),
    Stat: single.stat,
  };
  return {
    ...metric,
    SingleMetricAnomalyDetector: metric && { AccountId: context.account, ...metric },
    MetricMathAnomalyDetector: math && { MetricDataQueries: [...math.MetricDataQueries] as { Id: string }[] },
    Configuration: {
      ExcludedTimeRanges: excluded.map(({ from, to }) => ({ StartTime: toDate(from), EndTime: toDate(to) })),
      MetricTimezone: timezone,
    },
    MetricCharacteristics: periodicSpikes === undefined ? undefined : { PeriodicSpikes: periodicSpikes },
    StateValue: stateOf(context, detector),
  };
}

/** Hours with data that a model needs; see `anomaly-band.ts`. */
const trainedHours = 3;

/** Whether there is data to train with. A detector of math is judged by none, hence still pending. */
function stateOf(
  context: CloudWatchContext,
  { single }: Detector,
): 'PENDING_TRAINING' | 'TRAINED' | 'TRAINED_INSUFFICIENT_DATA' {
  if (single === undefined) return 'PENDING_TRAINING';
  const hourMs = 3_600_000;
  const count = 14 * 24;
  const start = Math.max(0, (Math.floor(context.clock.now() / hourMs) - count) * hourMs);
  const known = readPeriods(context, single, { start, periodSeconds: 3_600, count }).filter(
    (period) => period !== undefined,
  );
  return known.length === 0
    ? 'PENDING_TRAINING'
    : known.length < trainedHours
      ? 'TRAINED_INSUFFICIENT_DATA'
      : 'TRAINED';
}

// Metric streams: kept and told.
//
// Differs: nothing is delivered, because there is no Firehose to take it; a stream is `running` all the same.
// Unknown: whether AWS looks for the delivery stream and the role; here only the form of their ARNs is checked. And its words for most
// refusals.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Metric-Streams.html
import type { InputOf } from '../../../kernel/service.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { streamFilterNamesMax, streamsPageMax, streamStatisticsMax, streamStatisticsMetricsMax } from './limits.ts';
import type { CloudWatchContext, MetricStream, Operation, Sdk, StreamFilter } from './state.ts';
import { findStatistic, isPlainStatistic } from './statistic.ts';
import { putTags } from './tag.ts';

type Input = InputOf<Sdk, 'PutMetricStream'>;
type Filters = Input['IncludeFilters'];

export const metricStreamArn = ({ partition, region, account }: CloudWatchContext, name: string): string =>
  `arn:${partition}:cloudwatch:${region}:${account}:metric-stream/${name}`;

/** Lists too long, in the words of other operations. */
const checkSize = (list: readonly unknown[] | undefined, name: string, most: number): void => {
  if (list !== undefined && list.length > most)
    throw errors.invalidValue(`The collection ${name} must not have a size greater than ${most}.`);
};

function readFilters(filters: Filters, name: string): readonly StreamFilter[] | undefined {
  if (filters === undefined || filters.length === 0) return undefined;
  const names = filters.flatMap(({ MetricNames }) => MetricNames ?? []);
  checkSize([...filters, ...names], name, streamFilterNamesMax);
  return filters.map(({ Namespace, MetricNames }, at) => {
    if (Namespace === undefined) throw errors.required(`${name}.member.${at + 1}.Namespace`);
    return { namespace: Namespace, names: MetricNames ?? [] };
  });
}

function checkStatistics({ StatisticsConfigurations = [], OutputFormat }: Input): void {
  checkSize(StatisticsConfigurations, 'StatisticsConfigurations', streamStatisticsMetricsMax);
  for (const [at, { IncludeMetrics, AdditionalStatistics }] of StatisticsConfigurations.entries()) {
    const path = `StatisticsConfigurations.member.${at + 1}`;
    checkSize(IncludeMetrics, `${path}.IncludeMetrics`, streamStatisticsMetricsMax);
    checkSize(AdditionalStatistics, `${path}.AdditionalStatistics`, streamStatisticsMax);
    for (const statistic of AdditionalStatistics) {
      const isPercentile = /^p\d/.test(statistic);
      const isKnown = findStatistic(statistic) !== undefined && !isPlainStatistic(statistic);
      // OpenTelemetry has a place for percentiles only.
      if (!isKnown || (OutputFormat !== 'json' && !isPercentile))
        throw errors.invalidValue(
          `The value ${statistic} for parameter ${path}.AdditionalStatistics is not supported for the output format ${OutputFormat}.`,
        );
    }
  }
}

function checkArns({ FirehoseArn, RoleArn }: Input, { account, region }: CloudWatchContext): void {
  const stream = /^arn:[^:]+:firehose:([^:]+):(\d{12}):deliverystream\/[\w.-]{1,64}$/.exec(FirehoseArn);
  if (stream === null) throw errors.invalidValue(`Invalid ARN for parameter FirehoseArn: ${FirehoseArn}`);
  if (stream[1] !== region || stream[2] !== account)
    throw errors.invalidValue(
      'The Firehose delivery stream must be in the same account and Region as the metric stream.',
    );
  const role = /^arn:[^:]+:iam::(\d{12}):role\/.+$/.exec(RoleArn);
  if (role === null) throw errors.invalidValue(`Invalid ARN for parameter RoleArn: ${RoleArn}`);
  if (role[1] !== account) throw errors.invalidValue('The role must be in the same account as the metric stream.');
}

/**
 * Creates a metric stream, which runs, or changes one, whose state stays.
 *
 * Limit: 1,000 namespaces and metric names in filters; 100 configurations of statistics, each of 100 metrics and 20 statistics.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricStream.html
 */
export const PutMetricStream: Operation<'PutMetricStream'> = (input, context) => {
  const { state, clock } = context;
  const { Name, IncludeFilters, ExcludeFilters } = input;
  if (!/^[\w-]+$/.test(Name))
    throw errors.invalidValue(`The value ${Name} for parameter Name contains invalid characters.`);
  const include = readFilters(IncludeFilters, 'IncludeFilters');
  const exclude = readFilters(ExcludeFilters, 'ExcludeFilters');
  if (include !== undefined && exclude !== undefined)
    throw errors.invalidCombination(
      'The parameters IncludeFilters and ExcludeFilters are mutually exclusive and you have specified both.',
    );
  checkArns(input, context);
  checkStatistics(input);
  const known = state.streams.find(Name);
  const now = clock.now();
  state.streams.put({
    name: Name,
    state: known?.state ?? 'running',
    firehoseArn: input.FirehoseArn,
    roleArn: input.RoleArn,
    format: input.OutputFormat,
    include,
    exclude,
    statistics: input.StatisticsConfigurations,
    linkedAccounts: input.IncludeLinkedAccountsMetrics ?? false,
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
  });
  const arn = metricStreamArn(context, Name);
  // As with alarms, tags given with a change are left alone.
  if (known === undefined) putTags(context, arn, input.Tags);
  return { Arn: arn };
};

const entryOf = (context: CloudWatchContext, stream: MetricStream) => ({
  Arn: metricStreamArn(context, stream.name),
  Name: stream.name,
  FirehoseArn: stream.firehoseArn,
  State: stream.state,
  CreationDate: toDate(stream.createdAt),
  LastUpdateDate: toDate(stream.updatedAt),
  OutputFormat: stream.format,
});

const showFilters = (filters: readonly StreamFilter[] | undefined) =>
  filters?.map(({ namespace, names }) => ({
    Namespace: namespace,
    MetricNames: names.length === 0 ? undefined : [...names],
  }));

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStream.html */
export const GetMetricStream: Operation<'GetMetricStream'> = ({ Name }, context) => {
  const stream = context.state.streams.find(Name);
  if (stream === undefined) throw errors.resourceNotFound('MetricStream', Name, `Metric stream ${Name} does not exist`);
  return {
    ...entryOf(context, stream),
    RoleArn: stream.roleArn,
    IncludeFilters: showFilters(stream.include),
    ExcludeFilters: showFilters(stream.exclude),
    StatisticsConfigurations: stream.statistics?.map(({ IncludeMetrics, AdditionalStatistics }) => ({
      IncludeMetrics: [...IncludeMetrics],
      AdditionalStatistics: [...AdditionalStatistics],
    })),
    IncludeLinkedAccountsMetrics: stream.linkedAccounts,
  };
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetricStreams.html */
export const ListMetricStreams: Operation<'ListMetricStreams'> = (input, context) => {
  const { NextToken, MaxResults = streamsPageMax } = input;
  const after = NextToken === undefined ? undefined : Buffer.from(NextToken, 'base64').toString();
  const found = context.state.streams.list({ after, limit: MaxResults + 1 });
  const page = found.slice(0, MaxResults);
  return {
    Entries: page.map((stream) => entryOf(context, stream)),
    NextToken: found.length > page.length ? Buffer.from(page.at(-1)?.name as string).toString('base64') : undefined,
  };
};

/** A stream that is not there is no error. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteMetricStream.html */
export const DeleteMetricStream: Operation<'DeleteMetricStream'> = ({ Name }, context) => {
  context.state.streams.delete(Name);
  context.state.tags.delete(metricStreamArn(context, Name));
  return {};
};

/** All of them, or none. */
function setState({ state, clock }: CloudWatchContext, names: readonly string[], to: MetricStream['state']): void {
  for (const name of names) {
    const stream = state.streams.find(name);
    if (stream === undefined) throw errors.invalidValue(`Metric stream ${name} does not exist`);
    if (stream.state !== to) state.streams.put({ ...stream, state: to, updatedAt: clock.now() });
  }
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_StartMetricStreams.html */
export const StartMetricStreams: Operation<'StartMetricStreams'> = ({ Names }, context) => {
  setState(context, Names, 'running');
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_StopMetricStreams.html */
export const StopMetricStreams: Operation<'StopMetricStreams'> = ({ Names }, context) => {
  setState(context, Names, 'stopped');
  return {};
};

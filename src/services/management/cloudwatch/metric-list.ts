// ListMetrics.
import { key } from '../../../kernel/key.ts';
import type { InputOf } from '../../../kernel/service.ts';
import { later } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { listedSeconds, metricsListedMax, recentlyActiveSeconds } from './limits.ts';
import { loadedOf, whenLoaded } from './reading.ts';
import { type CloudWatchContext, type MetricDimension, type Operation, type Sdk, seriesKey } from './state.ts';

type Input = InputOf<Sdk, 'ListMetrics'>;

interface Listed {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly MetricDimension[];
}

/**
 * Lists metrics, those of users and those that services draw, 500 at a time.
 *
 * Differs: a linked account is never asked; `OwningAccount` answers for this account and lists nothing for another.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
 */
export const ListMetrics: Operation<'ListMetrics'> = (input, context) =>
  whenLoaded(() => {
    const after = input.NextToken === undefined ? undefined : readToken(input.NextToken);
    const isOurs = input.OwningAccount === undefined || input.OwningAccount === context.account;
    const found = isOurs ? listSeries(context, input, after, metricsListedMax + 1) : [];
    const page = found.slice(0, metricsListedMax);
    const Metrics = page.map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: dimensions.map((dimension) => ({ ...dimension })),
    }));
    return {
      Metrics,
      OwningAccounts: input.IncludeLinkedAccounts ? page.map(() => context.account) : undefined,
      NextToken: found.length > page.length ? writeToken(page.at(-1)?.key as string) : undefined,
    };
  });

const writeToken = (name: string): string => Buffer.from(name).toString('base64');

function readToken(token: string): string {
  const name = Buffer.from(token, 'base64').toString();
  if (!name.endsWith('\u0000')) throw errors.invalidValue('Invalid nextToken');
  return name;
}

export type SeriesQuestion = Pick<Input, 'Namespace' | 'MetricName' | 'Dimensions' | 'RecentlyActive'>;

/** Series in order of namespace, name and dimensions, after a key. */
export function listSeries(
  context: CloudWatchContext,
  question: SeriesQuestion,
  after: string | undefined,
  limit: number,
): Listed[] {
  const custom = customSeries(context, question, after, limit);
  const drawn = drawnSeries(context, question, after);
  if (drawn.length === 0) return custom;
  const all = new Map([...custom, ...drawn].map((series) => [series.key, series]));
  return [...all.values()].sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
}

const matches = (dimensions: readonly MetricDimension[], filters: SeriesQuestion['Dimensions']): boolean =>
  (filters ?? []).every(({ Name, Value }) =>
    dimensions.some((dimension) => dimension.Name === Name && (Value === undefined || dimension.Value === Value)),
  );

const sinceOf = ({ clock }: CloudWatchContext, { RecentlyActive }: SeriesQuestion) =>
  later(clock.now(), -(RecentlyActive === undefined ? listedSeconds : recentlyActiveSeconds));

function customSeries(
  context: CloudWatchContext,
  question: SeriesQuestion,
  after: string | undefined,
  limit: number,
): Listed[] {
  const { Namespace, MetricName, Dimensions } = question;
  const since = sinceOf(context, question);
  const prefix =
    Namespace === undefined ? undefined : MetricName === undefined ? key(Namespace) : key(Namespace, MetricName);
  const found: Listed[] = [];
  for (const { namespace, name, dimensions, activeAt } of context.state.series.each({
    ...(prefix === undefined ? {} : { prefix }),
    after,
  })) {
    if (activeAt < since || (MetricName !== undefined && name !== MetricName) || !matches(dimensions, Dimensions))
      continue;
    found.push({ key: seriesKey(namespace, name, dimensions), namespace, name, dimensions });
    if (found.length >= limit) break;
  }
  return found;
}

function drawnSeries(context: CloudWatchContext, question: SeriesQuestion, after: string | undefined): Listed[] {
  const { Namespace, MetricName, Dimensions } = question;
  const namespaces = context.metrics.namespaces.filter((name) => Namespace === undefined || name === Namespace);
  const filters = Dimensions?.map(({ Name, Value }) => ({ name: Name, value: Value }));
  return namespaces.flatMap((namespace) =>
    loadedOf(
      context.metrics.series({ namespace, name: MetricName, dimensions: filters, since: sinceOf(context, question) }),
    )
      .map(({ name, dimensions }) => {
        const sorted = dimensions
          .map((dimension) => ({ Name: dimension.name, Value: dimension.value }))
          .sort((a, b) => (a.Name < b.Name ? -1 : 1));
        return { key: seriesKey(namespace, name, sorted), namespace, name, dimensions: sorted };
      })
      .filter(
        ({ key: at, name, dimensions }) =>
          (after === undefined || at > after) &&
          (MetricName === undefined || name === MetricName) &&
          matches(dimensions, Dimensions),
      ),
  );
}

// Standard metrics of classic load balancers (`AWS/ELB`): what passed is read off the meter, how many instances were in service off the
// rows that note its changes.
//
// Differs: AWS tells the same by zone, too.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-cloudwatch-metrics.html
import { key } from '../../../kernel/key.ts';
import {
  fits,
  type MetricSource,
  type Series,
  type SeriesFilter,
  type SeriesWindow,
  type StatisticSet,
} from '../../../kernel/metric.ts';
import { counted, hostsOf, quantitiesOf } from '../elastic-load-balancing-v2/metered.ts';
import { subjectOf } from './serve.ts';
import type { ClassicContext, ClassicState } from './state.ts';

const hostMetrics = ['HealthyHostCount', 'UnHealthyHostCount'];

function* series(filter: SeriesFilter, context: ClassicContext): Generator<Series> {
  const { namespace } = filter;
  for (const balancer of context.state.balancers.each()) {
    const dimensions = [{ name: 'LoadBalancerName', value: balancer.name }];
    for (const name of [...quantitiesOf(context, subjectOf(balancer)), ...hostMetrics]) {
      const one: Series = { namespace, name, dimensions, unit: name === 'Latency' ? 'Seconds' : 'Count' };
      if (fits(one, filter)) yield one;
    }
  }
}

function read(window: SeriesWindow, context: ClassicContext): readonly StatisticSet[] {
  const [dimension] = window.dimensions;
  if (window.dimensions.length !== 1 || dimension?.name !== 'LoadBalancerName') return [];
  const balancer = context.state.balancers.find(key(dimension.value));
  if (balancer === undefined) return [];
  if (hostMetrics.includes(window.name))
    return hostsOf(window, context.state.hostCounts.list({ prefix: key(balancer.name) }), context);
  return counted(window, subjectOf(balancer), window.name, context);
}

export const balancerMetrics: MetricSource<ClassicState> = { series, read };

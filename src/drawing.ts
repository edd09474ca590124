// Standard metrics of all services as CloudWatch draws them: each from the service whose namespace it is.
import type { Metrics, MetricSource, Series, SeriesFilter, SeriesWindow, StatisticSet } from './kernel/metric.ts';
import type { AnyService, Context } from './kernel/service.ts';
import { loadService, metricServices } from './services/catalog.ts';

export class Drawing implements Metrics {
  readonly #contextOf: (service: AnyService) => Context<never>;

  constructor(contextOf: (service: AnyService) => Context<never>) {
    this.#contextOf = contextOf;
  }

  get namespaces(): readonly string[] {
    return [...metricServices.keys()];
  }

  series(filter: SeriesFilter): readonly Series[] | Promise<readonly Series[]> {
    return this.#ask(filter.namespace, (source, context) => [...source.series(filter, context)]);
  }

  read(window: SeriesWindow): readonly StatisticSet[] | Promise<readonly StatisticSet[]> {
    return this.#ask(window.namespace, (source, context) => source.read(window, context));
  }

  #ask<Item>(
    namespace: string,
    question: (source: MetricSource<never>, context: Context<never>) => readonly Item[],
  ): readonly Item[] | Promise<readonly Item[]> {
    const name = metricServices.get(namespace);
    const loaded = name === undefined ? undefined : loadService(name);
    const ask = (service: AnyService | undefined): readonly Item[] =>
      service?.metrics === undefined ? [] : question(service.metrics, this.#contextOf(service));
    return loaded instanceof Promise ? loaded.then(ask) : ask(loaded);
  }
}

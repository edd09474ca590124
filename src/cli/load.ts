// hakoniwa load add|list|end: simulated requests to load balancers.
import type { LoadView } from '../admin/load.ts';
import { type CommonOptions, connect } from './connect.ts';
import { padded, paint, show } from './terminal.ts';

export interface LoadOptions extends CommonOptions {
  readonly rate?: string;
  readonly ramp?: string;
  readonly sine?: string;
  readonly period?: string;
  readonly for?: string;
  readonly after?: string;
  readonly account?: string;
  readonly region?: string;
}

/** `10..500`. */
function span(text: string | undefined): { readonly low?: number | undefined; readonly high?: number | undefined } {
  const [, low, high] = /^([\d.]+?)\.\.([\d.]+)$/.exec(text ?? '') ?? [];
  return { low: low === undefined ? undefined : Number(low), high: high === undefined ? undefined : Number(high) };
}

const describe = ({ shape }: LoadView): string =>
  shape.kind === 'constant'
    ? `${shape.perSecond}/s`
    : shape.kind === 'ramp'
      ? `${shape.from} to ${shape.to}/s in ${shape.seconds} s`
      : `${shape.low} to ${shape.high}/s and back in ${shape.periodSeconds} s`;

const line = (load: LoadView): string => {
  const { id, state, balancer, perSecond, from, until } = load;
  const shown = state === 'active' ? paint('green', padded(state, 8)) : padded(state, 8);
  return `${padded(id, 10)} ${shown} ${padded(balancer, 24)} ${padded(describe(load), 36)} now ${perSecond}/s  ${from} → ${until ?? 'until ended'}`;
};

export async function addLoad(balancer: string, options: LoadOptions): Promise<void> {
  const shape = options.sine !== undefined ? 'sine' : options.ramp !== undefined ? 'ramp' : 'constant';
  const load = await connect(options).post<LoadView>('/load', {
    balancer,
    shape,
    rate: options.rate === undefined ? undefined : Number(options.rate),
    ...span(options.sine ?? options.ramp),
    period: options.period,
    for: options.for,
    after: options.after,
    account: options.account,
    region: options.region,
  });
  const note = load.note === undefined ? '' : `  ${load.note} See: hakoniwa doors\n`;
  show(load, options.json, () => `${line(load)}\n${note}  end it with: hakoniwa load end ${load.id}\n`);
}

export async function listLoad(options: CommonOptions): Promise<void> {
  const value = await connect(options).get<{ readonly load: readonly LoadView[] }>('/load');
  show(value, options.json, () =>
    value.load.length === 0 ? 'No load is simulated.\n' : value.load.map((load) => `${line(load)}\n`).join(''),
  );
}

export async function endLoad(id: string, options: CommonOptions): Promise<void> {
  const load = await connect(options).delete<LoadView>(`/load/${encodeURIComponent(id)}`);
  show(load, options.json, () => `${line(load)}\n`);
}

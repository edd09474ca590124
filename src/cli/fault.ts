// hakoniwa fault add|list|end: what is broken in the cloud.
import type { FaultView } from '../admin/fault.ts';
import { type CommonOptions, connect } from './connect.ts';
import { padded, paint, show } from './terminal.ts';

export interface FaultOptions extends CommonOptions {
  readonly for?: string;
  readonly after?: string;
  readonly lost?: string;
  readonly status?: string;
  readonly effect?: string;
  readonly operation?: string;
  readonly principal?: string;
  readonly latency?: string;
  readonly chance?: string;
  readonly tunnel?: string;
  readonly ramp?: string;
  readonly type?: string;
  readonly market?: string;
  readonly note?: string;
}

/** The member of the request that names what is broken. */
const subjects: Readonly<Record<string, string>> = { capacity: 'zone', api: 'service' };

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

const describe = ({ breakage }: FaultView): string => {
  const { kind, ...what } = breakage;
  return `${kind} ${Object.values(what)
    .filter((value) => value !== undefined)
    .join(' ')}`;
};

const line = (fault: FaultView): string => {
  const { id, state, from, until } = fault;
  const shown = state === 'active' ? paint('red', padded(state, 8)) : padded(state, 8);
  return `${padded(id, 10)} ${shown} ${padded(describe(fault), 44)} ${from} → ${until ?? 'until ended'}`;
};

export async function addFault(kind: string, subject: string, options: FaultOptions): Promise<void> {
  const fault = await connect(options).post<FaultView>('/faults', {
    kind,
    [subjects[kind] ?? kind]: subject === 'any' ? undefined : subject,
    lost: options.lost,
    status: options.status,
    effect: options.effect,
    operation: options.operation,
    principal: options.principal,
    latencyMs: number(options.latency),
    chance: number(options.chance),
    tunnel: number(options.tunnel),
    rampSeconds: number(options.ramp),
    instanceType: options.type,
    market: options.market,
    after: options.after,
    for: options.for,
    note: options.note,
  });
  show(fault, options.json, () => `${line(fault)}\n  end it with: hakoniwa fault end ${fault.id}\n`);
}

export async function listFaults(options: CommonOptions): Promise<void> {
  const value = await connect(options).get<{ readonly faults: readonly FaultView[] }>('/faults');
  show(value, options.json, () =>
    value.faults.length === 0
      ? 'Nothing is broken, and nothing is planned.\n'
      : value.faults.map((fault) => `${line(fault)}\n`).join(''),
  );
}

export async function endFault(id: string, options: CommonOptions): Promise<void> {
  const fault = await connect(options).delete<FaultView>(`/faults/${encodeURIComponent(id)}`);
  show(fault, options.json, () => `${line(fault)}\n`);
}

// hakoniwa guest: how the server in an instance does, and making it slow, sick or busy.
import { type CommonOptions, connect } from './connect.ts';
import { show } from './terminal.ts';

export interface GuestOptions extends CommonOptions {
  readonly cpu?: string;
  readonly network?: string;
  readonly latency?: string;
  readonly sick?: string;
  readonly cost?: string;
  readonly well?: boolean;
}

interface GuestView {
  readonly instanceId: string;
  readonly zone: string;
  readonly privateIp: string;
  readonly running: boolean;
  readonly behaviour: Readonly<Record<string, unknown>>;
  readonly console?: string;
}

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

function guestText({ instanceId, zone, privateIp, running, behaviour, console = '' }: GuestView): string {
  const told = Object.entries(behaviour).filter(([, value]) => value !== undefined);
  const behaves = told.length === 0 ? 'well' : told.map(([name, value]) => `${name} ${String(value)}`).join(', ');
  return `${instanceId} in ${zone} at ${privateIp}: ${running ? 'running' : 'stopped'}, ${behaves}\n${console}`;
}

export async function guest(
  instanceId: string,
  { cpu, network, latency, sick, cost, well, ...options }: GuestOptions,
): Promise<void> {
  const path = `/guests/${encodeURIComponent(instanceId)}`;
  const told = cpu ?? network ?? latency ?? sick ?? cost;
  const status = number(sick);
  const view =
    told === undefined && well !== true
      ? await connect(options).get<GuestView>(path)
      : await connect(options).post<GuestView>(path, {
          cpuPercent: number(cpu),
          networkMbps: number(network),
          latencyMs: number(latency),
          cpuMsPerRequest: number(cost),
          sick: status === undefined || Number.isNaN(status) ? sick : status,
        });
  show(view, options.json, () => guestText(view));
}

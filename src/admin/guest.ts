// /_hakoniwa/guests: what runs in instances, and how it is told to behave.
import { hostname } from 'node:os';
import type { Parts } from '../kernel/parts.ts';
import { toDate } from '../kernel/units.ts';
import { AdminError, badRequest } from './answer.ts';
import type { House } from './house.ts';

type Body = Readonly<Record<string, unknown>>;
type View = NonNullable<ReturnType<Parts['guests']['find']>>;

/** How a guest is told to behave; an empty object makes it well again. Written out, as the library's types name no part. */
export interface GuestBehaviour {
  /** CPU that it burns by itself, percent of all its vCPUs. */
  readonly cpuPercent?: number | undefined;
  /** CPU that one request costs, milliseconds of one vCPU. Default: 10. */
  readonly cpuMsPerRequest?: number | undefined;
  /** What it sends by itself, megabits a second, as far as its instance's band lets it. */
  readonly networkMbps?: number | undefined;
  /** How long it takes to answer, milliseconds on the cloud's clock. */
  readonly latencyMs?: number | undefined;
  /** Answers with this status instead; `hang`: never; `refuse`: nothing listens. */
  readonly sick?: number | 'hang' | 'refuse' | undefined;
}

/** A guest as it is shown. */
export interface ShownGuest {
  readonly instanceId: string;
  readonly zone: string;
  readonly privateIp: string;
  readonly running: boolean;
  readonly bootedAt: string;
  readonly behaviour: GuestBehaviour;
}

function number(body: Body, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw badRequest(`"${name}" must be a number from zero up.`, 'Leave it out for what the tags say.');
}

function sickness(body: Body): number | 'hang' | 'refuse' | undefined {
  const { sick } = body;
  if (sick === undefined || sick === null || sick === 'hang' || sick === 'refuse') return sick ?? undefined;
  if (typeof sick === 'number' && Number.isInteger(sick) && sick >= 200 && sick < 600) return sick;
  throw badRequest('"sick" must be an HTTP status, "hang" or "refuse".', 'Leave it out for a server that is well.');
}

const noSuchGuest = (instanceId: string): AdminError =>
  new AdminError(
    404,
    'NoSuchGuest',
    `No instance ${instanceId} has started: there is none, or it is still pending.`,
    'aws ec2 describe-instances',
  );

/** `{"cpuPercent":80,"latencyMs":200,"sick":503}` for one instance; an empty object makes it well again. */
export async function behaveGuest(house: House, instanceId: string, body: Body): Promise<ShownGuest> {
  const guests = await house.part('guests');
  const view = guests.behave(instanceId, {
    cpuPercent: number(body, 'cpuPercent'),
    cpuMsPerRequest: number(body, 'cpuMsPerRequest'),
    networkMbps: number(body, 'networkMbps'),
    latencyMs: number(body, 'latencyMs'),
    sick: sickness(body),
  });
  if (view === undefined) throw noSuchGuest(instanceId);
  return showGuest(view);
}

export async function getGuest(house: House, instanceId: string): Promise<ShownGuest & { readonly console: string }> {
  const guests = await house.part('guests');
  const view = guests.find(instanceId);
  if (view === undefined) throw noSuchGuest(instanceId);
  return { ...showGuest(view), console: guests.consoleOutput(instanceId) };
}

/** How a shell of a running guest is opened: a command, and the machine on which it must be given. */
export async function getShell(house: House, instanceId: string): Promise<object> {
  const guests = await house.part('guests');
  const view = guests.find(instanceId);
  if (view === undefined) throw noSuchGuest(instanceId);
  if (guests.shell === undefined)
    throw new AdminError(
      409,
      'NoPrograms',
      `${instanceId} is a simulated server: no program runs in it.`,
      'Start the cloud with --guests namespace (Linux) or --guests docker.',
    );
  const words = view.running ? await guests.shell(instanceId) : undefined;
  if (words === undefined)
    throw new AdminError(
      409,
      'NotRunning',
      `${instanceId} does not run.`,
      `aws ec2 start-instances --instance-ids ${instanceId}`,
    );
  return { machine: hostname(), user: process.getuid?.(), words };
}

const showGuest = ({ spec, running, bootedAt, behaviour }: View): ShownGuest => ({
  instanceId: spec.instanceId,
  zone: spec.zoneName,
  privateIp: spec.privateIp,
  running,
  bootedAt: toDate(bootedAt).toISOString(),
  behaviour,
});

// The library: a cloud inside a test or a program. `import { startCloud } from 'hakoniwa'`.
import { type Cloud, type CloudOptions, openCloud, type Snapshot } from '../cloud.ts';
import { type Listening, type ListenOptions, listen } from '../gateway/listen.ts';
import type { ClockMode } from '../kernel/clock.ts';
import { connect } from './client.ts';
import { type FaultControl, faultControl, type GuestControl, guestControl } from './fault.ts';
import { type LoadControl, loadControl } from './load.ts';
import { traceFlow, type TraceView } from '../admin/trace.ts';

export type { CloudOptions, IamMode, Snapshot } from '../cloud.ts';
export type { ClockMode } from '../kernel/clock.ts';
export type { ListenOptions } from '../gateway/listen.ts';
export type {
  FaultControl,
  FaultTerms,
  FaultView,
  FaultWords,
  GuestBehaviour,
  GuestControl,
  ShownGuest,
} from './fault.ts';
export type { Load } from './load.ts';
export type { HopView, TraceView } from '../admin/trace.ts';

/** The clock of a cloud, in the hand of a test. */
export interface ClockControl {
  /** Now, on the cloud's clock. */
  now(): Date;
  /** Stops the clock; it moves only by `advance` and `to` from now on. */
  freeze(): Promise<void>;
  /** Lets the clock run, `factor` times as fast as real time. Default: 1. */
  resume(factor?: number): Promise<void>;
  /** Moves the clock by so many seconds, and settles when all that fell due has been done. */
  advance(seconds: number): Promise<void>;
  /** Moves the clock to an instant (not backwards), and settles when all that fell due has been done. */
  to(instant: Date): Promise<void>;
}

/** A cloud in this process. */
export interface RunningCloud extends AsyncDisposable {
  /**
   * A real SDK client that talks to this cloud without a socket: `cloud.client(S3Client)`. A configuration given here goes before the
   * cloud's own (Region, credentials).
   */
  client<Args extends readonly unknown[], Client>(
    Class: new (...args: Args) => Client,
    config?: Partial<NonNullable<Args[0]>>,
  ): Client;
  /** `http://127.0.0.1:PORT` once it listens. @throws when it does not listen. */
  readonly endpoint: string;
  /** Opens a port, for other processes. Default: any free one on loopback. It takes `http://` and `https://`. */
  listen(options?: ListenOptions): Promise<string>;
  /** PEM of the certificate that clients must trust to come by `https://`: what `ca` of Node's TLS takes. */
  certificate(): Promise<string>;
  readonly clock: ClockControl;
  /** What is broken, and will be: `cloud.faults.add({ kind: 'zone', zone: 'us-east-1a', for: '30m' })`. */
  readonly faults: FaultControl;
  /** Simulated requests to load balancers: `cloud.load.add({ balancer: 'web', rate: 50, for: '2h' })`. */
  readonly load: LoadControl;
  /** The simulated guests behind instances: how they do, and how they are to behave. */
  readonly guests: GuestControl;
  /** Where a packet would go now, hop by hop, and why it would be dropped: `cloud.trace({ from: 'internet', to: 'i-…:443' })`. */
  trace(flow: TraceQuery): Promise<TraceView>;
  /**
   * Gives the public keys with which an OpenID Connect provider signs its tokens, as its JSON Web Key Set has them, so that
   * `AssumeRoleWithWebIdentity` can verify them. No keys: the provider is forgotten.
   */
  trustIssuer(issuer: string, keySet: { readonly keys: readonly object[] }): Promise<void>;
  /** Forgets everything. */
  reset(): Promise<void>;
  /** The state as it is now; costs microseconds. */
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): Promise<void>;
  /** A cloud of its own with the same state; costs microseconds. */
  fork(): Promise<RunningCloud>;
  close(): Promise<void>;
  /** The parts, for tools that know them. No promise of stability. */
  readonly inside: Cloud;
}

/** A packet to be asked about. */
export interface TraceQuery {
  /** `i-…`, `eni-…`, a site's ID, or `internet`. */
  readonly from: string;
  /** `i-…:443`, `10.0.1.7:5432`, or a load balancer's name with a port. */
  readonly to: string;
  /** Default: `tcp` with a port, `icmp` without. */
  readonly protocol?: string;
  /** The address of a client on the Internet. */
  readonly source?: string;
}

/** Starts a cloud in this process. It listens on no port until asked. */
export async function startCloud(options: CloudOptions = {}): Promise<RunningCloud> {
  return running(await openCloud(options));
}

function running(cloud: Cloud): RunningCloud {
  let listening: Listening | undefined;
  const close = async (): Promise<void> => {
    await listening?.close(1_000);
    listening = undefined;
    await cloud.close();
  };
  return {
    inside: cloud,
    client: (Class, config) => connect(cloud, Class, config ?? {}),
    get endpoint() {
      if (listening === undefined) throw new Error('This cloud has no port yet: await cloud.listen() first.');
      return `http://${listening.host}:${listening.port}`;
    },
    async listen(listenOptions = {}) {
      listening ??= await listen(
        (request) => cloud.handle(request),
        { port: 0, ...listenOptions },
        {
          connect: async (host, sender) => (await cloud.doors()).connect(host, sender),
          identities: () => cloud.doors(),
        },
      );
      return this.endpoint;
    },
    certificate: async () => (await (await cloud.doors()).authority()).certificate,
    clock: clockControl(cloud),
    faults: faultControl(cloud),
    load: loadControl(cloud),
    guests: guestControl(cloud),
    trace: (flow) => traceFlow(cloud, { ...flow }),
    trustIssuer: (issuer, { keys }) => cloud.issuers.trust(issuer, keys),
    reset: () => cloud.reset(),
    snapshot: () => cloud.snapshot(),
    restore: (snapshot) => cloud.restore(snapshot),
    fork: async () => running(await cloud.fork()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const clockControl = (cloud: Cloud): ClockControl => ({
  now: () => new Date(cloud.clock.now()),
  freeze: () => cloud.setClock({ kind: 'frozen' }),
  resume: (factor = 1): Promise<void> => {
    const mode: ClockMode = factor === 1 ? { kind: 'real' } : { kind: 'scaled', factor };
    return cloud.setClock(mode);
  },
  advance: (seconds) => cloud.advance(seconds),
  to: (instant) => cloud.advance((instant.getTime() - cloud.clock.now()) / 1000),
});

// Guests: what runs inside instances. Three kinds answer to one interface: simulated ones (everywhere, the default), processes in
// namespaces of their own (Linux), containers of a Docker engine. EC2 says when one starts and ends; load balancers and clients reach
// it by the network; CloudWatch asks what it did.
import type { Duplex } from 'node:stream';
import type { Datagram } from '../kernel/datagram.ts';
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import type { Instant } from '../kernel/units.ts';

/** What a guest is told of itself when it starts. */
export interface GuestSpec {
  readonly instanceId: string;
  readonly account: string;
  readonly region: string;
  /** `us-east-1a`, as the account calls it. */
  readonly zoneName: string;
  /** `use1-az1`. */
  readonly zoneId: string;
  readonly vpcId: string;
  readonly subnetId: string;
  /** The primary interface and its addresses; more interfaces follow by `topology`. */
  readonly interfaceId: string;
  readonly privateIp: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly vcpus: number;
  /** Of its type; undefined for one whose size is not known. */
  readonly memoryBytes?: number | undefined;
  /** Decoded; undefined when none was given. */
  readonly userData?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** The role's name, when the instance has a profile. */
  readonly roleArn?: string | undefined;
}

/** What a person or a test can make of a guest, by tags `hakoniwa:…` or by the cloud's own API. */
export interface Behaviour {
  /** CPU that it burns by itself, percent of all its vCPUs. */
  readonly cpuPercent?: number | undefined;
  /** CPU that one request costs, milliseconds of one vCPU. Default: 10. */
  readonly cpuMsPerRequest?: number | undefined;
  /** What it would send by itself, megabits a second; how much of that leaves is for its instance's band to say. */
  readonly networkMbps?: number | undefined;
  /** How long it takes to answer, milliseconds on the cloud's clock. */
  readonly latencyMs?: number | undefined;
  /** Answers with this status instead; `hang`: never; `refuse`: nothing listens. */
  readonly sick?: number | 'hang' | 'refuse' | undefined;
}

/** What a guest did in one minute. */
export interface Usage {
  /** Start of the minute. */
  readonly at: Instant;
  readonly cpuPercent: number;
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Work that was done by an instance, to be counted in the minute in which it was. */
export interface Work {
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface GuestView {
  readonly spec: GuestSpec;
  readonly running: boolean;
  readonly bootedAt: Instant;
  readonly behaviour: Behaviour;
}

/** A stretch of time in which a guest ran. */
export interface Life {
  readonly instanceId: string;
  readonly from: Instant;
  /** Undefined while it goes on. */
  readonly until?: Instant | undefined;
  readonly account: string;
  readonly region: string;
  readonly zoneId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly vcpus: number;
  /** The Auto Scaling group that launched it. */
  readonly groupName?: string | undefined;
}

/** Whose datagram it is: answers go to him, and to what he sends next, for as long as that goes on. */
export interface Sender {
  readonly sourceIp: string;
  readonly sourcePort: number;
  /** Which of the guest's addresses he asks. */
  readonly destinationIp: string;
}

export type Refusal = 'refused' | 'timeout';

export interface Guests {
  readonly kind: 'simulated' | 'namespace' | 'docker';
  /** Changes whenever a guest does: what was answered before may be answered otherwise from then on. */
  readonly version: number;
  /** Inside a transaction: the guest starts, for the first time or again. */
  boot(spec: GuestSpec): void;
  /** Inside a transaction: it stops; its disk stays. */
  halt(instanceId: string): void;
  /** Inside a transaction: it is gone, with its disk. What it did stays known. */
  remove(instanceId: string): void;
  /** Inside a transaction: the same machine starts anew. */
  reboot(instanceId: string): void;
  /** Inside a transaction: its tags are others now. */
  retag(instanceId: string, tags: Readonly<Record<string, string>>): void;
  find(instanceId: string): GuestView | undefined;
  /** Makes it behave so from now on, besides what its tags say. Members that are undefined fall back to these. */
  behave(instanceId: string, behaviour: Behaviour): GuestView | undefined;
  /** An HTTP request that reached one of its ports, at one of its addresses. Default: the first. */
  http(instanceId: string, port: number, request: HttpRequest, address?: string): Promise<HttpResponse | Refusal>;
  /** A connection that reached one of its ports, at one of its addresses. Default: the first. */
  connect(instanceId: string, port: number, sourceIp: string, address?: string): Promise<Duplex | Refusal>;
  /** A datagram that reached one of its ports. */
  datagram(instanceId: string, port: number, datagram: Datagram, sender: Sender): Promise<'taken' | Refusal>;
  /** Counts work that did not pass through `http`: simulated load. */
  count(instanceId: string, at: Instant, work: Work): void;
  /** What it did, minute by minute, where it ran. */
  usage(instanceId: string, from: Instant, to: Instant): readonly Usage[];
  /** When it ran, oldest first; the last may still go on. */
  lives(instanceId: string): readonly Life[];
  /** All that ran in an account and Region at any time since. */
  livesIn(account: string, region: string, since: Instant): readonly Life[];
  consoleOutput(instanceId: string): string;
  /** Words of a command that opens a shell in it, on the machine of the cloud; undefined where no program runs. */
  shell?(instanceId: string): Promise<readonly string[] | undefined>;
  /** Sends a request from inside a real guest. */
  send?(instanceId: string, request: InsideRequest): Promise<InsideAnswer | Refusal>;
}

/** A request as a program inside sends it. */
export interface InsideRequest {
  readonly address: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long an answer is waited for. */
  readonly patienceMs: number;
}

export interface InsideAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly guests: Guests;
  }
}

// What a service is to the rest of the house: its operations, its tables, its jobs, and what it listens to.
import type { Credential, Identity } from './authority.ts';
import type { Blobs } from './blobs.ts';
import type { Clients } from './clients.ts';
import type { Clock } from './clock.ts';
import type { Door } from './door.ts';
import type { Facts } from './facts.ts';
import type { Front } from './front.ts';
import type { EndpointPassage } from './http.ts';
import type { Ids } from './ids.ts';
import type { Jobs } from './jobs.ts';
import type { Metrics, MetricSource } from './metric.ts';
import type { Parts } from './parts.ts';
import type { Place } from './place.ts';
import type { Quotas } from './quota.ts';
import type { Random } from './random.ts';
import type { Receiver } from './receiver.ts';
import type { Sense } from './sleepers.ts';
import type { StateOf } from './table.ts';
import type { Witness } from './witness.ts';

/** Who asks. Policies judge it, and `GetCallerIdentity` shows it. */
export interface Principal {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'federated-user' | 'service' | 'anonymous';
  /** `arn:aws:iam::123456789012:user/ann`; for a service its name (`s3.amazonaws.com`), for nobody `*`. */
  readonly arn: string;
  /** Twelve digits; `anonymous` for nobody. */
  readonly account: string;
  /** `aws:userid`: `AIDA…`, `AROA…:session`, the account for a root user. */
  readonly userId: string;
  readonly userName?: string | undefined;
  /** The access key that signed, when one did. */
  readonly accessKeyId?: string | undefined;
  /** Session facts that the IAM service put there when it made the credentials (session policies, tags, issuer). Opaque to others. */
  readonly session?: object | undefined;
}

/** How the request came: for condition keys and for addresses in answers. */
export interface Origin {
  readonly sourceIp: string;
  readonly secure: boolean;
  readonly userAgent: string;
  /** `http://localhost:4566`: scheme, name and port by which the client came. */
  readonly endpoint: string;
  /** For a call by a service: the resource and the account for which it acts (`aws:SourceArn`, `aws:SourceAccount`). */
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
  /** The VPC endpoint through which it came, when it did. */
  readonly via?: EndpointPassage | undefined;
  /** Host of the request as sent. */
  readonly host: string;
  /** Headers of the request, lower case; empty for internal calls. Read only what no member of the input carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that came after the body, lower case; all there once the body has been read. */
  readonly trailers?: Readonly<Record<string, string>> | undefined;
  /** True when the signature stood in the query: a presigned URL. */
  readonly presigned?: boolean | undefined;
}

/** What a handler works with: always of one account and one Region. */
export interface Context<State = unknown> extends Place {
  /** This service's tables, of this account and Region. */
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly jobs: Jobs;
  readonly facts: Facts;
  readonly blobs: Blobs;
  /** Calls of other services, which walk the road as every request does. */
  readonly aws: Clients;
  /** What the cloud carries besides services: the network, guests, faults, traffic. A service names those it uses in the catalogue. */
  readonly parts: Parts;
  /** Standard metrics of all services, of this account and Region. */
  readonly metrics: Metrics;
  /** Limits that Service Quotas can raise, of this account and Region. */
  readonly quotas: Quotas;
  readonly caller: Principal;
  readonly origin: Origin;
  readonly requestId: string;
  /**
   * Whose credentials these are, for those that stand in the request's body (a browser's form), where the door does not look.
   * Who asks must check the signature with the answer's secret key, when it has one.
   */
  identify(credential: Credential | undefined): Identity;
  /** The same service in another account or Region. */
  elsewhere(account: string, region: string): Context<State>;
  /** A part of the running transaction that may fail and leave nothing, while the rest stays. Throws what `change` throws. */
  attempt<Result>(change: () => Result): Result;
  /**
   * One transaction, for a handler that has awaited. A handler that never awaits is one already. Await first, read again,
   * then write all in one `transact` at the end; the promise settles when it is durable.
   */
  transact<Result>(change: () => Result): Promise<Result>;
  /**
   * Waits without costing anything: settles at the instant on the cloud's clock, or as soon as `wake(channel)` is called
   * (also by `transact`ed work of others), whichever is first; also when the client goes away. For long polls.
   */
  wait(until: number, channel: string): Promise<'time' | 'woken' | 'gone'>;
  /** Ends every `wait` on that channel of this service, once the running transaction is done. */
  wake(channel: string): void;
}

type Awaitable<T> = T | Promise<T>;

type CommandClass = abstract new (...args: never) => unknown;
type CommandInput<Command> = Command extends abstract new (
  ...args: never
) => { readonly input: infer Input }
  ? Input
  : never;
type CommandOutput<Command> = Command extends abstract new (
  ...args: never
) => { resolveMiddleware: (...args: never[]) => (args: never) => Promise<{ output: infer Output }> }
  ? Output
  : never;

/** Names of the operations of an SDK module. */
export type OperationName<Sdk> = {
  [K in keyof Sdk]: K extends `${infer Name}Command` ? (Sdk[K] extends CommandClass ? Name : never) : never;
}[keyof Sdk] &
  string;

type Leaf = string | number | bigint | boolean | Date | Uint8Array | null | undefined;

/** The SDK's type as the road hands it over: required members are there, because they were checked. */
export type Known<T> = T extends Leaf
  ? T
  : T extends readonly [unknown, ...unknown[]] // `$unknown` of a union
    ? T
    : T extends readonly (infer Item)[]
      ? Known<Item>[]
      : T extends object
        ? { [K in keyof T]: Record<never, never> extends Pick<T, K> ? Known<T[K]> : Exclude<Known<T[K]>, undefined> }
        : T;

export type InputOf<Sdk, Name extends OperationName<Sdk>> = `${Name}Command` extends keyof Sdk
  ? Known<CommandInput<Sdk[`${Name}Command`]>>
  : never;
export type OutputOf<Sdk, Name extends OperationName<Sdk>> = `${Name}Command` extends keyof Sdk
  ? Omit<CommandOutput<Sdk[`${Name}Command`]>, '$metadata'>
  : never;

/** A handler, typed by the service's SDK. In the service: `export type Operation<N extends OperationName<Sdk>> = Handler<Sdk, State, N>`. */
export type Handler<Sdk, State, Name extends OperationName<Sdk>> = (
  input: InputOf<Sdk, Name>,
  context: Context<State>,
) => Awaitable<OutputOf<Sdk, Name>>;

/** One question that IAM is asked before an operation runs. */
export interface Permission {
  /** `s3:GetObjectVersion`. */
  readonly action: string;
  /** ARN, or `*` for an action without a resource. */
  readonly resource: string;
  /** The resource's own policy as JSON text, when it has one. */
  readonly resourcePolicy?: string | undefined;
  /** The account that owns the resource; default: the request's. */
  readonly owner?: string | undefined;
  /** Condition keys of the service: `s3:prefix` → value or values. */
  readonly conditions?: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** Says what IAM must allow for a call; it may read state, and must not write. */
// oxlint-disable-next-line typescript/no-explicit-any -- each service narrows it to its own input
export type Permissions<State> = (input: any, context: Context<State>) => readonly Permission[];

// oxlint-disable-next-line typescript/no-explicit-any -- handlers differ in their input; each is typed where it stands
export type AnyHandler<State> = (input: any, context: Context<State>) => any;

export interface ServiceDefinition<Definitions = unknown> {
  /** Folder name, which is the SDK package without `client-`. */
  readonly name: string;
  readonly state: Definitions;
  /** The service whose tables these are, for two that work on the same: `sts` on those of `iam`. Default: its own. */
  readonly stateOf?: string | undefined;
  /** Operation name as in the model → handler. What is in the model and not here answers `NotImplemented`. */
  readonly operations: Readonly<Record<string, AnyHandler<StateOf<Definitions>>>>;
  /** Operations that AWS's model has not, and only services of the cloud call; IAM is asked about them as about all. */
  readonly internal?: Readonly<Record<string, AnyHandler<StateOf<Definitions>>>> | undefined;
  /** Job name → what to do when it is due. One job is one transaction, as an operation is. */
  readonly jobs?: Readonly<Record<string, AnyHandler<StateOf<Definitions>>>> | undefined;
  /** Job name → what it looks at while it sleeps (`Jobs.sleep`); it reads, and must not write. */
  readonly senses?: Readonly<Record<string, (context: Context<StateOf<Definitions>>) => Sense>> | undefined;
  /** Fact name → what to do when another service published it. List the names in `catalog.ts` too, so that the service is loaded. */
  readonly listens?: Readonly<Record<string, AnyHandler<StateOf<Definitions>>>> | undefined;
  /** Operation name → permissions, where they differ from the table made of AWS's service authorization reference. */
  readonly permissions?: Readonly<Record<string, Permissions<StateOf<Definitions>>>> | undefined;
  /** Operations that anybody may call and IAM is not asked about: they carry no credentials, or look after them themselves. */
  readonly unsigned?: readonly string[] | undefined;
  readonly front?: Front<StateOf<Definitions>> | undefined;
  /** Standard metrics. List the namespaces in `catalog.ts` too. */
  readonly metrics?: MetricSource<StateOf<Definitions>> | undefined;
  /** Host names of what users build. Say in `catalog.ts` by which host names it is asked. */
  readonly door?: Door<StateOf<Definitions>> | undefined;
  /** Hears of requests to its endpoint once they are answered. For access logs. */
  readonly witness?: Witness<StateOf<Definitions>> | undefined;
  /** Takes traffic that arrives in a network. Say in `catalog.ts` of which kind. */
  readonly receiver?: Receiver<StateOf<Definitions>> | undefined;
}

export type AnyService = ServiceDefinition<never>;

/** The table of contents of a service. */
export const defineService = <Definitions>(
  definition: ServiceDefinition<Definitions>,
): ServiceDefinition<Definitions> => definition;

/**
 * The operations of modules: what one exports under a capital letter and can be called.
 * @throws when two modules have different operations of one name: one of them would never be called.
 */
export function operationsIn<State>(...modules: readonly object[]): Record<string, AnyHandler<State>> {
  const operations: Record<string, AnyHandler<State>> = {};
  for (const module of modules)
    for (const [name, value] of Object.entries(module)) {
      if (!/^[A-Z]/.test(name) || typeof value !== 'function') continue;
      if (Object.hasOwn(operations, name) && operations[name] !== value)
        throw new Error(`two modules export an operation ${name}`);
      operations[name] = value as AnyHandler<State>;
    }
  return operations;
}

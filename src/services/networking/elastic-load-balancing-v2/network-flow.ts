// Flows through network load balancers: which connections and which exchanges of datagrams pass their nodes now, and to which targets. It
// is the running process's alone, as all that nodes remember.
//
// A flow on which nothing passes for its idle timeout is forgotten. A client of TCP learns of that when it sends the next bytes: they are
// answered by a reset.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html#connection-idle-timeout
import type { Parts } from '../../../kernel/parts.ts';
import { type Instant, secondsBetween } from '../../../kernel/units.ts';
import type { Flow } from '../../../network/flow.ts';
import { endOfInterval } from './access-log.ts';
import type { BalancerRow, ElbContext, NodeRow } from './state.ts';

/** As metrics name them. */
export type Transport = 'TCP' | 'TLS' | 'UDP' | 'QUIC';

export interface NetworkFlow {
  readonly balancer: BalancerRow;
  readonly node: NodeRow;
  readonly transport: Transport;
  /** To the target. */
  readonly way: Flow;
  /** Key of the target. */
  readonly target: string;
  readonly idleSeconds: number;
  /** By what a flow of datagrams is found: its client and its listener. */
  readonly client?: string | undefined;
  /** Cuts a connection off. */
  readonly cut?: (() => void) | undefined;
  lastAt: Instant;
}

type Place = Pick<NetworkFlow, 'balancer' | 'node'>;

/** Flows of datagrams that are remembered at the most; the oldest gives way. */
const datagramFlowsMax = 100_000;

class FlowBook {
  readonly #ofBalancer = new Map<string, Set<NetworkFlow>>();
  readonly #toTarget = new Map<string, Set<NetworkFlow>>();
  readonly byClient = new Map<string, NetworkFlow>();
  /** Subject and quantity of a metric → how many there are. */
  readonly active = new Map<string, number>();
  /** ARN of a load balancer → when its flows are looked after next. */
  readonly due = new Map<string, Instant>();

  of(balancerArn: string): ReadonlySet<NetworkFlow> {
    return this.#ofBalancer.get(balancerArn) ?? new Set();
  }

  to(target: string): ReadonlySet<NetworkFlow> {
    return this.#toTarget.get(target) ?? new Set();
  }

  has(flow: NetworkFlow): boolean {
    return this.of(flow.balancer.arn).has(flow);
  }

  add(flow: NetworkFlow): void {
    put(this.#ofBalancer, flow.balancer.arn, flow);
    put(this.#toTarget, flow.target, flow);
    this.#change(flow, 1);
    if (flow.client === undefined) return;
    this.byClient.set(flow.client, flow);
    const [oldest] = this.byClient.values();
    if (this.byClient.size > datagramFlowsMax && oldest !== undefined) this.delete(oldest);
  }

  delete(flow: NetworkFlow): void {
    if (!this.has(flow)) return;
    drop(this.#ofBalancer, flow.balancer.arn, flow);
    drop(this.#toTarget, flow.target, flow);
    this.#change(flow, -1);
    if (flow.client !== undefined && this.byClient.get(flow.client) === flow) this.byClient.delete(flow.client);
  }

  #change(flow: NetworkFlow, by: 1 | -1): void {
    for (const name of gauges(flow)) {
      const now = (this.active.get(name) ?? 0) + by;
      if (now > 0) this.active.set(name, now);
      else this.active.delete(name);
    }
  }
}

function put(book: Map<string, Set<NetworkFlow>>, at: string, flow: NetworkFlow): void {
  const flows = book.get(at);
  if (flows === undefined) book.set(at, new Set([flow]));
  else flows.add(flow);
}

function drop(book: Map<string, Set<NetworkFlow>>, at: string, flow: NetworkFlow): void {
  const flows = book.get(at);
  flows?.delete(flow);
  if (flows?.size === 0) book.delete(at);
}

const books = new WeakMap<Parts, FlowBook>();

function bookOf(parts: Parts): FlowBook {
  let book = books.get(parts);
  if (book === undefined) books.set(parts, (book = new FlowBook()));
  return book;
}

const subjectsOf = ({ balancer, node }: Place): readonly string[] => [
  `elb/${balancer.path}`,
  `elb/${balancer.path} ${node.zoneName}`,
];

/** Names of the counts of active flows in which it stands. */
const gauges = (flow: NetworkFlow): readonly string[] =>
  subjectsOf(flow).flatMap((subject) => [
    `${subject}\nActiveFlowCount`,
    `${subject}\nActiveFlowCount_${flow.transport}`,
  ]);

/** Counts something of a load balancer, and of the zone of its node. */
export function count({ parts, clock }: ElbContext, place: Place, quantities: Readonly<Record<string, number>>): void {
  const now = clock.now();
  for (const subject of subjectsOf(place))
    for (const [quantity, value] of Object.entries(quantities)) parts.meter.count(subject, now, quantity, value);
}

/** A quantity of all, and of one transport: `NewFlowCount`, `NewFlowCount_TCP`. */
export const both = (quantity: string, transport: Transport, value: number): Record<string, number> => ({
  [quantity]: value,
  [`${quantity}_${transport}`]: value,
});

const packetBytes = 1_448;

export const countBytes = (context: ElbContext, flow: Place & Pick<NetworkFlow, 'transport'>, bytes: number): void =>
  count(context, flow, {
    ...both('ProcessedBytes', flow.transport, bytes),
    ProcessedPackets: Math.max(1, Math.ceil(bytes / packetBytes)),
  });

function sample({ parts, clock }: ElbContext, names: Iterable<string>): void {
  const { active } = bookOf(parts);
  for (const name of names) {
    const [subject = '', quantity = ''] = name.split('\n');
    parts.meter.count(subject, clock.now(), quantity, active.get(name) ?? 0);
  }
}

/** True when the job that looks after flows is to come: state that took the place of the cloud's may have none. */
function isTended({ parts, clock }: ElbContext, arn: string): boolean {
  const due = bookOf(parts).due.get(arn);
  return due !== undefined && due >= clock.now() && due <= endOfInterval(clock.now(), 1);
}

/** Remembers a new flow. The first one of a load balancer asks for the job that looks after them. */
export function openFlow(context: ElbContext, flow: NetworkFlow): Promise<void> | undefined {
  const { arn } = flow.balancer;
  const tended = isTended(context, arn);
  bookOf(context.parts).add(flow);
  count(context, flow, both('NewFlowCount', flow.transport, 1));
  sample(context, gauges(flow));
  return tended ? undefined : context.transact(() => lookAgain(context, arn));
}

export const closeFlow = ({ parts }: ElbContext, flow: NetworkFlow): void => bookOf(parts).delete(flow);

export const findFlow = ({ parts }: ElbContext, client: string): NetworkFlow | undefined =>
  bookOf(parts).byClient.get(client);

/** True when the flow has passed nothing for its idle timeout, or was forgotten for that; also when time has gone back since. */
export function isIdle({ parts, clock }: ElbContext, flow: NetworkFlow): boolean {
  const silentSeconds = secondsBetween(flow.lastAt, clock.now());
  return !bookOf(parts).has(flow) || silentSeconds >= flow.idleSeconds || silentSeconds < 0;
}

/** Ends all flows to a target. */
export function endFlowsTo({ parts }: ElbContext, target: string): void {
  const book = bookOf(parts);
  for (const flow of [...book.to(target)]) {
    book.delete(flow);
    flow.cut?.();
  }
}

function lookAgain({ jobs, clock, parts }: ElbContext, arn: string): void {
  const at = endOfInterval(clock.now(), 1);
  bookOf(parts).due.set(arn, at);
  jobs.at(at, 'tendFlows', { arn });
}

/** Job: forgets what is idle, notes how many flows there are, and comes back in a minute as long as there are any. */
export function tendFlows({ arn }: { readonly arn: string }, context: ElbContext): void {
  const book = bookOf(context.parts);
  book.due.delete(arn);
  const names = new Set<string>();
  for (const flow of [...book.of(arn)]) {
    if (isIdle(context, flow)) {
      book.delete(flow);
      // TLS ends at the load balancer, which closes both sides.
      if (flow.transport === 'TLS') flow.cut?.();
    } else for (const name of gauges(flow)) names.add(name);
  }
  sample(context, names);
  if (book.of(arn).size > 0) lookAgain(context, arn);
}

// Live traffic: whoever sends something inside the cloud asks here. A flow is traced on the network as it is, noted for flow logs and
// bills, and, when it arrives, answered by what stands behind the interface: a guest, a load balancer, an AWS API. What the trace
// drops, its sender sees as a time-out, as with any packet that nobody answers.
import type { Duplex } from 'node:stream';
import type { Datagram } from '../kernel/datagram.ts';
import type { TlsSession } from '../kernel/door.ts';
import type { HttpRequest, HttpResponse } from '../kernel/http.ts';
import type { PartWorld } from '../kernel/parts.ts';
import type { Delivery, NoAnswer, Receipt, ReceiverKind } from '../kernel/receiver.ts';
import type { Instant } from '../kernel/units.ts';
import { readAddress } from '../network/address.ts';
import type { Flow } from '../network/flow.ts';
import { noSessions, remember, type Sessions } from '../network/session.ts';
import type { NetworkInterface, Topology } from '../network/topology.ts';
import { vpcIndex } from '../network/topology-index.ts';
import type { Trace } from '../network/trace.ts';
import type { Destination } from '../network/walk.ts';
import { GatewayMeter } from './gateway-meter.ts';

export type Failure = 'refused' | 'timeout';

/** How an HTTP exchange ended, with the way that it took. */
export type Exchange =
  | { readonly kind: 'answered'; readonly trace: Trace; readonly response: HttpResponse }
  | { readonly kind: Failure; readonly trace: Trace };

export type Connection =
  | { readonly kind: 'open'; readonly trace: Trace; readonly socket: Duplex }
  | { readonly kind: Failure; readonly trace: Trace };

/** What became of a datagram. */
export interface Passage {
  readonly kind: 'taken' | Failure;
  readonly trace: Trace;
}

/** One exchange, as flow logs and the bill want to know it. */
export interface FlowNote {
  /** The same object for every flow that goes the same way. */
  readonly trace: Trace;
  readonly at: Instant;
  readonly ending: 'answered' | Failure;
  /** Undefined: nothing went that way. */
  readonly bytesOut: number | undefined;
  readonly bytesBack: number | undefined;
}

export interface Traffic {
  /** Sends an HTTP request to an address and port. */
  http(flow: Flow, request: HttpRequest): Promise<Exchange>;
  /** Opens a connection; `tls`: what was agreed with who comes from outside. */
  connect(flow: Flow, tls?: TlsSession): Promise<Connection>;
  /** Sends a datagram. What is answered takes the same way back, and is lost where that is barred. */
  datagram(flow: Flow, datagram: Datagram): Promise<Passage>;
  /** Calls back after so long on the cloud's clock: the patience of whoever sends. The answer calls it off. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Hears of every flow, dropped ones included. */
  onFlow(listener: (note: FlowNote) => void): void;
}

/** Keeps account of flows: the part `flowLogs`, and what counts for metrics. */
export interface FlowWitness {
  note(note: FlowNote): void;
}

declare module '../kernel/parts.ts' {
  interface Parts {
    readonly traffic: Traffic;
  }
}

/** What one trace found, for one topology. */
interface Way {
  readonly trace: Trace;
  readonly nic: NetworkInterface | undefined;
}

const keptWays = 20_000;
/** Headers of a small exchange, counted where the true number of bytes is not known. */
const headBytes = 300;

class LiveTraffic implements Traffic {
  readonly #world: PartWorld;
  readonly #listeners: ((note: FlowNote) => void)[];
  /** Ways of the topology that is in force: as long as nothing changes, a flow goes as the last one went. */
  #ways = new Map<string, Way>();
  /** What datagrams of a flow opened on their way. */
  readonly #sessions = new Map<string, Sessions>();
  #topology: Topology | undefined;

  constructor(world: PartWorld) {
    this.#world = world;
    const { flowLogs, inspectors, meter } = world.parts;
    const gateways = new GatewayMeter(meter);
    this.#listeners = [flowLogs, inspectors, gateways].map((witness) => (note) => witness.note(note));
  }

  after(milliseconds: number, callback: () => void): () => void {
    return this.#world.after(milliseconds, callback);
  }

  onFlow(listener: (note: FlowNote) => void): void {
    this.#listeners.push(listener);
  }

  /** Datagrams of a flow follow what the first ones opened, also when the network is another one since. */
  #datagramWay(flow: Flow): Way {
    const at = keyOf(flow);
    const known = this.#sessions.get(at);
    const way = this.#way(flow, known);
    if (this.#sessions.size > keptWays) this.#sessions.clear();
    this.#sessions.set(at, remember(known ?? noSessions, way.trace.opened, this.#world.clock.now()));
    return way;
  }

  #way(flow: Flow, sessions?: Sessions): Way {
    const { network } = this.#world.parts;
    const topology = network.topology();
    if (topology !== this.#topology || this.#ways.size > keptWays) {
      this.#ways = new Map();
      this.#topology = topology;
    }
    const at = keyOf(flow);
    let way = this.#ways.get(at);
    if (way === undefined) {
      const trace = network.trace(flow, { now: this.#world.clock.now(), sessions });
      way = { trace, nic: interfaceOf(topology, trace) };
      this.#ways.set(at, way);
    }
    return way;
  }

  #note(trace: Trace, ending: FlowNote['ending'], bytesOut?: number, bytesBack?: number): void {
    const note = { trace, at: this.#world.clock.now(), ending, bytesOut, bytesBack };
    for (const listener of this.#listeners) listener(note);
  }

  async http(flow: Flow, request: HttpRequest): Promise<Exchange> {
    const { trace, nic } = this.#way(flow);
    const bytesOut = headBytes + (request.body.lengthBytes ?? 0);
    if (trace.disposition !== 'delivered') {
      this.#note(trace, 'timeout', bytesOut, 0);
      return { kind: 'timeout', trace };
    }
    const response = await this.#deliver(trace, nic, (receipt, delivery) => receipt.http(delivery, request));
    if (typeof response === 'string') {
      this.#note(trace, response, bytesOut, 0);
      return { kind: response, trace };
    }
    this.#note(trace, 'answered', bytesOut, headBytes + lengthOf(response));
    return { kind: 'answered', trace, response };
  }

  async connect(flow: Flow, tls?: TlsSession): Promise<Connection> {
    const { trace, nic } = this.#way(flow);
    const opened =
      trace.disposition === 'delivered'
        ? await this.#deliver(trace, nic, (receipt, delivery) => receipt.connect?.({ ...delivery, tls }) ?? refused)
        : 'timeout';
    if (typeof opened === 'string') {
      this.#note(trace, opened, headBytes, 0);
      return { kind: opened, trace };
    }
    // What passes is known when it is over.
    let bytesBack = 0;
    opened.on('data', (chunk: Uint8Array) => (bytesBack += chunk.byteLength));
    opened.pause();
    opened.once('close', () => this.#note(trace, 'answered', headBytes, bytesBack));
    return { kind: 'open', trace, socket: opened };
  }

  async datagram(flow: Flow, { bytes, answer }: Datagram): Promise<Passage> {
    const { trace, nic } = this.#datagramWay(flow);
    const arrives = trace.forward.disposition === 'delivered';
    this.#note(trace, arrives ? 'answered' : 'timeout', bytes.byteLength);
    if (!arrives) return { kind: 'timeout', trace };
    const comesBack = (back: Uint8Array): void => {
      this.#note(trace, 'answered', undefined, back.byteLength);
      if (trace.disposition === 'delivered') answer(back);
    };
    const kind = await this.#deliver(
      trace,
      nic,
      (receipt, delivery) => receipt.datagram?.(delivery, { bytes, answer: comesBack }) ?? refused,
    );
    return { kind, trace };
  }

  /** Hands over what arrived to whoever stands there; where nobody does, the connection is refused. */
  async #deliver<Answer extends object | 'taken'>(
    trace: Trace,
    nic: NetworkInterface | undefined,
    give: (receipt: Receipt, delivery: Delivery) => Promise<Answer | NoAnswer>,
  ): Promise<Answer | Failure> {
    const { destination, delivered } = trace.forward;
    if (destination === undefined || delivered === undefined) return 'refused';
    const kind = kindOf(destination, nic);
    if (kind === undefined) return 'refused';
    const delivery: Delivery = {
      ownerId: nic?.owner.id ?? nameOf(destination),
      interfaceId: nic?.id,
      sourceIp: delivered.source.text,
      sourcePort: delivered.sourcePort,
      destinationIp: delivered.destination.text,
      port: delivered.destinationPort,
      vpcId: 'vpcId' in destination ? destination.vpcId : undefined,
      endpointId: trace.endpointId,
    };
    const receipts = this.#own[kind] ?? (await this.#world.receiptsFor(kind));
    for (const receipt of receipts) {
      const answer = await give(receipt, delivery);
      if (answer !== 'nobody') return answer;
    }
    return 'refused';
  }

  /** What is answered without asking services. */
  readonly #own: { readonly [Kind in ReceiverKind]?: readonly Receipt[] } = {
    instance: [
      {
        http: ({ ownerId, port, sourceIp, destinationIp }, request) =>
          this.#world.parts.guests.http(ownerId, port, { ...request, sourceIp }, destinationIp),
        connect: ({ ownerId, port, sourceIp, destinationIp }) =>
          this.#world.parts.guests.connect(ownerId, port, sourceIp, destinationIp),
        datagram: ({ ownerId, port, ...sender }, datagram) =>
          this.#world.parts.guests.datagram(ownerId, port, datagram, sender),
      },
    ],
    'vpc-service': [{ http: (delivery, request) => this.#askVpc(delivery, request) }],
    site: [{ http: (delivery, request) => Promise.resolve(this.#answerAtSite(delivery, request)) }],
  };

  /** A host of a simulated site answers on every port with who it is, and whom it sees. */
  #answerAtSite({ ownerId, sourceIp, destinationIp, port }: Delivery, { method, target }: HttpRequest): HttpResponse {
    const name = this.#world.parts.network.topology().sites.get(ownerId)?.name ?? ownerId;
    const body = `${destinationIp}:${port} at ${name}: ${method} ${target} from ${sourceIp}\n`;
    return { status: 200, headers: { 'content-type': 'text/plain' }, body };
  }

  /** Metadata speaks HTTP; DNS and time do not. */
  async #askVpc(delivery: Delivery, request: HttpRequest): Promise<HttpResponse | Failure> {
    const { ownerId, vpcId, sourceIp, destinationIp, port } = delivery;
    const vpc = this.#world.parts.network.topology().vpcs.get(vpcId ?? '');
    if (ownerId !== 'metadata' || port !== 80 || vpc === undefined) return 'refused';
    const owner = vpcIndex(vpc).interfaceAt(readAddress(sourceIp))?.owner;
    if (owner?.kind !== 'instance') return 'timeout';
    const { account, region } = vpc;
    const asker = { account, region, instanceId: owner.id, overIpv6: destinationIp.includes(':') };
    return (await this.#world.parts.metadata.answer(asker, request)) ?? 'timeout';
  }
}

/** What tells flows apart. */
function keyOf({ from, protocol, source, destination, sourcePort, destinationPort }: Flow): string {
  const start = from.kind === 'internet' ? 'internet' : from.id;
  return `${start} ${protocol} ${source} ${sourcePort} ${destination} ${destinationPort}`;
}

const refused = Promise.resolve('refused' as const);

const nameOf = (destination: Destination): string =>
  'name' in destination ? destination.name : 'id' in destination ? destination.id : '';

function kindOf(destination: Destination, nic: NetworkInterface | undefined): ReceiverKind | undefined {
  const { kind } = destination;
  if (kind === 'service' || kind === 'vpc-service' || kind === 'site') return kind;
  const owner = nic?.owner.kind;
  return owner === 'instance' || owner === 'load-balancer' ? owner : undefined;
}

function interfaceOf(topology: Topology, { forward }: Trace): NetworkInterface | undefined {
  const { destination } = forward;
  const vpc =
    destination !== undefined && 'vpcId' in destination && destination.vpcId !== undefined
      ? topology.vpcs.get(destination.vpcId)
      : undefined;
  if (vpc === undefined || destination === undefined) return undefined;
  return destination.kind === 'interface' ? vpcIndex(vpc).interfaces.get(destination.id) : undefined;
}

const lengthOf = ({ body, headers }: HttpResponse): number =>
  typeof body === 'string'
    ? Buffer.byteLength(body)
    : body instanceof Uint8Array
      ? body.byteLength
      : Number(headers['content-length'] ?? 0) || 0;

export const makePart = (world: PartWorld): Traffic => new LiveTraffic(world);

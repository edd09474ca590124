// What passes NAT gateways, transit gateways, VPN connections and interface endpoints, counted for their metrics. Which of them a flow
// passes is found once for its trace.
import type { Instant } from '../kernel/units.ts';
import type { Path, Trace } from '../network/trace.ts';
import type { TrafficMeter } from './meter.ts';
import type { FlowNote, FlowWitness } from './traffic.ts';

/** Under this name the meter counts. */
export const subjectOfGateway = (id: string): string => `network/${id}`;
export const subjectOfAttachment = (gatewayId: string, attachmentId: string): string =>
  `network/${gatewayId} ${attachmentId}`;

type Count = (quantity: string, value: number) => void;

/** What one flow says to one part of the network. */
interface Passing {
  readonly subject: string;
  /** `sent` is what the sender said, `back` the answer; undefined where nothing went. */
  readonly count: (count: Count, sent: number, back: number | undefined) => void;
}

/** Data of a packet on an Ethernet of 1,500 bytes. */
const segmentBytes = 1_448;
const packetsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / segmentBytes));

const idsOf = ({ hops }: Path, kind: string): string[] =>
  hops.flatMap(({ component }) => (component.kind === kind ? [component.id] : []));

function* natPassings({ forward }: Trace): Generator<Passing> {
  for (const id of idsOf(forward, 'nat-gateway'))
    yield {
      subject: subjectOfGateway(id),
      count: (count, sent, back) => {
        count('ConnectionAttemptCount', 1);
        count('BytesInFromSource', sent);
        count('BytesOutToDestination', sent);
        count('PacketsInFromSource', packetsOf(sent));
        count('PacketsOutToDestination', packetsOf(sent));
        if (back === undefined) return;
        count('ConnectionEstablishedCount', 1);
        count('BytesInFromDestination', back);
        count('BytesOutToSource', back);
        count('PacketsInFromDestination', packetsOf(back));
        count('PacketsOutToSource', packetsOf(back));
      },
    };
}

const countWay = (count: Count, way: 'In' | 'Out', bytes: number): void => {
  count(`Bytes${way}`, bytes);
  count(`Packets${way}`, packetsOf(bytes));
};

/** A transit gateway, and the attachment by which it was left: by that one the answer comes in. */
function* transitPassings({ forward, back }: Trace): Generator<Passing> {
  for (const [path, isBack] of [
    [forward, false],
    [back, true],
  ] as const) {
    if (path === undefined) continue;
    const bytesOf = (sent: number, answer: number | undefined): number | undefined => (isBack ? answer : sent);
    for (const id of idsOf(path, 'transit-gateway')) {
      yield {
        subject: subjectOfGateway(id),
        count: (count, sent, answer) => {
          const bytes = bytesOf(sent, answer);
          if (bytes === undefined) return;
          countWay(count, 'In', bytes);
          countWay(count, 'Out', bytes);
        },
      };
      for (const attachment of idsOf(path, 'transit-gateway-attachment'))
        yield {
          subject: subjectOfAttachment(id, attachment),
          count: (count, sent, answer) => {
            const [out, into] = isBack ? [answer, sent] : [sent, answer];
            if (out !== undefined) countWay(count, 'Out', out);
            if (into !== undefined) countWay(count, 'In', into);
          },
        };
    }
  }
}

function* vpnPassings({ forward }: Trace): Generator<Passing> {
  const isOut = forward.destination?.kind === 'site';
  for (const id of idsOf(forward, 'vpn-connection'))
    yield {
      subject: subjectOfGateway(id),
      count: (count, sent, back) => {
        count(isOut ? 'TunnelDataOut' : 'TunnelDataIn', sent);
        if (back !== undefined) count(isOut ? 'TunnelDataIn' : 'TunnelDataOut', back);
      },
    };
}

function* endpointPassings({ endpointId, forward }: Trace): Generator<Passing> {
  const isInterface = forward.destination?.kind === 'service' && forward.destination.interfaceId !== undefined;
  if (endpointId === undefined || !isInterface) return;
  yield {
    subject: subjectOfGateway(endpointId),
    count: (count, sent, back) => {
      count('BytesProcessed', sent + (back ?? 0));
      if (back === undefined) return;
      count('NewConnections', 1);
      count('ActiveConnections', 1);
    },
  };
}

const passingsOf = (trace: Trace): readonly Passing[] => [
  ...natPassings(trace),
  ...transitPassings(trace),
  ...vpnPassings(trace),
  ...endpointPassings(trace),
];

export class GatewayMeter implements FlowWitness {
  readonly #meter: TrafficMeter;
  readonly #passings = new WeakMap<Trace, readonly Passing[]>();

  constructor(meter: TrafficMeter) {
    this.#meter = meter;
  }

  note({ trace, at, ending, bytesOut, bytesBack }: FlowNote): void {
    let passings = this.#passings.get(trace);
    if (passings === undefined) this.#passings.set(trace, (passings = passingsOf(trace)));
    if (passings.length === 0) return;
    const back = ending === 'answered' ? (bytesBack ?? 0) : undefined;
    for (const { subject, count } of passings) count(this.#counter(subject, at), bytesOut ?? 0, back);
  }

  #counter(subject: string, at: Instant): Count {
    return (quantity, value) => this.#meter.count(subject, at, quantity, value);
  }
}

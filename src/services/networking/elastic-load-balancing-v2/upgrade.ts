// A request that asks for WebSocket: it meets capacity, rules and targets as any other, and when the target agrees, the connection belongs to
// the two of them. It is written down when it ends.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#load-balancer-listeners-websockets
import type { Duplex } from 'node:stream';
import type { HttpResponse } from '../../../kernel/http.ts';
import { writeHead } from '../../../kernel/http-stream.ts';
import { join } from '../../../kernel/stream-pair.ts';
import { type Instant, secondsBetween } from '../../../kernel/units.ts';
import { failures } from './failure.ts';
import { passOn } from './forwarded.ts';
import { idleSecondsOf, type Picked, pickTarget } from './forward.ts';
import { occupy } from './memory.ts';
import { type Arrival, decide, type Decision, doAction, note, type Outcome, subjectOf } from './serve.ts';
import { type ElbContext, targetKey } from './state.ts';

type Decided = Exclude<Decision, Outcome>;

export async function passUpgrade(
  context: ElbContext,
  arrival: Arrival,
  socket: Duplex,
  head: Uint8Array,
): Promise<void> {
  const createdAt = context.clock.now();
  context.parts.meter.count(subjectOf(arrival.balancer), createdAt, 'RequestCount', 1);
  const decision = decide(arrival, context);
  const opened = 'response' in decision ? decision : await open(context, arrival, decision);
  if ('target' in opened) {
    talk(context, arrival, opened, socket, head, createdAt);
    return;
  }
  await note(context, { arrival, outcome: opened, status: opened.response.status, createdAt });
  socket.end(writeAnswer(opened.response));
}

function writeAnswer({ status, headers, body }: HttpResponse): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  return `HTTP/1.1 ${status} \r\n${lines.join('\r\n')}\r\nconnection: close\r\n\r\n${String(body ?? '')}`;
}

/** A connection to a target. */
interface Opened extends Decided {
  readonly target: Duplex;
  readonly picked: Picked;
}

async function open(context: ElbContext, arrival: Arrival, decided: Decided): Promise<Opened | Outcome> {
  const { action, rule } = decided;
  const picked = action?.Type === 'forward' ? pickTarget(arrival, action, context) : undefined;
  if (action?.Type !== 'forward') return doAction(arrival, decided, context);
  if (picked === undefined) return { response: failures.noTarget(), byTarget: false, action, rule };
  const { flow } = picked;
  const connection = flow === undefined ? undefined : await context.parts.traffic.connect(flow);
  if (connection?.kind === 'open') return { ...decided, target: connection.socket, picked };
  context.parts.meter.count(subjectOf(arrival.balancer), context.clock.now(), 'TargetConnectionErrorCount', 1);
  const response = connection?.kind === 'timeout' ? failures.lost(connection.trace.sentence) : failures.badGateway();
  return { response, byTarget: false, action, rule };
}

/** What the log says of a target that did not answer: it broke off, was too late, or the client left. */
function silence(target: Duplex, seconds: number, idleSeconds: number): number {
  if (target.destroyed) return 502;
  return seconds >= idleSeconds ? 504 : 460;
}

/** Lets client and target talk. What the target says first tells whether it agreed. */
function talk(
  context: ElbContext,
  arrival: Arrival,
  { target, picked, action, rule }: Opened,
  socket: Duplex,
  head: Uint8Array,
  createdAt: Instant,
): void {
  const { balancer, request, came } = arrival;
  const { group, flow } = picked;
  const { meter } = context.parts;
  const done = occupy(context.parts, targetKey(picked.target));
  const passed = passOn(request, came, balancer.attributes, context);
  const { upgrade = 'websocket' } = request.headers;
  meter.count(subjectOf(balancer), createdAt, 'NewConnectionCount', 1);
  meter.count(`${subjectOf(balancer)} ${group.path}`, createdAt, 'RequestCount', 1);
  target.write(writeHead({ ...passed, headers: { ...passed.headers, upgrade, connection: 'Upgrade' } }));
  if (head.byteLength > 0) target.write(head);
  let received = head.byteLength;
  let sent = 0;
  let status: number | undefined;
  let seconds: number | undefined;
  socket.on('data', (chunk: Uint8Array) => (received += chunk.byteLength));
  target.on('data', (chunk: Uint8Array) => {
    if (status === undefined) {
      status = Number(/^HTTP\/1\.\d (\d{3})/.exec(Buffer.from(chunk.subarray(0, 12)).toString('latin1'))?.[1] ?? 502);
      seconds = secondsBetween(createdAt, context.clock.now());
      meter.count(subjectOf(balancer), context.clock.now(), 'TargetResponseTime', seconds);
    }
    sent += chunk.byteLength;
  });
  socket.once('close', () => {
    done();
    const at = status ?? silence(target, secondsBetween(createdAt, context.clock.now()), idleSecondsOf(balancer));
    const outcome: Outcome = {
      response: { status: at, headers: {}, body: undefined },
      byTarget: status !== undefined,
      action,
      rule,
      sent: {
        groupArn: group.arn,
        target: flow === undefined ? undefined : `${flow.destination}:${flow.destinationPort}`,
        seconds,
        traceId: passed.headers['x-amzn-trace-id'],
      },
    };
    const bytes = { received, sent, isUpgraded: at === 101 };
    void note(context, { arrival, outcome, status: at, createdAt, bytes });
  });
  join(socket, target);
}

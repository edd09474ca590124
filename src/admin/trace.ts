// /_hakoniwa/trace and /_hakoniwa/http: asking where a packet would go, and sending a request from inside a network.
import type { Flow } from '../network/flow.ts';
import { bodyOf, type HttpResponse } from '../kernel/http.ts';
import type { Parts } from '../kernel/parts.ts';
import type { Path, Trace } from '../network/trace.ts';
import type { Step } from '../network/walk.ts';
import { findVpcOfInterface, vpcIndex } from '../network/topology-index.ts';
import { badRequest } from './answer.ts';
import type { House } from './house.ts';
import { outsideIp, readDestination, readSource, splitPort } from './place.ts';

type Body = Readonly<Record<string, unknown>>;

/** One hop as people read it. */
export interface HopView {
  readonly at: string;
  readonly steps: readonly string[];
}

export interface TraceView {
  readonly delivered: boolean;
  readonly disposition: string;
  readonly sentence: string;
  readonly forward: readonly HopView[];
  readonly back: readonly HopView[];
}

const side = (step: { readonly direction: 'ingress' | 'egress' }): string =>
  step.direction === 'ingress' ? 'in' : 'out';

function describeStep(step: Step): string {
  switch (step.kind) {
    case 'security-group':
      if (step.bySession) return `security group ${side(step)}: a known connection`;
      return step.allowed
        ? `security group ${side(step)}: ${step.groupId ?? step.groupIds.join()} allows by ${step.ruleId ?? 'a rule'}`
        : `security group ${side(step)}: none of ${step.groupIds.join(', ')} allows it`;
    case 'network-acl':
      return `network ACL ${step.aclId} ${side(step)}: rule ${step.rule === 32_767 ? '*' : step.rule} ${step.allowed ? 'allows' : 'denies'}`;
    case 'route':
      return `route table ${step.tableId}: ${step.destination} → ${step.target.id}`;
    case 'transit-route':
      return `transit route table ${step.tableId}: ${step.destination} → ${step.attachmentId}`;
    case 'translate': {
      const [before, after] = [step.before[step.of].text, step.after[step.of].text];
      return `${step.of} address ${before} becomes ${after}`;
    }
    case 'deliver':
      return 'delivered';
    case 'drop':
      return step.explanation.sentence;
  }
}

const viewPath = (path: Path | undefined): readonly HopView[] =>
  (path?.hops ?? []).map(({ component, zone, steps }) => ({
    at: `${component.id}${zone === undefined ? '' : ` (${zone})`}`,
    steps: steps.map(describeStep),
  }));

export const viewTrace = (trace: Trace): TraceView => ({
  delivered: trace.disposition === 'delivered',
  disposition: trace.disposition,
  sentence: trace.sentence,
  forward: viewPath(trace.forward),
  back: viewPath(trace.back),
});

const text = (body: Body, name: string): string => {
  const value = body[name];
  if (typeof value === 'string' && value !== '') return value;
  throw badRequest(`"${name}" is missing.`, `Send {"from":"i-…","to":"10.0.0.7:443"}.`);
};

/** `{"from":"internet","to":"i-…:443","protocol":"tcp"}`: the whole way there and back, in words. */
export async function traceFlow(house: House, body: Body): Promise<TraceView> {
  const network = await house.part('network');
  const topology = network.topology();
  const from = readSource(topology, text(body, 'from'));
  const { host, port } = splitPort(text(body, 'to'));
  const protocol = typeof body['protocol'] === 'string' ? body['protocol'] : port === undefined ? 'icmp' : 'tcp';
  const flow: Flow = {
    from,
    protocol,
    source: typeof body['source'] === 'string' ? body['source'] : from.kind === 'internet' ? outsideIp : undefined,
    destination: await readDestination(house, topology, host, from),
    destinationPort: port,
  };
  return viewTrace(network.trace(flow, { now: house.clock.now() }));
}

/** What came of a request that was sent inside the network. */
export interface ExchangeView {
  readonly answer?:
    | { readonly status: number; readonly headers: HttpResponse['headers']; readonly body: string }
    | undefined;
  /** `timeout` or `refused`, when nothing answered. */
  readonly failure?: string | undefined;
  readonly sentence: string;
}

type InsideRequest = Parameters<NonNullable<Parts['guests']['send']>>[1];

const slowMs = 60_000;
const droppedMs = 2_000;

/** A packet that arrives, and whose answer would come back, where nobody takes it. */
const failureOf = (failure: string, sentence: string): ExchangeView => ({
  failure,
  sentence: failure === 'refused' ? sentence.replace(/, and answered$/, ', where nothing listens') : sentence,
});

const shownBytes = 1_048_576;

async function readBody({ body }: HttpResponse): Promise<string> {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    sizeBytes += chunk.byteLength;
    if (sizeBytes > shownBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** From a real guest the request is sent by a program inside; undefined for all other places. */
async function sendInside(
  house: House,
  flow: Flow,
  request: Omit<InsideRequest, 'address' | 'port' | 'patienceMs'>,
): Promise<ExchangeView | undefined> {
  const guests = await house.part('guests');
  const instanceId = flow.from.kind === 'interface' ? await instanceAt(house, flow.from.id) : undefined;
  if (guests.send === undefined || instanceId === undefined) return undefined;
  const { sentence, disposition } = (await house.part('network')).trace(flow, { now: house.clock.now() });
  // What is dropped on the way is not worth waiting for as a slow server is.
  const patienceMs = disposition === 'delivered' ? slowMs : droppedMs;
  const sent = { ...request, address: flow.destination, port: flow.destinationPort ?? 80, patienceMs };
  const answer = await guests.send(instanceId, sent);
  return typeof answer === 'string' ? failureOf(answer, sentence) : { answer, sentence };
}

async function instanceAt(house: House, interfaceId: string): Promise<string | undefined> {
  const topology = (await house.part('network')).topology();
  const vpc = topology.vpcs.get(findVpcOfInterface(topology, interfaceId) ?? '');
  const owner = vpc === undefined ? undefined : vpcIndex(vpc).interfaces.get(interfaceId)?.owner;
  return owner?.kind === 'instance' ? owner.id : undefined;
}

/** `{"from":"i-…","url":"http://10.0.0.7/path"}`: sends the request over the network, from there. */
export async function sendRequest(house: House, body: Body): Promise<ExchangeView> {
  const network = await house.part('network');
  const traffic = await house.part('traffic');
  const topology = network.topology();
  const from = readSource(topology, text(body, 'from'));
  const given = text(body, 'url');
  const address = given.includes('://') ? given : `http://${given}`;
  if (!URL.canParse(address)) throw badRequest(`No URL: ${given}`, 'Write it as http://10.0.0.7/path.');
  const url = new URL(address);
  const headers: Record<string, string> = { host: url.host, 'user-agent': 'hakoniwa-curl', accept: '*/*' };
  for (const [name, value] of Object.entries((body['headers'] ?? {}) as Body))
    headers[name.toLowerCase()] = String(value);
  const payload = Buffer.from(typeof body['body'] === 'string' ? body['body'] : '');
  const flow: Flow = {
    from,
    protocol: 'tcp',
    source: from.kind === 'internet' ? outsideIp : undefined,
    destination: await readDestination(house, topology, url.hostname, from),
    destinationPort: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
  };
  const inside = await sendInside(house, flow, {
    method: typeof body['method'] === 'string' ? body['method'] : 'GET',
    path: `${url.pathname}${url.search}`,
    headers,
    body: payload.toString('utf8'),
  });
  if (inside !== undefined) return inside;
  const exchange = await traffic.http(flow, {
    method: typeof body['method'] === 'string' ? body['method'] : 'GET',
    target: `${url.pathname}${url.search}`,
    headers,
    body: bodyOf(payload),
    sourceIp: flow.source ?? '',
    secure: false,
  });
  const { sentence } = exchange.trace;
  if (exchange.kind !== 'answered') return failureOf(exchange.kind, sentence);
  const { status, headers: answered } = exchange.response;
  return { answer: { status, headers: answered, body: await readBody(exchange.response) }, sentence };
}

// What an application load balancer's node does with a request that has reached one of its listeners: find the rule, do its action.
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import { admit } from './capacity.ts';
import { failures, ownAnswer } from './failure.ts';
import { rulesOf } from './find.ts';
import type { Came } from './forwarded.ts';
import { forward } from './forward.ts';
import { type Logged, logRequest, receivedBytes, sentBytes } from './request-log.ts';
import { meets, type Seen, seenOf, split } from './match.ts';
import type { BalancerRow, ElbContext, ListenerRow, NodeRow, RuleRow } from './state.ts';

/** A request at a node. */
export interface Arrival {
  readonly balancer: BalancerRow;
  readonly node: NodeRow;
  readonly listener: ListenerRow;
  readonly came: Came;
  readonly request: HttpRequest;
}

/** The first rule that the request meets; none: the listener's own actions. */
const ruleFor = (context: ElbContext, listener: ListenerRow, seen: Seen): RuleRow | undefined =>
  rulesOf(context, listener.arn).find((rule) => meets(rule, seen));

export interface Served {
  readonly response: HttpResponse;
  /** False when the load balancer answered itself. */
  readonly byTarget: boolean;
  /** True when no connection to the target came about. */
  readonly isUnreachable?: boolean | undefined;
  /** Where it was sent, when it was. */
  readonly sent?: Sent | undefined;
}

/** A request on its way to a target. */
export interface Sent {
  readonly groupArn: string;
  /** `10.0.0.7:80`; undefined for a function. */
  readonly target: string | undefined;
  /** How long the target took; undefined when it did not answer. */
  readonly seconds: number | undefined;
  readonly traceId: string | undefined;
}

/** What became of a request. */
export interface Outcome extends Served {
  /** Undefined when the load balancer refused the request before it looked for a rule. */
  readonly action?: Action | undefined;
  /** Undefined for the default rule. */
  readonly rule?: RuleRow | undefined;
}

/** Which action a request comes to; or the answer of a load balancer that lets it go no further. */
export type Decision =
  | Outcome
  | { readonly action: Action | undefined; readonly rule?: RuleRow | undefined; readonly seen: Seen };

export function decide(arrival: Arrival, context: ElbContext): Decision {
  const { balancer, listener, request, came } = arrival;
  if (admit(context, balancer) === 0) {
    context.parts.meter.count(`elb/${balancer.path}`, context.clock.now(), 'RejectedConnectionCount', 1);
    return { response: failures.noTarget(), byTarget: false };
  }
  const refusal = refuse(request, came);
  if (refusal !== undefined) return { response: refusal, byTarget: false };
  const seen = seenOf(request, came.clientIp);
  const rule = ruleFor(context, listener, seen);
  const actions = rule?.actions ?? listener.actions;
  const unbuilt = actions.find(({ Type }) => Type?.startsWith('authenticate') === true || Type === 'jwt-validation');
  if (unbuilt !== undefined)
    return { response: failures.notBuilt(`The action ${unbuilt.Type}`), byTarget: false, action: unbuilt, rule };
  return { action: actions.at(-1), rule, seen };
}

/** Limit: the request line and each header 16 KiB, all headers together 64 KiB. */
const lineBytesMax = 16_384;
const headersBytesMax = 65_536;

/** What a load balancer does not let pass, whatever its rules say. */
function refuse({ method, target, headers, http2 }: HttpRequest, { protocol }: Came): HttpResponse | undefined {
  // HTTP/2 is spoken by HTTPS listeners alone.
  if (http2 === true && protocol === 'http') return failures.badRequest();
  if (method === 'TRACE') return failures.methodNotAllowed();
  if (method.length + target.length + ' HTTP/1.1 '.length > lineBytesMax) return failures.uriTooLong();
  let total = 0;
  for (const [name, value] of Object.entries(headers)) {
    const bytes = name.length + value.length;
    total += bytes;
    if (bytes > lineBytesMax || total > headersBytesMax) return failures.badRequest();
  }
  return undefined;
}

/** Answers of its own that are counted one by one. */
const told = new Set([500, 502, 503, 504]);

export const subjectOf = ({ path }: BalancerRow): string => `elb/${path}`;

export async function serve(arrival: Arrival, context: ElbContext): Promise<HttpResponse> {
  const { balancer, request } = arrival;
  const createdAt = context.clock.now();
  context.parts.meter.count(subjectOf(balancer), createdAt, 'RequestCount', 1);
  let isGone = false;
  request.onGone?.(() => (isGone = true));
  const decision = decide(arrival, context);
  const outcome = 'response' in decision ? decision : await doAction(arrival, decision, context);
  // A client that left before its answer is told of as 460.
  const status = isGone ? 460 : outcome.response.status;
  const pending = note(context, { arrival, outcome, status, createdAt });
  if (pending !== undefined) await pending;
  return outcome.response;
}

/** A request that came by itself: it counts as a connection of its own. */
export async function serveAlone(arrival: Arrival, context: ElbContext): Promise<HttpResponse> {
  const { balancer, request } = arrival;
  const { meter } = context.parts;
  const subject = subjectOf(balancer);
  const now = context.clock.now();
  meter.count(subject, now, 'NewConnectionCount', 1);
  meter.count(subject, now, 'ActiveConnectionCount', 1);
  const response = await serve(arrival, context);
  meter.count(subject, now, 'ProcessedBytes', receivedBytes(request) + sentBytes(response));
  return response;
}

/** Does what was decided. */
export async function doAction(
  arrival: Arrival,
  { action, rule, seen }: Exclude<Decision, Outcome>,
  context: ElbContext,
): Promise<Outcome> {
  return { ...(await act(arrival, action, seen, context)), action, rule };
}

/** Counts what became of a request, and writes it down where that is wanted. */
export function note(context: ElbContext, logged: Logged): Promise<void> | undefined {
  const { arrival, outcome, status, createdAt } = logged;
  const { action, byTarget } = outcome;
  const { meter } = context.parts;
  const subject = subjectOf(arrival.balancer);
  const family = `${Math.floor(status / 100)}XX`;
  if (byTarget && status !== 460) {
    // Answers that switch protocols are in none of AWS's counts.
    if (status >= 200) meter.count(subject, createdAt, `HTTPCode_Target_${family}_Count`, 1);
  } else if (status >= 300) meter.count(subject, createdAt, `HTTPCode_ELB_${family}_Count`, 1);
  if (!byTarget && told.has(status)) meter.count(subject, createdAt, `HTTPCode_ELB_${status}_Count`, 1);
  if (action?.Type === 'redirect') meter.count(subject, createdAt, 'HTTP_Redirect_Count', 1);
  if (action?.Type === 'fixed-response') meter.count(subject, createdAt, 'HTTP_Fixed_Response_Count', 1);
  return arrival.balancer.attributes['access_logs.s3.enabled'] === 'true' ? logRequest(context, logged) : undefined;
}

async function act(arrival: Arrival, action: Action | undefined, seen: Seen, context: ElbContext): Promise<Served> {
  if (action?.Type === 'forward') return forward(arrival, action, context);
  const response = action?.Type === 'redirect' ? redirect(arrival, action, seen) : fixed(action);
  return { response, byTarget: false };
}

function fixed(action: Action | undefined): HttpResponse {
  const { StatusCode = '503', ContentType = 'text/plain', MessageBody = '' } = action?.FixedResponseConfig ?? {};
  const headers = { server: 'awselb/2.0', 'content-type': `${ContentType}; charset=utf-8` };
  return { status: Number(StatusCode), headers, body: MessageBody };
}

/** `#{path}` has no leading slash, `#{query}` no question mark. */
function redirect({ listener, request }: Arrival, { RedirectConfig: config }: Action, { host }: Seen): HttpResponse {
  const [path, query] = split(request.target);
  const protocol = listener.protocol?.toLowerCase() ?? 'http';
  const known: Readonly<Record<string, string>> = {
    protocol,
    host,
    port: String(listener.port ?? 80),
    path: path.replace(/^\//, ''),
    query,
  };
  const fill = (text: string): string =>
    text.replaceAll(/#\{(protocol|host|port|path|query)\}/g, (_all, name: string) => known[name] ?? '');
  const scheme = fill(config?.Protocol ?? '#{protocol}').toLowerCase();
  const asked = fill(config?.Query ?? '#{query}');
  const place = `${scheme}://${fill(config?.Host ?? '#{host}')}:${fill(config?.Port ?? '#{port}')}`;
  const location = `${place}${fill(config?.Path ?? '/#{path}')}${asked === '' ? '' : `?${asked}`}`;
  const status = config?.StatusCode === 'HTTP_301' ? 301 : 302;
  const answer = ownAnswer(status, status === 301 ? 'Moved Permanently' : 'Found');
  return { ...answer, headers: { ...answer.headers, location } };
}

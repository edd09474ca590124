// What an application load balancer's node does with a request that has reached one of its listeners: find the rule, do its action.
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import { failures, ownAnswer } from './failure.ts';
import { rulesOf } from './find.ts';
import type { Came } from './forwarded.ts';
import { forward } from './forward.ts';
import { meets, type Seen, seenOf, split } from './match.ts';
import type { BalancerRow, ElbContext, ListenerRow, NodeRow } from './state.ts';

/** A request at a node. */
export interface Arrival {
  readonly balancer: BalancerRow;
  readonly node: NodeRow;
  readonly listener: ListenerRow;
  readonly came: Came;
  readonly request: HttpRequest;
}

/** The actions of the first rule that the request meets; the listener's own when it meets none. */
function actionsFor(context: ElbContext, listener: ListenerRow, seen: Seen): readonly Action[] {
  const rule = rulesOf(context, listener.arn).find((one) => meets(one, seen));
  return rule?.actions ?? listener.actions;
}

export async function serve(arrival: Arrival, context: ElbContext): Promise<HttpResponse> {
  const { balancer, listener, request, came } = arrival;
  const { meter } = context.parts;
  const now = context.clock.now();
  const subject = `elb/${balancer.path}`;
  meter.count(subject, now, 'RequestCount', 1);
  const seen = seenOf(request, came.clientIp);
  const actions = actionsFor(context, listener, seen);
  const unbuilt = actions.find(({ Type }) => Type?.startsWith('authenticate') === true || Type === 'jwt-validation');
  if (unbuilt !== undefined) return failures.notBuilt(`The action ${unbuilt.Type}`);
  const action = actions.at(-1);
  const answer = await act(arrival, action, seen, context);
  const family = `${Math.floor(answer.response.status / 100)}XX`;
  if (answer.byTarget) meter.count(subject, now, `HTTPCode_Target_${family}_Count`, 1);
  else meter.count(subject, now, `HTTPCode_ELB_${family}_Count`, 1);
  if (action?.Type === 'redirect') meter.count(subject, now, 'HTTP_Redirect_Count', 1);
  if (action?.Type === 'fixed-response') meter.count(subject, now, 'HTTP_Fixed_Response_Count', 1);
  return answer.response;
}

export interface Served {
  readonly response: HttpResponse;
  /** False when the load balancer answered itself. */
  readonly byTarget: boolean;
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

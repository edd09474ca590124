// Which instance gets a request or connection: of an enabled zone, in service, by cookie, else by turn among the least busy.
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import { leastBusy, nextTurn } from '../elastic-load-balancing-v2/memory.ts';
import type { NodeRow } from '../elastic-load-balancing-v2/state.ts';
import { cookiesOf, digestOf } from '../elastic-load-balancing-v2/stickiness.ts';
import { instancesOf } from './find.ts';
import { attributeOf } from './policy.ts';
import { type BalancerRow, type ClassicContext, type InstanceRow, instanceKey, type ListenerRow } from './state.ts';

/** Instances that a node may send to: in service, and of its own zone unless the load balancer crosses zones (ELB-12). */
export function candidatesOf(context: ClassicContext, balancer: BalancerRow, node: NodeRow): readonly InstanceRow[] {
  const zones = new Set(balancer.nodes.map(({ zoneName }) => zoneName));
  return instancesOf(context, balancer.name).filter(
    ({ drainingUntil, health, zone }) =>
      drainingUntil === undefined &&
      health.state === 'healthy' &&
      (balancer.attributes.crossZone ? zones.has(zone) : zone === node.zoneName),
  );
}

/** How a listener keeps its clients, if it does. */
export interface Stickiness {
  /** Undefined: as long as the browser is open. */
  readonly seconds?: number | undefined;
  /** The application's cookie: the binding begins and ends with it. */
  readonly applicationCookie?: string | undefined;
}

export function stickinessOf({ policies }: BalancerRow, { policyNames }: ListenerRow): Stickiness | undefined {
  for (const policy of policies) {
    if (!policyNames.includes(policy.name)) continue;
    if (policy.type === 'AppCookieStickinessPolicyType')
      return { applicationCookie: attributeOf(policy, 'CookieName') ?? '' };
    if (policy.type === 'LBCookieStickinessPolicyType') {
      const seconds = Number(attributeOf(policy, 'CookieExpirationPeriod') ?? 0);
      return { seconds: seconds === 0 ? undefined : seconds };
    }
  }
  return undefined;
}

const cookieName = 'AWSELB';
const tokenOf = (instance: InstanceRow): string => digestOf(instanceKey(instance)).toUpperCase();

/** By turns for connections, by the fewest requests outstanding for HTTP; the one of the client's cookie first (ELB-14). */
export function chooseInstance(
  context: ClassicContext,
  balancer: BalancerRow,
  candidates: readonly InstanceRow[],
  request?: { readonly request: HttpRequest; readonly sticky: Stickiness | undefined },
): InstanceRow | undefined {
  if (candidates.length === 0) return undefined;
  if (request?.sticky !== undefined) {
    const token = cookiesOf(request.request).get(cookieName);
    const bound = candidates.find((one) => tokenOf(one) === token);
    if (bound !== undefined) return bound;
  }
  const able = request === undefined ? candidates : leastBusy(context.parts, candidates, instanceKey);
  return able[nextTurn(context, `classic/${balancer.dnsLabel}`, able.length) % able.length];
}

/** Adds the cookie that binds the client to the instance. */
export function bind(
  response: HttpResponse,
  { seconds, applicationCookie }: Stickiness,
  instance: InstanceRow,
  request: HttpRequest,
): HttpResponse {
  const set = [response.headers['set-cookie'] ?? []].flat();
  const isBound = cookiesOf(request).get(cookieName) === tokenOf(instance);
  if (applicationCookie !== undefined && !set.some((cookie) => cookie.startsWith(`${applicationCookie}=`)))
    return response;
  if (applicationCookie === undefined && isBound) return response;
  const age = seconds === undefined ? '' : `;MAX-AGE=${seconds}`;
  const cookies = [
    `${cookieName}=${tokenOf(instance)};PATH=/${age}`,
    `${cookieName}CORS=${tokenOf(instance)};PATH=/${age};SECURE;SAMESITE=None`,
  ];
  return { ...response, headers: { ...response.headers, 'set-cookie': [...set, ...cookies] } };
}

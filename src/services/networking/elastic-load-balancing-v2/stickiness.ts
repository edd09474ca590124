// Sticky sessions: cookies that bind a client to a target, or to one of several target groups.
//
// Differs: AWS encrypts what its cookies say; here they name the target by a digest, which tells a client as little.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
import { createHash } from 'node:crypto';
import type { HttpRequest } from '../../../kernel/http.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { type ElbContext, type GroupRow, type TargetRow, targetKey } from './state.ts';

export function cookiesOf({ headers }: HttpRequest): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (headers['cookie'] ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0) cookies.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
  }
  return cookies;
}

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 32);

/** A number that is always the same for a text, and evenly spread. */
export const numberOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0);

const digests = new WeakMap<TargetRow, string>();

/** What the cookie says of a target. */
export function tokenOf(target: TargetRow): string {
  let token = digests.get(target);
  if (token === undefined) digests.set(target, (token = digestOf(targetKey(target))));
  return token;
}

export const tokenOfGroup = ({ arn }: Pick<GroupRow, 'arn'>): string => digestOf(arn);

/** How a group keeps its clients, if it does. */
export interface Stickiness {
  /** The cookie that names the target. */
  readonly name: 'AWSALB' | 'AWSALBAPP-0';
  readonly seconds: number;
  /** The application's cookie: only once the target has set it is the client bound. */
  readonly applicationCookie?: string | undefined;
}

export function stickinessOf({ attributes }: GroupRow): Stickiness | undefined {
  if (attributes['stickiness.enabled'] !== 'true') return undefined;
  if (attributes['stickiness.type'] === 'app_cookie')
    return {
      name: 'AWSALBAPP-0',
      seconds: Number(attributes['stickiness.app_cookie.duration_seconds']),
      applicationCookie: attributes['stickiness.app_cookie.cookie_name'],
    };
  return { name: 'AWSALB', seconds: Number(attributes['stickiness.lb_cookie.duration_seconds']) };
}

/** `Set-Cookie` values that bind, with the twin for requests from other sites. */
export function bindings(name: string, value: string, seconds: number, { clock }: ElbContext): string[] {
  const expires = toDate(later(clock.now(), seconds)).toUTCString();
  return [
    `${name}=${value}; Expires=${expires}; Path=/`,
    `${name}CORS=${value}; Expires=${expires}; Path=/; SameSite=None; Secure`,
  ];
}

// Which rule a request meets. Conditions are compiled once for each row: rows never change, they are replaced.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { HttpRequest } from '../../../kernel/http.ts';
import { covers, findAddress, readPrefix } from '../../../network/address.ts';
import { patternsOf, valuesOf } from './condition.ts';
import type { RuleRow } from './state.ts';

/** A request as conditions look at it. */
export interface Seen {
  readonly request: HttpRequest;
  /** Without port, lower case. */
  readonly host: string;
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly clientIp: string;
}

type Test = (seen: Seen) => boolean;

export function seenOf(request: HttpRequest, clientIp: string): Seen {
  const [path = '/', query = ''] = split(request.target);
  const host = (request.headers['host'] ?? '').replace(/:\d*$/, '').toLowerCase();
  const pairs = [...new URLSearchParams(query)];
  return { request, host, path, query: pairs, clientIp };
}

/** Path and query of a request target. */
export function split(target: string): readonly [path: string, query: string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

/** `*` is any text, `?` one character; a backslash takes their meaning away. */
function wildcard(pattern: string, flags = ''): RegExp {
  const source = pattern.replaceAll(/\\[*?\\]|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.length === 2 ? `\\${part[1]}` : `\\${part}`;
  });
  return new RegExp(`^${source}$`, `s${flags}`);
}

/** A user's regular expression. One that cannot be read meets nothing. */
function expression(source: string, flags = ''): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    return /[^\s\S]/;
  }
}

const expressionsOf = (condition: RuleCondition, flags = ''): RegExp[] =>
  patternsOf(condition).length > 0
    ? patternsOf(condition).map((source) => expression(source, flags))
    : valuesOf(condition).map((value) => wildcard(value, flags));

function testOf(condition: RuleCondition): Test {
  switch (condition.Field) {
    case 'host-header': {
      const patterns = expressionsOf(condition, 'i');
      return ({ host }) => patterns.some((pattern) => pattern.test(host));
    }
    case 'path-pattern': {
      const patterns = expressionsOf(condition);
      return ({ path }) => patterns.some((pattern) => pattern.test(path));
    }
    case 'http-header': {
      const name = condition.HttpHeaderConfig?.HttpHeaderName?.toLowerCase() ?? '';
      const patterns = expressionsOf(condition, 'i');
      return ({ request }) => {
        const value = request.headers[name];
        return value !== undefined && patterns.some((pattern) => pattern.test(value));
      };
    }
    case 'http-request-method': {
      const methods = new Set(valuesOf(condition));
      return ({ request }) => methods.has(request.method);
    }
    case 'source-ip': {
      const blocks = valuesOf(condition).map(readPrefix);
      return ({ clientIp }) => {
        const address = findAddress(clientIp);
        return address !== undefined && blocks.some((block) => covers(block, address));
      };
    }
    default: {
      const wanted = (condition.QueryStringConfig?.Values ?? []).map(({ Key, Value = '' }) => ({
        key: Key === undefined ? undefined : wildcard(Key, 'i'),
        value: wildcard(Value, 'i'),
      }));
      return ({ query }) =>
        wanted.some(({ key, value }) =>
          query.some(([name, text]) => (key === undefined || key.test(name)) && value.test(text)),
        );
    }
  }
}

const compiled = new WeakMap<RuleRow, Test>();

/** True when all conditions of the rule are met. */
export function meets(rule: RuleRow, seen: Seen): boolean {
  let test = compiled.get(rule);
  if (test === undefined) {
    const tests = rule.conditions.map(testOf);
    test = (one) => tests.every((condition) => condition(one));
    compiled.set(rule, test);
  }
  return test(seen);
}

// A request as the event of a function, and the function's answer as a response.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
import type { HttpRequest, HttpResponse } from '../../../kernel/http.ts';
import { mebibyte } from '../../../kernel/units.ts';
import { split } from './match.ts';

const textual = /^(?:text\/|application\/(?:json|javascript|xml)|.*\+(?:json|xml))/;

export async function toFunction(request: HttpRequest, groupArn: string, multi: boolean): Promise<Uint8Array> {
  const [path, query] = split(request.target);
  const bytes = Buffer.from(await request.body.bytes(mebibyte));
  const plain =
    textual.test(request.headers['content-type'] ?? 'text/plain') && request.headers['content-encoding'] === undefined;
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('=', 2) as [string, string?]);
  const lists = (entries: readonly (readonly [string, string])[]): Record<string, string[]> => {
    const found: Record<string, string[]> = {};
    for (const [name, value] of entries) (found[name] ??= []).push(value);
    return found;
  };
  const parameters = pairs.map(([name, value = '']) => [name, value] as const);
  const headers = Object.entries(request.headers);
  const event = {
    requestContext: { elb: { targetGroupArn: groupArn } },
    httpMethod: request.method,
    path,
    ...(multi
      ? { multiValueQueryStringParameters: lists(parameters), multiValueHeaders: lists(headers) }
      : { queryStringParameters: Object.fromEntries(parameters), headers: Object.fromEntries(headers) }),
    body: plain ? bytes.toString('utf8') : bytes.toString('base64'),
    isBase64Encoded: !plain,
  };
  return Buffer.from(JSON.stringify(event));
}

/** Undefined for an answer that is none: the client gets a 502. */
export function fromFunction(payload: Uint8Array | undefined): HttpResponse | undefined {
  try {
    const answer = JSON.parse(Buffer.from(payload ?? []).toString('utf8')) as Record<string, unknown>;
    const status = Number(answer['statusCode']);
    if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
    const single = (answer['headers'] ?? {}) as Record<string, unknown>;
    const several = (answer['multiValueHeaders'] ?? {}) as Record<string, readonly unknown[]>;
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(single)) headers[name.toLowerCase()] = String(value);
    for (const [name, values] of Object.entries(several)) headers[name.toLowerCase()] = values.map(String);
    const body = typeof answer['body'] === 'string' ? answer['body'] : '';
    return { status, headers, body: answer['isBase64Encoded'] === true ? Buffer.from(body, 'base64') : body };
  } catch {
    return undefined;
  }
}

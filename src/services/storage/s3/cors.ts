// Cross-origin resource sharing: which rule answers a browser.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
import type { CORSRule } from '@aws-sdk/client-s3';
import { errors } from './errors.ts';
import { limits } from './limits.ts';

const methods = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE'];

/** Refuses a CORS configuration that AWS would not take. */
export function checkCors(rules: readonly CORSRule[] | undefined): readonly CORSRule[] {
  if (rules === undefined || rules.length === 0 || rules.length > limits.corsRulesMax) throw errors.malformedXml();
  for (const { AllowedOrigins, AllowedMethods, AllowedHeaders, ExposeHeaders } of rules) {
    if (!AllowedOrigins?.length || !AllowedMethods?.length) throw errors.malformedXml();
    for (const method of AllowedMethods)
      if (!methods.includes(method))
        throw errors.invalidRequest(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
    for (const origin of AllowedOrigins)
      if (origin.split('*').length > 2)
        throw errors.invalidRequest(`AllowedOrigin "${origin}" can not have more than one wildcard.`);
    for (const header of AllowedHeaders ?? [])
      if (header.split('*').length > 2)
        throw errors.invalidRequest(`AllowedHeader "${header}" can not have more than one wildcard.`);
    for (const header of ExposeHeaders ?? [])
      if (header.includes('*'))
        throw errors.invalidRequest(
          `ExposeHeader "${header}" contains wildcard. We currently do not support wildcard for ExposeHeader`,
        );
  }
  return rules;
}

/** `*` stands for any text, once. */
const matches = (pattern: string, text: string): boolean => {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
};

export interface CorsRequest {
  readonly origin: string;
  readonly method: string;
  /** Header names that the browser wants to send, lower case. */
  readonly headers: readonly string[];
}

/** The first rule that allows the request. */
export const findCorsRule = (rules: readonly CORSRule[], { origin, method, headers }: CorsRequest) =>
  rules.find(
    (rule) =>
      rule.AllowedMethods?.includes(method) === true &&
      rule.AllowedOrigins?.some((pattern) => matches(pattern, origin)) === true &&
      headers.every(
        (header) => rule.AllowedHeaders?.some((pattern) => matches(pattern.toLowerCase(), header)) === true,
      ),
  );

/** The headers by which a browser learns that it may. */
export function corsHeaders(rule: CORSRule, request: CorsRequest): Record<string, string> {
  const anyone = rule.AllowedOrigins?.includes('*') === true;
  return {
    'access-control-allow-origin': anyone ? '*' : request.origin,
    'access-control-allow-methods': (rule.AllowedMethods ?? []).join(', '),
    ...(request.headers.length > 0 ? { 'access-control-allow-headers': request.headers.join(', ') } : {}),
    ...(rule.ExposeHeaders?.length ? { 'access-control-expose-headers': rule.ExposeHeaders.join(', ') } : {}),
    ...(rule.MaxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(rule.MaxAgeSeconds) }),
    ...(anyone ? {} : { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

/** Judges a preflight (`OPTIONS`); answers the headers, or refuses in S3's words. */
export function judgePreflight(
  rules: readonly CORSRule[] | undefined,
  headers: Readonly<Record<string, string>>,
  of: 'BUCKET' | 'OBJECT',
): Record<string, string> {
  const { origin } = headers;
  const method = headers['access-control-request-method'];
  if (origin === undefined) throw errors.badRequest('Insufficient information. Origin request header needed.');
  if (method === undefined || !methods.includes(method))
    throw errors.badRequest(`Invalid Access-Control-Request-Method: ${method ?? 'null'}`);
  if (rules === undefined) throw errors.corsForbidden('CORSResponse: CORS is not enabled for this bucket.', method, of);
  const wanted = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((header) => header.trim().toLowerCase())
    .filter((header) => header !== '');
  const request = { origin, method, headers: wanted };
  const rule = findCorsRule(rules, request);
  if (rule === undefined)
    throw errors.corsForbidden(
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
      method,
      of,
    );
  return corsHeaders(rule, request);
}

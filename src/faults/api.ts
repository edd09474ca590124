// Calls of an API that fail because the fault plan says so, with the codes by which each kind of API throttles.
import { AwsError } from '../kernel/errors.ts';
import type { Random } from '../kernel/random.ts';
import type { Decoded } from '../kernel/road.ts';
import { type Instant, secondsBetween } from '../kernel/units.ts';
import { type Fault, isPrincipal } from './fault.ts';
import type { FaultPlan } from './plan.ts';

/**
 * Codes of throttled calls; other services of JSON protocols say `ThrottlingException`, those of query protocols `Throttling`.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const throttling: Readonly<
  Record<string, { readonly code: string; readonly status: number; readonly message: string }>
> = {
  ec2: { code: 'RequestLimitExceeded', status: 503, message: 'Request limit exceeded.' },
  s3: { code: 'SlowDown', status: 503, message: 'Please reduce your request rate.' },
  sqs: { code: 'RequestThrottled', status: 403, message: 'Request was throttled.' },
  lambda: { code: 'TooManyRequestsException', status: 429, message: 'Rate Exceeded.' },
  'api-gateway': { code: 'TooManyRequestsException', status: 429, message: 'Too Many Requests' },
  apigatewayv2: { code: 'TooManyRequestsException', status: 429, message: 'Too Many Requests' },
};

const query = new Set([
  'iam',
  'sts',
  'elastic-load-balancing',
  'elastic-load-balancing-v2',
  'auto-scaling',
  'cloudwatch',
]);

function throttled(service: string): AwsError {
  const own = throttling[service];
  if (own !== undefined) return new AwsError(own.code, own.status, own.message);
  return new AwsError(query.has(service) ? 'Throttling' : 'ThrottlingException', 400, 'Rate exceeded');
}

/** Codes of calls that fail on AWS's side, where a service has words of its own. */
const broken: Readonly<
  Record<string, { readonly internal: readonly string[]; readonly unavailable: readonly string[] }>
> = {
  ec2: {
    internal: ['InternalError', 'An internal error has occurred.'],
    unavailable: ['Unavailable', 'The server is overloaded and cannot handle the request.'],
  },
  s3: {
    internal: ['InternalError', 'We encountered an internal error. Please try again.'],
    unavailable: ['ServiceUnavailable', 'Service is unable to handle request.'],
  },
};

const internal = (service: string): AwsError => {
  const own = broken[service];
  return own === undefined ? internalFailure() : new AwsError(own.internal[0] ?? '', 500, own.internal[1] ?? '');
};

const internalFailure = (): AwsError =>
  new AwsError(
    'InternalFailure',
    500,
    'The request processing has failed because of an unknown error, exception or failure.',
  );

const unavailable = (service: string): AwsError => {
  const [code, message] = broken[service]?.unavailable ?? [
    'ServiceUnavailable',
    'The request has failed due to a temporary failure of the server.',
  ];
  return new AwsError(code ?? '', 503, message ?? '');
};

/** Services that no Region's outage takes along: their answers come from everywhere. */
const global = new Set(['iam', 'route-53', 'cloudfront', 'organizations', 'cost-explorer', 'savingsplans']);

function isHit({ breakage }: Fault, call: Decoded): boolean {
  if (breakage.kind !== 'api' || breakage.service !== call.service) return false;
  if (breakage.operation !== undefined && breakage.operation !== call.operation) return false;
  if (breakage.principalArn === undefined) return call.caller.kind !== 'service';
  return isPrincipal(breakage.principalArn, call.caller.arn);
}

/** The share of calls that a fault hits by now. */
export const shareOf = ({ chance, rampSeconds, from }: Fault, now: Instant): number =>
  rampSeconds <= 0 ? chance : chance * Math.min(1, secondsBetween(from, now) / rampSeconds);

/**
 * Lets a call pass, or not.
 *
 * @returns milliseconds by which the call is late; undefined when it is not.
 * @throws AwsError as the service throws it.
 */
export function admit(call: Decoded, plan: FaultPlan, random: Random, now: Instant): number | undefined {
  if (plan.isEmpty) return undefined;
  if (call.caller.kind !== 'service' && !global.has(call.service))
    for (const { breakage } of plan.active('region', now))
      if (breakage.region === call.region) throw unavailable(call.service);
  let lateMs = 0;
  for (const fault of plan.active('api', now)) {
    if (!isHit(fault, call) || random.float() >= shareOf(fault, now)) continue;
    const { breakage } = fault;
    if (breakage.kind !== 'api') continue;
    if (breakage.effect === 'latency') lateMs += breakage.latencyMs ?? 0;
    else if (breakage.effect === 'throttle') throw throttled(call.service);
    else throw breakage.effect === 'error' ? internal(call.service) : unavailable(call.service);
  }
  return lateMs > 0 ? lateMs : undefined;
}

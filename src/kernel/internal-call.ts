// Calls that no client sent: of services to each other, and of jobs.
import type { CallOptions } from './clients.ts';
import type { CallFrame } from './context.ts';
import type { Origin, Principal } from './service.ts';

/** What a call inside of another one keeps of it. */
export const frameOf = ({ account, region, partition, caller, origin, requestId }: CallFrame): CallFrame => ({
  account,
  region,
  partition,
  caller,
  origin,
  requestId,
});

/** Who calls, when the call says it. */
export function principalOf(as: CallOptions['as'], account: string): Principal | undefined {
  if (as === undefined || 'kind' in as) return as;
  return { kind: 'service', arn: as.service, account, userId: as.service };
}

/** Where a call inside the cloud comes from: where the request that caused it came from, if one did. */
export const internalOrigin = (service: string, options: CallOptions, from: Origin | undefined): Origin => ({
  sourceIp: from?.sourceIp ?? `${service}.amazonaws.com`,
  secure: true,
  userAgent: from?.userAgent ?? `${service}.amazonaws.com`,
  endpoint: from?.endpoint ?? 'http://localhost:4566',
  host: from?.host ?? 'localhost:4566',
  headers: {},
  sourceArn: options.sourceArn,
  sourceAccount: options.sourceAccount,
});

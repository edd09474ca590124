// The health check of a load balancer: what is asked, how often, and what counts as well.
import type { HealthCheck } from '@aws-sdk/client-elastic-load-balancing';
import { errors } from './errors.ts';
import type { CheckRow, ListenerRow } from './state.ts';

/** Default: a TCP connection to the instance port of the first listener, each 30 s. */
export const initialCheck = (listeners: readonly ListenerRow[]): CheckRow => ({
  target: `TCP:${listeners[0]?.instancePort ?? 80}`,
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyCount: 10,
  unhealthyCount: 2,
});

export interface Probe {
  readonly protocol: string;
  readonly port: number;
  /** Undefined for TCP and SSL, which only connect. */
  readonly path?: string | undefined;
}

/** `HTTP:80/index.html`. Undefined for what AWS does not take. */
export function readProbe(target: string): Probe | undefined {
  const found = /^(HTTP|HTTPS|TCP|SSL):(\d{1,5})(\/.*)?$/i.exec(target);
  if (found === null) return undefined;
  const [, protocol = '', port = '', path] = found;
  const isHttp = /^HTTPS?$/i.test(protocol);
  if (isHttp !== (path !== undefined) || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { protocol: protocol.toUpperCase(), port: Number(port), path };
}

/** @throws ValidationError */
export function readCheck(input: HealthCheck): CheckRow {
  const { Target = '', Interval = 0, Timeout = 0, HealthyThreshold = 0, UnhealthyThreshold = 0 } = input;
  if (readProbe(Target) === undefined) {
    if (/^HTTPS?:/i.test(Target))
      throw errors.validation(
        `HealthCheck ${Target.split(':')[0]?.toUpperCase()} Target must specify a port followed by a path that begins with a slash. e.g. HTTP:80/ping/this/path`,
      );
    if (/^(?:TCP|SSL):/i.test(Target))
      throw errors.validation(
        `HealthCheck ${Target.split(':')[0]?.toUpperCase()} Target must specify a port. e.g. TCP:5000`,
      );
    throw errors.validation(`HealthCheck Target must begin with one of HTTP, TCP, HTTPS, SSL: ${Target}`);
  }
  if (Target.length > 1_024) throw errors.validation('HealthCheck Target cannot be longer than 1024 characters');
  if (Timeout >= Interval) throw errors.validation('HealthCheck timeout must be less than interval');
  return {
    target: Target,
    intervalSeconds: Interval,
    timeoutSeconds: Timeout,
    healthyCount: HealthyThreshold,
    unhealthyCount: UnhealthyThreshold,
  };
}

export const showCheck = (check: CheckRow) => ({
  Target: check.target,
  Interval: check.intervalSeconds,
  Timeout: check.timeoutSeconds,
  UnhealthyThreshold: check.unhealthyCount,
  HealthyThreshold: check.healthyCount,
});

// Health checks of a target group: what is asked, how often, and what counts as well. Defaults depend on protocol and target type.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { errors } from './errors.ts';
import type { GroupRow, HealthCheckRow } from './state.ts';

/** The members of a request that are about the check. */
export interface CheckInput {
  readonly HealthCheckProtocol?: string | undefined;
  readonly HealthCheckPort?: string | undefined;
  readonly HealthCheckEnabled?: boolean | undefined;
  readonly HealthCheckPath?: string | undefined;
  readonly HealthCheckIntervalSeconds?: number | undefined;
  readonly HealthCheckTimeoutSeconds?: number | undefined;
  readonly HealthyThresholdCount?: number | undefined;
  readonly UnhealthyThresholdCount?: number | undefined;
  readonly Matcher?: { readonly HttpCode?: string | undefined; readonly GrpcCode?: string | undefined } | undefined;
}

type Kind = Pick<GroupRow, 'protocol' | 'targetType' | 'protocolVersion'>;

export const isHttp = (protocol: string | undefined): boolean => protocol === 'HTTP' || protocol === 'HTTPS';

function defaultsOf(
  { protocol, targetType, protocolVersion }: Kind,
  checkProtocol: string | undefined,
): HealthCheckRow {
  const grpc = protocolVersion === 'GRPC';
  const asks = {
    path: checkProtocol === 'TCP' ? undefined : grpc ? '/AWS.ALB/healthcheck' : '/',
    httpCode:
      checkProtocol === 'TCP' || grpc ? undefined : isHttp(protocol) || targetType === 'lambda' ? '200' : '200-399',
    grpcCode: grpc ? '12' : undefined,
  };
  if (targetType === 'lambda') {
    return { enabled: false, intervalSeconds: 35, timeoutSeconds: 30, healthyCount: 5, unhealthyCount: 2, ...asks };
  }
  const layerFour = {
    enabled: true,
    protocol: checkProtocol,
    port: 'traffic-port',
    intervalSeconds: 30,
    healthyCount: 5,
  };
  if (protocol === 'GENEVE') {
    return { ...layerFour, port: '80', intervalSeconds: 10, timeoutSeconds: 5, unhealthyCount: 2, ...asks };
  }
  if (isHttp(protocol)) return { ...layerFour, timeoutSeconds: 5, unhealthyCount: 2, ...asks };
  return { ...layerFour, timeoutSeconds: checkProtocol === 'HTTP' ? 6 : 10, unhealthyCount: 2, ...asks };
}

const defaultProtocol = ({ protocol, targetType }: Kind): string | undefined => {
  if (targetType === 'lambda') return undefined;
  if (targetType === 'alb') return 'HTTP';
  return protocol === 'HTTP' || protocol === 'HTTPS' ? (protocol === 'HTTPS' ? 'HTTPS' : 'HTTP') : 'TCP';
};

function within(name: string, value: number | undefined, least: number, most: number): number | undefined {
  if (value !== undefined && (value < least || value > most))
    throw errors.validation(`${name} must be between ${least} and ${most}`);
  return value;
}

function checkMatcher(code: string | undefined, name: string, least: number, most: number): void {
  if (code === undefined) return;
  const fits = code.split(',').every((part) => {
    const [, from = '', to = from] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    return from !== '' && Number(from) >= least && Number(to) <= most && Number(from) <= Number(to);
  });
  if (!fits)
    throw errors.validation(`Health check matcher ${name} '${code}' must be within '${least}-${most}' inclusive`);
}

/** The check of a new group, or of a changed one when there was one before. */
export function makeCheck(kind: Kind, input: CheckInput, before?: HealthCheckRow): HealthCheckRow {
  const asked = input.HealthCheckProtocol ?? before?.protocol ?? defaultProtocol(kind);
  if (asked !== undefined && !['HTTP', 'HTTPS', 'TCP'].includes(asked))
    throw errors.validation(`Health check protocol '${asked}' is not supported`);
  if (isHttp(kind.protocol) && asked === 'TCP')
    throw errors.validation(
      `Health check protocol 'TCP' is not supported for target groups with the protocol ${kind.protocol}`,
    );
  if (asked === 'TCP' && input.HealthCheckPath !== undefined)
    throw errors.validation("Health check path is not supported for health checks with protocol 'TCP'");
  if (asked === 'TCP' && input.Matcher !== undefined)
    throw errors.validation("Health check matcher is not supported for health checks with protocol 'TCP'");
  const sameProtocol = before !== undefined && before.protocol === asked;
  const base = sameProtocol ? before : { ...defaultsOf(kind, asked), ...keptOf(before) };
  const port = input.HealthCheckPort ?? base.port;
  if (
    port !== undefined &&
    port !== 'traffic-port' &&
    !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)
  )
    throw errors.validation(`Health check port '${port}' must be within '1-65535' inclusive or be 'traffic-port'`);
  if (input.HealthCheckPath !== undefined && !input.HealthCheckPath.startsWith('/'))
    throw errors.validation(`Health check path '${input.HealthCheckPath}' must begin with a '/' character`);
  if (kind.targetType !== 'lambda' && input.HealthCheckEnabled === false)
    throw errors.validation(
      "Health check enabled must be true for target groups with target type '" + kind.targetType + "'",
    );
  checkMatcher(
    input.Matcher?.HttpCode,
    'HTTP code',
    200,
    kind.protocol === undefined || isHttp(kind.protocol) ? 499 : 599,
  );
  checkMatcher(input.Matcher?.GrpcCode, 'GRPC code', 0, 99);
  const check: HealthCheckRow = {
    enabled: input.HealthCheckEnabled ?? base.enabled,
    protocol: asked,
    port,
    path: input.HealthCheckPath ?? base.path,
    intervalSeconds: within('Health check interval', input.HealthCheckIntervalSeconds, 5, 300) ?? base.intervalSeconds,
    timeoutSeconds: within('Health check timeout', input.HealthCheckTimeoutSeconds, 2, 120) ?? base.timeoutSeconds,
    healthyCount: within('Healthy threshold count', input.HealthyThresholdCount, 2, 10) ?? base.healthyCount,
    unhealthyCount: within('Unhealthy threshold count', input.UnhealthyThresholdCount, 2, 10) ?? base.unhealthyCount,
    httpCode: input.Matcher?.HttpCode ?? base.httpCode,
    grpcCode: input.Matcher?.GrpcCode ?? base.grpcCode,
  };
  if (
    check.timeoutSeconds > check.intervalSeconds ||
    (isHttp(kind.protocol) && check.timeoutSeconds === check.intervalSeconds)
  )
    throw errors.validation(
      `Health check timeout '${check.timeoutSeconds}' must be smaller than the interval '${check.intervalSeconds}'`,
    );
  return check;
}

/** What stays when the protocol of the check changes. */
const keptOf = (before: HealthCheckRow | undefined): Partial<HealthCheckRow> =>
  before === undefined
    ? {}
    : {
        port: before.port,
        intervalSeconds: before.intervalSeconds,
        healthyCount: before.healthyCount,
        unhealthyCount: before.unhealthyCount,
      };

export const showCheck = ({ check }: GroupRow): Partial<TargetGroup> => ({
  HealthCheckProtocol: check.protocol as 'HTTP' | undefined,
  HealthCheckPort: check.port,
  HealthCheckEnabled: check.enabled,
  HealthCheckIntervalSeconds: check.intervalSeconds,
  HealthCheckTimeoutSeconds: check.timeoutSeconds,
  HealthyThresholdCount: check.healthyCount,
  UnhealthyThresholdCount: check.unhealthyCount,
  HealthCheckPath: check.path,
  Matcher:
    check.httpCode === undefined && check.grpcCode === undefined
      ? undefined
      : { HttpCode: check.httpCode, GrpcCode: check.grpcCode },
});

// Attributes: cross-zone, access log, draining, idle time-out, desync mitigation.
// @see https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_LoadBalancerAttributes.html
import type { LoadBalancerAttributes } from '@aws-sdk/client-elastic-load-balancing';
import { tryPlace } from '../elastic-load-balancing-v2/access-log.ts';
import { errors } from './errors.ts';
import { getBalancer } from './find.ts';
import { arnOf, logPlaceOf } from './request-log.ts';
import type { AttributesRow, Input, Operation } from './state.ts';

const drainingSeconds = 300;
const desyncKey = 'elb.http.desyncmitigationmode';
const desyncModes = ['monitor', 'defensive', 'strictest'];

export const initialAttributes: AttributesRow = {
  crossZone: false,
  accessLog: { enabled: false, everyMinutes: 60 },
  draining: { enabled: false, seconds: drainingSeconds },
  idleSeconds: 60,
  desyncMode: 'defensive',
};

function showAttributes({ crossZone, accessLog, draining, idleSeconds, desyncMode }: AttributesRow) {
  const { enabled, bucket, prefix, everyMinutes } = accessLog;
  return {
    CrossZoneLoadBalancing: { Enabled: crossZone },
    AccessLog: enabled
      ? { Enabled: true, S3BucketName: bucket, EmitInterval: everyMinutes, S3BucketPrefix: prefix ?? '' }
      : { Enabled: false },
    ConnectionDraining: { Enabled: draining.enabled, Timeout: draining.seconds },
    ConnectionSettings: { IdleTimeout: idleSeconds },
    AdditionalAttributes: [{ Key: desyncKey, Value: desyncMode }],
  } satisfies LoadBalancerAttributes;
}

export const DescribeLoadBalancerAttributes: Operation<'DescribeLoadBalancerAttributes'> = (input, context) => ({
  LoadBalancerAttributes: showAttributes(getBalancer(context, input.LoadBalancerName).attributes),
});

type Given = Input<'ModifyLoadBalancerAttributes'>['LoadBalancerAttributes'];

function changed(before: AttributesRow, given: Given): AttributesRow {
  const { AccessLog: log, ConnectionDraining: draining, ConnectionSettings, CrossZoneLoadBalancing } = given;
  // Without a time-out, what is set stays.
  const seconds = draining?.Timeout ?? before.draining.seconds;
  if (draining !== undefined && (seconds < 1 || seconds > 3_600))
    throw errors.configuration('ConnectionDraining timeout must be between 1 and 3600 seconds');
  const every = log?.EmitInterval ?? 60;
  if (every !== 5 && every !== 60) throw errors.configuration('AccessLog EmitInterval must be 5 or 60 minutes');
  if (log?.Enabled === true && !log.S3BucketName)
    throw errors.configuration('AccessLog S3BucketName must be specified when access logging is enabled');
  let { desyncMode } = before;
  for (const { Key = '', Value = '' } of given.AdditionalAttributes ?? []) {
    if (Key !== desyncKey) throw errors.attributeNotFound(Key);
    if (!desyncModes.includes(Value)) throw errors.configuration(`Invalid value for ${Key}: ${Value}`);
    desyncMode = Value;
  }
  return {
    crossZone: CrossZoneLoadBalancing?.Enabled ?? before.crossZone,
    accessLog:
      log === undefined
        ? before.accessLog
        : { enabled: log.Enabled, bucket: log.S3BucketName, prefix: log.S3BucketPrefix, everyMinutes: every },
    draining: draining === undefined ? before.draining : { enabled: draining.Enabled, seconds },
    idleSeconds: ConnectionSettings?.IdleTimeout ?? before.idleSeconds,
    desyncMode,
  };
}

/**
 * The answer shows what was asked for, and no more. Switching the access log on writes a test file, so that a bucket that refuses is
 * found out at once (ELB-20).
 */
export const ModifyLoadBalancerAttributes: Operation<'ModifyLoadBalancerAttributes'> = async (input, context) => {
  const { LoadBalancerName: name, LoadBalancerAttributes: given } = input;
  const attributes = changed(getBalancer(context, name).attributes, given);
  if (given.AccessLog?.Enabled === true) {
    const place = logPlaceOf(attributes);
    const deliverer = 'logdelivery.elasticloadbalancing.amazonaws.com';
    const refusal = await tryPlace(context, place, deliverer, arnOf(context, name));
    if (refusal !== undefined) throw errors.configuration(refusal);
  }
  await context.transact(() => {
    const now = getBalancer(context, name);
    context.state.balancers.put({ ...now, attributes: changed(now.attributes, given) });
  });
  const all: LoadBalancerAttributes = showAttributes(attributes);
  const asked = Object.entries(given).filter(([, value]) => value !== undefined);
  return {
    LoadBalancerName: name,
    LoadBalancerAttributes: Object.fromEntries(
      asked.map(([key]) => [key, all[key as keyof LoadBalancerAttributes]]),
    ) as LoadBalancerAttributes,
  };
};

// Attributes: settings by name, of load balancers, target groups and listeners. Which there are depends on the type; each says its
// default and what it takes.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html
import { errors } from './errors.ts';
import type { Attributes, BalancerType, GroupRow } from './state.ts';

interface Rule {
  readonly initial: string;
  readonly takes: (value: string) => boolean;
}

export type AttributeRules = Readonly<Record<string, Rule>>;

const flag = (initial: 'true' | 'false'): Rule => ({
  initial,
  takes: (value) => value === 'true' || value === 'false',
});
const oneOf = (initial: string, ...values: readonly string[]): Rule => ({
  initial,
  takes: (value) => value === initial || values.includes(value),
});
const whole = (initial: string, from: number, to: number): Rule => ({
  initial,
  takes: (value) => /^\d{1,9}$/.test(value) && Number(value) >= from && Number(value) <= to,
});
const text = (initial = '', longest = 1_024): Rule => ({ initial, takes: (value) => value.length <= longest });
/** `off`, or a count or percentage. */
const countOrOff = (initial: string, to: number): Rule => ({
  initial,
  takes: (value) => value === 'off' || (/^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= to),
});

const forAll: AttributeRules = {
  'deletion_protection.enabled': flag('false'),
};

const accessLogs: AttributeRules = {
  'access_logs.s3.enabled': flag('false'),
  'access_logs.s3.bucket': text(),
  'access_logs.s3.prefix': text(),
};

const balancerRules: Readonly<Record<BalancerType, AttributeRules>> = {
  application: {
    ...accessLogs,
    ...forAll,
    'idle_timeout.timeout_seconds': whole('60', 1, 4_000),
    'client_keep_alive.seconds': whole('3600', 60, 604_800),
    'routing.http2.enabled': flag('true'),
    'routing.http.drop_invalid_header_fields.enabled': flag('false'),
    'routing.http.preserve_host_header.enabled': flag('false'),
    'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': flag('false'),
    'routing.http.xff_client_port.enabled': flag('false'),
    'routing.http.xff_header_processing.mode': oneOf('append', 'preserve', 'remove'),
    'routing.http.desync_mitigation_mode': oneOf('defensive', 'monitor', 'strictest'),
    'waf.fail_open.enabled': flag('false'),
    'load_balancing.cross_zone.enabled': oneOf('true'),
    'connection_logs.s3.enabled': flag('false'),
    'connection_logs.s3.bucket': text(),
    'connection_logs.s3.prefix': text(),
    'health_check_logs.s3.enabled': flag('false'),
    'health_check_logs.s3.bucket': text(),
    'health_check_logs.s3.prefix': text(),
    'zonal_shift.config.enabled': flag('false'),
  },
  network: {
    ...accessLogs,
    ...forAll,
    'ipv6.deny_all_igw_traffic': flag('false'),
    'load_balancing.cross_zone.enabled': flag('false'),
    'dns_record.client_routing_policy': oneOf(
      'any_availability_zone',
      'partial_availability_zone_affinity',
      'availability_zone_affinity',
    ),
    'secondary_ips.auto_assigned.per_subnet': whole('0', 0, 7),
    'zonal_shift.config.enabled': flag('false'),
  },
  gateway: {
    ...forAll,
    'load_balancing.cross_zone.enabled': flag('false'),
  },
};

export const rulesOfBalancer = (type: BalancerType): AttributeRules => balancerRules[type];

const healthRules = (off: string): AttributeRules => ({
  'target_group_health.dns_failover.minimum_healthy_targets.count': countOrOff('1', 1_000),
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': countOrOff(off, 100),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': whole('1', 1, 1_000),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': countOrOff(off, 100),
});

const applicationCookies: AttributeRules = {
  'stickiness.lb_cookie.duration_seconds': whole('86400', 1, 604_800),
  'stickiness.app_cookie.cookie_name': text(),
  'stickiness.app_cookie.duration_seconds': whole('86400', 1, 604_800),
};

const leaving: AttributeRules = { 'deregistration_delay.timeout_seconds': whole('300', 0, 3_600) };
const crossZone: AttributeRules = {
  'load_balancing.cross_zone.enabled': oneOf('use_load_balancer_configuration', 'true', 'false'),
};

const layerSeven: AttributeRules = {
  ...leaving,
  ...crossZone,
  ...healthRules('off'),
  'stickiness.enabled': flag('false'),
  'stickiness.type': oneOf('lb_cookie', 'app_cookie'),
  ...applicationCookies,
  'slow_start.duration_seconds': { initial: '0', takes: (value) => value === '0' || whole('0', 30, 900).takes(value) },
  'load_balancing.algorithm.type': oneOf('round_robin', 'least_outstanding_requests', 'weighted_random'),
  'load_balancing.algorithm.anomaly_mitigation': oneOf('off', 'on'),
};

const datagrams = new Set(['UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC']);

/** The client's address is always kept for datagrams; of addresses as targets it is not by itself. */
function keepsClient({ targetType, protocol = '' }: Pick<GroupRow, 'targetType' | 'protocol'>): Rule {
  if (datagrams.has(protocol)) return oneOf('true');
  return flag(targetType === 'ip' ? 'false' : 'true');
}

const layerFour = (group: Pick<GroupRow, 'targetType' | 'protocol'>): AttributeRules => ({
  ...leaving,
  ...crossZone,
  ...healthRules('off'),
  'stickiness.enabled': flag('false'),
  'stickiness.type': oneOf('source_ip'),
  'proxy_protocol_v2.enabled': flag('false'),
  'preserve_client_ip.enabled': keepsClient(group),
  'deregistration_delay.connection_termination.enabled': flag(datagrams.has(group.protocol ?? '') ? 'true' : 'false'),
  ...(group.protocol === 'TCP' || group.protocol === 'TLS'
    ? {
        'target_health_state.unhealthy.connection_termination.enabled': flag('true'),
        'target_health_state.unhealthy.draining_interval_seconds': whole('0', 0, 360_000),
      }
    : {}),
});

const appliances: AttributeRules = {
  ...leaving,
  'stickiness.enabled': flag('false'),
  'stickiness.type': oneOf('source_ip_dest_ip_proto', 'source_ip_dest_ip', 'source_ip'),
  'target_failover.on_deregistration': oneOf('no_rebalance', 'rebalance'),
  'target_failover.on_unhealthy': oneOf('no_rebalance', 'rebalance'),
  'send_tcp_reset.on_deregistration.enabled': flag('false'),
  'send_tcp_reset.on_unhealthy.enabled': flag('false'),
};

const functions: AttributeRules = {
  'lambda.multi_value_headers.enabled': flag('false'),
  ...healthRules('off'),
};

export function rulesOfGroup(group: Pick<GroupRow, 'targetType' | 'protocol'>): AttributeRules {
  const { targetType, protocol } = group;
  if (targetType === 'lambda') return functions;
  if (protocol === 'GENEVE') return appliances;
  return protocol === 'HTTP' || protocol === 'HTTPS' ? layerSeven : layerFour(group);
}

const responseHeaders = [
  'server.enabled',
  'strict_transport_security.header_value',
  'access_control_allow_origin.header_value',
  'access_control_allow_methods.header_value',
  'access_control_allow_headers.header_value',
  'access_control_allow_credentials.header_value',
  'access_control_expose_headers.header_value',
  'access_control_max_age.header_value',
  'content_security_policy.header_value',
  'x_content_type_options.header_value',
  'x_frame_options.header_value',
];

const requestHeaders = [
  'x_amzn_mtls_clientcert_serial_number.header_name',
  'x_amzn_mtls_clientcert_issuer.header_name',
  'x_amzn_mtls_clientcert_subject.header_name',
  'x_amzn_mtls_clientcert_validity.header_name',
  'x_amzn_mtls_clientcert_leaf.header_name',
  'x_amzn_mtls_clientcert.header_name',
  'x_amzn_tls_version.header_name',
  'x_amzn_tls_cipher_suite.header_name',
];

const ofHttp: AttributeRules = Object.fromEntries(
  responseHeaders.map((name) => [`routing.http.response.${name}`, name === 'server.enabled' ? flag('true') : text()]),
);
const ofHttps: AttributeRules = {
  ...ofHttp,
  ...Object.fromEntries(requestHeaders.map((name) => [`routing.http.request.${name}`, text()])),
};

const ofTcp: AttributeRules = { 'tcp.idle_timeout.seconds': whole('350', 60, 6_000) };

/** A gateway load balancer's listener has no protocol. */
export function rulesOfListener(protocol: string | undefined): AttributeRules {
  if (protocol === 'HTTPS') return ofHttps;
  if (protocol === 'HTTP') return ofHttp;
  if (protocol === 'TCP') return ofTcp;
  return protocol === undefined ? { ...ofTcp, 'send_tcp_reset.on_idle_timeout.enabled': flag('false') } : {};
}

export interface AttributeInput {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** All keys that there are: one of another type is known, yet not supported. */
const known = new Set(
  [
    ...Object.values(balancerRules),
    layerSeven,
    layerFour({ targetType: 'instance', protocol: 'TCP' }),
    appliances,
    functions,
    ofHttps,
  ].flatMap((rules) => Object.keys(rules)),
);

/** The initial values of all attributes. */
export const initialOf = (rules: AttributeRules): Attributes =>
  Object.fromEntries(Object.entries(rules).map(([name, { initial }]) => [name, initial]));

/** Whose attributes these are, for refusals: `Load balancer`, `load balancers with type 'network'`. */
export interface AttributeOwner {
  readonly word: 'Load balancer' | 'Target group' | 'Listener';
  readonly kind: string;
}

/** The attributes after a change. @throws ValidationError for a name or value that the type does not have. */
export function changed(
  before: Attributes,
  rules: AttributeRules,
  inputs: readonly AttributeInput[],
  owner: AttributeOwner,
): Attributes {
  const after: Record<string, string> = { ...before };
  const seen = new Set<string>();
  for (const { Key = '', Value = '' } of inputs) {
    const rule = Object.hasOwn(rules, Key) ? rules[Key] : undefined;
    if (rule === undefined) {
      if (known.has(Key))
        throw errors.configuration(`${owner.word} attribute key '${Key}' is not supported on ${owner.kind}`);
      throw errors.validation(`${owner.word} attribute key '${Key}' is not recognized`);
    }
    if (seen.has(Key)) throw errors.configuration(`${owner.word} attribute key '${Key}' is specified more than once`);
    if (!rule.takes(Value)) throw errors.validation(`'${Value}' is not a valid value for attribute '${Key}'`);
    seen.add(Key);
    after[Key] = Value;
  }
  return after;
}

/** As answers show them, in the order of the rules: a name that AWS added later has its initial value. */
export const shown = (rules: AttributeRules, attributes: Attributes): { Key: string; Value: string }[] =>
  Object.entries(rules).map(([Key, { initial }]) => ({ Key, Value: attributes[Key] ?? initial }));

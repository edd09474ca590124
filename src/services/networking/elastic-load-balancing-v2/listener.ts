// Listeners: a protocol and a port on which a load balancer takes connections, and what it does with them.
import type { Certificate, Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import { checkActions, showAction } from './action.ts';
import { groupsOfActions } from './action-group.ts';
import { changed, initialOf, rulesOfListener, shown } from './attribute.ts';
import { checkCertificate } from './certificate.ts';
import { errors } from './errors.ts';
import {
  arnOf,
  checkTags,
  chosen,
  dropTags,
  getBalancer,
  getListener,
  getTrustStore,
  listenersOf,
  page,
  putTags,
  rulesOf,
} from './find.ts';
import { watchAll } from './health-checker.ts';
import { limitOf, quotas } from './limits.ts';
import { checkPolicy, defaultPolicy } from './ssl-policy.ts';
import type { BalancerRow, CertificateRow, ElbContext, ListenerRow, Operation } from './state.ts';

const protocolsOf: Readonly<Record<BalancerRow['type'], readonly string[]>> = {
  application: ['HTTP', 'HTTPS'],
  network: ['TCP', 'TLS', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'],
  gateway: [],
};
const isSecure = (protocol: string | undefined): boolean => protocol === 'HTTPS' || protocol === 'TLS';
const alpnPolicies = ['HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred', 'None'];

/** What a port listens for, as far as two listeners can clash: UDP and TCP of one port live together. */
const transports = (protocol: string | undefined): readonly string[] => {
  if (protocol === 'UDP' || protocol === 'QUIC') return ['udp'];
  return protocol === 'TCP_UDP' || protocol === 'TCP_QUIC' ? ['tcp', 'udp'] : ['tcp'];
};

export const showListener = (row: ListenerRow): Listener => ({
  ListenerArn: row.arn,
  LoadBalancerArn: row.balancerArn,
  Port: row.port,
  Protocol: row.protocol as 'HTTP' | undefined,
  Certificates: isSecure(row.protocol)
    ? row.certificates.filter(({ isDefault }) => isDefault).map(({ arn }) => ({ CertificateArn: arn }))
    : undefined,
  SslPolicy: row.sslPolicy,
  DefaultActions: row.actions.map(showAction),
  AlpnPolicy: row.alpn === undefined ? undefined : [...row.alpn],
  MutualAuthentication: row.protocol === 'HTTPS' ? (row.mutual ?? { Mode: 'off' }) : undefined,
});

function checkPlace(
  context: ElbContext,
  balancer: BalancerRow,
  protocol: string | undefined,
  port: number | undefined,
  own?: string,
) {
  if (balancer.type === 'gateway') {
    if (protocol !== undefined)
      throw errors.validation('You cannot specify a protocol for gateway load balancer listeners');
    if (port !== undefined) throw errors.validation('You cannot specify a port for gateway load balancer listeners');
    return;
  }
  if (protocol === undefined) throw errors.validation('A listener protocol must be specified');
  if (port === undefined) throw errors.validation('A port must be specified');
  const allowed = protocolsOf[balancer.type];
  if (!allowed.includes(protocol)) {
    const words = allowed.length === 2 ? allowed.join(' or ') : `one of ${allowed.join(', ')}`;
    throw errors.validation(`Listener protocol '${protocol}' must be ${words}`);
  }
  const clash = listenersOf(context, balancer.arn).find(
    (other) =>
      other.arn !== own &&
      other.port === port &&
      transports(other.protocol).some((transport) => transports(protocol).includes(transport)),
  );
  if (clash !== undefined) throw errors.duplicateListener();
  const others = listenersOf(context, balancer.arn).filter(({ arn }) => arn !== own);
  checkQuic(balancer, protocol, others);
}

const isQuic = (protocol: string | undefined): boolean => protocol === 'QUIC' || protocol === 'TCP_QUIC';
const isUdp = (protocol: string | undefined): boolean => protocol === 'UDP' || protocol === 'TCP_UDP';

/**
 * QUIC does not go together with all that a network load balancer can be. Unknown: AWS's words.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-listener.html
 */
function checkQuic({ groupIds, ipAddressType }: BalancerRow, protocol: string, others: readonly ListenerRow[]): void {
  const refuse = (why: string): never => {
    throw errors.configuration(`Listener protocol '${protocol}' is not supported on ${why}`);
  };
  if (isUdp(protocol) && others.some((one) => isQuic(one.protocol))) refuse('load balancers with QUIC listeners');
  if (!isQuic(protocol)) return;
  if (groupIds.length > 0) refuse('load balancers with security groups');
  if (ipAddressType !== 'ipv4') refuse(`load balancers with the address type '${ipAddressType}'`);
  if (others.some((one) => isUdp(one.protocol))) refuse('load balancers with UDP listeners');
  if (others.some((one) => isQuic(one.protocol))) refuse('load balancers that have a QUIC listener already');
}

async function certificatesOf(
  context: ElbContext,
  protocol: string | undefined,
  given: readonly Certificate[] | undefined,
  before: readonly CertificateRow[] = [],
): Promise<readonly CertificateRow[]> {
  if (!isSecure(protocol)) {
    if ((given?.length ?? 0) > 0)
      throw errors.validation(`Certificates cannot be specified for listeners with the protocol '${protocol}'`);
    return [];
  }
  if (given === undefined || given.length === 0) {
    if (before.length > 0) return before;
    throw errors.validation('A certificate must be specified for HTTPS listeners');
  }
  if (given.length > 1) throw errors.tooManyCertificates();
  const arn = given[0]?.CertificateArn ?? '';
  await checkCertificate(context, arn);
  return [{ arn, isDefault: true }, ...before.filter((one) => !one.isDefault && one.arn !== arn)];
}

interface SecureInput {
  readonly SslPolicy?: string | undefined;
  readonly AlpnPolicy?: readonly string[] | undefined;
  readonly MutualAuthentication?: ListenerRow['mutual'];
}

function secureOf(context: ElbContext, protocol: string | undefined, input: SecureInput, before?: ListenerRow) {
  const unknown = input.AlpnPolicy?.find((name) => !alpnPolicies.includes(name));
  if (unknown !== undefined) throw errors.alpnNotFound(unknown);
  if (!isSecure(protocol)) {
    if (input.SslPolicy !== undefined)
      throw errors.validation(`An SSL policy cannot be specified for listeners with the protocol '${protocol}'`);
    return {};
  }
  const mutual = input.MutualAuthentication ?? before?.mutual;
  if (mutual?.Mode === 'verify') getTrustStore(context, mutual.TrustStoreArn ?? '');
  return {
    sslPolicy: checkPolicy(input.SslPolicy ?? before?.sslPolicy ?? defaultPolicy),
    alpn: protocol === 'TLS' ? (input.AlpnPolicy ?? before?.alpn) : undefined,
    mutual,
  };
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html */
export const CreateListener: Operation<'CreateListener'> = async (input, context) => {
  const balancer = getBalancer(context, input.LoadBalancerArn);
  const { Protocol: protocol, Port: port } = input;
  checkTags(input.Tags);
  checkPlace(context, balancer, protocol, port);
  const most = limitOf(
    context,
    balancer.type === 'application' ? 'listeners-per-application-load-balancer' : 'listeners-per-network-load-balancer',
  );
  if (listenersOf(context, balancer.arn).length >= most) throw errors.tooManyListeners();
  const actions = checkActions(context, balancer, protocol, input.DefaultActions);
  const secure = secureOf(context, protocol, input);
  const certificates = await certificatesOf(context, protocol, input.Certificates);
  const row: ListenerRow = {
    arn: arnOf(context, `listener/${balancer.path}/${context.ids.hex(16)}`),
    balancerArn: balancer.arn,
    port,
    protocol,
    certificates,
    ...secure,
    actions,
    attributes: initialOf(rulesOfListener(protocol)),
  };
  await context.transact(() => {
    checkPlace(context, balancer, protocol, port);
    context.state.listeners.put(row);
    watchAll(context, groupsOfActions(actions));
    putTags(context, row.arn, input.Tags);
  });
  return { Listeners: [showListener(row)] };
};

export const DescribeListeners: Operation<'DescribeListeners'> = (input, context) => {
  const { LoadBalancerArn, ListenerArns = [] } = input;
  if (LoadBalancerArn === undefined && ListenerArns.length === 0)
    throw errors.validation('You must specify either listener ARNs or a load balancer ARN');
  if (LoadBalancerArn !== undefined && ListenerArns.length > 0)
    throw errors.validation('You cannot specify both listener ARNs and a load balancer ARN');
  const rows =
    LoadBalancerArn === undefined
      ? chosen(context.state.listeners, ListenerArns, (arn) => getListener(context, arn))
      : listenersOf(context, getBalancer(context, LoadBalancerArn).arn);
  const { rows: some, NextMarker } = page(rows, input, (row) => row.arn);
  return { Listeners: some.map(showListener), NextMarker };
};

export const ModifyListener: Operation<'ModifyListener'> = async (input, context) => {
  const row = getListener(context, input.ListenerArn);
  const balancer = getBalancer(context, row.balancerArn);
  const protocol = input.Protocol ?? row.protocol;
  const port = input.Port ?? row.port;
  checkPlace(context, balancer, protocol, port, row.arn);
  const actions =
    input.DefaultActions === undefined ? row.actions : checkActions(context, balancer, protocol, input.DefaultActions);
  const secure = secureOf(context, protocol, input, row);
  const certificates = await certificatesOf(context, protocol, input.Certificates, row.certificates);
  const { sslPolicy: _policy, alpn: _alpn, mutual: _mutual, ...plain } = row;
  const changedRow: ListenerRow = { ...plain, protocol, port, certificates, ...secure, actions };
  await context.transact(() => {
    context.state.listeners.put(changedRow);
    watchAll(context, groupsOfActions(actions));
  });
  return { Listeners: [showListener(changedRow)] };
};

/** Removes a listener with its rules. */
export function removeListener(context: ElbContext, { arn }: ListenerRow): void {
  for (const rule of rulesOf(context, arn)) {
    context.state.rules.delete(rule.arn);
    dropTags(context, rule.arn);
  }
  context.state.listeners.delete(arn);
  dropTags(context, arn);
}

export const DeleteListener: Operation<'DeleteListener'> = ({ ListenerArn }, context) => {
  removeListener(context, getListener(context, ListenerArn));
  return {};
};

export const DescribeListenerAttributes: Operation<'DescribeListenerAttributes'> = ({ ListenerArn }, context) => {
  const { protocol, attributes } = getListener(context, ListenerArn);
  return { Attributes: shown(rulesOfListener(protocol), attributes) };
};

export const ModifyListenerAttributes: Operation<'ModifyListenerAttributes'> = (input, context) => {
  const row = getListener(context, input.ListenerArn);
  const rules = rulesOfListener(row.protocol);
  const attributes = changed(row.attributes, rules, input.Attributes, {
    word: 'Listener',
    kind: `listeners with protocol '${row.protocol}'`,
  });
  context.state.listeners.put({ ...row, attributes });
  return { Attributes: shown(rules, attributes) };
};

/** Further certificates, chosen by the name that a client asks for (SNI). */
export const AddListenerCertificates: Operation<'AddListenerCertificates'> = async (input, context) => {
  const row = getListener(context, input.ListenerArn);
  if (!isSecure(row.protocol))
    throw errors.unsupportedProtocol('Certificates are supported only for HTTPS and TLS listeners');
  const arns = input.Certificates.map(({ CertificateArn = '' }) => CertificateArn);
  for (const arn of arns) await checkCertificate(context, arn);
  const added = arns.filter((arn) => !row.certificates.some((one) => one.arn === arn && !one.isDefault));
  const certificates = [...row.certificates, ...added.map((arn) => ({ arn, isDefault: false }))];
  if (certificates.length - 1 > quotas['certificates-per-application-load-balancer'])
    throw errors.tooManyCertificates();
  await context.transact(() => context.state.listeners.put({ ...row, certificates }));
  return { Certificates: arns.map((CertificateArn) => ({ CertificateArn, IsDefault: false })) };
};

export const RemoveListenerCertificates: Operation<'RemoveListenerCertificates'> = (input, context) => {
  const row = getListener(context, input.ListenerArn);
  const arns = new Set(input.Certificates.map(({ CertificateArn }) => CertificateArn));
  const onlyDefault = row.certificates.find(
    ({ arn, isDefault }) =>
      isDefault && arns.has(arn) && !row.certificates.some((one) => one.arn === arn && !one.isDefault),
  );
  if (onlyDefault !== undefined) throw errors.notPermitted('The default certificate of a listener cannot be removed');
  const certificates = row.certificates.filter(({ arn, isDefault }) => isDefault || !arns.has(arn));
  context.state.listeners.put({ ...row, certificates });
  return {};
};

export const DescribeListenerCertificates: Operation<'DescribeListenerCertificates'> = (input, context) => {
  const row = getListener(context, input.ListenerArn);
  const { rows, NextMarker } = page(row.certificates, input, ({ arn, isDefault }) => `${isDefault} ${arn}`);
  return {
    Certificates: rows.map(({ arn, isDefault }) => ({ CertificateArn: arn, IsDefault: isDefault })),
    NextMarker,
  };
};

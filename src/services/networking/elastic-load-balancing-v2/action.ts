// Actions of listeners and rules: what is done with a request. Checked when they are written, so that the data plane can trust them.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { forwardsOf } from './action-group.ts';
import { balancersOf, groupsOfBalancer } from './association.ts';
import { errors } from './errors.ts';
import { getGroup } from './find.ts';
import { quotas } from './limits.ts';
import type { BalancerRow, ElbContext } from './state.ts';

const endings = new Set(['forward', 'redirect', 'fixed-response']);
const layerSeven = new Set(['HTTP', 'HTTPS']);

/** Which groups a listener of a protocol can send to. */
const sendsTo: Readonly<Record<string, readonly string[]>> = {
  HTTP: ['HTTP', 'HTTPS'],
  HTTPS: ['HTTP', 'HTTPS'],
  TCP: ['TCP', 'TCP_UDP'],
  TLS: ['TCP', 'TLS'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
  QUIC: ['QUIC', 'TCP_QUIC'],
  TCP_QUIC: ['TCP_QUIC'],
  GENEVE: ['GENEVE'],
};

/** Actions in their order, complete and allowed on that listener. */
export function checkActions(
  context: ElbContext,
  balancer: BalancerRow,
  protocol: string | undefined,
  actions: readonly Action[] | undefined,
): readonly Action[] {
  if (actions === undefined || actions.length === 0) throw errors.validation('At least one action must be specified');
  const ordered = actions.length === 1 ? [...actions] : [...actions].sort((a, b) => (a.Order ?? 0) - (b.Order ?? 0));
  if (actions.length > 1 && new Set(actions.map(({ Order }) => Order)).size < actions.length)
    throw errors.invalidAction('You must specify a unique order for each action');
  const ending = ordered.at(-1);
  if (ending === undefined || !endings.has(String(ending.Type)))
    throw errors.invalidAction('The last action must be one of forward, redirect, or fixed-response');
  if (ordered.slice(0, -1).some(({ Type }) => endings.has(String(Type)))) throw errors.tooManyActions();
  return ordered.map((action) => checkAction(context, balancer, protocol, action));
}

function checkAction(context: ElbContext, balancer: BalancerRow, protocol: string | undefined, action: Action): Action {
  switch (action.Type) {
    case 'forward':
      return checkForward(context, balancer, protocol, action);
    case 'redirect':
      onlyApplication(balancer, action);
      return { ...action, RedirectConfig: checkRedirect(action, protocol) };
    case 'fixed-response':
      onlyApplication(balancer, action);
      checkFixed(action);
      return action;
    default:
      onlyApplication(balancer, action);
      if (protocol !== 'HTTPS')
        throw errors.invalidAction(`Actions of type '${action.Type}' are supported only on HTTPS listeners`);
      return action;
  }
}

function onlyApplication({ type }: BalancerRow, { Type }: Action): void {
  if (type !== 'application')
    throw errors.invalidAction(`The action type '${Type}' is not valid with ${type} load balancers`);
}

/** A group belongs to one load balancer; and a load balancer has not any number of them. */
function checkUse(context: ElbContext, balancer: BalancerRow, arns: readonly string[]): void {
  const taken = arns.find((arn) => balancersOf(context, arn).some((other) => other !== balancer.arn));
  if (taken !== undefined) throw errors.groupAssociations(taken);
  if (balancer.type !== 'application') return;
  const own = groupsOfBalancer(context, balancer.arn).map(({ arn }) => arn);
  if (new Set([...own, ...arns]).size > quotas['target-groups-per-application-load-balancer'])
    throw errors.tooManyUniqueGroups();
}

function checkForward(
  context: ElbContext,
  balancer: BalancerRow,
  protocol: string | undefined,
  action: Action,
): Action {
  const forwards = forwardsOf(action);
  if (forwards.length === 0) throw errors.validation('A target group ARN must be specified for forward actions');
  const most =
    quotas[
      balancer.type === 'application'
        ? 'target-groups-per-action-on-application-load-balancer'
        : 'target-groups-per-action-on-network-load-balancer'
    ];
  if (forwards.length > most)
    throw errors.validation(`At most ${most} target groups can be specified for a forward action`);
  if (new Set(forwards.map(({ arn }) => arn)).size < forwards.length)
    throw errors.validation('Target groups cannot be specified more than once in a forward action');
  for (const { arn, weight } of forwards) {
    if (weight < 0 || weight > 999) throw errors.validation(`The weight '${weight}' must be within '0-999' inclusive`);
    const group = getGroup(context, arn);
    if (group.vpcId !== undefined && group.vpcId !== balancer.vpcId && group.targetType !== 'ip')
      throw errors.configuration('The target group and the load balancer must be in the same VPC');
    if (group.targetType === 'lambda') {
      if (balancer.type !== 'application')
        throw errors.incompatible('Target groups of functions need an application load balancer');
    } else if (
      balancer.type === 'gateway'
        ? group.protocol !== 'GENEVE'
        : !(sendsTo[protocol ?? ''] ?? []).includes(group.protocol ?? '')
    ) {
      throw layerSeven.has(protocol ?? '') || layerSeven.has(group.protocol ?? '')
        ? errors.incompatible(
            `Listener protocol '${protocol}' is not supported with a target group with the protocol '${group.protocol}'`,
          )
        : errors.incompatible(
            `Listener protocol '${protocol}' does not match the target group protocol '${group.protocol}'`,
          );
    }
    const version = group.protocolVersion ?? 'HTTP1';
    if (protocol === 'HTTP' && version !== 'HTTP1')
      throw errors.invalidAction(
        `Listener protocol 'HTTP' is not supported with a target group with the protocol-version '${version}'`,
      );
  }
  checkUse(
    context,
    balancer,
    forwards.map(({ arn }) => arn),
  );
  const stickiness = action.ForwardConfig?.TargetGroupStickinessConfig;
  if (stickiness?.Enabled === true && stickiness.DurationSeconds === undefined)
    throw errors.validation('A duration must be specified when target group stickiness is enabled');
  return complete(action, forwards);
}

/** Answers show both forms, whichever was given; several groups have no single ARN. */
function complete(action: Action, forwards: ReturnType<typeof forwardsOf>): Action {
  const { Enabled = false, DurationSeconds } = action.ForwardConfig?.TargetGroupStickinessConfig ?? {};
  return {
    Type: 'forward',
    Order: action.Order,
    TargetGroupArn: forwards.length === 1 ? forwards[0]?.arn : undefined,
    ForwardConfig: {
      TargetGroups: forwards.map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight })),
      TargetGroupStickinessConfig: { Enabled, DurationSeconds },
    },
  };
}

function checkRedirect(
  { RedirectConfig }: Action,
  protocol: string | undefined,
): NonNullable<Action['RedirectConfig']> {
  if (RedirectConfig === undefined) throw errors.validation('A redirect configuration must be specified');
  const {
    Protocol = '#{protocol}',
    Port = '#{port}',
    Host = '#{host}',
    Path = '/#{path}',
    Query = '#{query}',
    StatusCode,
  } = RedirectConfig;
  if (!['HTTP', 'HTTPS', '#{protocol}'].includes(Protocol))
    throw errors.validation(`Redirect protocol '${Protocol}' must be one of 'HTTP, HTTPS, #{protocol}'`);
  if (protocol === 'HTTPS' && Protocol === 'HTTP') throw errors.invalidAction('You cannot redirect from HTTPS to HTTP');
  if (Port !== '#{port}' && !(/^\d{1,5}$/.test(Port) && Number(Port) >= 1 && Number(Port) <= 65_535))
    throw errors.validation(`Redirect port '${Port}' must be within '1-65535' inclusive or be '#{port}'`);
  if (!Path.startsWith('/')) throw errors.validation(`Redirect path '${Path}' must begin with a '/' character`);
  const loops = Protocol === '#{protocol}' && Port === '#{port}' && Host === '#{host}' && Path === '/#{path}';
  if (loops) throw errors.invalidAction('The redirect would lead to a loop: protocol, port, host or path must change');
  return { Protocol, Port, Host, Path, Query, StatusCode };
}

const contentTypes = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];

function checkFixed({ FixedResponseConfig: config }: Action): void {
  if (config === undefined) throw errors.validation('A fixed response configuration must be specified');
  if (!/^[245]\d\d$/.test(config.StatusCode ?? ''))
    throw errors.validation(`Fixed response status code '${config.StatusCode}' must be 2XX, 4XX or 5XX`);
  if (config.ContentType !== undefined && !contentTypes.includes(config.ContentType))
    throw errors.validation(
      `Fixed response content type '${config.ContentType}' must be one of '${contentTypes.join(', ')}'`,
    );
  if ((config.MessageBody?.length ?? 0) > 1_024)
    throw errors.validation('Fixed response message body cannot be longer than 1024 characters');
}

/** What an answer shows of an action: a client's secret is never told again. */
export const showAction = (action: Action): Action => {
  if (action.AuthenticateOidcConfig === undefined) return action;
  const { ClientSecret: _kept, UseExistingClientSecret: _asked, ...config } = action.AuthenticateOidcConfig;
  return { ...action, AuthenticateOidcConfig: config };
};

// Target groups: where load balancers send what they take.
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { key } from '../../../kernel/key.ts';
import { balancersOf, groupsOfBalancer } from './association.ts';
import { changed, initialOf, rulesOfGroup, shown } from './attribute.ts';
import { errors } from './errors.ts';
import { arnOf, checkTags, chosen, dropTags, getBalancer, getGroup, page, putTags } from './find.ts';
import { isHttp, makeCheck, showCheck } from './health-check.ts';
import { watchAll } from './health-checker.ts';
import { limitOf } from './limits.ts';
import { checkVpc } from './node.ts';
import type { ElbContext, GroupRow, Input, Operation } from './state.ts';

function checkName(name: string): void {
  if (name.length > 32) throw errors.validation(`Target group name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name))
    throw errors.validation(
      `Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`,
    );
  if (name.startsWith('-') || name.endsWith('-'))
    throw errors.validation(`Target group name '${name}' cannot begin or end with a hyphen(-)`);
}

export const showGroup = (row: GroupRow, context: ElbContext): TargetGroup => ({
  TargetGroupArn: row.arn,
  TargetGroupName: row.name,
  Protocol: row.protocol as 'HTTP' | undefined,
  Port: row.port,
  VpcId: row.vpcId,
  ...showCheck(row),
  LoadBalancerArns: balancersOf(context, row.arn),
  TargetType: row.targetType,
  ProtocolVersion: row.protocolVersion,
  IpAddressType: row.ipAddressType as 'ipv4' | undefined,
  TargetControlPort: row.controlPort,
});

/** Checks what belongs together, and refuses what does not. */
function shapeOf(
  input: Input<'CreateTargetGroup'>,
): Pick<GroupRow, 'protocol' | 'port' | 'vpcId' | 'targetType' | 'protocolVersion' | 'ipAddressType' | 'controlPort'> {
  const targetType = input.TargetType ?? 'instance';
  const { Protocol: protocol, Port: port, VpcId: vpcId } = input;
  if (targetType === 'lambda') {
    if (protocol !== undefined)
      throw errors.validation("Protocol cannot be specified for target groups with target type 'lambda'");
    if (port !== undefined)
      throw errors.validation("Port cannot be specified for target groups with target type 'lambda'");
    if (vpcId !== undefined)
      throw errors.validation("VPC ID cannot be specified for target groups with target type 'lambda'");
    return { targetType };
  }
  if (protocol === undefined) throw errors.validation('A protocol must be specified');
  if (port === undefined) throw errors.validation('A port must be specified');
  if (vpcId === undefined) throw errors.validation('A VPC ID must be specified');
  if (port < 1 || port > 65_535) throw errors.validation(`Port '${port}' must be within '1-65535' inclusive`);
  if (protocol === 'GENEVE' && port !== 6081)
    throw errors.validation('The port must be 6081 for target groups with protocol GENEVE');
  if (targetType === 'alb' && protocol !== 'TCP')
    throw errors.validation("Protocol must be TCP for target groups with target type 'alb'");
  // Terraform's provider sends an empty one for none.
  const version = input.ProtocolVersion === '' ? undefined : input.ProtocolVersion;
  if (version !== undefined && !isHttp(protocol))
    throw errors.validation(`Protocol version is not supported for target groups with protocol ${protocol}`);
  if (version !== undefined && !['GRPC', 'HTTP1', 'HTTP2'].includes(version))
    throw errors.validation(`Protocol version '${version}' must be one of 'HTTP1, HTTP2, GRPC'`);
  return {
    targetType,
    protocol,
    port,
    vpcId,
    protocolVersion: isHttp(protocol) ? (version ?? 'HTTP1') : undefined,
    ipAddressType: input.IpAddressType ?? 'ipv4',
    controlPort: input.TargetControlPort,
  };
}

const isSame = (row: GroupRow, shape: ReturnType<typeof shapeOf>, check: GroupRow['check']): boolean =>
  Object.entries(shape).every(([name, value]) => row[name as keyof GroupRow] === value) &&
  JSON.stringify(row.check) === JSON.stringify(check);

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
export const CreateTargetGroup: Operation<'CreateTargetGroup'> = async (input, context) => {
  const { state, ids } = context;
  checkName(input.Name);
  checkTags(input.Tags);
  const shape = shapeOf(input);
  const check = makeCheck(shape, input);
  if (shape.vpcId !== undefined) await checkVpc(context, shape.vpcId);
  const before = state.groups.index('name').first({ prefix: key(input.Name) });
  if (before !== undefined) {
    if (!isSame(before, shape, check)) throw errors.duplicateGroup();
    return { TargetGroups: [showGroup(before, context)] };
  }
  if (state.groups.size >= limitOf(context, 'target-groups')) throw errors.tooManyGroups();
  const path = `targetgroup/${input.Name}/${ids.hex(16)}`;
  const row: GroupRow = {
    ...shape,
    arn: arnOf(context, path),
    name: input.Name,
    path,
    check,
    attributes: initialOf(rulesOfGroup(shape)),
  };
  await context.transact(() => {
    state.groups.put(row);
    putTags(context, row.arn, input.Tags);
  });
  return { TargetGroups: [showGroup(row, context)] };
};

export const DescribeTargetGroups: Operation<'DescribeTargetGroups'> = (input, context) => {
  const { LoadBalancerArn, TargetGroupArns = [], Names = [] } = input;
  const { state } = context;
  const given = [LoadBalancerArn !== undefined, TargetGroupArns.length > 0, Names.length > 0].filter(Boolean).length;
  if (given > 1)
    throw errors.validation(
      'Only one of a load balancer ARN, target group ARNs, or target group names can be specified',
    );
  let rows: readonly GroupRow[];
  if (LoadBalancerArn !== undefined) rows = groupsOfBalancer(context, getBalancer(context, LoadBalancerArn).arn);
  else if (Names.length > 0)
    rows = Names.map((name) => {
      const row = state.groups.index('name').first({ prefix: key(name) });
      if (row === undefined) throw errors.groupsNotFound();
      return row;
    });
  else rows = chosen(state.groups, TargetGroupArns, (arn) => getGroup(context, arn));
  const { rows: some, NextMarker } = page(rows, input, (row) => row.arn);
  return { TargetGroups: some.map((row) => showGroup(row, context)), NextMarker };
};

export const ModifyTargetGroup: Operation<'ModifyTargetGroup'> = (input, context) => {
  const row = getGroup(context, input.TargetGroupArn);
  const changedRow: GroupRow = { ...row, check: makeCheck(row, input, row.check) };
  context.state.groups.put(changedRow);
  watchAll(context, [row.arn]);
  return { TargetGroups: [showGroup(changedRow, context)] };
};

/** Deletes a group. One that is not there is no error. */
export const DeleteTargetGroup: Operation<'DeleteTargetGroup'> = ({ TargetGroupArn: arn }, context) => {
  const { state } = context;
  if (!/:targetgroup\//.test(arn)) throw errors.validation(`'${arn}' is not a valid target group ARN`);
  if (!state.groups.has(arn)) return {};
  if (balancersOf(context, arn).length > 0)
    throw errors.inUse(`Target group '${arn}' is currently in use by a listener or a rule`);
  state.targets.deleteAll({ prefix: key(arn) });
  state.hostCounts.deleteAll({ prefix: key(arn) });
  dropTags(context, arn);
  state.groups.delete(arn);
  return {};
};

export const DescribeTargetGroupAttributes: Operation<'DescribeTargetGroupAttributes'> = (input, context) => {
  const row = getGroup(context, input.TargetGroupArn);
  return { Attributes: shown(rulesOfGroup(row), row.attributes) };
};

/** What a change of attributes must leave in agreement. */
function checkFailover(attributes: GroupRow['attributes']): void {
  if (attributes['target_failover.on_deregistration'] !== attributes['target_failover.on_unhealthy'])
    throw errors.configuration(
      "The attributes 'target_failover.on_deregistration' and 'target_failover.on_unhealthy' must have the same value",
    );
  if (
    (attributes['target_health_state.unhealthy.draining_interval_seconds'] ?? '0') !== '0' &&
    attributes['target_health_state.unhealthy.connection_termination.enabled'] === 'true'
  )
    throw errors.configuration(
      "The attribute 'target_health_state.unhealthy.draining_interval_seconds' can be set only when 'target_health_state.unhealthy.connection_termination.enabled' is false",
    );
}

export const ModifyTargetGroupAttributes: Operation<'ModifyTargetGroupAttributes'> = (input, context) => {
  const row = getGroup(context, input.TargetGroupArn);
  const rules = rulesOfGroup(row);
  const attributes = changed(row.attributes, rules, input.Attributes, {
    word: 'Target group',
    kind: `target groups with protocol '${row.protocol}'`,
  });
  if (attributes['stickiness.type'] === 'app_cookie' && attributes['stickiness.enabled'] === 'true') {
    const cookie = attributes['stickiness.app_cookie.cookie_name'] ?? '';
    if (cookie === '') throw errors.configuration('A cookie name must be specified for application-based stickiness');
    if (/^AWSALB(?:APP|TG)?$/.test(cookie))
      throw errors.configuration(`The cookie name '${cookie}' is reserved for use by the load balancer`);
  }
  if (
    attributes['slow_start.duration_seconds'] !== '0' &&
    attributes['load_balancing.algorithm.type'] === 'least_outstanding_requests'
  )
    throw errors.configuration(
      'Slow start mode is not supported with the least outstanding requests routing algorithm',
    );
  checkFailover(attributes);
  context.state.groups.put({ ...row, attributes });
  return { Attributes: shown(rules, attributes) };
};

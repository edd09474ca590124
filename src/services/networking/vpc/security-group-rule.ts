// Rules of security groups: they allow, by IDs of their own (`sgr-…`) or by what they say.
import type { IpPermission, SecurityGroupRuleRequest } from '@aws-sdk/client-ec2';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Input, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, putTags, tagsFor } from '../../compute/ec2/tag.ts';
import { describeRule, identityOf, readPermission, readProtocol, type RuleContent, showRule } from './ip-permission.ts';
import { rulesMax } from './limits.ts';
import { groupOf, rulesOf } from './security-group.ts';
import { checkRuleDescription } from './security-group-text.ts';
import type { GroupRow, GroupRuleRow } from './state.ts';

type Flat = Pick<
  Input<'AuthorizeSecurityGroupIngress'>,
  'IpPermissions' | 'IpProtocol' | 'FromPort' | 'ToPort' | 'CidrIp'
> & {
  readonly SourceSecurityGroupName?: string | undefined;
};

/** The permissions of a request: listed, or the one that it spells out in its own members. */
function permissionsIn(input: Flat): readonly IpPermission[] {
  if (input.IpPermissions !== undefined && input.IpPermissions.length > 0) return input.IpPermissions;
  const { IpProtocol, FromPort, ToPort, CidrIp, SourceSecurityGroupName } = input;
  if (IpProtocol === undefined && SourceSecurityGroupName === undefined) throw errors.missingParameter('ipPermissions');
  return [
    {
      IpProtocol: IpProtocol ?? '-1',
      FromPort,
      ToPort,
      IpRanges: CidrIp === undefined ? [] : [{ CidrIp }],
      UserIdGroupPairs: SourceSecurityGroupName === undefined ? [] : [{ GroupName: SourceSecurityGroupName }],
    },
  ];
}

function contentsOf(context: Ec2Context, group: GroupRow, input: Flat): RuleContent[] {
  const contents = permissionsIn(input).flatMap((permission) => readPermission(context, group, permission));
  if (contents.length === 0) throw errors.missingParameter('ipPermissions');
  const seen = new Set<string>();
  for (const content of contents) {
    if (seen.has(identityOf(content))) throw errors.invalidValue('The same permission must not appear multiple times');
    seen.add(identityOf(content));
  }
  return contents;
}

/** IPv4 and IPv6 rules are counted apart; what names a group or a list counts for both. */
function checkLimit({ quotas }: Ec2Context, rules: readonly RuleContent[]): void {
  const most = quotas.of(rulesMax);
  const counted = (family: 'cidr' | 'ipv6Cidr') =>
    rules.filter((rule) => rule[family === 'cidr' ? 'ipv6Cidr' : 'cidr'] === undefined);
  if (counted('cidr').length > most || counted('ipv6Cidr').length > most) throw errors.ruleLimit();
}

function authorize(
  context: Ec2Context,
  egress: boolean,
  group: GroupRow,
  input: Flat & Pick<Input<'AuthorizeSecurityGroupIngress'>, 'TagSpecifications'>,
) {
  const contents = contentsOf(context, group, input);
  const before = rulesOf(context, group.id).filter((rule) => rule.egress === egress);
  const known = new Set(before.map(identityOf));
  const twice = contents.find((content) => known.has(identityOf(content)));
  if (twice !== undefined) throw errors.ruleDuplicate(describeRule(twice));
  checkLimit(context, [...before, ...contents]);
  const tags = tagsFor(input.TagSpecifications, kinds.securityGroupRule);
  const rows = contents.map(
    (content): GroupRuleRow => ({ ...content, id: context.ids.resource('sgr'), groupId: group.id, egress }),
  );
  for (const row of rows) {
    context.state.groupRules.put(row);
    if (tags.length > 0) putTags(context, row.id, kinds.securityGroupRule.type, tags);
  }
  return { Return: true, SecurityGroupRules: rows.map((row) => showRule(row, context)) };
}

/**
 * Lets more in. Limit: 60 rules for each family and direction.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
 */
export const AuthorizeSecurityGroupIngress: Operation<'AuthorizeSecurityGroupIngress'> = (input, context) =>
  authorize(context, false, groupOf(context, input.GroupId, input.GroupName), input);

/** Lets more out. */
export const AuthorizeSecurityGroupEgress: Operation<'AuthorizeSecurityGroupEgress'> = (input, context) =>
  authorize(context, true, groupOf(context, input.GroupId, undefined), input);

function dropRule(context: Ec2Context, id: string): void {
  context.state.groupRules.delete(id);
  dropTags(context, id);
}

function revoke(
  context: Ec2Context,
  egress: boolean,
  group: GroupRow,
  input: Flat,
  ids: readonly string[] | undefined,
) {
  const before = rulesOf(context, group.id).filter((rule) => rule.egress === egress);
  const wanted =
    ids !== undefined && ids.length > 0
      ? ids.map((id) => before.find((rule) => rule.id === id) ?? missingRule(id))
      : contentsOf(context, group, input).map((content) => {
          const row = before.find((rule) => identityOf(rule) === identityOf(content));
          if (row === undefined) throw errors.ruleNotFound();
          return row;
        });
  for (const row of wanted) dropRule(context, row.id);
  const RevokedSecurityGroupRules = wanted.map((row) => ({
    SecurityGroupRuleId: row.id,
    GroupId: row.groupId,
    IsEgress: row.egress,
    IpProtocol: row.protocol,
    FromPort: row.fromPort,
    ToPort: row.toPort,
    CidrIpv4: row.cidr,
    CidrIpv6: row.ipv6Cidr,
    PrefixListId: row.prefixListId,
    ReferencedGroupId: row.peerGroup?.id,
    Description: row.description,
  }));
  return { Return: true, RevokedSecurityGroupRules };
}

function missingRule(id: string): never {
  throw kinds.securityGroupRule.missing(id);
}

export const RevokeSecurityGroupIngress: Operation<'RevokeSecurityGroupIngress'> = (input, context) =>
  revoke(context, false, groupOf(context, input.GroupId, input.GroupName), input, input.SecurityGroupRuleIds);

export const RevokeSecurityGroupEgress: Operation<'RevokeSecurityGroupEgress'> = (input, context) =>
  revoke(context, true, groupOf(context, input.GroupId, undefined), input, input.SecurityGroupRuleIds);

export const DescribeSecurityGroupRules: Operation<'DescribeSecurityGroupRules'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.groupRules,
    id: (row) => row.id,
    ids: input.SecurityGroupRuleIds,
    kind: kinds.securityGroupRule,
    filters: { 'group-id': (row) => row.groupId, 'security-group-rule-id': (row) => row.id },
  });
  return { SecurityGroupRules: rows.map((row) => showRule(row, context)), NextToken };
};

function contentOfRequest(context: Ec2Context, group: GroupRow, rule: SecurityGroupRuleRequest): RuleContent {
  const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId, Description } = rule;
  const peers = [CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId].filter((one) => one !== undefined);
  if (peers.length !== 1) {
    throw errors.combination('Only one of CidrIpv4, CidrIpv6, PrefixListId, or ReferencedGroupId can be specified');
  }
  const [content] = readPermission(context, group, {
    IpProtocol: readProtocol(rule.IpProtocol),
    FromPort: rule.FromPort,
    ToPort: rule.ToPort,
    IpRanges: CidrIpv4 === undefined ? [] : [{ CidrIp: CidrIpv4, Description }],
    Ipv6Ranges: CidrIpv6 === undefined ? [] : [{ CidrIpv6, Description }],
    PrefixListIds: PrefixListId === undefined ? [] : [{ PrefixListId, Description }],
    UserIdGroupPairs: ReferencedGroupId === undefined ? [] : [{ GroupId: ReferencedGroupId, Description }],
  });
  return content as RuleContent;
}

/** Puts other contents in rules that stay the same rules. */
export const ModifySecurityGroupRules: Operation<'ModifySecurityGroupRules'> = (input, context) => {
  const group = groupOf(context, input.GroupId, undefined);
  for (const { SecurityGroupRuleId: id, SecurityGroupRule: request } of input.SecurityGroupRules) {
    const row = get(context.state.groupRules, kinds.securityGroupRule, id ?? '');
    if (row.groupId !== group.id) throw kinds.securityGroupRule.missing(row.id);
    const content = contentOfRequest(context, group, request ?? {});
    const others = rulesOf(context, group.id).filter((rule) => rule.egress === row.egress && rule.id !== row.id);
    if (others.some((rule) => identityOf(rule) === identityOf(content)))
      throw errors.ruleDuplicate(describeRule(content));
    context.state.groupRules.put({ ...content, id: row.id, groupId: row.groupId, egress: row.egress });
  }
  return { Return: true };
};

type Descriptions = Input<'UpdateSecurityGroupRuleDescriptionsIngress'>;

function redescribe(context: Ec2Context, egress: boolean, group: GroupRow, input: Descriptions) {
  const rules = rulesOf(context, group.id).filter((rule) => rule.egress === egress);
  const set = (row: GroupRuleRow, description: string | undefined) => {
    checkRuleDescription(description);
    const { description: _old, ...rest } = row;
    context.state.groupRules.put(description === undefined || description === '' ? rest : { ...rest, description });
  };
  for (const { SecurityGroupRuleId: id, Description } of input.SecurityGroupRuleDescriptions ?? []) {
    set(rules.find((rule) => rule.id === id) ?? missingRule(id ?? ''), Description);
  }
  for (const content of (input.IpPermissions ?? []).flatMap((one) => readPermission(context, group, one))) {
    const row = rules.find((rule) => identityOf(rule) === identityOf(content));
    if (row === undefined) throw errors.ruleNotFound();
    set(row, content.description);
  }
  return { Return: true };
}

export const UpdateSecurityGroupRuleDescriptionsIngress: Operation<'UpdateSecurityGroupRuleDescriptionsIngress'> = (
  input,
  context,
) => redescribe(context, false, groupOf(context, input.GroupId, input.GroupName), input);

export const UpdateSecurityGroupRuleDescriptionsEgress: Operation<'UpdateSecurityGroupRuleDescriptionsEgress'> = (
  input,
  context,
) => redescribe(context, true, groupOf(context, input.GroupId, input.GroupName), input);

// Contributor Insights rules: kept and told. What they would find in log groups is not worked out, so their report answers NotImplemented.
import { errors } from './errors.ts';
import { insightRulesMax } from './limits.ts';
import type { CloudWatchContext, InsightRule, Operation } from './state.ts';
import { putTags } from './tag.ts';

export const insightRuleArn = ({ partition, region, account }: CloudWatchContext, name: string): string =>
  `arn:${partition}:cloudwatch:${region}:${account}:insight-rule/${name}`;

/** The schema's name and version, as DescribeInsightRules tells it. */
function schemaOf(definition: string): string {
  let read: unknown;
  try {
    read = JSON.parse(definition);
  } catch {
    throw errors.invalidValue('The RuleDefinition parameter must be valid JSON.');
  }
  const { Schema } = (read ?? {}) as { readonly Schema?: { readonly Name?: unknown; readonly Version?: unknown } };
  if (typeof Schema?.Name !== 'string' || typeof Schema.Version !== 'number')
    throw errors.invalidValue('The RuleDefinition parameter must have a Schema with a Name and a Version.');
  return JSON.stringify({ Name: Schema.Name, Version: Schema.Version });
}

/**
 * Differs: a rule finds nothing; `GetInsightRuleReport` is not implemented.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutInsightRule.html
 */
export const PutInsightRule: Operation<'PutInsightRule'> = (input, context) => {
  const { RuleName, RuleState = 'ENABLED', RuleDefinition } = input;
  if (RuleState !== 'ENABLED' && RuleState !== 'DISABLED')
    throw errors.invalidValue('The RuleState parameter must be ENABLED or DISABLED.');
  const schema = schemaOf(RuleDefinition);
  const isNew = !context.state.insightRules.has(RuleName);
  if (isNew && context.state.insightRules.size >= insightRulesMax)
    throw errors.limitExceeded(`At most ${insightRulesMax} rules can be created.`);
  context.state.insightRules.put({
    name: RuleName,
    state: RuleState,
    definition: RuleDefinition,
    schema,
    onTransformedLogs: input.ApplyOnTransformedLogs,
  });
  if (isNew) putTags(context, insightRuleArn(context, RuleName), input.Tags);
  return {};
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeInsightRules.html */
export const DescribeInsightRules: Operation<'DescribeInsightRules'> = ({ MaxResults = 500, NextToken }, { state }) => {
  const after = NextToken === undefined ? undefined : Buffer.from(NextToken, 'base64').toString();
  const found = state.insightRules.list({ after, limit: MaxResults + 1 });
  const page = found.slice(0, MaxResults);
  return {
    InsightRules: page.map((rule) => ({
      Name: rule.name,
      State: rule.state,
      Schema: rule.schema,
      Definition: rule.definition,
      ManagedRule: false,
      ApplyOnTransformedLogs: rule.onTransformedLogs,
    })),
    NextToken: found.length > page.length ? Buffer.from(page.at(-1)?.name as string).toString('base64') : undefined,
  };
};

/** Does something to each rule; those that are not there are told one by one. */
function eachRule(context: CloudWatchContext, names: readonly string[], work: (rule: InsightRule) => void) {
  const Failures = names.flatMap((name) => {
    const rule = context.state.insightRules.find(name);
    if (rule !== undefined) {
      work(rule);
      return [];
    }
    return [
      {
        FailureResource: name,
        ExceptionType: 'ResourceNotFoundException',
        FailureCode: '404',
        FailureDescription: `Rule ${name} does not exist.`,
      },
    ];
  });
  return { Failures };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_EnableInsightRules.html */
export const EnableInsightRules: Operation<'EnableInsightRules'> = ({ RuleNames }, context) =>
  eachRule(context, RuleNames, (rule) => context.state.insightRules.put({ ...rule, state: 'ENABLED' }));

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableInsightRules.html */
export const DisableInsightRules: Operation<'DisableInsightRules'> = ({ RuleNames }, context) =>
  eachRule(context, RuleNames, (rule) => context.state.insightRules.put({ ...rule, state: 'DISABLED' }));

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteInsightRules.html */
export const DeleteInsightRules: Operation<'DeleteInsightRules'> = ({ RuleNames }, context) =>
  eachRule(context, RuleNames, ({ name }) => {
    context.state.insightRules.delete(name);
    context.state.tags.delete(insightRuleArn(context, name));
  });

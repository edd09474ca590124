// Conditions of rules. Each is kept as it was given, completed with the older form (`Values`) that answers show beside the newer one.
// @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { errors } from './errors.ts';
import { quotas } from './limits.ts';

const fields = ['host-header', 'path-pattern', 'http-header', 'query-string', 'http-request-method', 'source-ip'];
/** A rule has one of each, but as many as it likes of these. */
const repeatable = new Set(['http-header', 'query-string']);
const reservedHeaders = ['host', 'connection'];

/** The values of a condition, whichever member carries them. */
export function valuesOf(condition: RuleCondition): readonly string[] {
  switch (condition.Field) {
    case 'host-header':
      return condition.HostHeaderConfig?.Values ?? condition.Values ?? [];
    case 'path-pattern':
      return condition.PathPatternConfig?.Values ?? condition.Values ?? [];
    case 'http-header':
      return condition.HttpHeaderConfig?.Values ?? [];
    case 'http-request-method':
      return condition.HttpRequestMethodConfig?.Values ?? [];
    case 'source-ip':
      return condition.SourceIpConfig?.Values ?? [];
    default:
      return (condition.QueryStringConfig?.Values ?? []).map(({ Key, Value = '' }) =>
        Key === undefined ? Value : `${Key}=${Value}`,
      );
  }
}

/** Regular expressions of a condition, for the fields that take them. */
export const patternsOf = (condition: RuleCondition): readonly string[] =>
  condition.RegexValues ??
  condition.HostHeaderConfig?.RegexValues ??
  condition.PathPatternConfig?.RegexValues ??
  condition.HttpHeaderConfig?.RegexValues ??
  [];

export function checkConditions(conditions: readonly RuleCondition[] | undefined): readonly RuleCondition[] {
  if (conditions === undefined || conditions.length === 0) throw errors.validation('A condition must be specified');
  const seen = new Set<string>();
  let count = 0;
  let wildcards = 0;
  for (const condition of conditions) {
    const field = condition.Field ?? '';
    if (!fields.includes(field))
      throw errors.validation(`Condition field '${field}' must be one of '[${fields.join(', ')}]`);
    if (seen.has(field) && !repeatable.has(field))
      throw errors.validation(`Condition field '${field}' cannot be specified more than once`);
    seen.add(field);
    checkMembers(condition, field);
    const values = [...valuesOf(condition), ...patternsOf(condition)];
    if (values.length === 0)
      throw errors.validation(
        field === 'source-ip' ? "A 'source-ip' value must be specified" : 'A condition value must be specified',
      );
    count += values.length;
    for (const value of values) {
      wildcards += patternsOf(condition).includes(value) ? 0 : (value.match(/[*?]/g)?.length ?? 0);
      checkValue(condition, field, value);
    }
  }
  if (count > quotas['condition-values-per-alb-rule'])
    throw errors.validation(`A rule can only have '${quotas['condition-values-per-alb-rule']}' condition values`);
  if (wildcards > quotas['condition-wildcards-per-alb-rule'])
    throw errors.validation(`A rule can only have '${quotas['condition-wildcards-per-alb-rule']}' condition wildcards`);
  return conditions.map(complete);
}

const cidr4 = /^(?:\d{1,3}\.){3}\d{1,3}\/(?:[12]?\d|3[0-2])$/;
const cidr6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\/(?:\d{1,2}|1[01]\d|12[0-8])$/;

/** Members that a field cannot do without. */
const configs: Readonly<Record<string, keyof RuleCondition>> = {
  'http-header': 'HttpHeaderConfig',
  'http-request-method': 'HttpRequestMethodConfig',
  'query-string': 'QueryStringConfig',
  'source-ip': 'SourceIpConfig',
};

function checkMembers(condition: RuleCondition, field: string): void {
  const config = configs[field];
  if (config !== undefined && condition[config] === undefined)
    throw errors.validation(`A '${config}' must be specified with '${field}'`);
  if (config === undefined && (condition.Values?.length ?? 0) > 1)
    throw errors.validation(`The '${field}' field contains too many values; the limit is '1'`);
  const name = condition.HttpHeaderConfig?.HttpHeaderName ?? '';
  if (field === 'http-header') checkHeaderName(name);
  for (const { Key = '', Value } of condition.QueryStringConfig?.Values ?? []) {
    if (Value === undefined) throw errors.validation("A 'Value' must be specified in 'QueryStringKeyValuePair'");
    checkLength('Key', Key, valueLength);
    checkLength('Value', Value, valueLength);
  }
}

const valueLength = 128;
const nameLength = 40;

function checkLength(what: string, text: string, most: number): void {
  if (text.length > most) throw errors.validation(`The '${what}' value is too long; the limit is '${most}'`);
}

function checkHeaderName(name: string): void {
  checkLength('HttpHeaderName', name, nameLength);
  if (!/^[\w!#$%&'*+\-.^`|~]+$/.test(name)) throw errors.validation(`The HTTP header name '${name}' is not valid`);
  if (reservedHeaders.includes(name.toLowerCase()))
    throw errors.validation(`The HTTP header name '${name}' cannot be used in a condition`);
}

function checkValue(condition: RuleCondition, field: string, value: string): void {
  if (field !== 'query-string') checkLength(field, value, field === 'http-request-method' ? nameLength : valueLength);
  if (field === 'source-ip' && !cidr4.test(value) && !cidr6.test(value))
    throw errors.validation(`The condition value '${value}' is not a valid CIDR block`);
  if (field === 'http-request-method' && !/^[A-Z_-]+$/.test(value))
    throw errors.validation(
      "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore",
    );
  const isPattern = patternsOf(condition).length === 0;
  if (field === 'path-pattern' && isPattern && !/^[A-Za-z0-9_\-.$/~"'@:+&*?%=#![\]();,|{}]*$/.test(value))
    throw errors.validation(`The path value '${value}' contains an invalid character`);
}

function complete(condition: RuleCondition): RuleCondition {
  if (condition.Field === 'host-header' || condition.Field === 'path-pattern') {
    const name = condition.Field === 'host-header' ? 'HostHeaderConfig' : 'PathPatternConfig';
    const RegexValues = patternsOf(condition).length === 0 ? undefined : [...patternsOf(condition)];
    const Values = RegexValues === undefined ? [...valuesOf(condition)] : undefined;
    return { Field: condition.Field, Values, RegexValues, [name]: { Values, RegexValues } };
  }
  return condition;
}

// The condition operators: each compares one value of the request with one value of the policy.
import { compileArnPattern, matchesArn, splitArn } from './arn-pattern.ts';
import { inRange, readAddress, readRange } from './ip-range.ts';
import { type ContextLookup, compileTemplate, expand, matches } from './template.ts';

/** Compares a value of the request with the policy's value that it was made of. */
export type Comparison = (value: string, lookup: ContextLookup) => boolean;

export interface Operator {
  /** `…Not…`: true when no value of the policy compares. */
  readonly negated: boolean;
  /** @param variables whether the policy's version knows policy variables. */
  readonly compile: (
    policyValue: string,
    variables: boolean,
  ) => { readonly compare: Comparison; readonly keys: readonly string[] };
}

/** Operators that read their value as something else than text: a value that cannot be read compares with nothing. */
const typed =
  <Value>(read: (text: string) => Value | undefined, compare: (request: Value, policy: Value) => boolean) =>
  (negated: boolean): Operator => ({
    negated,
    compile: (policyValue, variables) => {
      const template = compileTemplate(policyValue, { variables, wildcards: false });
      const fixed = template.fixed === undefined ? undefined : read(template.fixed.literal ?? '');
      const policyOf = (lookup: ContextLookup): Value | undefined => {
        if (template.fixed !== undefined) return fixed;
        const expanded = expand(template, lookup);
        return expanded === undefined ? undefined : read(expanded.literal ?? '');
      };
      return {
        keys: template.keys,
        compare: (text, lookup) => {
          const request = read(text);
          const policy = policyOf(lookup);
          return request !== undefined && policy !== undefined && compare(request, policy);
        },
      };
    },
  });

const like =
  (wildcards: boolean) =>
  (negated: boolean): Operator => ({
    negated,
    compile: (policyValue, variables) => {
      const template = compileTemplate(policyValue, { variables, wildcards });
      return {
        keys: template.keys,
        compare: (text, lookup) => {
          const glob = expand(template, lookup);
          return glob !== undefined && matches(glob, text);
        },
      };
    },
  });

const arnLike = (negated: boolean): Operator => ({
  negated,
  compile: (policyValue, variables) => {
    const pattern = compileArnPattern(policyValue, { variables, wildcards: true });
    return {
      keys: pattern.template.keys,
      compare: (text, lookup) => {
        const parts = splitArn(text);
        return parts.length === 6 && matchesArn(pattern, parts, lookup);
      },
    };
  },
});

const numberForm = /^[+-]?\d+(\.\d+)?$/;
const readNumber = (text: string): number | undefined => (numberForm.test(text) ? Number(text) : undefined);

const dateForm = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

/** ISO 8601, or seconds since the Unix epoch. */
export function readDate(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text) && text.length > 4) return Number(text) * 1000;
  if (!dateForm.test(text)) return undefined;
  const zoned = /T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text) ? `${text}Z` : text;
  const epochMs = Date.parse(zoned);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

const readBool = (text: string): boolean | undefined =>
  /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;

const base64Form = /^[A-Za-z0-9+/]*={0,2}$/;
const readBinary = (text: string): string | undefined =>
  base64Form.test(text) ? Buffer.from(text, 'base64').toString('hex') : undefined;

const inCidr = (negated: boolean): Operator => ({
  negated,
  compile: (policyValue, variables) => {
    const template = compileTemplate(policyValue, { variables, wildcards: false });
    const fixed = template.fixed === undefined ? undefined : readRange(template.fixed.literal ?? '');
    return {
      keys: template.keys,
      compare: (text, lookup) => {
        const range = template.fixed === undefined ? readRange(expand(template, lookup)?.literal ?? '') : fixed;
        const address = readAddress(text);
        return range !== undefined && address !== undefined && inRange(range, address);
      },
    };
  },
});

const numeric = (compare: (request: number, policy: number) => boolean) => typed(readNumber, compare);
const dated = (compare: (request: number, policy: number) => boolean) => typed(readDate, compare);
const lower = (text: string): string => text.toLowerCase();
const ignoreCase = typed(lower, (request, policy) => request === policy);
const equals = (request: number, policy: number): boolean => request === policy;

/**
 * All operators by name, but `Null`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export const operators: Readonly<Record<string, Operator>> = {
  StringEquals: like(false)(false),
  StringNotEquals: like(false)(true),
  StringEqualsIgnoreCase: ignoreCase(false),
  StringNotEqualsIgnoreCase: ignoreCase(true),
  StringLike: like(true)(false),
  StringNotLike: like(true)(true),
  NumericEquals: numeric(equals)(false),
  NumericNotEquals: numeric(equals)(true),
  NumericLessThan: numeric((request, policy) => request < policy)(false),
  NumericLessThanEquals: numeric((request, policy) => request <= policy)(false),
  NumericGreaterThan: numeric((request, policy) => request > policy)(false),
  NumericGreaterThanEquals: numeric((request, policy) => request >= policy)(false),
  DateEquals: dated(equals)(false),
  DateNotEquals: dated(equals)(true),
  DateLessThan: dated((request, policy) => request < policy)(false),
  DateLessThanEquals: dated((request, policy) => request <= policy)(false),
  DateGreaterThan: dated((request, policy) => request > policy)(false),
  DateGreaterThanEquals: dated((request, policy) => request >= policy)(false),
  Bool: typed(readBool, (request, policy) => request === policy)(false),
  BinaryEquals: typed(readBinary, (request, policy) => request === policy)(false),
  IpAddress: inCidr(false),
  NotIpAddress: inCidr(true),
  // AWS lets both ARN operators take wildcards.
  ArnEquals: arnLike(false),
  ArnLike: arnLike(false),
  ArnNotEquals: arnLike(true),
  ArnNotLike: arnLike(true),
};

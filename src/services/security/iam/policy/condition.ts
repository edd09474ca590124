// The condition block of a statement. All of its tests must hold.
import { type Comparison, operators } from './operator.ts';
import type { ContextLookup } from './template.ts';

/** `ForAllValues:` and `ForAnyValue:` ask about each value of a key; without them the key is taken to have one. */
type Quantifier = 'one' | 'all' | 'any';

export interface ConditionTest {
  readonly operator: string;
  /** As the policy writes it. */
  readonly name: string;
  /** Lower case. */
  readonly key: string;
  readonly quantifier: Quantifier;
  readonly ifExists: boolean;
  readonly negated: boolean;
  /** `Null`: true when the key must be absent, false when it must be there. */
  readonly absent: boolean | undefined;
  readonly comparisons: readonly Comparison[];
  /** Keys of policy variables in the values. */
  readonly variableKeys: readonly string[];
}

interface OperatorName {
  readonly operator: string;
  readonly quantifier: Quantifier;
  readonly ifExists: boolean;
}

/** Takes `ForAnyValue:StringLikeIfExists` apart; undefined when there is no such operator. */
export function readOperatorName(text: string): OperatorName | undefined {
  const [before, after] = text.split(':', 2);
  const quantifier =
    after === undefined ? 'one' : before === 'ForAllValues' ? 'all' : before === 'ForAnyValue' ? 'any' : undefined;
  if (quantifier === undefined) return undefined;
  const full = after ?? before ?? '';
  const ifExists = full.endsWith('IfExists') && full !== 'IfExists';
  const operator = ifExists ? full.slice(0, -'IfExists'.length) : full;
  if (operator === 'Null') return ifExists || quantifier !== 'one' ? undefined : { operator, quantifier, ifExists };
  return Object.hasOwn(operators, operator) ? { operator, quantifier, ifExists } : undefined;
}

export function compileCondition(
  operatorText: string,
  keyText: string,
  values: readonly string[],
  variables: boolean,
): ConditionTest | undefined {
  const name = readOperatorName(operatorText);
  if (name === undefined) return undefined;
  const operator = operators[name.operator];
  const compiled = operator === undefined ? [] : values.map((value) => operator.compile(value, variables));
  return {
    ...name,
    name: keyText,
    key: keyText.toLowerCase(),
    negated: operator?.negated ?? false,
    absent: name.operator === 'Null' ? values.some((value) => /^true$/i.test(value)) : undefined,
    comparisons: compiled.map(({ compare }) => compare),
    variableKeys: compiled.flatMap(({ keys }) => keys),
  };
}

/**
 * Does the test hold?
 *
 * Unknown: a key with several values under an operator without quantifier; AWS advises against it. Here it holds when some
 * value does (a negated operator: when all do).
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
 */
export function holds(test: ConditionTest, lookup: ContextLookup): boolean {
  const found = lookup(test.key);
  const values = found === undefined ? [] : typeof found === 'string' ? [found] : found;
  if (test.absent !== undefined) return (values.length === 0) === test.absent;
  // A set of nothing but empty texts is "a null data set" to the quantifiers.
  const isNull = test.quantifier !== 'one' && values.every((value) => value === '');
  if (values.length === 0 || isNull) {
    if (test.quantifier === 'all' || test.ifExists) return true;
    // An absent key equals nothing, so a negated operator holds.
    return test.quantifier === 'one' && test.negated;
  }
  const compares = (value: string): boolean => {
    for (const compare of test.comparisons) if (compare(value, lookup)) return !test.negated;
    return test.negated;
  };
  if (test.quantifier === 'all') return values.every(compares);
  if (test.quantifier === 'any') return values.some(compares);
  return test.negated ? values.every(compares) : values.some(compares);
}

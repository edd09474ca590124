// Reads `MetricDataQueries`, as GetMetricData, alarms and anomaly detectors are given them, and refuses what AWS refuses.
import type { InputOf } from '../../../kernel/service.ts';
import { errors } from './errors.ts';
import { dimensionsMax } from './limits.ts';
import { callsFunction, type Expression, MathError, parseMath } from './math-syntax.ts';
import { functions, keywords } from './math-function.ts';
import { type Query, unknownFunction } from './math.ts';
import { isPeriod } from './metric-statistics.ts';
import { isSelect, parseSelect } from './select-query.ts';
import { checkSearch } from './search.ts';
import { type Sdk, sortDimensions } from './state.ts';
import { findStatistic } from './statistic.ts';

export type QueryInput = InputOf<Sdk, 'GetMetricData'>['MetricDataQueries'][number];

const idForm = /^[a-z][a-zA-Z0-9_]*$/;

/**
 * The queries, checked one by one and together. `account` is whose metrics may be asked for; any, when undefined.
 *
 * Differs: metrics of another account are refused, because there are no linked accounts.
 */
export function readQueries(inputs: readonly QueryInput[], path: string, account: string | undefined): Query[] {
  const queries = inputs.map((input, index) => readQuery(input, `${path}.member.${index + 1}`, account));
  const ids = new Set(queries.map(({ id }) => id));
  if (ids.size < queries.length) throw errors.validation(`The values for parameter id in ${path} are not unique.`);
  for (const query of queries) checkExpression(query, ids);
  if (queries.filter(isSelectQuery).length > 1)
    throw errors.validation('Only one Metrics Insights query can be specified in a request.');
  return queries;
}

function readQuery(input: QueryInput, path: string, account: string | undefined): Query {
  const { Id, Label, MetricStat, Expression, ReturnData = true, Period, AccountId } = input;
  if (!idForm.test(Id))
    throw errors.validation(
      `The value ${Id} for parameter ${path}.Id is not matching the expected pattern ${idForm.source}.`,
    );
  if (MetricStat !== undefined && Expression !== undefined)
    throw errors.validation(
      `The parameters ${path}.Expression and ${path}.MetricStat are mutually exclusive and you have specified both.`,
    );
  if (MetricStat === undefined && Expression === undefined)
    throw errors.validation(`Either ${path}.Expression or ${path}.MetricStat must be specified.`);
  if (account !== undefined && AccountId !== undefined && AccountId !== account)
    throw errors.validation(`The account ${AccountId} is not linked to the account ${account}.`);
  if (Period !== undefined) checkPeriod(Period, `${path}.Period`);
  const base = { id: Id, label: Label, returns: ReturnData, periodSeconds: Period };
  return MetricStat === undefined ? { ...base, expression: Expression } : { ...base, stat: readStat(MetricStat, path) };
}

function checkPeriod(seconds: number, path: string): void {
  if (!isPeriod(seconds))
    throw errors.validation(
      `The value ${seconds} for parameter ${path} is invalid. Period must be 1, 5, 10, 20, 30 or a multiple of 60.`,
    );
}

function readStat({ Metric, Period, Stat, Unit }: NonNullable<QueryInput['MetricStat']>, path: string): Query['stat'] {
  const { Namespace, MetricName, Dimensions = [] } = Metric;
  if (Namespace === undefined)
    throw errors.validation(`The parameter ${path}.MetricStat.Metric.Namespace is required.`);
  if (MetricName === undefined)
    throw errors.validation(`The parameter ${path}.MetricStat.Metric.MetricName is required.`);
  if (Dimensions.length > dimensionsMax)
    throw errors.validation(
      `The collection ${path}.MetricStat.Metric.Dimensions must not have a size greater than ${dimensionsMax}.`,
    );
  if (findStatistic(Stat) === undefined)
    throw errors.validation(`The value ${Stat} for parameter ${path}.MetricStat.Stat is not supported.`);
  checkPeriod(Period, `${path}.MetricStat.Period`);
  const metric = { namespace: Namespace, name: MetricName, dimensions: sortDimensions(Dimensions), unit: Unit };
  return { metric, stat: Stat, periodSeconds: Period };
}

/** Words of AWS. */
export const expressionRefusal = (id: string, problem: string) =>
  errors.validation(`Error in expression '${id}': ${problem}`);

function checkExpression({ id, expression }: Query, ids: ReadonlySet<string>): void {
  if (expression === undefined) return;
  try {
    if (isSelect(expression)) parseSelect(expression);
    else checkParts(parseMath(expression), ids);
  } catch (error) {
    if (error instanceof MathError) throw expressionRefusal(id, error.message);
    throw error;
  }
}

const contextual = new Set(['METRICS', 'SEARCH', 'ANOMALY_DETECTION_BAND']);

/** Refuses functions and ids that are not there, so that an alarm cannot be made of them. */
function checkParts(expression: Expression, ids: ReadonlySet<string>, isArgument = false): void {
  if (expression.kind === 'name' && !ids.has(expression.name) && !(isArgument && keywords.has(expression.name)))
    throw new MathError(`Unrecognized metric or expression id: ${expression.name}`);
  if (expression.kind === 'negate') checkParts(expression.of, ids);
  if (expression.kind === 'list') for (const item of expression.items) checkParts(item, ids);
  if (expression.kind === 'binary') for (const part of [expression.left, expression.right]) checkParts(part, ids);
  if (expression.kind !== 'call') return;
  const { name, args } = expression;
  if (!Object.hasOwn(functions, name) && !contextual.has(name)) throw new MathError(unknownFunction(name));
  const [first] = args;
  if (name === 'SEARCH' && first?.kind === 'text') checkSearch(first.value);
  for (const arg of args) checkParts(arg, ids, true);
}

/** Whether it is a query of Metrics Insights. */
export const isSelectQuery = ({ expression }: Pick<Query, 'expression'>): boolean =>
  expression !== undefined && isSelect(expression);

/** Whether a query's expression calls a function. */
export const usesFunction = ({ expression }: Query, name: string): boolean =>
  expression !== undefined && !isSelect(expression) && callsFunction(parseMath(expression), name);

// Search expressions: `{AWS/EC2,InstanceId} MetricName="CPUUtilization" web OR NOT test`.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
import { searchResultsMax } from './limits.ts';
import { MathError } from './math-syntax.ts';
import { listSeries } from './metric-list.ts';
import type { MetricRef } from './reading.ts';
import type { CloudWatchContext } from './state.ts';

type Test = (metric: MetricRef) => boolean;

interface Search {
  /** Namespace and the very dimensions that a metric must have. */
  readonly schema?: { readonly namespace: string; readonly dimensions: readonly string[] } | undefined;
  readonly test: Test;
}

/**
 * Words of a text as search sees them: runs of letters or of digits, and humps of camel case; in lower case.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-match.html
 */
function wordsOf(text: string): readonly string[] {
  const words = text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
  return words.map((word) => word.toLowerCase());
}

function matchesPartly(target: string, sought: readonly string[]): boolean {
  if (sought.length === 0) return false;
  const words = wordsOf(target);
  return words.some((_, at) => sought.every((word, index) => words[at + index] === word));
}

const textsOf = ({ namespace, name, dimensions }: MetricRef): readonly string[] => [
  namespace,
  name,
  ...dimensions.flatMap(({ Name, Value }) => [Name, Value]),
];

function propertyOf(metric: MetricRef, property: string): string | undefined {
  const lower = property.toLowerCase();
  if (lower === 'namespace') return metric.namespace;
  if (lower === 'metricname') return metric.name;
  return metric.dimensions.find(({ Name }) => Name.toLowerCase() === lower)?.Value;
}

const tokenForm = /\s*(?:"((?:[^"\\]|\\.)*)"|([(){}=,])|([^\s"(){}=,]+))/y;

type Token = { readonly text: string; readonly kind: 'quoted' | 'sign' | 'word' };

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  tokenForm.lastIndex = 0;
  while (tokenForm.lastIndex < end) {
    const found = tokenForm.exec(text);
    if (found === null) throw new MathError('Invalid syntax in SEARCH expression');
    const [, quoted, sign, word] = found;
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll(/\\(.)/gs, '$1') });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else tokens.push({ kind: 'word', text: word as string });
  }
  return tokens;
}

class SearchParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  whole(): Search {
    const schema = this.#take('sign', '{') ? this.#schema() : undefined;
    const test = this.#at < this.#tokens.length ? this.#or(undefined) : () => true;
    if (this.#at < this.#tokens.length) throw new MathError('Invalid syntax in SEARCH expression');
    return { schema, test };
  }

  #take(kind: Token['kind'], text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #schema(): Search['schema'] {
    const names: string[] = [];
    do {
      let name = '';
      for (
        let token = this.#tokens[this.#at];
        token !== undefined && token.kind !== 'sign';
        token = this.#tokens[++this.#at]
      )
        name += name === '' ? token.text : ` ${token.text}`;
      names.push(name);
    } while (this.#take('sign', ','));
    const [namespace, ...dimensions] = names;
    if (namespace === undefined || namespace === '' || !this.#take('sign', '}'))
      throw new MathError('Invalid syntax in SEARCH expression');
    return { namespace, dimensions };
  }

  /** `property` is the one before the parentheses that are being read: `MetricName=(a OR b)`. */
  #or(property: string | undefined): Test {
    let test = this.#and(property);
    while (this.#take('word', 'OR')) {
      const [left, right] = [test, this.#and(property)];
      test = (metric) => left(metric) || right(metric);
    }
    return test;
  }

  #and(property: string | undefined): Test {
    let test = this.#not(property);
    for (;;) {
      const token = this.#tokens[this.#at];
      const isEnd = token === undefined || (token.kind === 'sign' && token.text === ')');
      if (isEnd || (token.kind === 'word' && token.text === 'OR')) return test;
      this.#take('word', 'AND');
      const [left, right] = [test, this.#not(property)];
      test = (metric) => left(metric) && right(metric);
    }
  }

  #not(property: string | undefined): Test {
    if (!this.#take('word', 'NOT')) return this.#term(property);
    const inner = this.#not(property);
    return (metric) => !inner(metric);
  }

  #term(property: string | undefined): Test {
    if (this.#take('sign', '(')) {
      const inner = this.#or(property);
      if (!this.#take('sign', ')')) throw new MathError('Invalid syntax in SEARCH expression');
      return inner;
    }
    const token = this.#tokens[this.#at++];
    if (token === undefined || token.kind === 'sign') throw new MathError('Invalid syntax in SEARCH expression');
    if (property === undefined && this.#take('sign', '=')) return this.#term(token.text);
    return makeTest(token, property);
  }
}

function makeTest({ kind, text }: Token, property: string | undefined): Test {
  const words = wordsOf(text);
  const isMatch = (target: string): boolean => (kind === 'quoted' ? target === text : matchesPartly(target, words));
  if (property === undefined) return (metric) => textsOf(metric).some(isMatch);
  return (metric) => {
    const value = propertyOf(metric, property);
    return value !== undefined && isMatch(value);
  };
}

const hasDimensions = (metric: MetricRef, names: readonly string[]): boolean =>
  metric.dimensions.length === names.length &&
  names.every((name) => metric.dimensions.some(({ Name }) => Name === name));

/**
 * Metrics with data in the last two weeks that a search finds, at most 500.
 * @throws MathError
 */
export function searchMetrics(context: CloudWatchContext, text: string): readonly MetricRef[] {
  const { schema, test } = new SearchParser(text).whole();
  const listed = listSeries(context, { Namespace: schema?.namespace }, undefined, Number.POSITIVE_INFINITY);
  return listed
    .filter((metric) => (schema === undefined || hasDimensions(metric, schema.dimensions)) && test(metric))
    .slice(0, searchResultsMax);
}

/** Refuses a search that cannot be read. @throws MathError */
export const checkSearch = (text: string): void => void new SearchParser(text).whole();

// A policy document, compiled: read once, judged often. The compiled form is kept by its text, so that the thousandth
// request costs no parsing.
import { type ArnPattern, type ArnParts, compileArnPattern, matchesArn } from './arn-pattern.ts';
import { compileCondition, type ConditionTest, holds } from './condition.ts';
import {
  isArray,
  isObject,
  type JsonNode,
  JsonSyntaxError,
  type Position,
  positionOf,
  readJson,
  textsOf,
} from './json.ts';
import {
  compilePrincipal,
  type Nearness,
  nearness,
  outside,
  type PrincipalPattern,
  type RequestPrincipal,
} from './principal.ts';
import { compileGlob, type ContextLookup, type Glob, matches } from './template.ts';

interface ActionPattern {
  readonly everything: boolean;
  /** By service prefix: names without wildcards, and patterns. All in lower case, for AWS does not tell case apart here. */
  readonly services: ReadonlyMap<string, { readonly names: ReadonlySet<string>; readonly globs: readonly Glob[] }>;
  /** Patterns whose service has a wildcard too. */
  readonly floating: readonly Glob[];
}

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly start: Position;
  /** The last character. */
  readonly end: Position;
  readonly actions: ActionPattern;
  readonly notAction: boolean;
  /** Absent in trust policies, which are about the role that they belong to. */
  readonly resources: readonly ArnPattern[] | undefined;
  readonly notResource: boolean;
  readonly principals: PrincipalPattern | undefined;
  readonly notPrincipal: boolean;
  readonly conditions: readonly ConditionTest[];
}

export interface Policy {
  readonly text: string;
  readonly version: '2008-10-17' | '2012-10-17';
  readonly allows: readonly Statement[];
  readonly denies: readonly Statement[];
}

/** What of a request a statement looks at, prepared once for all statements. */
export interface Question {
  readonly service: string;
  /** `sqs:sendmessage`: lower case. */
  readonly action: string;
  readonly resource: ArnParts;
  readonly principal: RequestPrincipal;
  readonly lookup: ContextLookup;
}

function compileActions(texts: readonly string[]): ActionPattern {
  const services = new Map<string, { names: Set<string>; globs: Glob[] }>();
  const floating: Glob[] = [];
  let everything = false;
  for (const text of texts) {
    const action = text.toLowerCase();
    const colon = action.indexOf(':');
    if (action === '*' || action === '*:*') everything = true;
    else if (colon < 0 || /[*?]/.test(action.slice(0, colon))) floating.push(compileGlob(action));
    else {
      const service = action.slice(0, colon);
      const known = services.get(service) ?? { names: new Set<string>(), globs: [] };
      services.set(service, known);
      if (/[*?]/.test(action)) known.globs.push(compileGlob(action));
      else known.names.add(action);
    }
  }
  return { everything, services, floating };
}

function matchesAction(pattern: ActionPattern, question: Question): boolean {
  if (pattern.everything) return true;
  const own = pattern.services.get(question.service);
  if (own !== undefined) {
    if (own.names.has(question.action)) return true;
    for (const glob of own.globs) if (matches(glob, question.action)) return true;
  }
  for (const glob of pattern.floating) if (matches(glob, question.action)) return true;
  return false;
}

function matchesResource(patterns: readonly ArnPattern[], question: Question): boolean {
  for (const pattern of patterns) if (matchesArn(pattern, question.resource, question.lookup)) return true;
  return false;
}

/** Where is the first condition of the statement that fails? undefined: all hold. */
const failing = (statement: Statement, lookup: ContextLookup): ConditionTest | undefined => {
  for (const test of statement.conditions) if (!holds(test, lookup)) return test;
  return undefined;
};

/** Action and resource only: what decides whether a missing context key would have mattered. */
export const concerns = (statement: Statement, question: Question): boolean =>
  matchesAction(statement.actions, question) !== statement.notAction &&
  (statement.resources === undefined || matchesResource(statement.resources, question) !== statement.notResource);

/** How near the statement names the caller; a statement without principal is about its bearer, hence `direct`. */
export function applies(statement: Statement, question: Question): Nearness {
  let near: Nearness = 'direct';
  if (statement.principals !== undefined) {
    if (statement.notPrincipal) near = outside(statement.principals, question.principal) ? 'direct' : 'no';
    else near = nearness(statement.principals, question.principal);
    if (near === 'no') return 'no';
  }
  return concerns(statement, question) && failing(statement, question.lookup) === undefined ? near : 'no';
}

function compileConditions(node: JsonNode | undefined, variables: boolean): readonly ConditionTest[] {
  const tests: ConditionTest[] = [];
  if (!isObject(node)) return tests;
  for (const [operator, keys] of node.value) {
    if (!isObject(keys)) continue;
    for (const [name, values] of keys.value) {
      const test = compileCondition(operator, name, textsOf(values) ?? [], variables);
      if (test === undefined) throw new JsonSyntaxError(keys.start);
      tests.push(test);
    }
  }
  return tests;
}

function compileStatement(node: JsonNode, text: string, variables: boolean): Statement {
  if (!isObject(node)) throw new JsonSyntaxError(node.start);
  const member = (name: string): JsonNode | undefined => node.value.get(name);
  const effect = member('Effect')?.value;
  if (effect !== 'Allow' && effect !== 'Deny') throw new JsonSyntaxError(node.start);
  const resources = textsOf(member('Resource') ?? member('NotResource'));
  const principal = member('Principal') ?? member('NotPrincipal');
  const sid = member('Sid')?.value;
  return {
    sid: typeof sid === 'string' ? sid : undefined,
    effect,
    start: positionOf(text, node.start),
    end: positionOf(text, node.end - 1),
    actions: compileActions(textsOf(member('Action') ?? member('NotAction')) ?? []),
    notAction: node.value.has('NotAction'),
    resources: resources?.map((resource) => compileArnPattern(resource, { variables, wildcards: true })),
    notResource: node.value.has('NotResource'),
    principals: principal === undefined ? undefined : compilePrincipal(principal),
    notPrincipal: node.value.has('NotPrincipal'),
    conditions: compileConditions(member('Condition'), variables),
  };
}

/** Compiles a policy document. Throws `JsonSyntaxError` when it is none; grammar.ts says what AWS says to that. */
export function readPolicy(text: string): Policy {
  const root = readJson(text);
  if (!isObject(root)) throw new JsonSyntaxError(0);
  const version = root.value.get('Version')?.value === '2012-10-17' ? '2012-10-17' : '2008-10-17';
  const node = root.value.get('Statement');
  const nodes = node === undefined ? [] : isArray(node) ? node.value : [node];
  const statements = nodes.map((statement) => compileStatement(statement, text, version === '2012-10-17'));
  return {
    text,
    version,
    allows: statements.filter(({ effect }) => effect === 'Allow'),
    denies: statements.filter(({ effect }) => effect === 'Deny'),
  };
}

/** Compiled policies kept; more than the policies in use of a busy test, and at most some tens of megabytes. */
const cacheSize = 2_048;
const cache = new Map<string, Policy>();

/** As `readPolicy`, remembered by the text. */
export function compilePolicy(text: string): Policy {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const policy = readPolicy(text);
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value ?? '');
  cache.set(text, policy);
  return policy;
}

// Which operation of a REST service a method, a path and a query are for.
import type { Headers } from '../kernel/http.ts';
import type { Member, OperationModel } from './model.ts';

export interface RouteMatch {
  readonly operation: OperationModel;
  /** Label → text as in the path, still percent-encoded. */
  readonly labels: Readonly<Record<string, string>>;
}

type Query = readonly (readonly [name: string, value: string])[];

export interface Route {
  readonly operation: OperationModel;
  readonly labels: readonly string[];
  readonly literals: readonly (readonly [name: string, value: string | undefined])[];
  /** Required members in query or headers: they tell `ListParts` from `GetObject`. */
  readonly needed: readonly Member[];
}

interface Node {
  readonly literals: Map<string, Node>;
  label: Node | undefined;
  /** Where a greedy label ends; what stands after it is literal. */
  readonly greedy: { readonly after: readonly string[]; readonly node: Node }[];
  readonly routes: Map<string, Route[]>;
}

const makeNode = (): Node => ({ literals: new Map(), label: undefined, greedy: [], routes: new Map() });

/** `x-id` names the operation for logs; it decides nothing but a tie. */
const parseLiterals = (query: string): [string, string | undefined][] =>
  query
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith('x-id='))
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair, undefined] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });

const pathSegments = (path: string): string[] => {
  const trimmed = path.replace(/^\/+/, '').replace(/\/$/, '');
  return trimmed === '' ? [] : trimmed.split('/');
};

export const makeRoute = (operation: OperationModel, labels: readonly string[], query: string): Route => ({
  operation,
  labels,
  literals: parseLiterals(query),
  needed: operation.input.members.filter(
    ({ required, traits }) => required && (traits.httpQuery !== undefined || traits.httpHeader !== undefined),
  ),
});

export class Router {
  readonly #root = makeNode();

  constructor(operations: Iterable<OperationModel>) {
    for (const operation of operations) this.#add(operation);
  }

  #add(operation: OperationModel): void {
    const { http, olderHttp } = operation.traits;
    if (http !== undefined) this.#route(operation, http[0], http[1]);
    if (olderHttp !== undefined) this.#route(operation, olderHttp[0], olderHttp[1]);
  }

  #route(operation: OperationModel, method: string, uri: string): void {
    const question = uri.indexOf('?');
    const path = question < 0 ? uri : uri.slice(0, question);
    const labels: string[] = [];
    let node = this.#root;
    const segments = pathSegments(path);
    for (const [i, segment] of segments.entries()) {
      const label = /^\{([^}+]+)(\+?)\}$/.exec(segment);
      if (label === null) {
        let next = node.literals.get(segment);
        if (next === undefined) {
          next = makeNode();
          node.literals.set(segment, next);
        }
        node = next;
        continue;
      }
      labels.push(label[1] ?? '');
      if (label[2] === '+') {
        const after = segments.slice(i + 1);
        let greedy = node.greedy.find((known) => known.after.join('/') === after.join('/'));
        if (greedy === undefined) {
          greedy = { after, node: makeNode() };
          node.greedy.push(greedy);
          // The longer ending is tried first.
          node.greedy.sort((a, b) => b.after.length - a.after.length);
        }
        node = greedy.node;
        break;
      }
      node.label ??= makeNode();
      node = node.label;
    }
    const routes = node.routes.get(method) ?? [];
    routes.push(makeRoute(operation, labels, question < 0 ? '' : uri.slice(question + 1)));
    node.routes.set(method, routes);
  }

  match(method: string, path: string, query: Query, headers: Headers): RouteMatch | undefined {
    return this.#walk(this.#root, pathSegments(path), 0, [], { method, query, headers });
  }

  #walk(
    node: Node,
    segments: readonly string[],
    at: number,
    values: string[],
    request: { method: string; query: Query; headers: Headers },
  ): RouteMatch | undefined {
    const segment = segments[at];
    if (segment === undefined) return choose(node.routes.get(request.method), values, request.query, request.headers);
    const literal = node.literals.get(segment);
    if (literal !== undefined) {
      const found = this.#walk(literal, segments, at + 1, values, request);
      if (found !== undefined) return found;
    }
    if (node.label !== undefined && segment !== '') {
      const found = this.#walk(node.label, segments, at + 1, [...values, segment], request);
      if (found !== undefined) return found;
    }
    for (const { after, node: end } of node.greedy) {
      const until = segments.length - after.length;
      if (until <= at || !after.every((part, i) => segments[until + i] === part)) continue;
      const taken = [...values, segments.slice(at, until).join('/')];
      const found = choose(end.routes.get(request.method), taken, request.query, request.headers);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** How well a route fits: its literals first, then what it needs; undefined when a literal is missing. */
const fit = (route: Route, query: Query, headers: Headers): number | undefined => {
  for (const [name, value] of route.literals) {
    const present = query.some(([given, text]) => given === name && (value === undefined || text === value));
    if (!present) return undefined;
  }
  let met = 0;
  for (const { traits } of route.needed) {
    const { httpQuery, httpHeader } = traits;
    const present =
      httpQuery === undefined
        ? headers[(httpHeader ?? '').toLowerCase()] !== undefined
        : query.some(([name]) => name === httpQuery);
    if (present) met++;
  }
  const whole = met === route.needed.length;
  return route.literals.length * 1_000 + (whole ? 100 + met : -route.needed.length);
};

/** The best of the routes that end in one place. */
export const choose = (
  routes: readonly Route[] | undefined,
  values: readonly string[],
  query: Query,
  headers: Headers,
): RouteMatch | undefined => {
  if (routes === undefined) return undefined;
  let best: Route | undefined;
  let bestFit = Number.NEGATIVE_INFINITY;
  for (const route of routes) {
    const score = fit(route, query, headers);
    if (score === undefined || score < bestFit) continue;
    if (score === bestFit && !query.some(([name, id]) => name === 'x-id' && id === route.operation.name)) continue;
    best = route;
    bestFit = score;
  }
  if (best === undefined) return undefined;
  const labels: Record<string, string> = {};
  best.labels.forEach((label, i) => {
    labels[label] = values[i] ?? '';
  });
  return { operation: best.operation, labels };
};

// `Select`, projections and filters against what a table or index holds.
import { errors } from './errors.ts';
import type { Condition } from './expression/condition.ts';
import { type Projection, projectionOfPaths } from './expression/projection.ts';
import type { Shape } from './read-page.ts';
import { indexNames } from './secondary-index.ts';
import type { SecondaryIndex, TableRow } from './state.ts';

interface SelectInput {
  readonly Select?: string | undefined;
  readonly IndexName?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly AttributesToGet?: readonly string[] | undefined;
}

/** Refuses a `Select` that contradicts the rest of the request. */
export function checkSelect(input: SelectInput): void {
  const { Select, IndexName, ProjectionExpression, AttributesToGet } = input;
  if (Select === undefined) return;
  const parameter = ProjectionExpression === undefined ? AttributesToGet && 'AttributesToGet' : 'ProjectionExpression';
  if (Select === 'SPECIFIC_ATTRIBUTES') {
    if (parameter !== undefined) return;
    throw errors.validation(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (parameter !== undefined) {
    throw errors.validation(
      `Cannot specify the ${parameter} when choosing to get ${Select === 'COUNT' ? 'only the Count' : Select}`,
    );
  }
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName === undefined)
    throw errors.validation('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
}

const missing = (names: ReadonlySet<string> | undefined, asked: Iterable<string>): string[] =>
  names === undefined ? [] : [...asked].filter((name) => !names.has(name));

/** What a page gives of each item. @throws ValidationException for what an index does not hold */
export function shapeOf(
  table: TableRow,
  index: SecondaryIndex | undefined,
  select: string | undefined,
  projection: Projection | undefined,
  filter: Condition | undefined,
): Shape {
  const countOnly = select === 'COUNT';
  if (index === undefined) return { projection, countOnly, fetches: false };
  const names = indexNames(table, index);
  const unfiltered = missing(names, new Set((filter?.paths ?? []).map((path) => String(path[0]))));
  if (unfiltered.length > 0) {
    throw errors.invalidParameter(
      `Secondary index ${index.name} does not project one or more filter attributes: [${unfiltered.join(', ')}]`,
    );
  }
  const all = select === 'ALL_ATTRIBUTES' && names !== undefined;
  const lacking = missing(names, projection?.names ?? []);
  if (index.kind === 'local') return { projection, countOnly, fetches: all || lacking.length > 0 };
  if (all) {
    throw errors.invalidParameter(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  }
  if (lacking.length > 0)
    throw errors.invalidParameter(`Global secondary index ${index.name} does not project [${lacking.join(', ')}]`);
  return { projection, countOnly, fetches: false };
}

/** A projection of the key attributes of a table, for reads that need no more. */
export const keysOnly = (table: TableRow): Projection =>
  projectionOfPaths([[table.key.hash.name], ...(table.key.range === undefined ? [] : [[table.key.range.name]])]);

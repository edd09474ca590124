// Which resources the targets of an experiment are: by ARN, tags, filters and parameters, and then all of them or some.
// @see https://docs.aws.amazon.com/fis/latest/userguide/targets.html
import type { Random } from '../../../kernel/random.ts';
import { arnForm, kinds, type Resource } from './resource.ts';
import { accountOf, type Actor, ExperimentFailure } from './role.ts';
import type { FisContext } from './operation.ts';
import type { ExperimentRow, TargetSpec } from './state.ts';

/** Members that a path leads to: `Placement.AvailabilityZone`, through lists to each of their items. */
export function valuesAt(value: unknown, path: readonly string[]): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => valuesAt(item, path));
  const [name, ...rest] = path;
  if (name === undefined) return value === undefined || value === null ? [] : [value];
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
  return valuesAt((value as Readonly<Record<string, unknown>>)[name], rest);
}

/** Values of one filter are alternatives; all filters must match. */
const passes = ({ shown }: Resource, filters: TargetSpec['filters']): boolean =>
  (filters ?? []).every(({ path, values }) =>
    valuesAt(shown, path.split('.')).some((value) => values.includes(String(value))),
  );

/** All, so many, or such a share of them, rounded down; which ones is left to chance. */
export function select<Item>(items: readonly Item[], mode: string, random: Random): readonly Item[] {
  const [, kind, number = '0'] = /^(ALL|COUNT|PERCENT)(?:\((\d+)\))?$/.exec(mode) ?? [];
  if (kind === 'ALL' || kind === undefined) return items;
  const wanted = kind === 'COUNT' ? Number(number) : Math.floor((items.length * Number(number)) / 100);
  const left = [...items];
  const chosen: Item[] = [];
  while (chosen.length < wanted && left.length > 0) chosen.push(...left.splice(random.integer(0, left.length), 1));
  return items.filter((item) => chosen.includes(item));
}

/** Unknown: whether a number or a share counts in each target account, as here, or in all of them together. */
async function resolve(
  name: string,
  target: TargetSpec,
  actors: readonly Actor[],
  context: FisContext,
): Promise<readonly string[]> {
  const kind = kinds[target.resourceType];
  if (kind === undefined)
    throw new ExperimentFailure(
      'InvalidTarget',
      `Target ${name}: resources of type ${target.resourceType} cannot be found here.`,
    );
  const { resourceArns: arns = [], resourceTags: tags = {}, parameters = {} } = target;
  for (const arn of arns)
    if (!arnForm.test(arn)) throw new ExperimentFailure('InvalidTarget', `Target ${name}: no ARN: ${arn}.`);
  const chosen: string[] = [];
  for (const actor of actors) {
    const own = arns.filter((arn) => [actor.account, ''].includes(accountOf(arn)));
    if (arns.length > 0 && own.length === 0) continue;
    const found = await kind.find({ arns: own, tags, parameters }, actor, context);
    const matching = found.filter((resource) => passes(resource, target.filters));
    chosen.push(...select(matching, target.selectionMode, context.random).map(({ arn }) => arn));
  }
  return chosen;
}

/** ARNs by target. @throws ExperimentFailure, AwsError */
export async function resolveTargets(
  row: ExperimentRow,
  actors: readonly Actor[],
  context: FisContext,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const resolved: Record<string, readonly string[]> = {};
  for (const [name, target] of Object.entries(row.targets)) {
    const arns = await resolve(name, target, actors, context);
    if (arns.length === 0 && row.emptyTargetResolutionMode === 'fail')
      throw new ExperimentFailure('InvalidTarget', 'Target resolution returned empty set');
    resolved[name] = arns;
  }
  return resolved;
}

// Listing parameters without their values, and labelling their versions.
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { labelsMax } from './limits.ts';
import type { Operation, SsmContext } from './operation.ts';
import { pageOf } from './page.ts';
import { filterOf, olderFilterOf } from './parameter-filter.ts';
import { arnOf, readName } from './parameter-name.ts';
import { showPolicies } from './parameter-policy.ts';
import type { VersionRow } from './state.ts';

/** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html */
export const DescribeParameters: Operation<'DescribeParameters'> = (input, context) => {
  const { state, clock } = context;
  if ((input.Filters ?? []).length > 0 && (input.ParameterFilters ?? []).length > 0)
    throw errors.invalid('You can use either Filters or ParameterFilters in a single request.');
  const fits = filterOf(context, input.ParameterFilters ?? [], 'describe');
  const fitsOlder = olderFilterOf(input.Filters ?? []);
  const named = (input.ParameterFilters ?? []).find(
    ({ Key, Option }) => Key === 'Name' && (Option ?? 'Equals') === 'Equals',
  );
  const candidates =
    named === undefined
      ? state.parameters.list()
      : [...new Set((named.Values ?? []).flatMap((name) => [name, `/${name}`]))].flatMap(
          (name) => state.parameters.find(name) ?? [],
        );
  const rows = candidates.map(({ latest }) => latest).filter((row) => fits(row) && fitsOlder(row));
  // With `Shared`, what others share: nothing is shared between accounts here.
  const { items, NextToken } = pageOf(input, input.Shared === true ? [] : rows, ({ name }) => name, 50);
  const Parameters = items.map((row) => ({
    Name: row.name,
    ARN: arnOf(context, row.name),
    Type: row.type,
    KeyId: row.keyId,
    LastModifiedDate: toDate(row.modifiedAt),
    LastModifiedUser: row.modifiedBy,
    Description: row.description,
    AllowedPattern: row.allowedPattern,
    Version: row.version,
    Tier: row.tier,
    Policies: showPolicies(row.policies, row.modifiedAt, clock.now()),
    DataType: row.dataType,
  }));
  return { Parameters, NextToken };
};

/** Letters, digits and `.-_`; no digit first, nor `aws` or `ssm`. */
const isLabel = (label: string): boolean => /^(?!\d|aws|ssm)[\w.-]{1,100}$/i.test(label);

function getVersion(context: SsmContext, given: string, version: number | undefined): VersionRow {
  const { state } = context;
  const { name } = readName(context, given);
  const parameter = state.parameters.find(name);
  if (parameter === undefined) throw errors.notFound();
  const row = version === undefined ? parameter.latest : state.versions.find(key(name, version));
  if (row === undefined) throw errors.versionNotFound(String(version), name);
  return row;
}

/** Writes a version, and the parameter's own copy when it is the latest. */
function putLabels({ state }: SsmContext, row: VersionRow, labels: readonly string[]): void {
  const changed = { ...row, labels };
  state.versions.put(changed);
  const parameter = state.parameters.find(row.name);
  if (parameter?.latest.version === row.version) state.parameters.put({ ...parameter, latest: changed });
}

/** Names a version; a label that another version has moves. */
export const LabelParameterVersion: Operation<'LabelParameterVersion'> = (input, context) => {
  const row = getVersion(context, input.Name, input.ParameterVersion);
  const labels = [...new Set(input.Labels)];
  const good = labels.filter(isLabel);
  const joined = [...new Set([...row.labels, ...good])];
  if (joined.length > labelsMax) throw errors.labelLimit();
  for (const other of context.state.versions.list({ prefix: key(row.name) })) {
    const kept = other.labels.filter((label) => !good.includes(label));
    if (other.version !== row.version && kept.length < other.labels.length) putLabels(context, other, kept);
  }
  putLabels(context, row, joined);
  return { InvalidLabels: labels.filter((label) => !isLabel(label)), ParameterVersion: row.version };
};

export const UnlabelParameterVersion: Operation<'UnlabelParameterVersion'> = (input, context) => {
  const row = getVersion(context, input.Name, input.ParameterVersion);
  const RemovedLabels = input.Labels.filter((label) => row.labels.includes(label));
  putLabels(
    context,
    row,
    row.labels.filter((label) => !RemovedLabels.includes(label)),
  );
  return { RemovedLabels, InvalidLabels: input.Labels.filter((label) => !RemovedLabels.includes(label)) };
};

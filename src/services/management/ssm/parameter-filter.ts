// Filters of `DescribeParameters` and `GetParametersByPath`.
// @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
import type { ParametersFilter, ParameterStringFilter } from '@aws-sdk/client-ssm';
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import type { SsmContext } from './operation.ts';
import type { VersionRow } from './state.ts';

type Fits = (row: VersionRow) => boolean;

const valueOf: Readonly<Record<string, (row: VersionRow) => string | undefined>> = {
  Type: ({ type }) => type,
  KeyId: ({ keyId }) => keyId,
  Name: ({ name }) => name,
  Tier: ({ tier }) => tier,
  DataType: ({ dataType }) => dataType,
};

const validKeys = {
  path: ['Type', 'KeyId', 'Label'],
  describe: ['Name', 'Type', 'KeyId', 'Path', 'Label', 'Tier', 'DataType'],
};

const pathRule =
  'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.';

/** @throws ValidationException for what is no path of parameters. */
export function checkPath(path: string): void {
  if (!/^\/[\w./-]*$/.test(path)) throw errors.invalid(pathRule);
}

/** What must be true of a row for all filters. */
export function filterOf(
  context: SsmContext,
  filters: readonly ParameterStringFilter[],
  where: keyof typeof validKeys,
): Fits {
  const tests = filters.map((filter) => testOf(context, filter, where));
  const names = filters.map(({ Key }) => Key);
  if (new Set(names).size < names.length)
    throw errors.filterKey(String(names.find((name, at) => names.indexOf(name) !== at)), validKeys[where]);
  return (row) => tests.every((test) => test(row));
}

function optionOf({ Option }: ParameterStringFilter, valid: readonly string[]): string {
  const option = Option ?? (valid[0] as string);
  if (!valid.includes(option)) throw errors.filterOption(option, valid);
  return option;
}

function testOf(context: SsmContext, filter: ParameterStringFilter, where: keyof typeof validKeys): Fits {
  const { Key: name = '', Values = [] } = filter;
  if (name.startsWith('tag:') && where === 'describe') return tagTest(context, name.slice(4), Values);
  if (!validKeys[where].includes(name)) throw errors.filterKey(name, validKeys[where]);
  if (Values.length === 0)
    throw errors.filterValue(`The following filter values are missing : null for filter key ${name}.`);
  if (name === 'Path') {
    const option = optionOf(filter, ['OneLevel', 'Recursive']);
    Values.forEach(checkPath);
    return ({ name: full }) => Values.some((path) => isBelow(full, path, option === 'Recursive'));
  }
  if (name === 'Label') {
    const { state } = context;
    return (row) =>
      state.versions.list({ prefix: key(row.name) }).some(({ labels }) => labels.some((one) => Values.includes(one)));
  }
  const look = valueOf[name] as (row: VersionRow) => string | undefined;
  const option = optionOf(filter, name === 'Name' ? ['Equals', 'BeginsWith', 'Contains'] : ['Equals', 'BeginsWith']);
  return (row) => {
    const value = look(row) ?? '';
    return Values.some((wanted) => matches(option, value, wanted));
  };
}

function matches(option: string, value: string, wanted: string): boolean {
  if (option === 'BeginsWith') return value.startsWith(wanted) || value.startsWith(`/${wanted}`);
  if (option === 'Contains') return value.includes(wanted);
  return value === wanted || value === `/${wanted}`;
}

function isBelow(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  if (prefix === '/') return recursive || !name.replace(/^\//, '').includes('/');
  return name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes('/'));
}

const tagTest =
  ({ state }: SsmContext, name: string, values: readonly string[]): Fits =>
  (row) => {
    const tag = state.tags.find(key('Parameter', row.name, name));
    return tag !== undefined && (values.length === 0 || values.includes(tag.value));
  };

/** The older filters: names by how they begin, types and keys whole. */
export const olderFilterOf =
  (filters: readonly ParametersFilter[]): Fits =>
  (row) =>
    filters.every(({ Key = '', Values = [] }) => {
      const value = valueOf[Key]?.(row) ?? '';
      return Values.some((wanted) => (Key === 'Name' ? value.startsWith(wanted) : value === wanted));
    });

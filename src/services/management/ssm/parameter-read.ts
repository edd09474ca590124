// Reading parameters: by name, by path, and their history.
import type { Parameter } from '@aws-sdk/client-ssm';
import { createHash } from 'node:crypto';
import { afterPrefix, key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import type { Operation, SsmContext } from './operation.ts';
import { pageOf } from './page.ts';
import { checkPath, filterOf } from './parameter-filter.ts';
import { arnOf, readName } from './parameter-name.ts';
import { showPolicies } from './parameter-policy.ts';
import { findPublic, isPublicName, publicPaths } from './public-parameter.ts';
import type { VersionRow } from './state.ts';

/**
 * What is shown of a SecureString without decryption.
 * Differs: a text that stands for the ciphertext; no key opens it.
 */
const sealed = ({ name, version, value }: VersionRow): string => {
  const digest = createHash('sha512').update(`${name}\n${version}\n${value}`).digest('base64');
  return `AQICAH${digest.replaceAll('=', '')}${digest.replaceAll('=', '')}==`;
};

const valueOf = (row: VersionRow, isDecrypted: boolean | undefined): string =>
  row.type === 'SecureString' && isDecrypted !== true ? sealed(row) : row.value;

const show = (
  row: VersionRow,
  context: SsmContext,
  isDecrypted: boolean | undefined,
  selector?: string,
): Parameter => ({
  Name: row.name,
  Type: row.type,
  Value: valueOf(row, isDecrypted),
  Version: row.version,
  Selector: selector,
  LastModifiedDate: toDate(row.modifiedAt),
  ARN: isPublicName(row.name) ? publicArn(context, row.name) : arnOf(context, row.name),
  DataType: row.dataType,
});

const publicArn = ({ partition, region }: SsmContext, name: string): string =>
  `arn:${partition}:ssm:${region}::parameter${name}`;

/** The version that a name means; undefined when there is no such parameter. @throws ParameterVersionNotFound */
function findVersion(
  context: SsmContext,
  given: string,
): { row: VersionRow; selector?: string | undefined } | undefined {
  const { state } = context;
  const { name, selector } = readName(context, given);
  if (isPublicName(name)) {
    const row = findPublic(context, name);
    return row === undefined ? undefined : { row, selector };
  }
  const found = state.parameters.find(name);
  if (found === undefined) return undefined;
  if (selector === undefined) return { row: found.latest };
  const wanted = selector.slice(1);
  const row = /^\d+$/.test(wanted)
    ? state.versions.find(key(name, Number(wanted)))
    : state.versions.list({ prefix: key(name) }).find(({ labels }) => labels.includes(wanted));
  if (row === undefined) throw errors.versionNotFound(wanted, name);
  return { row, selector };
}

/** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
export const GetParameter: Operation<'GetParameter'> = ({ Name, WithDecryption }, context) => {
  const found = findVersion(context, Name);
  if (found === undefined) throw errors.notFound();
  return { Parameter: show(found.row, context, WithDecryption, found.selector) };
};

/** Up to ten, by name; those that are not there are told apart. */
export const GetParameters: Operation<'GetParameters'> = ({ Names, WithDecryption }, context) => {
  const Parameters: Parameter[] = [];
  const InvalidParameters: string[] = [];
  for (const name of new Set(Names)) {
    try {
      const found = findVersion(context, name);
      if (found === undefined) InvalidParameters.push(name);
      else Parameters.push(show(found.row, context, WithDecryption, found.selector));
    } catch {
      InvalidParameters.push(name);
    }
  }
  return { Parameters, InvalidParameters };
};

/** The latest versions below a path. A name without a slash stands at the root. */
export function below(context: SsmContext, path: string, recursive: boolean): VersionRow[] {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  if (isPublicName(prefix)) return publicPaths(context, prefix, recursive);
  const isRoot = prefix === '/';
  const rows = context.state.parameters.list(isRoot ? {} : { from: prefix, to: afterPrefix(prefix) ?? '' });
  const rest = (name: string): string => (name.startsWith('/') ? name.slice(prefix.length) : name);
  return rows.map(({ latest }) => latest).filter(({ name }) => recursive || !rest(name).includes('/'));
}

/**
 * Parameters below a path, one level of them or all.
 * Limit: ten a page.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
 */
export const GetParametersByPath: Operation<'GetParametersByPath'> = (input, context) => {
  const { name: path } = readName(context, input.Path);
  checkPath(path);
  const fits = filterOf(context, input.ParameterFilters ?? [], 'path');
  const rows = below(context, path, input.Recursive === true).filter(fits);
  const { items, NextToken } = pageOf(input, rows, ({ name }) => name, 10);
  return { Parameters: items.map((row) => show(row, context, input.WithDecryption)), NextToken };
};

/** All versions that are kept, oldest first. */
export const GetParameterHistory: Operation<'GetParameterHistory'> = (input, context) => {
  const { name } = readName(context, input.Name);
  if (!context.state.parameters.has(name)) throw errors.notFound();
  const rows = context.state.versions.list({ prefix: key(name) });
  const { items, NextToken } = pageOf(input, rows, ({ version }) => String(version), 50);
  const Parameters = items.map((row) => ({
    Name: row.name,
    Type: row.type,
    KeyId: row.keyId,
    LastModifiedDate: toDate(row.modifiedAt),
    LastModifiedUser: row.modifiedBy,
    Description: row.description,
    Value: valueOf(row, input.WithDecryption),
    AllowedPattern: row.allowedPattern,
    Version: row.version,
    Labels: [...row.labels],
    Tier: row.tier,
    Policies: showPolicies(row.policies, row.modifiedAt, context.clock.now()),
    DataType: row.dataType,
  }));
  return { Parameters, NextToken };
};

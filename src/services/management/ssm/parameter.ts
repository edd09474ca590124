// Parameters: written as versions, deleted whole.
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { advancedMax, advancedValueMax, standardMax, standardValueMax, versionsMax } from './limits.ts';
import type { Input, Operation, SsmContext } from './operation.ts';
import { checkName, readName } from './parameter-name.ts';
import { expiryOf, readPolicies } from './parameter-policy.ts';
import { type ParameterRow, parameterTypes, type ParameterType, type Tier, type VersionRow } from './state.ts';
import { dropTags, putTags } from './tag.ts';

type Put = Input<'PutParameter'>;

/** The key that AWS keeps for parameters. */
const defaultKey = 'alias/aws/ssm';
const dataTypes = ['text', 'aws:ec2:image', 'aws:ssm:integration'];

function typeOf({ Type, Overwrite }: Put, before: ParameterRow | undefined): ParameterType {
  const type = parameterTypes.find((one) => one === Type);
  if (before === undefined) {
    if (type === undefined) throw errors.invalid('A parameter type is required when you create a parameter.');
    return type;
  }
  if (Overwrite !== true) throw errors.exists();
  if (type !== undefined && type !== before.latest.type) throw errors.typeChange();
  return before.latest.type;
}

/** Intelligent tiering takes the cheap tier where that will do. */
function tierOf({ Tier: wanted, Value }: Put, policies: readonly string[], before: ParameterRow | undefined): Tier {
  const size = [...Value].length;
  const needsAdvanced = size > standardValueMax || policies.length > 0;
  const was = before?.latest.tier;
  if (wanted === 'Standard' && was === 'Advanced') throw errors.downgrade();
  const isAdvanced = wanted === 'Advanced' || was === 'Advanced' || (wanted === 'Intelligent-Tiering' && needsAdvanced);
  if (!isAdvanced && size > standardValueMax) throw errors.standardValue();
  if (!isAdvanced && policies.length > 0)
    throw errors.invalid('Parameter policies are supported for advanced-tier parameters only.');
  if (size > advancedValueMax) throw errors.advancedValue();
  return isAdvanced ? 'Advanced' : 'Standard';
}

function checkPattern(pattern: string | undefined, value: string): void {
  if (pattern === undefined || pattern === '') return;
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    throw errors.badPattern(pattern);
  }
  if (!expression.test(value)) throw errors.pattern(pattern);
}

function checkData({ DataType, Value }: Put, type: ParameterType): string {
  const dataType = DataType ?? 'text';
  if (!dataTypes.includes(dataType))
    throw errors.invalid(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`);
  if (dataType === 'aws:ec2:image' && (type !== 'String' || !/^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(Value)))
    throw errors.invalid(`The parameter value is not a valid AMI ID: ${Value}`);
  return dataType;
}

/**
 * Which key a SecureString is encrypted with.
 * Differs: the value is kept as it is, and whether there is such a key is not asked.
 */
function keyOf({ KeyId }: Put, type: ParameterType, before: ParameterRow | undefined): string | undefined {
  if (type === 'SecureString') return KeyId ?? before?.latest.keyId ?? defaultKey;
  if (KeyId !== undefined) throw errors.invalid('KeyId is required for SecureString type parameter only.');
  return undefined;
}

/**
 * Makes a parameter, or its next version.
 *
 * Limit: 4,096 characters (standard) or 8,192 (advanced); 100 versions, the oldest goes. Default: tier standard.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
export const PutParameter: Operation<'PutParameter'> = (input, context) => {
  const { state, clock, caller } = context;
  const { name } = readName(context, input.Name);
  checkName(context, name);
  const before = state.parameters.find(name);
  const tags = input.Tags ?? [];
  if (tags.length > 0 && input.Overwrite === true)
    throw errors.invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  const type = typeOf(input, before);
  if (input.Value === '')
    throw errors.invalid(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  const policies = input.Policies === undefined ? (before?.latest.policies ?? []) : readPolicies(input.Policies);
  const tier = tierOf(input, policies, before);
  checkPattern(input.AllowedPattern, input.Value);
  if (before === undefined) checkCount(context, tier);
  const row: VersionRow = {
    name,
    version: (before?.latest.version ?? 0) + 1,
    type,
    value: input.Value,
    description: input.Description ?? before?.latest.description,
    allowedPattern: input.AllowedPattern,
    keyId: keyOf(input, type, before),
    tier,
    policies,
    dataType: input.DataType === undefined && before !== undefined ? before.latest.dataType : checkData(input, type),
    labels: [],
    modifiedAt: clock.now(),
    modifiedBy: caller.arn,
  };
  putVersion(context, row, before);
  if (tags.length > 0) putTags(context, 'Parameter', name, tags);
  return { Version: row.version, Tier: tier };
};

function checkCount({ state }: SsmContext, tier: Tier): void {
  // Only who has many is counted.
  if (state.parameters.size < standardMax) return;
  let count = 0;
  for (const { latest } of state.parameters.each()) if (latest.tier === tier) count++;
  if (count >= (tier === 'Standard' ? standardMax : advancedMax)) throw errors.limit();
}

function putVersion(context: SsmContext, row: VersionRow, before: ParameterRow | undefined): void {
  const { state, clock, jobs } = context;
  let oldest = before?.oldest ?? 1;
  if (row.version - oldest >= versionsMax) {
    const first = state.versions.find(key(row.name, oldest));
    if (first !== undefined && first.labels.length > 0) throw errors.oldestLabelled(row.name, oldest);
    state.versions.delete(key(row.name, oldest));
    oldest++;
  }
  if (before?.expiryJob !== undefined) jobs.cancel(before.expiryJob);
  const expiresAt = expiryOf(row.policies);
  const expiryJob =
    expiresAt === undefined || expiresAt <= clock.now()
      ? undefined
      : jobs.at(expiresAt, 'parameterExpired', { name: row.name, version: row.version });
  state.versions.put(row);
  state.parameters.put({ name: row.name, latest: row, oldest, expiryJob });
}

interface Expiry {
  readonly name: string;
  readonly version: number;
}

/** An expiration policy's day has come. */
export function parameterExpired({ name, version }: Expiry, context: SsmContext): void {
  const row = context.state.parameters.find(name);
  if (row?.latest.version === version) drop(context, row);
}

function drop(context: SsmContext, { name, expiryJob }: ParameterRow): void {
  const { state, jobs } = context;
  if (expiryJob !== undefined) jobs.cancel(expiryJob);
  state.parameters.delete(name);
  state.versions.deleteAll({ prefix: key(name) });
  dropTags(context, 'Parameter', name);
}

export const DeleteParameter: Operation<'DeleteParameter'> = ({ Name }, context) => {
  const row = context.state.parameters.find(readName(context, Name).name);
  if (row === undefined) throw errors.notFound();
  drop(context, row);
  return {};
};

/** Deletes those that are there, and tells which are not. */
export const DeleteParameters: Operation<'DeleteParameters'> = ({ Names }, context) => {
  const DeletedParameters: string[] = [];
  const InvalidParameters: string[] = [];
  for (const name of new Set(Names)) {
    const row = context.state.parameters.find(readName(context, name).name);
    if (row === undefined) InvalidParameters.push(name);
    else {
      drop(context, row);
      DeletedParameters.push(name);
    }
  }
  return { DeletedParameters, InvalidParameters };
};

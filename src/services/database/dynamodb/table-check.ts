// What a table's definition may be: keys, attribute definitions, indexes, capacity, each fault in AWS's words.
import { errors } from './errors.ts';
import type { KeyAttribute, KeySchema, KeyType } from './key.ts';
import { capacityMax, globalIndexMax, localIndexMax, projectedAttributeMax } from './limits.ts';
import type { IndexProjection, Units } from './state.ts';

export interface Definition {
  readonly AttributeName: string;
  readonly AttributeType: string;
}

export interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: string;
}

export interface ProjectionInput {
  readonly ProjectionType?: string | undefined;
  readonly NonKeyAttributes?: readonly string[] | undefined;
}

export interface IndexInput {
  readonly IndexName: string;
  readonly KeySchema: readonly KeyElement[];
  readonly Projection: ProjectionInput;
}

export interface ThroughputInput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}

export type TypesByName = ReadonlyMap<string, KeyType>;

export function typesOf(definitions: readonly Definition[]): TypesByName {
  return new Map(definitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType as KeyType]));
}

const listOf = (names: Iterable<string>): string => `[${[...names].join(', ')}]`;

function keyAttribute(types: TypesByName, name: string): KeyAttribute {
  const type = types.get(name);
  if (type === undefined) throw errors.validation('Invalid KeySchema: Some index key attribute have no definition');
  return { name, type };
}

function checkOrder(elements: readonly KeyElement[]): void {
  if (elements[0]?.KeyType !== 'HASH')
    throw errors.validation('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  if (elements[1] !== undefined && elements[1].KeyType !== 'RANGE')
    throw errors.validation('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
}

/** The key of a table. */
export function readTableKey(elements: readonly KeyElement[], types: TypesByName): KeySchema {
  if (elements.length > types.size)
    throw errors.validation('Invalid KeySchema: Some index key attribute have no definition');
  checkOrder(elements);
  const [hash, range] = elements.map(({ AttributeName }) => keyAttribute(types, AttributeName));
  if (hash === undefined)
    throw errors.validation('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  if (hash.name === range?.name) {
    throw errors.validation('Both the Hash Key and the Range Key element in the KeySchema have the same name');
  }
  return { hash, range };
}

/** The key of an index. */
export function readIndexKey({ KeySchema: elements }: IndexInput, types: TypesByName): KeySchema {
  const names = elements.map(({ AttributeName }) => AttributeName);
  if (names.some((name) => !types.has(name))) {
    throw errors.invalidParameter(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: ${listOf(names)}, AttributeDefinitions: ${listOf(types.keys())}`,
    );
  }
  checkOrder(elements);
  const [hash, range] = names.map((name) => keyAttribute(types, name)) as [KeyAttribute, KeyAttribute | undefined];
  if (hash.name === range?.name)
    throw errors.validation('Both the Hash Key and the Range Key element in the KeySchema have the same name');
  return { hash, range };
}

/** What an index copies besides keys. */
export function readProjectionOf({ ProjectionType: type, NonKeyAttributes: names }: ProjectionInput): IndexProjection {
  if (type === undefined) throw errors.invalidParameter('Unknown ProjectionType: null');
  if (type === 'INCLUDE') {
    if (names === undefined)
      throw errors.invalidParameter('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
    if (new Set(names).size < names.length)
      throw errors.invalidParameter('Duplicate attribute name in NonKeyAttributes');
    return { type, names: [...names] };
  }
  if (names !== undefined)
    throw errors.invalidParameter(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  return { type: type as 'ALL' | 'KEYS_ONLY', names: [] };
}

/** Refuses too many indexes, two of one name, and too many projected attributes in all. */
export function checkIndexes(
  locals: readonly IndexInput[] | undefined,
  globals: readonly IndexInput[] | undefined,
): void {
  if (locals?.length === 0) throw errors.invalidParameter('List of LocalSecondaryIndexes is empty');
  if (globals?.length === 0) throw errors.invalidParameter('List of GlobalSecondaryIndexes is empty');
  if ((locals?.length ?? 0) > localIndexMax) {
    throw errors.invalidParameter(`Number of LocalSecondaryIndexes exceeds per-table limit of ${localIndexMax}`);
  }
  if ((globals?.length ?? 0) > globalIndexMax) {
    throw errors.invalidParameter(`GlobalSecondaryIndex count exceeds the per-table limit of ${globalIndexMax}`);
  }
  const all = [...(locals ?? []), ...(globals ?? [])];
  const names = all.map(({ IndexName }) => IndexName);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw errors.invalidParameter(`Duplicate index name: ${twice}`);
  const projected = all.reduce((sum, { Projection }) => sum + (Projection.NonKeyAttributes?.length ?? 0), 0);
  if (projected > projectedAttributeMax) {
    throw errors.invalidParameter(
      `Number of NonKeyAttributes in all indexes exceeds the per-table limit of ${projectedAttributeMax}`,
    );
  }
}

/** Refuses a local index that is none: it shares the table's partition key and has a sort key of its own. */
export function checkLocalIndex(name: string, table: KeySchema, index: KeySchema): void {
  if (table.range === undefined) {
    throw errors.invalidParameter(
      'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    );
  }
  if (index.hash.name !== table.hash.name) {
    throw errors.invalidParameter(
      `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${name}. index hash key: ${index.hash.name}, table hash key: ${table.hash.name}`,
    );
  }
  if (index.range === undefined)
    throw errors.invalidParameter(`Index KeySchema does not have a range key for index: ${name}`);
}

/** Refuses definitions of attributes that no key uses. */
export function checkAllUsed(types: TypesByName, table: KeySchema, indexes: readonly KeySchema[]): void {
  const used = new Set<string>();
  for (const { hash, range } of [table, ...indexes]) {
    used.add(hash.name);
    if (range !== undefined) used.add(range.name);
  }
  if (used.size === types.size) return;
  throw errors.invalidParameter(
    indexes.length === 0
      ? 'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions'
      : `Some AttributeDefinitions are not used. AttributeDefinitions: ${listOf(types.keys())}, keys used: ${listOf(used)}`,
  );
}

/** The capacity of a table or index, as its billing mode has it. `index` is its name in messages. */
export function readThroughput(billing: string, input: ThroughputInput | undefined, index?: string): Units {
  const of = index === undefined ? '' : ` for index ${index}`;
  if (billing === 'PAY_PER_REQUEST') {
    if (input === undefined) return { read: 0, write: 0 };
    throw errors.invalidParameter(
      `Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`,
    );
  }
  if (input === undefined) {
    throw errors.invalidParameter(
      index === undefined
        ? 'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED'
        : `ProvisionedThroughput must be specified for index: ${index}`,
    );
  }
  const { ReadCapacityUnits: read, WriteCapacityUnits: write } = input;
  if (read > capacityMax) throw errors.validation(`Given value ${read} for ReadCapacityUnits is out of bounds${of}`);
  if (write > capacityMax) throw errors.validation(`Given value ${write} for WriteCapacityUnits is out of bounds${of}`);
  return { read, write };
}

/** Members of requests for what is not built. */
const unknownFeatures = [
  'VectorIndexes',
  'VectorIndexUpdates',
  'GlobalTableSourceArn',
  'GlobalTableWitnessUpdates',
  'GlobalTableSettingsReplicationMode',
  'DisassociationProtectionEnabled',
];

/**
 * Refuses what would be accepted and have no effect.
 *
 * Differs: no vector indexes, no strongly consistent global tables, no replicas in other accounts.
 */
export function refuseUnknownFeatures(input: object): void {
  const asked = input as Readonly<Record<string, unknown>>;
  const unknown = unknownFeatures.find((name) => asked[name] !== undefined && asked[name] !== false);
  if (unknown !== undefined) throw errors.validation(`${unknown} is not supported here`);
  if (asked['MultiRegionConsistency'] === 'STRONG')
    throw errors.validation('MultiRegionConsistency STRONG is not supported here');
}

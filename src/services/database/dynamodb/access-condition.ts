// DynamoDB's condition keys, read out of requests: which partition keys and which attributes they touch.
// A request that the service would refuse has none of them; the service then says what is wrong.
import { readKeyCondition } from './expression/key-condition.ts';
import { parseCondition, parseProjection, parseUpdate } from './expression/parser.ts';
import { pathsIn } from './expression/path-names.ts';
import { Placeholders } from './expression/placeholder.ts';
import type { TableRow } from './state.ts';
import type { AttributeValue, Item } from './value.ts';

type Input = Readonly<Record<string, unknown>>;

/** A key value as policies write it. */
export const textOf = (value: AttributeValue | undefined): string | undefined =>
  value?.S ?? value?.N ?? (value?.B === undefined ? undefined : Buffer.from(value.B).toString('base64'));

/** The partition key value of an item or key. */
export const leadingKeyOf = (table: TableRow | undefined, key: Item | undefined): string | undefined =>
  table === undefined || key === undefined ? undefined : textOf(key[table.key.hash.name]);

/** The partition key value that a query is about. */
export function leadingKeysOfQuery(table: TableRow | undefined, input: Input): string[] {
  const index = table?.indexes.find(({ name }) => name === input['IndexName']);
  const name = (index ?? table)?.key.hash.name;
  const { KeyConditionExpression: text, ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input;
  if (name === undefined) return [];
  if (typeof text !== 'string') {
    const conditions = input['KeyConditions'] as
      | Readonly<Record<string, { readonly AttributeValueList?: AttributeValue[] }>>
      | undefined;
    return listOf(textOf(conditions?.[name]?.AttributeValueList?.[0]));
  }
  try {
    const terms = readKeyCondition(text, new Placeholders(names as never, values as never));
    return listOf(textOf(terms.find((term) => term.name === name)?.values[0]));
  } catch {
    return [];
  }
}

const listOf = (text: string | undefined): string[] => (text === undefined ? [] : [text]);

const expressions = [
  ['ConditionExpression', (text: string) => pathsIn(parseCondition('ConditionExpression', text))],
  ['FilterExpression', (text: string) => pathsIn(parseCondition('FilterExpression', text))],
  ['KeyConditionExpression', (text: string) => pathsIn(parseCondition('KeyConditionExpression', text))],
  ['ProjectionExpression', (text: string) => pathsIn(parseProjection('ProjectionExpression', text))],
  ['UpdateExpression', (text: string) => pathsIn(parseUpdate('UpdateExpression', text))],
] as const;
const legacyMaps = ['Expected', 'KeyConditions', 'QueryFilter', 'ScanFilter', 'AttributeUpdates'];

/** Names of the top-level attributes that a request speaks of. */
export function attributesOf(input: Input, keys: readonly (Item | undefined)[]): string[] {
  const names = (input['ExpressionAttributeNames'] as Readonly<Record<string, string>> | undefined) ?? {};
  const found = new Set<string>(keys.flatMap((key) => Object.keys(key ?? {})));
  for (const [parameter, read] of expressions) {
    const text = input[parameter];
    if (typeof text !== 'string') continue;
    try {
      for (const name of read(text)) found.add(names[name] ?? name);
    } catch {
      return []; // the service refuses it
    }
  }
  for (const parameter of legacyMaps)
    for (const name of Object.keys((input[parameter] as object) ?? {})) found.add(name);
  for (const name of (input['AttributesToGet'] as readonly string[] | undefined) ?? []) found.add(name);
  return [...found];
}

/** `dynamodb:Select`: what is asked for, also where the request leaves it to the default. */
export function selectOf(input: Input): Record<string, string> {
  const specific = input['ProjectionExpression'] !== undefined || input['AttributesToGet'] !== undefined;
  const fallback = input['IndexName'] === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
  const select = input['Select'] ?? (specific ? 'SPECIFIC_ATTRIBUTES' : fallback);
  return { 'dynamodb:Select': String(select) };
}

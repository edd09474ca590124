// Tags of tables.
import { errors } from './errors.ts';
import { tagMax } from './limits.ts';
import { getTable, readTableReference } from './reference.ts';
import type { DynamoContext, Operation, TableRow } from './state.ts';

const pageTags = 10;

function getTagged(context: DynamoContext, arn: string): { readonly place: DynamoContext; readonly table: TableRow } {
  if (!arn.startsWith('arn:'))
    throw errors.validation(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  readTableReference(arn);
  const { context: place, table } = getTable(context, arn);
  return { place, table };
}

/**
 * Adds tags to a table, or changes them.
 *
 * Limit: 50 tags.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
 */
export const TagResource: Operation<'TagResource'> = (input, context) => {
  const { place, table } = getTagged(context, input.ResourceArn);
  const tags = { ...table.tags };
  for (const { Key, Value } of input.Tags) tags[Key] = Value;
  if (Object.keys(tags).length > tagMax)
    throw errors.validation(`The number of tags exceeds the limit of ${tagMax} for the resource`);
  place.state.tables.put({ ...table, tags });
  return {};
};

/**
 * Takes tags away. Keys that are not there are no error.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UntagResource.html
 */
export const UntagResource: Operation<'UntagResource'> = (input, context) => {
  const { place, table } = getTagged(context, input.ResourceArn);
  const gone = new Set(input.TagKeys);
  const tags = Object.fromEntries(Object.entries(table.tags).filter(([name]) => !gone.has(name)));
  place.state.tables.put({ ...table, tags });
  return {};
};

/**
 * Lists the tags of a table, ten at once.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
 */
export const ListTagsOfResource: Operation<'ListTagsOfResource'> = (input, context) => {
  const { table } = getTagged(context, input.ResourceArn);
  const names = Object.keys(table.tags).toSorted();
  const from = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isInteger(from) || from < 0) throw errors.validation('Invalid NextToken');
  const page = names.slice(from, from + pageTags);
  return {
    Tags: page.map((Key) => ({ Key, Value: table.tags[Key] ?? '' })),
    ...(names.length > from + pageTags && { NextToken: String(from + pageTags) }),
  };
};

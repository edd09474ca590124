// Scan: all items of a table or index, in the order of their hashes; in parallel, each segment a range of hashes.
import { afterPrefix } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { type Condition, readCondition } from './expression/condition.ts';
import { type Projection, readProjection } from './expression/projection.ts';
import { hashIn, hashSpace, hashText } from './key.ts';
import { readAttributesToGet, readFilter } from './legacy.ts';
import { checkGenerations, checkScalarKeys, placeholdersOf } from './parameter.ts';
import { answerOf, readableIndex } from './query.ts';
import { readPage, startAfter } from './read-page.ts';
import { openTable } from './reference.ts';
import { checkSelect, shapeOf } from './select.ts';
import type { Operation } from './state.ts';
import { checkAttributes, type Item } from './value.ts';

type ScanInput = Parameters<typeof Scan>[0];

function readScan(input: ScanInput): { filter: Condition | undefined; projection: Projection | undefined } {
  const { FilterExpression, ProjectionExpression, AttributesToGet, ScanFilter, ConditionalOperator } = input;
  const expressions = { FilterExpression, ProjectionExpression };
  checkGenerations({ AttributesToGet, ScanFilter, ConditionalOperator }, expressions);
  const placeholders = placeholdersOf(input, expressions);
  checkSelect(input);
  const filter =
    FilterExpression === undefined
      ? readFilter('ScanFilter', ScanFilter, ConditionalOperator)
      : readCondition('FilterExpression', FilterExpression, placeholders);
  const projection =
    ProjectionExpression === undefined
      ? AttributesToGet && readAttributesToGet(AttributesToGet)
      : readProjection(ProjectionExpression, placeholders);
  placeholders.checkAllUsed();
  return { filter, projection };
}

interface Segment {
  readonly number: number;
  readonly total: number;
}

function segmentOf({ Segment: number, TotalSegments: total }: ScanInput): Segment | undefined {
  if (number === undefined && total === undefined) return undefined;
  if (total === undefined) {
    throw errors.validation(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (number === undefined) {
    throw errors.validation(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  }
  if (number >= total) {
    throw errors.validation(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${number} is not less than TotalSegments: ${total}`,
    );
  }
  return { number, total };
}

const segmentStart = ({ total }: Segment, number: number): number => Math.ceil((number * hashSpace) / total);

function checkSegment(segment: Segment | undefined, space: string, after: string | undefined): void {
  if (segment === undefined || after === undefined) return;
  const hash = hashIn(space, after);
  if (hash >= segmentStart(segment, segment.number) && hash < segmentStart(segment, segment.number + 1)) return;
  throw errors.validation(
    `The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: ${segment.total} Segment: ${segment.number}`,
  );
}

/** The part of a table's or index's key order that a segment is. */
function segmentBounds(space: string, segment: Segment | undefined): { from: string; to: string | undefined } {
  const end = afterPrefix(space);
  if (segment === undefined) return { from: space, to: end };
  const from = space + hashText(segmentStart(segment, segment.number));
  const isLast = segment.number === segment.total - 1;
  return { from, to: isLast ? end : space + hashText(segmentStart(segment, segment.number + 1)) };
}

/**
 * Reads all items of a table or index, page by page.
 *
 * Limit: 1 MB is read for one page, before the filter.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
 */
export const Scan: Operation<'Scan'> = (input, request) => {
  const start: Item | undefined = input.ExclusiveStartKey && checkAttributes(input.ExclusiveStartKey);
  const segment = segmentOf(input);
  const { filter, projection } = readScan(input);
  const located = openTable(request, input.TableName);
  const index = readableIndex(located, input);
  checkScalarKeys(located.table, filter?.paths);
  const space = index?.space ?? located.table.space;
  const shape = shapeOf(located.table, index, input.Select, projection, filter);
  const after = start && startAfter(located, index, start, 'Scan');
  checkSegment(segment, space, after);
  const page = readPage({
    located,
    index,
    ...segmentBounds(space, segment),
    after,
    reverse: false,
    limit: input.Limit,
    filter: filter?.holds,
    shape,
    consistent: input.ConsistentRead ?? false,
    hash: undefined,
  });
  return answerOf(input, page, shape.countOnly);
};

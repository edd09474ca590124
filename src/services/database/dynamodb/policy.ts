// Resource policies of tables and streams. IAM judges them with each request: see `access.ts`.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
import { errors } from './errors.ts';
import { checkPolicy } from './policy-check.ts';
import { getTable } from './reference.ts';
import type { DynamoContext, Operation, TableRow } from './state.ts';
import { revision } from './table.ts';

type Policy = NonNullable<TableRow['policy']>;

interface Holder {
  readonly context: DynamoContext;
  readonly table: TableRow;
  readonly member: 'policy' | 'streamPolicy';
}

const streamPattern = /^(arn:aws[a-zA-Z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table\/[a-zA-Z0-9_.-]+)\/stream\/(.+)$/;

/** The table or stream that an ARN names. */
function holderOf(request: DynamoContext, arn: string): Holder {
  if (!arn.startsWith('arn:')) throw errors.validation(`Invalid ResourceArn provided as input ${arn}`);
  const stream = streamPattern.exec(arn);
  const { context, table } = getTable(request, stream === null ? arn : (stream[1] as string));
  if (stream !== null && table.streamLabel !== stream[2])
    throw errors.resourceNotFound(`Requested resource not found: Stream: ${arn} not found`);
  return { context, table, member: stream === null ? 'policy' : 'streamPolicy' };
}

const noPolicy = () =>
  errors.policyNotFound('Resource-based policy not found for the provided ResourceArn: Requested policy not found');

/** The word that stands for "there must be none yet". */
const expectNone = 'NO_POLICY';

function checkRevision(current: Policy | undefined, expected: string | undefined): void {
  if (expected === undefined || expected === (current?.revision ?? expectNone)) return;
  throw errors.policyNotFound(
    'Resource-based policy not found for the provided ResourceArn: Requested policy update/delete failed due to a revision mismatch',
  );
}

/**
 * Gives a table or stream a policy, in place of the one it has.
 *
 * Limit: 20 KB.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
 */
export const PutResourcePolicy: Operation<'PutResourcePolicy'> = (input, request) => {
  const { context, table, member } = holderOf(request, input.ResourceArn);
  const text = checkPolicy(input.Policy);
  const current = table[member];
  checkRevision(current, input.ExpectedRevisionId);
  if (current?.text === text) return { RevisionId: current.revision };
  const next = Math.max(Number(revision(context)), Number(current?.revision ?? 0) + 1);
  context.state.tables.put({ ...table, [member]: { text, revision: String(next) } });
  return { RevisionId: String(next) };
};

/**
 * Tells the policy of a table or stream.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
 */
export const GetResourcePolicy: Operation<'GetResourcePolicy'> = (input, request) => {
  const { table, member } = holderOf(request, input.ResourceArn);
  const policy = table[member];
  if (policy === undefined) throw noPolicy();
  return { Policy: policy.text, RevisionId: policy.revision };
};

/**
 * Takes the policy away. Where there is none that is no error, unless a revision is expected.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html
 */
export const DeleteResourcePolicy: Operation<'DeleteResourcePolicy'> = (input, request) => {
  const { context, table, member } = holderOf(request, input.ResourceArn);
  const current = table[member];
  checkRevision(current, input.ExpectedRevisionId);
  if (current === undefined) return {};
  const { [member]: _gone, ...rest } = table;
  context.state.tables.put(rest);
  return { RevisionId: current.revision };
};

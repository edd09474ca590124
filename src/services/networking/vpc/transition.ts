// States that a thing reaches by itself after a while: one job for all kinds, since only the words differ.
import { later } from '../../../kernel/units.ts';
import type { Ec2Context } from '../../compute/ec2/operation.ts';
import type { Ec2State } from '../../compute/ec2/state.ts';
import { dropTags } from '../../compute/ec2/tag.ts';
import { dropFlowLogs } from './flow-log.ts';

/** Tables whose rows have a `state`. */
type StatefulTable = {
  [Name in keyof Ec2State]: Ec2State[Name] extends { find(id: string): infer Row | undefined }
    ? Row extends { readonly id: string; readonly state: string }
      ? Name
      : never
    : never;
}[keyof Ec2State];

interface Stateful {
  readonly id: string;
  readonly state: string;
}

interface Rows {
  find(id: string): Stateful | undefined;
  put(row: Stateful): void;
  delete(id: string): boolean;
}

interface Step {
  readonly table: StatefulTable;
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** How long what was deleted stays listed. Unknown: AWS says "a while"; about an hour is seen. */
const afterlifeSeconds = 3_600;

/** The row will be `to` in so many seconds, if it is still `from` then. */
export function reach(context: Ec2Context, seconds: number, step: Step): void {
  context.jobs.at(later(context.clock.now(), seconds), 'stateReached', step);
}

export function stateReached({ table, id, from, to }: Step, context: Ec2Context): void {
  const rows = context.state[table] as unknown as Rows;
  const row = rows.find(id);
  if (row?.state !== from) return;
  rows.put({ ...row, state: to });
  if (to === 'deleted') forgetLater(context, table, id);
}

/** A thing that is `deleted` is listed for a while, and then nothing is known of it. Its flow logs end at once. */
export function forgetLater(context: Ec2Context, table: keyof Ec2State, id: string): void {
  const { jobs, clock } = context;
  dropFlowLogs(context, id);
  jobs.at(later(clock.now(), afterlifeSeconds), 'rowForgotten', { table, id });
}

export function rowForgotten({ table, id }: { table: keyof Ec2State; id: string }, context: Ec2Context): void {
  (context.state[table] as unknown as Rows).delete(id);
  dropTags(context, id);
}

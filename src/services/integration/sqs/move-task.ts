// Message move tasks: a job a second carries messages out of a dead-letter queue, back to where they came from or to another queue.
import { key } from '../../../kernel/key.ts';
import { later } from '../../../kernel/units.ts';
import { readLocalArn } from './address.ts';
import { readJson } from './attribute.ts';
import { arrive, change, settle, tallyOf } from './backlog.ts';
import { sourcesOf } from './dead-letter.ts';
import { errors } from './errors.ts';
import * as limits from './limits.ts';
import type { Message, MoveTask, Operation, Queue, SqsContext } from './state.ts';

/**
 * Starts to move the messages of a dead-letter queue.
 *
 * Limit: one task at a time for a source; 500 messages a second.
 * Unknown: the rate that AWS chooses when none is asked for; here it is the greatest.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export const StartMessageMoveTask: Operation<'StartMessageMoveTask'> = (input, context) => {
  const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: perSecond } = input;
  const source = findByArn(context, SourceArn);
  if (source === undefined) throw errors.sourceDoesNotExist();
  if (sourcesOf(context, source).length === 0)
    throw errors.invalidParameter('Source queue must be configured as a Dead Letter Queue.');
  checkDestination(context, source, DestinationArn);
  if (perSecond !== undefined && (perSecond < 1 || perSecond > limits.moveTaskPerSecondMax))
    throw errors.invalidValue(
      perSecond,
      'MaxNumberOfMessagesPerSecond',
      `Must be between 1 and ${limits.moveTaskPerSecondMax}, if provided.`,
    );
  if (latestTasks(context, source, 1)[0]?.status === 'RUNNING')
    throw errors.invalidParameter(
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    );

  const now = context.clock.now();
  settle(context.state, source, now);
  const id = context.ids.uuid();
  const toMove = tallyOf(context.state, source).ready;
  const fresh = { id, source: source.name, destinationArn: DestinationArn, perSecond, toMove, startedAt: now } as const;
  context.state.moveTasks.put({ ...fresh, status: 'RUNNING', moved: 0 });
  context.jobs.at(now, 'moveMessages', { taskKey: taskKey({ source: source.name, startedAt: now, id }) });
  return { TaskHandle: writeTaskHandle(id, SourceArn) };
};

function checkDestination(context: SqsContext, source: Queue, arn: string | undefined): void {
  if (arn === undefined) return;
  const destination = findByArn(context, arn);
  if (destination === undefined) throw errors.destinationDoesNotExist();
  if (destination.name === source.name)
    throw errors.invalidParameter('Source queue arn and destination queue arn cannot be the same.');
  if (destination.fifo !== source.fifo)
    throw errors.invalidParameter('Source queue and destination queue must be of the same type.');
}

/**
 * Lists the latest move tasks of a source, newest first; one unless more are asked for.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
 */
export const ListMessageMoveTasks: Operation<'ListMessageMoveTasks'> = ({ SourceArn, MaxResults = 1 }, context) => {
  if (MaxResults < 1 || MaxResults > limits.moveTasksListedMax)
    throw errors.invalidValue(
      MaxResults,
      'MaxResults',
      `Must be between 1 and ${limits.moveTasksListedMax}, if provided.`,
    );
  const source = findByArn(context, SourceArn);
  if (source === undefined) throw errors.sourceDoesNotExist();
  return {
    Results: latestTasks(context, source, MaxResults).map((task) => ({
      ...(task.status === 'RUNNING' && { TaskHandle: writeTaskHandle(task.id, SourceArn) }),
      Status: task.status,
      SourceArn,
      DestinationArn: task.destinationArn,
      MaxNumberOfMessagesPerSecond: task.perSecond,
      ApproximateNumberOfMessagesMoved: task.moved,
      ApproximateNumberOfMessagesToMove: task.toMove,
      FailureReason: task.failure,
      StartedTimestamp: task.startedAt,
    })),
  };
};

/**
 * Stops a running move task at once; what was moved stays moved.
 *
 * Differs: AWS is `CANCELLING` for a while, and moves on meanwhile. Unknown: its answer for a task that has ended.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html
 */
export const CancelMessageMoveTask: Operation<'CancelMessageMoveTask'> = ({ TaskHandle }, context) => {
  const { taskId, sourceArn } = readTaskHandle(TaskHandle);
  const source = findByArn(context, sourceArn);
  if (source === undefined) throw errors.sourceDoesNotExist();
  const task = context.state.moveTasks.list({ prefix: key(source.name) }).find(({ id }) => id === taskId);
  if (task === undefined) throw errors.taskDoesNotExist();
  if (task.status !== 'RUNNING') throw errors.taskNotRunning();
  context.state.moveTasks.put({ ...task, status: 'CANCELLED' });
  return { ApproximateNumberOfMessagesMoved: task.moved };
};

// ── The work ───────────────────────────────────────────────────────────────────────────────────

/** Moves one second's messages, then plans the next second; ends when all that were there at the start are moved. */
export function moveMessages({ taskKey }: { readonly taskKey: string }, context: SqsContext): void {
  const { state, clock } = context;
  const task = state.moveTasks.find(taskKey);
  const source = task && state.queues.find(task.source);
  if (task?.status !== 'RUNNING') return;
  if (source === undefined) return void state.moveTasks.put({ ...task, status: 'FAILED', failure: nonExistentQueue });

  settle(state, source, clock.now());
  const count = Math.min(task.perSecond ?? limits.moveTaskPerSecondMax, task.toMove - task.moved);
  const messages = readyMessages(context, source, count);
  let moved = task.moved;
  for (const message of messages) {
    const failure = moveMessage(context, message, task.destinationArn);
    if (failure !== undefined) return void state.moveTasks.put({ ...task, moved, status: 'FAILED', failure });
    moved += 1;
  }
  const done = moved >= task.toMove || messages.length < count;
  state.moveTasks.put({ ...task, moved, status: done ? 'COMPLETED' : 'RUNNING' });
  if (!done) context.jobs.at(later(clock.now(), 1), 'moveMessages', { taskKey });
}

const nonExistentQueue = 'AWS.SimpleQueueService.NonExistentQueue';

function readyMessages({ state }: SqsContext, queue: Queue, count: number): Message[] {
  const ready: Message[] = [];
  for (const message of state.messages.each({ prefix: key(queue.name) })) {
    if (ready.length >= count) break;
    if (message.standing === 'ready') ready.push(message);
  }
  return ready;
}

/** Moves a message, which is a new one where it comes to: new id, new time. Answers why it cannot. */
function moveMessage(context: SqsContext, message: Message, destinationArn: string | undefined): string | undefined {
  const { state, clock, ids } = context;
  const arn = destinationArn ?? message.deadLetterSource;
  if (arn === undefined) return 'CouldNotDetermineMessageSource';
  const destination = findByArn(context, arn);
  if (destination === undefined) return nonExistentQueue;
  const now = clock.now();
  const anew = { receives: 0, receivesBefore: 0, firstReceivedAt: undefined, receivedAt: undefined };
  change(state, message, undefined, now);
  arrive(state, destination, { ...message, ...anew, id: ids.uuid(), sentAt: now, deadLetterSource: undefined }, now);
  context.wake(destination.name);
  return undefined;
}

// ── Names ──────────────────────────────────────────────────────────────────────────────────────

const taskKey = (task: Pick<MoveTask, 'source' | 'startedAt' | 'id'>): string =>
  key(task.source, task.startedAt, task.id);

const latestTasks = ({ state }: SqsContext, source: Queue, limit: number): MoveTask[] =>
  state.moveTasks.list({ prefix: key(source.name), reverse: true, limit });

function findByArn(context: SqsContext, arn: string): Queue | undefined {
  const name = readLocalArn(context, arn);
  return name === undefined ? undefined : context.state.queues.find(name);
}

const writeTaskHandle = (taskId: string, sourceArn: string): string =>
  Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64');

function readTaskHandle(handle: string): { readonly taskId: string; readonly sourceArn: string } {
  const { taskId, sourceArn } = readJson(Buffer.from(handle, 'base64').toString()) ?? {};
  if (typeof taskId !== 'string' || typeof sourceArn !== 'string')
    throw errors.invalidParameter('Value for parameter TaskHandle is invalid.');
  return { taskId, sourceArn };
}

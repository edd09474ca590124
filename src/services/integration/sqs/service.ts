// Amazon SQS: table of contents.
//
// Reading order: state.ts (rows), backlog.ts (how messages stand), send.ts, receive.ts, inflight.ts; then fifo.ts and fairness.ts;
// level.ts and queue-metric.ts (what CloudWatch sees).
import { defineService } from '../../../kernel/service.ts';
import { permissions } from './access.ts';
import { ListDeadLetterSourceQueues } from './dead-letter.ts';
import {
  ChangeMessageVisibility,
  ChangeMessageVisibilityBatch,
  DeleteMessage,
  DeleteMessageBatch,
} from './inflight.ts';
import { queueMetrics } from './queue-metric.ts';
import { CancelMessageMoveTask, ListMessageMoveTasks, moveMessages, StartMessageMoveTask } from './move-task.ts';
import { AddPermission, RemovePermission } from './policy.ts';
import {
  CreateQueue,
  DeleteQueue,
  GetQueueAttributes,
  GetQueueUrl,
  ListQueues,
  PurgeQueue,
  SetQueueAttributes,
} from './queue.ts';
import { ReceiveMessage } from './receive.ts';
import { SendMessage, SendMessageBatch } from './send.ts';
import { definitions } from './state.ts';
import { ListQueueTags, TagQueue, UntagQueue } from './tag.ts';

export default defineService({
  name: 'sqs',
  state: definitions,
  operations: {
    // queue.ts
    CreateQueue,
    DeleteQueue,
    GetQueueAttributes,
    GetQueueUrl,
    ListQueues,
    PurgeQueue,
    SetQueueAttributes,
    // send.ts, receive.ts, inflight.ts
    SendMessage,
    SendMessageBatch,
    ReceiveMessage,
    DeleteMessage,
    DeleteMessageBatch,
    ChangeMessageVisibility,
    ChangeMessageVisibilityBatch,
    // dead-letter.ts, move-task.ts
    ListDeadLetterSourceQueues,
    StartMessageMoveTask,
    ListMessageMoveTasks,
    CancelMessageMoveTask,
    // policy.ts, tag.ts
    AddPermission,
    RemovePermission,
    TagQueue,
    UntagQueue,
    ListQueueTags,
  },
  jobs: { moveMessages },
  permissions,
  metrics: queueMetrics,
});

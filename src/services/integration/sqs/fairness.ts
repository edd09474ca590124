// Which message is next in a standard queue: the oldest, unless its tenant is a noisy neighbour.
//
// A tenant is a message group; a message without one is a tenant of its own. A tenant is noisy while it has at least 30 messages in
// flight and more than a tenth of all in flight, so there are never more than nine of them. Messages of quiet tenants go first; when
// there are none, those of the noisy tenant with the fewest in flight.
//
// Differs: AWS also weighs each tenant's share of processing time; here only its share of the messages in flight counts.
// @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
import { key } from '../../../kernel/key.ts';
import type { Group, Message, Queue, State, Tally } from './state.ts';

const noisyShareMin = 0.1;

/** Noisy tenants, the busiest first. */
export const noisyGroups = (state: State, queue: Queue): readonly Group[] =>
  noisyIn(state, { queue: queue.name, inflight: state.tallies.find(queue.name)?.inflight ?? 0 });

export function noisyIn(state: State, { queue, inflight }: Pick<Tally, 'queue' | 'inflight'>): readonly Group[] {
  const threshold = inflight * noisyShareMin;
  const noisy: Group[] = [];
  for (const group of state.groups.index('busy').each({ prefix: key(queue), reverse: true })) {
    if (group.inflight <= threshold) break;
    noisy.push(group);
  }
  return noisy;
}

/** The message to deliver next; undefined when none is ready. */
export function nextFairly(state: State, queue: Queue): Message | undefined {
  const prefix = key(queue.name);
  const loose = state.messages.index('loose').first({ prefix });
  if (state.groups.size === 0) return loose;
  const noisy = noisyGroups(state, queue);
  const quiet = quietHead(state, prefix, noisy);
  if (loose !== undefined && (quiet === undefined || loose.key < quiet)) return loose;
  const head = quiet ?? noisy.findLast((group) => group.head !== undefined)?.head;
  return head === undefined ? undefined : state.messages.find(head);
}

function quietHead(state: State, prefix: string, noisy: readonly Group[]): string | undefined {
  for (const group of state.groups.index('turn').each({ prefix }))
    if (!noisy.some((other) => other.name === group.name)) return group.head;
  return undefined;
}

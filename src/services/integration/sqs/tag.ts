// Cost allocation tags of a queue.
import { getQueue } from './address.ts';
import { errors } from './errors.ts';
import { tagsMax } from './limits.ts';
import type { Operation } from './state.ts';

type Tags = Readonly<Record<string, string>>;

/**
 * Refuses tags outside of AWS's rules.
 *
 * Limit: 50; keys of 1–128 and values of up to 256 characters; no key that starts with `aws:`.
 * Unknown: AWS's words for it.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html
 */
export function checkTags(tags: Tags): void {
  const names = Object.keys(tags);
  if (names.length > tagsMax)
    throw errors.invalidParameter(`Too many tags added for queue: at most ${tagsMax} are allowed.`);
  for (const name of names) {
    if (name.length < 1 || name.length > 128)
      throw errors.invalidParameter('Tag keys must be between 1 and 128 characters in length.');
    if (/^aws:/i.test(name)) throw errors.invalidParameter('Tag keys must not start with the reserved prefix aws:.');
    if ((tags[name] as string).length > 256)
      throw errors.invalidParameter('Tag values must not exceed 256 characters in length.');
  }
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html */
export const TagQueue: Operation<'TagQueue'> = ({ QueueUrl, Tags }, from) => {
  const { queue, context } = getQueue(QueueUrl, from);
  const tags = { ...queue.tags, ...Tags };
  checkTags(tags);
  context.state.queues.put({ ...queue, tags });
  return {};
};

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html */
export const UntagQueue: Operation<'UntagQueue'> = ({ QueueUrl, TagKeys }, from) => {
  const { queue, context } = getQueue(QueueUrl, from);
  const tags = Object.fromEntries(Object.entries(queue.tags).filter(([name]) => !TagKeys.includes(name)));
  context.state.queues.put({ ...queue, tags });
  return {};
};

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html */
export const ListQueueTags: Operation<'ListQueueTags'> = ({ QueueUrl }, from) => {
  const { queue } = getQueue(QueueUrl, from);
  return Object.keys(queue.tags).length === 0 ? {} : { Tags: { ...queue.tags } };
};

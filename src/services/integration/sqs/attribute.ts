// Attributes of a queue: which there are, what they may hold, what they are when nobody says. All of it is data and pure functions.
import { errors } from './errors.ts';
import * as limits from './limits.ts';

interface Rule {
  /** The value of a new queue; undefined: absent until it is set. */
  readonly default?: string;
  readonly valid: (value: string) => boolean;
  /** Of FIFO queues only. */
  readonly fifo?: true;
  /** An empty value takes the attribute away (back to the default, where there is one). */
  readonly clearable?: true;
}

const wholeNumber =
  (from: number, to: number): Rule['valid'] =>
  (value) =>
    /^\d{1,10}$/.test(value) && Number(value) >= from && Number(value) <= to;
const oneOf =
  (...values: readonly string[]): Rule['valid'] =>
  (value) =>
    values.includes(value);
const boolean = oneOf('true', 'false');
const anything: Rule['valid'] = () => true;

/**
 * What `CreateQueue` and `SetQueueAttributes` take.
 *
 * Differs: KMS keys are stored and shown; messages are not encrypted with them.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
const rules: Readonly<Record<string, Rule>> = {
  DelaySeconds: { default: '0', valid: wholeNumber(0, limits.delaySecondsMax) },
  MaximumMessageSize: { default: String(limits.messageBytesMax), valid: wholeNumber(1_024, limits.messageBytesMax) },
  MessageRetentionPeriod: { default: '345600', valid: wholeNumber(60, 1_209_600) },
  ReceiveMessageWaitTimeSeconds: { default: '0', valid: wholeNumber(0, limits.waitSecondsMax) },
  VisibilityTimeout: { default: '30', valid: wholeNumber(0, limits.visibilitySecondsMax) },
  Policy: { valid: isPolicy, clearable: true },
  RedrivePolicy: { valid: anything, clearable: true }, // `dead-letter.ts` looks into these two
  RedriveAllowPolicy: { valid: anything, clearable: true },
  KmsMasterKeyId: { valid: anything, clearable: true },
  KmsDataKeyReusePeriodSeconds: { valid: wholeNumber(60, 86_400) },
  SqsManagedSseEnabled: { default: 'true', valid: boolean },
  FifoQueue: { valid: oneOf('true'), fifo: true },
  ContentBasedDeduplication: { default: 'false', valid: boolean, fifo: true },
  DeduplicationScope: { default: 'queue', valid: oneOf('queue', 'messageGroup'), fifo: true },
  FifoThroughputLimit: { default: 'perQueue', valid: oneOf('perQueue', 'perMessageGroupId'), fifo: true },
};

/** Attributes that are worked out when somebody asks. */
const computedNames = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'QueueArn',
];

export type Attributes = Readonly<Record<string, string>>;

export const defaultAttributes = (fifo: boolean): Attributes => ({
  ...Object.fromEntries(
    Object.entries(rules).flatMap(([name, rule]) =>
      rule.default === undefined || (rule.fifo && !fifo) ? [] : [[name, rule.default]],
    ),
  ),
  ...(fifo && { FifoQueue: 'true' }),
});

/** Refuses what is no attribute of such a queue, or holds what it may not. */
export function checkAttributes(given: Attributes, fifo: boolean): void {
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) throw errors.unknownAttribute(name);
    if (rule.fifo && !fifo) {
      if (name === 'DeduplicationScope' || name === 'FifoThroughputLimit') throw errors.attributeNeedsFifo(name);
      throw errors.unknownAttribute(name);
    }
    if (value === '' && rule.clearable) continue;
    if (!rule.valid(value)) throw errors.invalidAttribute(name);
  }
  if (given['KmsMasterKeyId'] && given['SqsManagedSseEnabled'] === 'true') throw errors.twoEncryptions();
}

/** The attributes of a queue after `given` (checked) was laid over them. */
export function mergeAttributes(current: Attributes, given: Attributes): Attributes {
  const merged: Record<string, string> = { ...current, ...given };
  // One kind of encryption ends the other.
  if (given['KmsMasterKeyId']) merged['SqsManagedSseEnabled'] = 'false';
  else if (given['SqsManagedSseEnabled'] === 'true') delete merged['KmsMasterKeyId'];
  for (const [name, value] of Object.entries(merged)) if (value === '' && rules[name]?.clearable) delete merged[name];
  if (merged['FifoThroughputLimit'] === 'perMessageGroupId' && merged['DeduplicationScope'] !== 'messageGroup')
    throw errors.throughputNeedsScope();
  return merged;
}

/** Name of the first attribute in which a queue is not as a second `CreateQueue` wants it. */
export const differingAttribute = (current: Attributes, wanted: Attributes): string | undefined =>
  Object.entries(wanted).find(([name, value]) => (current[name] ?? '') !== value)?.[0];

/** The names that `GetQueueAttributes` was asked for; refuses others. */
export function askedAttributes(names: readonly string[]): ReadonlySet<string> {
  const known = new Set([...Object.keys(rules), ...computedNames]);
  for (const name of names) if (name !== 'All' && !known.has(name)) throw errors.unknownAttribute(name);
  return names.includes('All') ? known : new Set(names);
}

/** What a user sees: a data key is reused only when there is a key. */
export function visibleAttributes(attributes: Attributes): Attributes {
  const { KmsDataKeyReusePeriodSeconds = '300', ...rest } = attributes;
  return rest['KmsMasterKeyId'] ? { ...rest, KmsDataKeyReusePeriodSeconds } : rest;
}

export const retentionSeconds = ({ attributes }: { readonly attributes: Attributes }): number =>
  Number(attributes['MessageRetentionPeriod']);

function isPolicy(text: string): boolean {
  const policy = readJson(text);
  return policy !== undefined && policy['Statement'] !== undefined;
}

/** A JSON object; undefined when the text is not one. */
export function readJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

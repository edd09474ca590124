// Which lifecycle configurations AWS takes, and in what words it refuses the others.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
import type { LifecycleRule as SdkRule } from '@aws-sdk/client-s3';
import type { Ids } from '../../../kernel/ids.ts';
import { instant, secondsPerDay } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { filterOf, type LifecycleRule, mayMove } from './lifecycle-rule.ts';
import { limits } from './limits.ts';

const targets = ['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'];
/** Infrequent classes charge for 30 days at least, so nothing moves there sooner. */
const daysBefore: Readonly<Record<string, number>> = { STANDARD_IA: 30, ONEZONE_IA: 30 };

const checkFilter = ({ Filter: filter, Prefix }: SdkRule): void => {
  if ((filter === undefined) === (Prefix === undefined)) throw errors.malformedXml();
  if (filter === undefined) return;
  const given = Object.values(filter).filter((value) => value !== undefined);
  if (given.length > 1) throw errors.malformedXml();
  const { And: and, Tag: tag } = filter;
  const tags = and?.Tags ?? (tag === undefined ? [] : [tag]);
  const keys = tags.map(({ Key }) => Key);
  if (new Set(keys).size < keys.length) throw errors.invalidRequest('Duplicate Tag Keys are not allowed.');
  const { ObjectSizeGreaterThan: above, ObjectSizeLessThan: below } = { ...filter, ...and };
  if (above !== undefined && below !== undefined && above >= below)
    throw errors.invalidRequest("'ObjectSizeGreaterThan' has to be a value less than 'ObjectSizeLessThan'.");
};

const describeFilter = (rule: LifecycleRule): string => {
  const { prefix, tags } = filterOf(rule);
  const parts = [`prefix=${prefix}`, ...tags.map((tag) => `tag: key=${tag.key}, value=${tag.value}`)];
  return `'(${parts.join(', ')})'`;
};

const readDate = (date: Date | undefined): ReturnType<typeof instant> | undefined => {
  if (date === undefined) return undefined;
  if (date.getTime() % (secondsPerDay * 1000) !== 0) throw errors.argument("'Date' must be at midnight GMT");
  return instant(date.getTime());
};

const positive = (days: number | undefined, where: string): void => {
  if (days !== undefined && days < 1)
    throw errors.argument(
      `'${where.includes('Noncurrent') ? 'NoncurrentDays' : 'Days'}' for ${where} action must be a positive integer`,
    );
};

const readExpiration = (rule: SdkRule): LifecycleRule['Expiration'] => {
  const { Expiration: expiration } = rule;
  if (expiration === undefined) return undefined;
  const { Days, Date: date, ExpiredObjectDeleteMarker: marker } = expiration;
  if ([Days, date, marker].filter((value) => value !== undefined).length !== 1) throw errors.malformedXml();
  positive(Days, 'Expiration');
  const { tags } = filterOf(rule);
  if (marker !== undefined && tags.length > 0)
    throw errors.invalidRequest('Tag-based filter cannot be used with ExpiredObjectDeleteMarker action');
  const at = readDate(date);
  return {
    ...(Days === undefined ? {} : { Days }),
    ...(at === undefined ? {} : { Date: at }),
    ...(marker === undefined ? {} : { ExpiredObjectDeleteMarker: marker }),
  };
};

const readTransitions = (rule: SdkRule): LifecycleRule['Transitions'] =>
  rule.Transitions?.map(({ Days, Date: date, StorageClass }) => {
    if ((Days === undefined) === (date === undefined)) throw errors.malformedXml();
    checkTarget(StorageClass);
    if (Days !== undefined && Days < 0) throw errors.argument("'Days' in Transition action must be nonnegative");
    refuseTooSoon('Days', 'Transition', Days, StorageClass);
    const at = readDate(date);
    return { ...(at === undefined ? { Days } : { Date: at }), StorageClass };
  });

const checkTarget = (storageClass: string | undefined): void => {
  if (storageClass === undefined || !targets.includes(storageClass)) throw errors.malformedXml();
};

const refuseTooSoon = (member: string, action: string, days: number | undefined, storageClass = ''): void => {
  const least = daysBefore[storageClass];
  if (days === undefined || least === undefined || days >= least) return;
  throw errors.argument(
    `'${member}' in ${action} action must be greater than or equal to ${least} for storageClass '${storageClass}'`,
  );
};

/** Later steps go further down, and infrequent classes are kept 30 days before the next step. */
const checkSteps = (
  steps: readonly { readonly days: number; readonly storageClass: string }[],
  member: string,
  action: string,
  where: string,
): void => {
  for (const [at, step] of steps.entries()) {
    if (steps.findIndex((other) => other.storageClass === step.storageClass) !== at)
      throw errors.invalidRequest(
        `'StorageClass' must be different for '${action}' actions in same 'Rule' with filter ${where}`,
      );
    for (const other of steps) {
      if (other.days < step.days || !mayMove(step.storageClass, other.storageClass)) continue;
      const least = step.storageClass in daysBefore ? 30 : 1;
      if (other.days < step.days + least)
        throw errors.argument(
          `'${member}' in the ${action} action for StorageClass '${other.storageClass}' for filter ${where} must be ${least} days more than '${member}' in the ${action} action for StorageClass '${step.storageClass}'`,
        );
    }
    if (steps.some((other) => other.days > step.days && mayMove(other.storageClass, step.storageClass)))
      throw errors.argument(
        `'${member}' in the ${action} action for StorageClass '${step.storageClass}' for filter ${where} must be greater than those of the classes above it`,
      );
  }
};

const checkOrder = (rule: LifecycleRule): void => {
  const where = describeFilter(rule);
  const { Expiration: expiration, Transitions: transitions = [] } = rule;
  const dated = [...transitions, ...(expiration === undefined ? [] : [expiration])];
  if (dated.some(({ Date: date }) => date !== undefined) && dated.some(({ Days }) => Days !== undefined))
    throw errors.invalidRequest(
      `Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter ${where}`,
    );
  for (const { Days } of transitions)
    if (Days !== undefined && expiration?.Days !== undefined && expiration.Days <= Days)
      throw errors.argument(
        `'Days' in the Expiration action for filter ${where} must be greater than 'Days' in the Transition action`,
      );
  checkSteps(
    transitions
      .map(({ Days = 0, StorageClass = '' }) => ({ days: Days, storageClass: StorageClass }))
      .filter(() => transitions.every(({ Days }) => Days !== undefined)),
    'Days',
    'Transition',
    where,
  );
  checkNoncurrent(rule, where);
};

const checkNoncurrent = (rule: LifecycleRule, where: string): void => {
  const { NoncurrentVersionExpiration: expiration, NoncurrentVersionTransitions: transitions = [] } = rule;
  positive(expiration?.NoncurrentDays, 'NoncurrentVersionExpiration');
  if (expiration !== undefined && expiration.NoncurrentDays === undefined) throw errors.malformedXml();
  for (const { NoncurrentDays: days, StorageClass } of transitions) {
    checkTarget(StorageClass);
    refuseTooSoon('NoncurrentDays', 'NoncurrentVersionTransition', days, StorageClass);
    if (days !== undefined && expiration?.NoncurrentDays !== undefined && expiration.NoncurrentDays <= days)
      throw errors.argument(
        `'NoncurrentDays' in the NoncurrentVersionExpiration action for filter ${where} must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action`,
      );
  }
  checkSteps(
    transitions.map(({ NoncurrentDays = 0, StorageClass = '' }) => ({
      days: NoncurrentDays,
      storageClass: StorageClass,
    })),
    'NoncurrentDays',
    'NoncurrentVersionTransition',
    where,
  );
};

/**
 * Reads the rules of a configuration as they are stored; a rule without ID gets one.
 *
 * Unknown: the exact words with which AWS refuses transitions whose steps are out of order.
 */
export function readLifecycle(rules: readonly SdkRule[] | undefined, ids: Ids): readonly LifecycleRule[] {
  if (rules === undefined || rules.length === 0 || rules.length > limits.lifecycleRulesMax) throw errors.malformedXml();
  const seen = new Set<string>();
  return rules.map((rule) => {
    if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw errors.malformedXml();
    checkFilter(rule);
    const id = rule.ID === undefined || rule.ID === '' ? ids.token(48) : rule.ID;
    if (id.length > 255) throw errors.argument('ID length should not exceed allowed limit of 255');
    if (seen.has(id)) throw errors.argument('Rule ID must be unique. Found same ID for more than one rule');
    seen.add(id);
    const abort = rule.AbortIncompleteMultipartUpload;
    positive(abort?.DaysAfterInitiation, 'AbortIncompleteMultipartUpload');
    const { tags, above, below } = filterOf(rule);
    if (abort !== undefined && (tags.length > 0 || above !== undefined || below !== undefined))
      throw errors.invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes');
    const { Expiration: _expiration, Transitions: _transitions, ...rest } = rule;
    const expiration = readExpiration(rule);
    const transitions = readTransitions(rule);
    const read: LifecycleRule = {
      ...rest,
      ID: id,
      ...(expiration === undefined ? {} : { Expiration: expiration }),
      ...(transitions === undefined ? {} : { Transitions: transitions }),
    };
    if (
      ![
        expiration,
        transitions?.[0],
        rule.NoncurrentVersionExpiration,
        rule.NoncurrentVersionTransitions?.[0],
        abort,
      ].some((action) => action !== undefined)
    )
      throw errors.invalidRequest('At least one action needs to be specified in a rule');
    checkOrder(read);
    return read;
  });
}

// The policy document of a browser upload: what the form may say, and how large the file may be.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
import type { Instant } from '../../../kernel/units.ts';
import { errors } from './errors.ts';

interface FieldCondition {
  readonly kind: 'eq' | 'starts-with';
  /** Lower case. */
  readonly field: string;
  readonly value: string;
  /** As it stands in the document, for the error. */
  readonly text: string;
}

export interface PostPolicy {
  readonly expiresAt: Instant;
  readonly conditions: readonly FieldCondition[];
  readonly size?: { readonly least: number; readonly most: number } | undefined;
}

const invalid = (what: string) => errors.invalidPolicyDocument(`Invalid Policy: ${what}`);
const refused = (what: string) => errors.accessDeniedBecause(`Invalid according to Policy: ${what}`);

/** Reads the base 64 document of the form field `policy`. */
export function readPostPolicy(base64: string): PostPolicy {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch {
    throw invalid('Invalid JSON.');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw invalid('Invalid JSON.');
  const { expiration, conditions } = document as { expiration?: unknown; conditions?: unknown };
  if (typeof expiration !== 'string') throw invalid('Policy document must specify an expiration time.');
  const expiresAt = Date.parse(expiration);
  if (Number.isNaN(expiresAt)) throw invalid(`Invalid 'expiration' value: '${expiration}'`);
  if (!Array.isArray(conditions)) throw invalid('Invalid Policy: missing conditions.');
  const fields: FieldCondition[] = [];
  let size: PostPolicy['size'];
  for (const condition of conditions as unknown[]) {
    if (Array.isArray(condition) && String(condition[0]).toLowerCase() === 'content-length-range')
      size = readSize(condition);
    else fields.push(...readCondition(condition));
  }
  return { expiresAt: expiresAt as Instant, conditions: fields, size };
}

const readSize = (condition: readonly unknown[]): PostPolicy['size'] => {
  const [least, most] = [Number(condition[1]), Number(condition[2])];
  if (condition.length !== 3 || !Number.isInteger(least) || !Number.isInteger(most))
    throw invalid('Invalid Condition: content-length-range');
  return { least, most };
};

const readCondition = (condition: unknown): readonly FieldCondition[] => {
  if (Array.isArray(condition)) {
    const [kind, field, value] = condition as unknown[];
    const known = String(kind).toLowerCase();
    if ((known !== 'eq' && known !== 'starts-with') || typeof field !== 'string' || !field.startsWith('$'))
      throw invalid(`Invalid Condition: ${JSON.stringify(condition)}`);
    return [fieldCondition(known, field.slice(1), String(value))];
  }
  if (typeof condition !== 'object' || condition === null) throw invalid('Invalid Simple-Condition');
  const entries = Object.entries(condition);
  if (entries.length !== 1)
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  return entries.map(([field, value]) => fieldCondition('eq', field, String(value)));
};

const fieldCondition = (kind: 'eq' | 'starts-with', field: string, value: string): FieldCondition => ({
  kind,
  field: field.toLowerCase(),
  value,
  text: `["${kind}", "$${field}", "${value}"]`,
});

/** Fields that need no condition. */
const free = ['x-amz-signature', 'file', 'policy', 'awsaccesskeyid', 'signature'];

/** Judges the fields of a form, by lower-case name. @throws AccessDenied in S3's words. */
export function judgeFields(policy: PostPolicy, fields: Readonly<Record<string, string>>, now: Instant): void {
  if (policy.expiresAt <= now) throw refused('Policy expired.');
  for (const { kind, field, value, text } of policy.conditions) {
    const given = fields[field];
    const holds =
      kind === 'eq'
        ? given === value
        : given !== undefined && given.split(',').every((one) => one.trim().startsWith(value));
    if (!holds && !(kind === 'starts-with' && value === '' && given === undefined && field === 'content-type'))
      throw refused(`Policy Condition failed: ${text}`);
  }
  for (const field of Object.keys(fields))
    if (
      !free.includes(field) &&
      !field.startsWith('x-ignore-') &&
      !policy.conditions.some((condition) => condition.field === field)
    )
      throw refused(`Extra input fields: ${field}`);
}

/** Judges the size of the file. */
export function judgeSize({ size }: PostPolicy, sizeBytes: number): void {
  if (size === undefined) return;
  if (sizeBytes > size.most) throw errors.entityTooLarge(sizeBytes, size.most);
  if (sizeBytes < size.least) throw errors.entityTooSmall({ ProposedSize: sizeBytes, MinSizeAllowed: size.least });
}

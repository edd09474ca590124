// Bucket policies: what makes one well-formed, and what makes one public.
import { errors } from './errors.ts';
import { limits } from './limits.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: Json;
  readonly NotPrincipal?: Json;
  readonly Action?: Json;
  readonly NotAction?: Json;
  readonly Resource?: Json;
  readonly NotResource?: Json;
  readonly Condition?: JsonObject;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: Json | undefined): readonly Json[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value as Json];

const parse = (text: string): JsonObject => {
  const refused = () => errors.malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
  if (!text.startsWith('{')) throw refused();
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return value;
  } catch {
    // falls through: not JSON
  }
  throw refused();
};

/** The statements of a policy that was checked when it was put. */
export const statementsOf = (policy: string): readonly Statement[] =>
  listOf(parse(policy)['Statement']) as unknown as readonly Statement[];

/**
 * Checks the policy of a bucket or an access point; answers its statements.
 *
 * Limit: 20 KB.
 * Unknown: the words for several defects at once; the first one found is told.
 */
export function checkPolicy(text: string, resourcePrefix: string): readonly Statement[] {
  const document = parse(text);
  if (Buffer.byteLength(text) > limits.policyMaxBytes)
    throw errors.malformedPolicy('Policy exceeds the maximum allowed document size.');
  const version = document['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17')
    throw errors.malformedPolicy('The policy must contain a valid version string');
  if (document['Statement'] === undefined) throw errors.malformedPolicy('Missing required field Statement');
  const statements = listOf(document['Statement']);
  if (statements.length === 0) throw errors.malformedPolicy('Could not parse the policy: Statement is empty!');
  for (const statement of statements) checkStatement(statement, resourcePrefix);
  return statements as unknown as readonly Statement[];
}

function checkStatement(statement: Json, resourcePrefix: string): void {
  if (!isObject(statement)) throw errors.malformedPolicy('Policy has invalid statement');
  const { Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource } = statement;
  if (Effect === undefined) throw errors.malformedPolicy('Missing required field Effect');
  if (Effect !== 'Allow' && Effect !== 'Deny') throw errors.malformedPolicy(`Invalid effect: ${String(Effect)}`);
  if (Principal === undefined && NotPrincipal === undefined)
    throw errors.malformedPolicy('Missing required field Principal');
  checkPrincipal(Principal ?? NotPrincipal);
  const actions = listOf(Action ?? NotAction);
  if (actions.length === 0) throw errors.malformedPolicy('Missing required field Action');
  if (!actions.every((action) => typeof action === 'string' && /^(\*|s3[a-z-]*:[A-Za-z*?]+)$/i.test(action)))
    throw errors.malformedPolicy('Policy has invalid action');
  const resources = listOf(Resource ?? NotResource);
  if (resources.length === 0) throw errors.malformedPolicy('Missing required field Resource');
  if (!resources.every((resource) => typeof resource === 'string' && canMean(resource, resourcePrefix)))
    throw errors.malformedPolicy('Policy has invalid resource');
  if (Action !== undefined && Resource !== undefined && !fits(actions as string[], resources as string[]))
    throw errors.malformedPolicy('Action does not apply to any resource(s) in statement');
}

const wild = /[*?$]/; // a wildcard, or a policy variable

/** True when the resource, up to its first wildcard, leads to what has the policy: another bucket's objects do not. */
function canMean(resource: string, prefix: string): boolean {
  if (resource === prefix || resource.startsWith(`${prefix}/`)) return true;
  const at = resource.search(wild);
  return at >= 0 && prefix.startsWith(resource.slice(0, at));
}

/** Actions that are on objects only, and on buckets only; those that match neither (`s3:*`, `s3:Get*`) are not judged. */
const onObjects =
  /^s3:((Get|Put|Delete|Restore|Replicate)Object|AbortMultipartUpload|ListMultipartUploadParts|BypassGovernanceRetention|Replicate(Delete|Tags))/i;
const onBuckets =
  /^s3:((Create|Delete|Get|List|Put)Bucket|(Get|Put)(Accelerate|Analytics|Encryption|Inventory|Lifecycle|Metrics|Replication)Configuration)/i;

/** True when every action applies to one of the resources at least. Access points have only their own kinds: not judged. */
function fits(actions: readonly string[], resources: readonly string[]): boolean {
  if (resources.some((resource) => !/^arn:[^:]*:s3:::/.test(resource))) return true;
  const objects = resources.some((resource) => resource.includes('/') || wild.test(resource));
  const buckets = resources.some((resource) => !resource.includes('/'));
  return actions.every((action) => (objects || !onObjects.test(action)) && (buckets || !onBuckets.test(action)));
}

const principalForm = /^(\*|\d{12}|arn:[a-z-]+:(iam|sts)::(\d{12}|cloudfront):.+|[A-Z0-9]{16,})$/;

function checkPrincipal(principal: Json | undefined): void {
  if (principal === '*') return;
  const refused = () => errors.malformedPolicy('Invalid principal in policy');
  if (!isObject(principal)) throw refused();
  for (const [kind, names] of Object.entries(principal)) {
    if (!['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(kind)) throw refused();
    for (const name of listOf(names))
      if (typeof name !== 'string' || (kind === 'AWS' && !principalForm.test(name))) throw refused();
  }
}

/** Condition keys that, with fixed values, keep a statement from being public. */
const fencingKeys = [
  'aws:sourcearn',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:sourceaccount',
  'aws:sourceip',
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:userid',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:dataaccesspointarn',
  's3:dataaccesspointaccount',
];

const isFixed = (key: string, value: Json): boolean => {
  if (typeof value !== 'string' || /\$\{/.test(value)) return false;
  if (key === 'aws:sourceip') return !/\/[0-7]$/.test(value); // a network wider than /8 fences nobody off
  if (key === 's3:dataaccesspointarn') return !/^arn:[^:]*:s3:[^:]*:\*/.test(value);
  return !/[*?]/.test(value);
};

const isFenced = (condition: JsonObject | undefined): boolean =>
  Object.entries(condition ?? {}).some(
    ([operator, keys]) =>
      /^(ForAnyValue:)?(String(Equals|Like)(IgnoreCase)?|Arn(Equals|Like)|IpAddress)$/i.test(operator) &&
      isObject(keys) &&
      Object.entries(keys).some(
        ([key, values]) =>
          fencingKeys.includes(key.toLowerCase()) && listOf(values).every((value) => isFixed(key.toLowerCase(), value)),
      ),
  );

const isEveryone = (principal: Json | undefined): boolean =>
  principal === '*' || (isObject(principal) && listOf(principal['AWS']).includes('*'));

/**
 * True when the policy lets the public in: an Allow for everyone that no condition with fixed values fences.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
export const isPublicPolicy = (statements: readonly Statement[]): boolean =>
  statements.some(
    ({ Effect, Principal, NotPrincipal, Condition }) =>
      Effect === 'Allow' && (NotPrincipal !== undefined || isEveryone(Principal)) && !isFenced(Condition),
  );

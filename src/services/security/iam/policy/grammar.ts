// What IAM refuses in a policy document, in its words. Two dialects: policies of identities (managed, inline, session,
// boundary) and trust policies of roles; AWS parses them by different programs, and the messages differ.
//
// Evidence: messages of real denials as reported in public issues and test tables, the recorded answers, and the grammar page.
// Unknown: which of several faults of one document AWS reports first, beyond the order kept here.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
import { readOperatorName } from './condition.ts';
import { isArray, isObject, type JsonNode, JsonSyntaxError, readJson, textsOf } from './json.ts';
import { readDate } from './operator.ts';
import { accountOf } from './principal.ts';

/** The document is refused; the message is AWS's. The code is `MalformedPolicyDocument`. */
export class PolicyFault extends Error {}

const syntaxErrors = 'Syntax errors in policy.';
const versions: readonly unknown[] = ['2008-10-17', '2012-10-17'];
const documentMembers = new Set(['Version', 'Id', 'Statement']);
const statementMembers = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

type Members = ReadonlyMap<string, JsonNode>;

/** Characters that count against a size limit: IAM leaves out white space. */
export const policySize = (text: string): number => text.replaceAll(/\s/g, '').length;

const refuse = (message: string): never => {
  throw new PolicyFault(message);
};

function objectOf(text: string, message: string): Members {
  try {
    const root = readJson(text);
    if (isObject(root)) return root.value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
  }
  return refuse(message);
}

function checkConditionShape(node: JsonNode): void {
  if (!isObject(node)) refuse(syntaxErrors);
  else
    for (const [operator, keys] of node.value) {
      const name = readOperatorName(operator);
      if (name === undefined || !isObject(keys)) refuse(syntaxErrors);
      else
        for (const values of keys.value.values()) {
          const texts = textsOf(values);
          if (texts === undefined) refuse(syntaxErrors);
          else if (
            name.operator.startsWith('Date') &&
            !texts.every((text) => text.includes('${') || readDate(text) !== undefined)
          )
            refuse('The policy failed legacy parsing');
        }
    }
}

/** Members, their kinds and their number: what makes a statement a statement. */
function checkStatementShape(node: JsonNode): Members {
  if (!isObject(node)) return refuse(syntaxErrors);
  const members = node.value;
  for (const name of members.keys()) if (!statementMembers.has(name)) refuse(syntaxErrors);
  for (const [name, other] of [
    ['Action', 'NotAction'],
    ['Resource', 'NotResource'],
    ['Principal', 'NotPrincipal'],
  ] as const)
    if (members.has(name) && members.has(other)) refuse(syntaxErrors);
  for (const name of ['Action', 'NotAction', 'Resource', 'NotResource']) {
    const member = members.get(name);
    if (member === undefined) continue;
    const items = isArray(member) ? member.value : [member];
    if (!items.every(({ value }) => typeof value === 'string')) refuse(syntaxErrors);
  }
  const sid = members.get('Sid');
  if (sid !== undefined && typeof sid.value !== 'string') refuse(syntaxErrors);
  const effect = members.get('Effect')?.value;
  if (effect !== 'Allow' && effect !== 'Deny') refuse(syntaxErrors);
  const condition = members.get('Condition');
  if (condition !== undefined) checkConditionShape(condition);
  return members;
}

function checkDocumentShape(members: Members): readonly Members[] {
  for (const name of members.keys()) if (!documentMembers.has(name)) refuse(syntaxErrors);
  const version = members.get('Version');
  if (version !== undefined && !versions.includes(version.value)) refuse(syntaxErrors);
  const id = members.get('Id');
  if (id !== undefined && typeof id.value !== 'string') refuse(syntaxErrors);
  const node = members.get('Statement');
  if (node === undefined || (isArray(node) && node.value.length === 0)) return refuse(syntaxErrors);
  return (isArray(node) ? node.value : [node]).map(checkStatementShape);
}

const listOf = (statement: Members, name: string, other: string): readonly string[] =>
  textsOf(statement.get(name) ?? statement.get(other)) ?? [];

export function checkAction(action: string): void {
  if (action === '*') return;
  const parts = action.split(':');
  const vendor = parts[0] ?? '';
  if (parts.length === 1) refuse('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  if (parts.length > 2) refuse('Actions/Condition can contain only one colon.');
  if (vendor === '' || /[^a-zA-Z0-9\-.]/.test(vendor)) refuse(`Vendor ${vendor} is not valid`);
}

const partitions = new Set([
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
]);
const iamPaths = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
];

/** Splits at the colons outside of policy variables. */
const splitResource = (text: string): string[] =>
  text
    .replaceAll(/\$\{[^}]*\}/g, (variable) => variable.replaceAll(':', '\u0000'))
    .split(':')
    .map((part) => part.replaceAll('\u0000', ':'));

function checkResource(resource: string): void {
  if (resource === '*') return;
  if (!resource.includes(':')) refuse(`Resource ${resource} must be in ARN format or "*".`);
  const parts = splitResource(resource);
  if (parts[0] !== 'arn') {
    // AWS reads the first word as the one before the partition, and fills the rest.
    const [, partition = '*', vendor = '*', ...rest] = parts;
    const filled = ['arn', partition, vendor, ...rest];
    while (filled.length < 6) filled.push('*');
    refuse(`Partition "${partition}" is not valid for resource "${filled.join(':')}".`);
  }
  if (parts.length < 3) refuse('The policy failed legacy parsing');
  const [, partition = '', vendor = '', region = ''] = parts;
  const path = parts.slice(5).join(':');
  if (!(partition === '*' || partitions.has(partition) || partition.includes('${')))
    refuse(
      parts.length < 6
        ? 'The policy failed legacy parsing'
        : `Partition "${partition}" is not valid for resource "${resource}".`,
    );
  if (vendor === '' || /[*?]/.test(vendor))
    refuse('Resource vendor must be fully qualified and cannot contain regexes.');
  if (vendor === 'iam' && parts.length >= 6) {
    if (region !== '' && region !== '*') refuse(`IAM resource ${resource} cannot contain region information.`);
    const known =
      path === '*' ||
      path === 'root' ||
      path.includes('${') ||
      iamPaths.some((start) => path.startsWith(start) || /[*?]/.test(path));
    if (!known) refuse(`IAM resource path must either be "*" or start with ${iamPaths.join(', ')}.`);
  }
  if (
    vendor === 's3' &&
    parts.length >= 6 &&
    region !== '' &&
    region !== '*' &&
    !path.startsWith('accesspoint') &&
    !path.startsWith('storage-lens') &&
    !path.startsWith('job/') &&
    !path.startsWith('access-grants')
  )
    refuse(`Resource ${resource} can not contain region information.`);
}

function checkSids(statements: readonly Members[], message: string): void {
  const seen = new Set<unknown>();
  for (const statement of statements) {
    const sid = statement.get('Sid')?.value;
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid)) refuse(message);
    seen.add(sid);
  }
}

/** Checks a policy of an identity. Throws `PolicyFault`. */
export function checkIdentityPolicy(text: string): void {
  const document = objectOf(text, syntaxErrors);
  const statements = checkDocumentShape(document);
  if (document.get('Version')?.value !== '2012-10-17') refuse('Policy document must be version 2012-10-17 or greater.');
  for (const statement of statements)
    if (statement.has('Principal') || statement.has('NotPrincipal'))
      refuse('Policy document should not specify a principal.');
  checkSids(statements, 'Statement IDs (SID) in a single policy must be unique.');
  for (const statement of statements) {
    const sid = statement.get('Sid')?.value;
    if (typeof sid === 'string' && !/^[0-9A-Za-z]*$/.test(sid))
      refuse(
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      );
  }
  for (const statement of statements)
    if (listOf(statement, 'Action', 'NotAction').length === 0) refuse('Policy statement must contain actions.');
  for (const statement of statements)
    if (listOf(statement, 'Resource', 'NotResource').length === 0) refuse('Policy statement must contain resources.');
  for (const statement of statements)
    for (const action of listOf(statement, 'Action', 'NotAction')) checkAction(action);
  for (const statement of statements)
    for (const resource of listOf(statement, 'Resource', 'NotResource')) checkResource(resource);
}

const trustActions = new Set([
  'sts:assumerole',
  'sts:assumerolewithsaml',
  'sts:assumerolewithwebidentity',
  'sts:tagsession',
  'sts:setsourceidentity',
  'sts:setcontext',
]);

const principalArnForm =
  /^arn:[a-z-]+:(iam::\d{12}:(root|user\/.+|role\/.+|federated-user\/.+)|sts::\d{12}:(assumed-role\/.+\/.+|federated-user\/.+|self))$/;
const serviceForm =
  /^[a-z0-9][a-z0-9.-]*\.(amazonaws\.com|amazonaws\.com\.cn|amazon\.com|aws\.internal|aws\.com)(\.cn)?$/;
const uniqueIdForm = /^A[A-Z0-9]{15,127}$/;
const federatedForm =
  /^(arn:[a-z-]+:iam::\d{12}:(saml-provider|oidc-provider)\/.+|cognito-identity\.amazonaws\.com|www\.amazon\.com|graph\.facebook\.com|accounts\.google\.com|[a-z0-9.-]+\.[a-z]{2,}(\/.*)?)$/;

const principalForms: Readonly<Record<string, (text: string) => boolean>> = {
  AWS: (text) =>
    text === '*' || accountOf(text) !== undefined || principalArnForm.test(text) || uniqueIdForm.test(text),
  Service: (text) => serviceForm.test(text),
  Federated: (text) => federatedForm.test(text),
};

function checkTrustPrincipal(node: JsonNode | undefined): void {
  if (node === undefined) return refuse('Missing required field Principal');
  if (node.value === '*') return;
  if (!isObject(node)) return refuse('Principal must be a JSON object.');
  if (node.value.size === 0) refuse('Missing required field Principal cannot be empty!');
  for (const [kind, values] of node.value) {
    const fits = principalForms[kind];
    if (fits === undefined) return refuse(`Invalid principal in policy: "${kind}"`);
    for (const text of textsOf(values) ?? refuse('Missing required field Principal cannot be empty!'))
      if (!fits(text)) refuse(`Invalid principal in policy: "${kind === 'AWS' ? kind : kind.toUpperCase()}":"${text}"`);
  }
}

function checkTrustStatement(node: JsonNode): void {
  if (!isObject(node)) return refuse('Could not parse the policy: Statement is empty!');
  const statement = node.value;
  for (const name of statement.keys()) if (!statementMembers.has(name)) refuse(`Unknown field ${name}`);
  const effect = statement.get('Effect')?.value;
  if (effect === undefined) refuse('Missing required field Effect');
  if (effect !== 'Allow' && effect !== 'Deny') refuse(`Invalid effect: ${String(effect)}`);
  if (statement.has('NotPrincipal'))
    refuse(
      effect === 'Allow'
        ? 'Allow with NotPrincipal is not allowed.'
        : 'AssumeRole policy must not contain NotPrincipal field.',
    );
  checkTrustPrincipal(statement.get('Principal'));
  if (statement.has('Resource')) refuse('Has prohibited field Resource');
  if (statement.has('NotResource')) refuse('AssumeRole policy must not contain resources.');
  const actions = listOf(statement, 'Action', 'NotAction');
  if (actions.length === 0) refuse('Missing required field Action');
  for (const action of actions)
    if (!trustActions.has(action.toLowerCase())) refuse('AssumeRole policy may only specify STS AssumeRole actions.');
  const condition = statement.get('Condition');
  if (condition === undefined) return;
  if (!isObject(condition)) return refuse('Syntax error in policy.');
  for (const [operator, keys] of condition.value) {
    if (readOperatorName(operator) === undefined) refuse(`Invalid Condition type : ${operator}`);
    if (!isObject(keys)) return refuse('Syntax error in policy.');
    for (const values of keys.value.values()) if (textsOf(values) === undefined) refuse('Syntax error in policy.');
  }
}

/** Checks the trust policy of a role. Throws `PolicyFault`; whether its principals exist is asked elsewhere. */
export function checkTrustPolicy(text: string): void {
  const document = objectOf(text, 'This policy contains invalid Json');
  for (const name of document.keys()) if (!documentMembers.has(name)) refuse(`Unknown field ${name}`);
  const version = document.get('Version');
  if (version !== undefined && !versions.includes(version.value))
    refuse('The policy must contain a valid version string');
  const node = document.get('Statement');
  const nodes = node === undefined ? [] : isArray(node) ? node.value : [node];
  if (nodes.length === 0) refuse('Could not parse the policy: Statement is empty!');
  for (const statement of nodes) checkTrustStatement(statement);
  checkSids(
    nodes.flatMap((statement) => (isObject(statement) ? [statement.value] : [])),
    'The Statement Ids in the policy are not unique',
  );
}

// The error for input that breaks a constraint: code and words, which differ between services.
import { AwsError } from '../kernel/errors.ts';
import { type Checker, constraintsOf, type Violation } from './constraint.ts';
import { constraintTable } from './constraint-table.ts';

/** A service's way to refuse. */
export interface Validation {
  /** `framework`: AWS's common front end refuses before the service sees the request. `own`: the service does, in its own words. */
  readonly by: 'framework' | 'own';
  /** The error's code, for `framework`. Default: `ValidationError` for query services, else `ValidationException`. */
  readonly code?: string | undefined;
  /** True when messages leave out the value, and the list of an enumeration. */
  readonly isTerse?: boolean | undefined;
  /** For `own`: what is said to a required member that is missing, or to all violations; undefined leaves it to the handler. */
  readonly refuse?: ((violations: readonly Violation[]) => AwsError | undefined) | undefined;
  /** For `framework`: older operations whose service refuses all violations itself, by `refuse`. */
  readonly ownOperations?: ReadonlySet<string> | undefined;
  /** Top-level members that the service checks itself, though a front end checks the rest. */
  readonly ownMembers?: readonly string[] | undefined;
}

const firstMissing = (violations: readonly Violation[]): Violation | undefined =>
  violations.find(({ rule }) => rule === 'null');

const missing =
  (code: string, words: (violation: Violation) => string) =>
  (violations: readonly Violation[]): AwsError | undefined => {
    const violation = firstMissing(violations);
    return violation && new AwsError(code, 400, words(violation));
  };

/** EC2's and RDS's common errors. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const missingParameter = missing('MissingParameter', ({ path }) => `The request must contain the parameter ${path}`);
/** Members of EC2 whose handlers refuse unknown values in words of their own, or know more values than the model. */
const ec2Own = new Set(['InstanceType', 'VolumeType', 'KeyType', 'KeyFormat', 'VpcEndpointType', 'AddressFamily']);

/** Members of fleets, whose words EC2 takes in any letters, with and without hyphens, and shows as they were given. */
const ec2Loose = new Set(['AllocationStrategy', 'OnDemandAllocationStrategy', 'ExcessCapacityTerminationPolicy']);

const letters = (word: string): string => word.toLowerCase().replaceAll('-', '');

/** `lowestPrice` for `lowest-price`, `Default` for `default`. */
function isLoosely({ member, value, constraint }: Violation): boolean {
  const words = /\[(.*)\]$/.exec(constraint)?.[1]?.split(', ') ?? [];
  return ec2Loose.has(member) && words.some((word) => letters(word) === letters(value ?? ''));
}

/**
 * EC2 refuses what a parameter cannot be as `Value (x) for parameter y is invalid.`, and takes an empty text for none.
 *
 * Unknown: what it adds for each parameter; for attributes it was seen.
 */
function refuseAsEc2(violations: readonly Violation[]): AwsError | undefined {
  const unknown = violations.find(
    (one) =>
      one.rule === 'enum' &&
      one.value &&
      !ec2Own.has(one.member) &&
      !one.path.startsWith('tagSpecification') &&
      !isLoosely(one),
  );
  if (unknown === undefined || firstMissing(violations) !== undefined) return missingParameter(violations);
  const { member, path, value } = unknown;
  const name = path.replaceAll('.member', '');
  const why = member === 'Attribute' ? ' Unknown attribute.' : '';
  return new AwsError('InvalidParameterValue', 400, `Value (${value ?? ''}) for parameter ${name} is invalid.${why}`);
}

const missingParameterByName = missing(
  'MissingParameter',
  ({ member }) => `The request must contain the parameter ${member}.`,
);

/** ECR names the constraint in quotes and begins with the path. */
const refuseAsEcr = (violations: readonly Violation[]): AwsError | undefined => {
  const [first] = violations;
  if (first === undefined) return undefined;
  const words =
    first.pattern === undefined
      ? first.constraint.replace('Member ', '')
      : `must satisfy regular expression '${first.pattern}'`;
  return new AwsError(
    'InvalidParameterException',
    400,
    `Invalid parameter at '${first.path}' failed to satisfy constraint: '${words}'`,
  );
};

/** `metricData.1.member.unit` as CloudWatch's older operations write it: `MetricData.member.1.Unit`. */
const queryPath = (path: string): string =>
  path
    .replaceAll(/(\d+)\.member/g, 'member.$1')
    .split('.')
    .map((step) => (step === 'member' ? step : step.charAt(0).toUpperCase() + step.slice(1)))
    .join('.');

function cloudWatchSentence({ path, rule, constraint, value }: Violation): string {
  const name = queryPath(path);
  const limit = /(?:less than or equal to|greater than or equal to) (\d+)$/.exec(constraint);
  const isMost = constraint.includes('less than');
  if (rule === 'null') return `The parameter ${name} is required.`;
  if (rule === 'enum') {
    const names = /\[(.*)\]$/.exec(constraint)?.[1] ?? '';
    return `The parameter ${name} must be a value in the set [ ${names} ].`;
  }
  if (rule === 'length' && limit !== null && value?.startsWith('['))
    return `The collection ${name} must not have a size ${isMost ? 'greater' : 'less'} than ${limit[1]}.`;
  if (rule === 'length' && isMost)
    return `The parameter ${name} must be shorter than ${Number(limit?.[1]) + 1} characters.`;
  if (rule === 'length') return `The parameter ${name} is required.`;
  if (rule === 'range')
    return `The parameter ${name} must be ${isMost ? 'less' : 'greater'} than or equal to ${limit?.[1]}.`;
  return `The value ${value ?? ''} for parameter ${name} is invalid.`;
}

/** CloudWatch's older operations say a sentence for each violation; those for `required` and for `set` were seen. */
const refuseAsCloudWatch = (violations: readonly Violation[]): AwsError => {
  const isMissing = violations.every(({ rule }) => rule === 'null');
  return new AwsError(
    isMissing ? 'MissingRequiredParameterException' : 'InvalidParameterValueException',
    undefined,
    violations.map(cloudWatchSentence).join('\n'),
  );
};

/**
 * Services that do not refuse in the common way.
 *
 * Recorded: CloudWatch Logs, IAM, STS, CloudFormation, EventBridge, Step Functions, Lambda (the last five in the common way). Seen in
 * reports of users: Route 53, CodePipeline, DynamoDB, KMS. EC2's and SQS's MissingParameter are documented.
 * Unknown: the words of RDS and its kin, ECS, EKS, CodeBuild, CodeCommit, CodeDeploy, CloudTrail, API Gateway and Organizations for
 * members that are missing; where one of them has `refuse`, it is the documented common error, else the handler must check.
 */
const validations: Readonly<Record<string, Validation>> = {
  'cloudwatch-logs': { by: 'framework', code: 'InvalidParameterException' },
  cloudwatch: {
    by: 'framework',
    code: 'ValidationError',
    ownOperations: new Set([
      'PutMetricData',
      'GetMetricStatistics',
      'ListMetrics',
      'PutAnomalyDetector',
      'DeleteAnomalyDetector',
      'DescribeAnomalyDetectors',
      'PutInsightRule',
      'PutDashboard',
      'GetDashboard',
      'DeleteDashboards',
      'ListDashboards',
    ]),
    refuse: refuseAsCloudWatch,
  },
  iam: { by: 'framework', isTerse: true },
  'route-53': { by: 'framework', code: 'InvalidInput' },
  athena: { by: 'framework', code: 'InvalidRequestException' },
  ecr: { by: 'own', refuse: refuseAsEcr },
  ec2: { by: 'own', refuse: refuseAsEc2 },
  rds: { by: 'own', refuse: missingParameter },
  neptune: { by: 'own', refuse: missingParameter },
  docdb: { by: 'own', refuse: missingParameter },
  redshift: { by: 'own', refuse: missingParameter },
  elasticache: { by: 'own', refuse: missingParameter },
  sqs: { by: 'own', refuse: missingParameterByName },
  sns: {
    by: 'framework',
    ownMembers: ['TopicArn', 'SubscriptionArn', 'Name', 'Protocol', 'Token', 'PhoneNumber', 'PlatformApplicationArn'],
  },
  s3: { by: 'own' },
  's3-control': { by: 'own' },
  'api-gateway': { by: 'own' },
  apigatewayv2: { by: 'own' },
  ecs: { by: 'own' },
  eks: { by: 'own' },
  codebuild: { by: 'own' },
  codecommit: { by: 'own' },
  codedeploy: { by: 'own' },
  cloudtrail: { by: 'own' },
  organizations: { by: 'own' },
};

const common: Validation = { by: 'framework' };

export const validationOf = (service: string): Validation =>
  (Object.hasOwn(validations, service) ? validations[service] : undefined) ?? common;

const sentence = ({ value, path, constraint, brief, rule }: Violation, isTerse: boolean): string => {
  const shown = isTerse || value === undefined ? '' : value === null ? ' null' : ` '${value}'`;
  return `Value${shown} at '${path}' failed to satisfy constraint: ${isTerse && rule === 'enum' ? brief : constraint}`;
};

/** `2 validation errors detected: …; …`. */
export const validationMessage = (violations: readonly Violation[], isTerse = false): string =>
  `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected: ${violations
    .map((violation) => sentence(violation, isTerse))
    .join('; ')}`;

const defaultCode = (service: string): string =>
  constraintTable(service)?.protocol === 'query' ? 'ValidationError' : 'ValidationException';

function refusal(service: string, operation: string, violations: readonly Violation[]): AwsError | undefined {
  const validation = validationOf(service);
  if (validation.by === 'own' || validation.ownOperations?.has(operation)) return validation.refuse?.(violations);
  const own = validation.ownMembers;
  const counted =
    own === undefined
      ? violations
      : violations.filter(({ path, member }) => path.includes('.') || !own.includes(member));
  if (counted.length === 0) return undefined;
  return new AwsError(validation.code ?? defaultCode(service), 400, validationMessage(counted, validation.isTerse));
}

export type Validator = (input: unknown) => AwsError | undefined;

const validators = new Map<string, Map<string, Validator | undefined>>();

/**
 * What the road asks of decoded input: the error with which AWS refuses it, if it does. Undefined for an operation of which
 * nothing is checked. For a service that validates in its own words, `constraintsOf` tells its handlers what is broken.
 */
export function validatorOf(service: string, operation: string): Validator | undefined {
  let ofService = validators.get(service);
  if (ofService === undefined) validators.set(service, (ofService = new Map()));
  if (!ofService.has(operation)) ofService.set(operation, makeValidator(service, operation));
  return ofService.get(operation);
}

function makeValidator(service: string, operation: string): Validator | undefined {
  const check: Checker | undefined = constraintsOf(service, operation);
  const { by, refuse } = validationOf(service);
  if (check === undefined || (by === 'own' && refuse === undefined)) return undefined;
  return (input) => {
    const violations = check(input);
    return violations.length === 0 ? undefined : refusal(service, operation, violations);
  };
}

// How each service words a refusal: the code, the status, and the sentence differ with the protocol and, for a few, with the service.
import { AwsError } from '../../../kernel/errors.ts';

type Manner = 'query' | 'json' | 'restJson' | 'ec2' | 's3' | 'sns';

const queryServices = new Set([
  'auto-scaling',
  'cloudformation',
  'docdb',
  'elastic-beanstalk',
  'elastic-load-balancing',
  'elastic-load-balancing-v2',
  'elasticache',
  'iam',
  'neptune',
  'rds',
  'redshift',
  'ses',
  'sqs',
  'sts',
  'cloudwatch',
  'cloudfront',
  'route-53',
]);
const restJsonServices = new Set([
  'accessanalyzer',
  'api-gateway',
  'apigatewayv2',
  'ebs',
  'efs',
  'eks',
  'fis',
  'glacier',
  'kinesis-video',
  'kinesis-video-archived-media',
  'kinesis-video-media',
  'lambda',
  'neptunedata',
  'quicksight',
  'rds-data',
  'savingsplans',
  'scheduler',
  'sesv2',
  'wellarchitected',
]);

const mannerOf = (service: string): Manner => {
  if (service === 'ec2' || service === 'sns') return service;
  if (service === 's3' || service === 's3-control') return 's3';
  if (queryServices.has(service)) return 'query';
  return restJsonServices.has(service) ? 'restJson' : 'json';
};

type Refusal = Readonly<Record<Manner, readonly [code: string, status: number, message: string]>>;

const invalid = 'The security token included in the request is invalid.';
const unknownKey: Refusal = {
  query: ['InvalidClientTokenId', 403, invalid],
  sns: ['InvalidClientTokenId', 403, invalid],
  json: ['UnrecognizedClientException', 400, invalid],
  restJson: ['UnrecognizedClientException', 403, invalid],
  ec2: ['AuthFailure', 401, 'AWS was not able to validate the provided access credentials'],
  s3: ['InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.'],
};

const expired = 'The security token included in the request is expired';
const expiredToken: Refusal = {
  query: ['ExpiredToken', 403, expired],
  sns: ['ExpiredToken', 403, expired],
  json: ['ExpiredTokenException', 400, expired],
  restJson: ['ExpiredTokenException', 403, expired],
  ec2: ['RequestExpired', 400, 'Request has expired.'],
  s3: ['ExpiredToken', 400, 'The provided token has expired.'],
};

const missingToken: Refusal = {
  query: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
  sns: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
  json: ['MissingAuthenticationTokenException', 400, 'Missing Authentication Token'],
  restJson: ['MissingAuthenticationTokenException', 403, 'Missing Authentication Token'],
  ec2: ['AuthFailure', 401, 'AWS was not able to validate the provided access credentials'],
  s3: ['AccessDenied', 403, 'Access Denied'],
};

const make = (refusal: Refusal, service: string, members: Readonly<Record<string, unknown>> = {}): AwsError => {
  const [code, status, message] = refusal[mannerOf(service)];
  return new AwsError(code, status, message, members);
};

/** The access key is not known, not active, or does not fit its token. */
export const refuseKey = (service: string, accessKeyId: string): AwsError =>
  make(unknownKey, service, mannerOf(service) === 's3' ? { AWSAccessKeyId: accessKeyId } : {});

/** The session is over. */
export const refuseExpired = (service: string): AwsError => make(expiredToken, service);

/** Nobody signed. */
export const refuseAnonymous = (service: string): AwsError => make(missingToken, service);

const denialCodes: Readonly<Record<Manner, readonly [string, number]>> = {
  query: ['AccessDenied', 403],
  sns: ['AuthorizationError', 403],
  json: ['AccessDeniedException', 400],
  restJson: ['AccessDeniedException', 403],
  ec2: ['UnauthorizedOperation', 403],
  s3: ['AccessDenied', 403],
};

/** @param encode seals the details for `DecodeAuthorizationMessage`; EC2 sends them along. */
export function refuseAction(service: string, sentence: string, encode: () => string): AwsError {
  const manner = mannerOf(service);
  const [code, status] = denialCodes[manner];
  const message =
    manner === 'ec2'
      ? `You are not authorized to perform this operation. ${sentence}. Encoded authorization failure message: ${encode()}`
      : manner === 's3'
        ? // S3 quotes the resource.
          sentence.replace(/on resource: (\S+)/, 'on resource: "$1"')
        : sentence;
  return new AwsError(code, status, message);
}

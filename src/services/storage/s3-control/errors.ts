// The errors of S3 Control. Codes and messages recorded, unless a line says otherwise.
import { AwsError } from '../../../kernel/errors.ts';

const make = (code: string, status: number, message: string, members: Readonly<Record<string, unknown>> = {}) =>
  new AwsError(code, status, message, members);

export const errors = {
  accessDenied: () => make('AccessDenied', 403, 'Access Denied'),
  invalidRequest: (message: string) => make('InvalidRequest', 400, message),
  noPublicAccessBlock: (account: string) =>
    make('NoSuchPublicAccessBlockConfiguration', 404, 'The public access block configuration was not found', {
      AccountId: account,
    }),
  invalidAccessPointName: (name: string) =>
    make('InvalidURI', 400, "Couldn't parse the specified URI.", { URI: `accesspoint/${name}` }),
  noSuchAccessPoint: (name: string) =>
    make('NoSuchAccessPoint', 404, 'The specified accesspoint does not exist', { AccessPointName: name }),
  /** Code documented, message inferred from its sibling. */
  noSuchAccessPointPolicy: (name: string) =>
    make('NoSuchAccessPointPolicy', 404, 'The specified accesspoint policy does not exist', { AccessPointName: name }),
  accessPointAlreadyOwned: () =>
    make(
      'AccessPointAlreadyOwnedByYou',
      409,
      'Your previous request to create the named accesspoint succeeded and you already own it.',
    ),
  /** Unknown: the message. */
  invalidToken: () => make('InvalidRequest', 400, 'The continuation token provided is incorrect'),
  invalidTag: (message: string) => make('InvalidTag', 400, message),
  malformedXml: () =>
    make(
      'MalformedXML',
      400,
      'The XML you provided was not well-formed or did not validate against our published schema',
    ),
  noSuchResource: () => make('NoSuchResource', 404, "The specified resource doesn't exist."),
  /** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html Unknown: the messages of jobs. */
  badJob: (message: string) => new AwsError('BadRequestException', undefined, message),
  noSuchJob: (id: string) => new AwsError('NotFoundException', undefined, `The specified job does not exist: ${id}`),
  jobStatus: (message: string) => new AwsError('JobStatusException', undefined, message),
  idempotency: () =>
    new AwsError(
      'IdempotencyException',
      undefined,
      'A job with this ClientRequestToken was created with different parameters.',
    ),
  invalidNextToken: () => new AwsError('InvalidNextTokenException', undefined, 'The NextToken is not valid.'),
  tooManyTags: () => new AwsError('TooManyTagsException', undefined, 'A job can have at most 50 tags.'),
  noSuchLens: () => make('NoSuchConfiguration', 404, 'The specified configuration does not exist.'),
};

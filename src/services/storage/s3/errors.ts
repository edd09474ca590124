// The errors of S3: code, status, message, and the members that stand beside them in the XML.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
import { AwsError } from '../../../kernel/errors.ts';

type Members = Readonly<Record<string, unknown>>;

const make =
  (code: string, status: number, message: string) =>
  (members: Members = {}): AwsError =>
    new AwsError(code, status, message, members);

const said =
  (code: string, status: number) =>
  (message: string, members: Members = {}): AwsError =>
    new AwsError(code, status, message, members);

const lockedText = 'Access Denied because object protected by object lock.';
const notHere = 'A header you provided implies functionality that is not implemented';

export const errors = {
  noSuchBucket: (name: string) =>
    new AwsError('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: name }),
  noSuchKey: (key: string) => new AwsError('NoSuchKey', 404, 'The specified key does not exist.', { Key: key }),
  noSuchVersion: (key: string, versionId: string) =>
    new AwsError('NoSuchVersion', 404, 'The specified version does not exist.', { Key: key, VersionId: versionId }),
  noSuchUpload: (uploadId: string) =>
    new AwsError(
      'NoSuchUpload',
      404,
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      { UploadId: uploadId },
    ),
  invalidVersionId: (versionId: string) =>
    new AwsError('InvalidArgument', 400, 'Invalid version id specified', {
      ArgumentName: 'versionId',
      ArgumentValue: versionId,
    }),
  bucketAlreadyExists: (name: string) =>
    new AwsError(
      'BucketAlreadyExists',
      409,
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
      { BucketName: name },
    ),
  bucketAlreadyOwnedByYou: (name: string) =>
    new AwsError(
      'BucketAlreadyOwnedByYou',
      409,
      'Your previous request to create the named bucket succeeded and you already own it.',
      { BucketName: name },
    ),
  invalidBucketName: (name: string) =>
    new AwsError('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName: name }),
  bucketNotEmpty: (name: string, versioned: boolean) =>
    new AwsError(
      'BucketNotEmpty',
      409,
      versioned
        ? 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.'
        : 'The bucket you tried to delete is not empty',
      { BucketName: name },
    ),
  permanentRedirect: (bucket: string, region: string, endpoint: string) =>
    new AwsError(
      'PermanentRedirect',
      301,
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      { Endpoint: endpoint, Bucket: bucket, Region: region },
    ),
  authorizationHeaderMalformed: (wrong: string, right: string) =>
    new AwsError(
      'AuthorizationHeaderMalformed',
      400,
      `The authorization header is malformed; the region '${wrong}' is wrong; expecting '${right}'`,
      { Region: right },
    ),
  illegalLocation: make(
    'IllegalLocationConstraintException',
    400,
    'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.',
  ),
  incompatibleLocation: (location: string) =>
    new AwsError(
      'IllegalLocationConstraintException',
      400,
      `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    ),
  invalidLocation: (location: string) =>
    new AwsError('InvalidLocationConstraint', 400, 'The specified location-constraint is not valid', {
      LocationConstraint: location,
    }),
  tooManyBuckets: make('TooManyBuckets', 400, 'You have attempted to create more buckets than allowed'),
  accessDenied: make('AccessDenied', 403, 'Access Denied'),
  accessDeniedBecause: said('AccessDenied', 403),
  locked: make('AccessDenied', 403, lockedText),
  malformedXml: make(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  ),
  invalidArgument: (message: string, name?: string, value?: unknown) =>
    new AwsError('InvalidArgument', 400, message, {
      ...(name === undefined ? {} : { ArgumentName: name }),
      ...(value === undefined ? {} : { ArgumentValue: value }),
    }),
  /** An argument error with members of its own. */
  argument: said('InvalidArgument', 400),
  invalidRequest: said('InvalidRequest', 400),
  invalidBucketState: said('InvalidBucketState', 409),
  invalidTag: said('InvalidTag', 400),
  malformedPolicy: said('MalformedPolicy', 400),
  badDigest: said('BadDigest', 400),
  methodNotAllowed: (method: string, members: Members = {}) =>
    new AwsError('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
      Method: method,
      ResourceType: 'DeleteMarker',
      ...members,
    }),
  invalidDigest: (digest: string) =>
    new AwsError('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.', { 'Content-MD5': digest }),
  contentMd5Mismatch: (expected: string, calculated: string) =>
    new AwsError('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: expected,
      CalculatedDigest: calculated,
    }),
  entityTooLarge: (proposed: number, allowed: number) =>
    new AwsError('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
      ProposedSize: proposed,
      MaxSizeAllowed: allowed,
    }),
  entityTooSmall: (members: Members) =>
    new AwsError('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', members),
  incompleteBody: make(
    'IncompleteBody',
    400,
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  ),
  invalidPart: (members: Members) =>
    new AwsError(
      'InvalidPart',
      400,
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      members,
    ),
  invalidPartOrder: (uploadId: string) =>
    new AwsError(
      'InvalidPartOrder',
      400,
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
      { UploadId: uploadId },
    ),
  invalidRange: (requested: string, sizeBytes: number) =>
    new AwsError('InvalidRange', 416, 'The requested range is not satisfiable', {
      RangeRequested: requested,
      ActualObjectSize: String(sizeBytes),
    }),
  invalidPartNumber: (requested: number, count: number) =>
    new AwsError('InvalidPartNumber', 416, 'The requested partnumber is not satisfiable', {
      PartNumberRequested: requested,
      ActualPartCount: count,
    }),
  preconditionFailed: (condition: string) =>
    new AwsError('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold', {
      Condition: condition,
    }),
  conditionalConflict: (condition: string, key: string) =>
    new AwsError(
      'ConditionalRequestConflict',
      409,
      'The conditional request cannot succeed due to a conflicting operation against this resource.',
      { Condition: condition, Key: key },
    ),
  headerNotImplemented: (header: string, why?: string) =>
    new AwsError('NotImplemented', 501, notHere, {
      Header: header,
      ...(why === undefined ? {} : { additionalMessage: why }),
    }),
  keyTooLong: (sizeBytes: number) =>
    new AwsError('KeyTooLongError', 400, 'Your key is too long', {
      Size: String(sizeBytes),
      MaxSizeAllowed: '1024',
    }),
  metadataTooLarge: (sizeBytes: number) =>
    new AwsError('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: String(sizeBytes),
      MaxSizeAllowed: '2048',
    }),
  invalidStorageClass: (storageClass: string) =>
    new AwsError('InvalidStorageClass', 400, 'The storage class you specified is not valid', {
      StorageClassRequested: storageClass,
    }),
  invalidObjectState: (storageClass: string, members: Members = {}) =>
    new AwsError('InvalidObjectState', 403, "The operation is not valid for the object's storage class", {
      StorageClass: storageClass,
      ...members,
    }),
  serviceUnavailable: make('ServiceUnavailable', 503, 'Service is unable to handle request.'),
  restoreInProgress: make('RestoreAlreadyInProgress', 409, 'Object restore is already in progress'),
  aclNotSupported: make('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs'),
  malformedAcl: make(
    'MalformedACLError',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  ),
  unresolvableGrant: make(
    'UnresolvableGrantByEmailAddress',
    400,
    'The e-mail address you provided does not match any account on record.',
  ),
  illegalVersioning: make('IllegalVersioningConfigurationException', 400, 'The Versioning element must be specified'),
  /** A sub-resource of a bucket that was never set, or is gone. */
  absent: (code: string, message: string, bucket: string) => new AwsError(code, 404, message, { BucketName: bucket }),
  noSuchConfiguration: make('NoSuchConfiguration', 404, 'The specified configuration does not exist.'),
  tooManyConfigurations: make(
    'TooManyConfigurations',
    400,
    'You are attempting to create a new configuration but have already reached the 1,000-configuration limit.',
  ),
  noObjectLock: make(
    'NoSuchObjectLockConfiguration',
    404,
    'The specified object does not have a ObjectLock configuration',
  ),
  corsForbidden: (message: string, method: string, resourceType: string) =>
    new AwsError('AccessForbidden', 403, message, { Method: method, ResourceType: resourceType }),
  invalidLogTarget: said('InvalidTargetBucketForLogging', 400),
  crossLocationLogging: said('CrossLocationLoggingProhibitted', 403),
  badRequest: said('BadRequest', 400),
  invalidPolicyDocument: said('InvalidPolicyDocument', 400),
  malformedPost: make(
    'MalformedPOSTRequest',
    400,
    'The body of your POST request is not well-formed multipart/form-data.',
  ),
  formTooLarge: make(
    'MaxPostPreDataLengthExceeded',
    400,
    'Your POST request fields preceding the upload file was too large.',
  ),
  signatureMismatch: (members: Members) =>
    new AwsError(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      members,
    ),
};

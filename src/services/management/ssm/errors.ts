// What `ssm` says when it refuses. @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
import { errorsOf } from '../../../kernel/errors.ts';
import { advancedValueMax, labelsMax, levelsMax, standardValueMax } from './limits.ts';
import type { Sdk } from './operation.ts';

const page = 'https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html';
const { modelled, unmodelled } = errorsOf<Sdk>();

const tiersPage =
  'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html';

export const errors = {
  invalid: unmodelled('ValidationException', 400, page, (message: string) => message),
  reserved: unmodelled(
    'AccessDeniedException',
    400,
    page,
    (name: string) => `No access to reserved parameter name: ${name}.`,
  ),
  exists: modelled(
    'ParameterAlreadyExists',
    () => 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  ),
  /** AWS says no more than the code. */
  notFound: modelled('ParameterNotFound', () => ''),
  versionNotFound: modelled(
    'ParameterVersionNotFound',
    (version: string, name: string) =>
      `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  ),
  typeChange: modelled(
    'HierarchyTypeMismatchException',
    () =>
      "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
  ),
  levels: modelled(
    'HierarchyLevelLimitExceededException',
    () =>
      `A hierarchy can have a maximum of ${levelsMax} levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.`,
  ),
  pattern: modelled(
    'ParameterPatternMismatchException',
    (pattern: string) => `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
  ),
  badPattern: modelled(
    'InvalidAllowedPatternException',
    (pattern: string) => `The request does not meet the regular expression requirement: ${pattern}`,
  ),
  standardValue: unmodelled(
    'ValidationException',
    400,
    page,
    () =>
      `Standard tier parameters support a maximum parameter value of ${standardValueMax} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see ${tiersPage}`,
  ),
  advancedValue: unmodelled(
    'ValidationException',
    400,
    page,
    () => `Advanced tier parameters support a maximum parameter value of ${advancedValueMax} characters.`,
  ),
  downgrade: unmodelled(
    'ValidationException',
    400,
    page,
    () =>
      'This parameter uses the advanced-parameter tier. You can’t downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.',
  ),
  limit: modelled('ParameterLimitExceeded', () => 'You have exceeded the number of parameters for this AWS account.'),
  oldestLabelled: modelled(
    'ParameterMaxVersionLimitExceeded',
    (name: string, version: number) =>
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
  ),
  labelLimit: modelled(
    'ParameterVersionLabelLimitExceeded',
    () =>
      `A parameter version can have maximum ${labelsMax} labels.Move one or more labels to another version and try again.`,
  ),
  badKey: modelled('InvalidKeyId', (key: string) => `Invalid keyId ${key}`),
  unsupportedType: modelled(
    'UnsupportedParameterType',
    (type: string) => `The parameter type ${type} is not supported.`,
  ),

  // policies
  policyType: modelled(
    'InvalidPolicyTypeException',
    (type: string) =>
      `The policy type is not supported: ${type}. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.`,
  ),
  policyAttribute: modelled('InvalidPolicyAttributeException', (message: string) => message),
  policyLimit: modelled(
    'PoliciesLimitExceededException',
    () => 'You specified more than the maximum number of allowed policies for the parameter. The maximum is 10.',
  ),
  policyMismatch: modelled('IncompatiblePolicyException', (message: string) => message),

  // documents
  noDocument: modelled('InvalidDocument', (name: string) => `Document with name ${name} does not exist.`),
  documentExists: modelled('DocumentAlreadyExists', (name: string) => `Document with same name ${name} already exists`),
  documentContent: modelled('InvalidDocumentContent', (message: string) => message),
  documentSchema: modelled(
    'InvalidDocumentSchemaVersion',
    (version: string) => `The schema version ${version} is not supported.`,
  ),
  documentSize: modelled('MaxDocumentSizeExceeded', () => 'The size limit of a document is 64 KB.'),
  noVersion: modelled('InvalidDocumentVersion', () => 'The document version is not valid or does not exist.'),
  sameContent: modelled(
    'DuplicateDocumentContent',
    () =>
      'The content of the association document matches another document. Change the content of the document and try again.',
  ),
  sameVersionName: modelled(
    'DuplicateDocumentVersionName',
    () =>
      'The version name has already been used in this document. Specify a different version name, and then try again.',
  ),
  versionLimit: modelled(
    'DocumentVersionLimitExceeded',
    () => 'The document has too many versions. Delete one or more document versions and try again.',
  ),
  documentOperation: modelled('InvalidDocumentOperation', (message: string) => message),

  // filters and pages
  filterKey: modelled(
    'InvalidFilterKey',
    (name: string, valid: readonly string[]) =>
      `The following filter key is not valid: ${name}. Valid filter keys include: [${valid.join(', ')}].`,
  ),
  filterOption: modelled(
    'InvalidFilterOption',
    (option: string, valid: readonly string[]) =>
      `The following filter option is not valid: ${option}. Valid options include: [${valid.join(', ')}].`,
  ),
  filterValue: modelled('InvalidFilterValue', (message: string) => message),
  nextToken: modelled('InvalidNextToken', () => 'The specified token is not valid.'),

  // tags
  resourceId: modelled(
    'InvalidResourceId',
    () => 'The resource ID is not valid. Verify that you entered the correct ID and try again.',
  ),
  resourceType: modelled(
    'InvalidResourceType',
    () =>
      'The resource type is not valid. For example, if you are attempting to tag an EC2 instance, the instance must be a registered managed node.',
  ),
  tooManyTags: modelled(
    'TooManyTagsError',
    () => 'The Targets parameter includes too many tags. Remove one or more tags and try the command again.',
  ),
};

import type * as Iam from '@aws-sdk/client-iam';
import { AwsError, errorsOf } from '../../../kernel/errors.ts';

const { modelled, unmodelled } = errorsOf<typeof Iam>();
const reference = 'https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html';

/** As the message speaks of the kinds of entities. */
export const errors = {
  noSuchUser: modelled('NoSuchEntityException', (name: string) => `The user with name ${name} cannot be found.`),
  noSuchGroup: modelled('NoSuchEntityException', (name: string) => `The group with name ${name} cannot be found.`),
  noSuchRole: modelled('NoSuchEntityException', (name: string) => `The role with name ${name} cannot be found.`),
  noSuchInstanceProfile: modelled(
    'NoSuchEntityException',
    (name: string) => `Instance Profile ${name} cannot be found.`,
  ),
  noSuchPolicy: modelled('NoSuchEntityException', (arn: string) => `Policy ${arn} was not found.`),
  notAttachable: modelled(
    'NoSuchEntityException',
    (arn: string) => `Policy ${arn} does not exist or is not attachable.`,
  ),
  noSuchVersion: modelled(
    'NoSuchEntityException',
    (arn: string, version: string) => `Policy ${arn} version ${version} does not exist or is not attachable.`,
  ),
  noSuchBoundary: modelled(
    'NoSuchEntityException',
    (arn: string) => `Scope ARN: ${arn} does not exist or is not attachable.`,
  ),
  noSuchInlinePolicy: modelled(
    'NoSuchEntityException',
    (kind: string, name: string) => `The ${kind} policy with name ${name} cannot be found.`,
  ),
  noSuchAccessKey: modelled('NoSuchEntityException', (id: string) => `The Access Key with id ${id} cannot be found.`),
  noSuchLoginProfile: modelled(
    'NoSuchEntityException',
    (name: string) => `Login Profile for User ${name} cannot be found.`,
  ),
  /** `The Server Certificate with name x cannot be found.` and its kin. */
  noSuch: modelled('NoSuchEntityException', (text: string) => text),
  exists: modelled('EntityAlreadyExistsException', (text: string) => text),
  conflict: modelled('DeleteConflictException', (text: string) => text),
  limit: modelled('LimitExceededException', (text: string) => text),
  quota: modelled('LimitExceededException', (name: string, most: number) => `Cannot exceed quota for ${name}: ${most}`),
  malformed: modelled('MalformedPolicyDocumentException', (text: string) => text),
  invalidInput: modelled('InvalidInputException', (text: string) => text),
  unmodifiable: modelled(
    'UnmodifiableEntityException',
    (role: string) =>
      `Cannot perform the operation on the protected role '${role}' - this role is only modifiable by AWS`,
  ),
  passwordPolicy: modelled('PasswordPolicyViolationException', (text: string) => text),
  invalidCode: modelled('InvalidAuthenticationCodeException', (text: string) => text),
  malformedCertificate: modelled('MalformedCertificateException', (text: string) => text),
  keyPairMismatch: modelled('KeyPairMismatchException', (text: string) => text),
  duplicateCertificate: modelled('DuplicateCertificateException', (text: string) => text),
  duplicateSshKey: modelled('DuplicateSSHPublicKeyException', (text: string) => text),
  invalidUserType: modelled('InvalidUserTypeException', (text: string) => text),
  reportNotPresent: modelled(
    'CredentialReportNotPresentException',
    () => 'No report exists. Inspect the GenerateCredentialReport API for more details.',
  ),
  reportNotReady: modelled('CredentialReportNotReadyException', () => 'Credential report is still being generated.'),
  reportExpired: modelled('CredentialReportExpiredException', () => 'The most recent credential report has expired.'),
  featureDisabled: modelled('FeatureDisabledException', (text: string) => text),
  featureEnabled: modelled('FeatureEnabledException', (text: string) => text),
  policyEvaluation: modelled('PolicyEvaluationException', (text: string) => text),
  invalidPublicKey: modelled('InvalidPublicKeyException', (text: string) => text),
  validation: unmodelled('ValidationError', 400, reference, (text: string) => text),
  accessDenied: unmodelled('AccessDenied', 403, reference, (text: string) => text),
};

export const isAwsError = (error: unknown): error is AwsError => error instanceof AwsError;

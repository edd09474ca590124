import type * as Sts from '@aws-sdk/client-sts';
import { errorsOf } from '../../../kernel/errors.ts';

const { modelled, unmodelled } = errorsOf<typeof Sts>();
const reference = 'https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html';

export const errors = {
  malformedPolicy: modelled('MalformedPolicyDocumentException', (text: string) => text),
  packedTooLarge: modelled(
    'PackedPolicyTooLargeException',
    (percent: number) => `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
  ),
  invalidIdentityToken: modelled('InvalidIdentityTokenException', (text: string) => text),
  expiredToken: modelled('ExpiredTokenException', (text: string) => text),
  rejectedClaim: modelled('IDPRejectedClaimException', (text: string) => text),
  noCommunication: modelled('IDPCommunicationErrorException', (text: string) => text),
  invalidContext: modelled(
    'InvalidContextAssertionException',
    () => 'The context assertion that was provided is invalid.',
  ),
  invalidMessage: modelled('InvalidAuthorizationMessageException', () => 'Message is not valid'),
  expiredTradeIn: modelled('ExpiredTradeInTokenException', (text: string) => text),
  sessionEscalation: modelled(
    'SessionDurationEscalationException',
    () => 'The requested token duration would extend the session beyond its original expiration time.',
  ),
  federationDisabled: modelled(
    'OutboundWebIdentityFederationDisabledException',
    () => 'Outbound web identity federation is not enabled for this account.',
  ),
  payloadTooLarge: modelled(
    'JWTPayloadSizeExceededException',
    () => 'The requested token payload size exceeds the maximum allowed size.',
  ),
  validation: unmodelled('ValidationError', 400, reference, (text: string) => text),
  invalidParameter: unmodelled('InvalidParameterValue', 400, reference, (text: string) => text),
  accessDenied: unmodelled('AccessDenied', 403, reference, (text: string) => text),
};

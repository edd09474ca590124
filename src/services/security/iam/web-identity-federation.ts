// Outbound web identity: whether the account may have tokens signed that tell other clouds and services who it is.
// The tokens themselves come from STS (`GetWebIdentityToken`).
import { errors } from './errors.ts';
import { settingsOf } from './password-policy.ts';
import type { IamState, Operation } from './state.ts';

/** The account's issuer; undefined while the feature is off. */
export function issuerOf(state: IamState): string | undefined {
  const settings = settingsOf(state);
  return settings.webIdentityFederation === true ? `https://${settings.issuerId}.tokens.sts.global.api.aws` : undefined;
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOutboundWebIdentityFederation.html */
export const EnableOutboundWebIdentityFederation: Operation<'EnableOutboundWebIdentityFederation'> = (
  _input,
  { state, ids, account },
) => {
  if (issuerOf(state) !== undefined)
    throw errors.featureEnabled('Outbound web identity federation is already enabled.');
  const settings = settingsOf(state);
  const issuerId = settings.issuerId ?? ids.uuid();
  state.settings.put({ ...settings, webIdentityFederation: true, issuerId });
  state.tokenIssuers.put({ id: issuerId, account });
  return { IssuerIdentifier: issuerOf(state) ?? '' };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOutboundWebIdentityFederation.html */
export const DisableOutboundWebIdentityFederation: Operation<'DisableOutboundWebIdentityFederation'> = (
  _input,
  { state },
) => {
  if (issuerOf(state) === undefined) throw errors.featureDisabled('Outbound web identity federation is not enabled.');
  state.settings.put({ ...settingsOf(state), webIdentityFederation: false });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOutboundWebIdentityFederationInfo.html */
export const GetOutboundWebIdentityFederationInfo: Operation<'GetOutboundWebIdentityFederationInfo'> = (
  _input,
  { state },
) => {
  const issuer = issuerOf(state);
  if (issuer === undefined) throw errors.featureDisabled('Outbound web identity federation is not enabled.');
  return { IssuerIdentifier: issuer, JwtVendingEnabled: true };
};

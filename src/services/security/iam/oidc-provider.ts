// OpenID Connect providers: whose web identity tokens may be traded for a role.
//
// Differs: AWS fetches the thumbprint of the provider's certificate when none is given; here the list stays empty.
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { issuerName } from './issuer-key.ts';
import { oidcProvidersPerAccount } from './limits.ts';
import type { IamState, OidcProvider, Operation } from './state.ts';
import { addTags, listTags, newTags, removeTags, shownTags } from './tag.ts';

const mostClientIds = 100;
const mostThumbprints = 5;

export function getOidcProvider(state: IamState, arn: string): OidcProvider {
  const provider = state.oidcProviders.find(arn);
  if (provider === undefined) throw errors.noSuch(`OpenIDConnect Provider not found for arn ${arn}`);
  return provider;
}

function checkThumbprints(thumbprints: readonly string[]): void {
  if (thumbprints.length > mostThumbprints)
    throw errors.invalidInput('Thumbprint list must contain fewer than 5 entries.');
  for (const thumbprint of thumbprints)
    if (!/^[0-9a-fA-F]{40}$/.test(thumbprint))
      throw errors.invalidInput('Invalid thumbprint: must be 40 hexadecimal characters.');
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html */
export const CreateOpenIDConnectProvider: Operation<'CreateOpenIDConnectProvider'> = (input, context) => {
  const { state, clock, account, partition } = context;
  if (!/^https:\/\/[^/?#]+/i.test(input.Url)) throw errors.validation('Invalid Open ID Connect Provider URL');
  if (/[?#]/.test(input.Url)) throw errors.invalidInput('The URL must not contain a query string or a fragment.');
  const url = issuerName(input.Url);
  const arn = `arn:${partition}:iam::${account}:oidc-provider/${url}`;
  if (state.oidcProviders.has(arn)) throw errors.exists(`Provider with url https://${url} already exists.`);
  if (state.oidcProviders.size >= oidcProvidersPerAccount)
    throw errors.quota('OpenIdConnectProvidersPerAccount', oidcProvidersPerAccount);
  const thumbprints = input.ThumbprintList ?? [];
  checkThumbprints(thumbprints);
  const clientIds = [...new Set(input.ClientIDList ?? [])];
  if (clientIds.length > mostClientIds) throw errors.quota('ClientIdsPerOpenIdConnectProvider', mostClientIds);
  const provider: OidcProvider = {
    arn,
    url,
    clientIds,
    thumbprints,
    createdAt: clock.now(),
    tags: newTags(input.Tags),
  };
  state.oidcProviders.put(provider);
  return { OpenIDConnectProviderArn: arn, ...shownTags(provider.tags) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html */
export const GetOpenIDConnectProvider: Operation<'GetOpenIDConnectProvider'> = (input, { state }) => {
  const provider = getOidcProvider(state, input.OpenIDConnectProviderArn);
  return {
    Url: provider.url,
    ClientIDList: [...provider.clientIds],
    ThumbprintList: [...provider.thumbprints],
    CreateDate: toDate(provider.createdAt),
    Tags: [...provider.tags],
  };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html */
export const ListOpenIDConnectProviders: Operation<'ListOpenIDConnectProviders'> = (_input, { state }) => ({
  OpenIDConnectProviderList: state.oidcProviders.list().map(({ arn }) => ({ Arn: arn })),
});

/** Deleting one that is not there succeeds. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html */
export const DeleteOpenIDConnectProvider: Operation<'DeleteOpenIDConnectProvider'> = (input, { state }) => {
  state.oidcProviders.delete(input.OpenIDConnectProviderArn);
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html */
export const UpdateOpenIDConnectProviderThumbprint: Operation<'UpdateOpenIDConnectProviderThumbprint'> = (
  input,
  { state },
) => {
  const provider = getOidcProvider(state, input.OpenIDConnectProviderArn);
  checkThumbprints(input.ThumbprintList);
  state.oidcProviders.put({ ...provider, thumbprints: input.ThumbprintList });
  return {};
};

/** Adding one again changes nothing. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html */
export const AddClientIDToOpenIDConnectProvider: Operation<'AddClientIDToOpenIDConnectProvider'> = (
  input,
  { state },
) => {
  const provider = getOidcProvider(state, input.OpenIDConnectProviderArn);
  const clientIds = [...new Set([...provider.clientIds, input.ClientID])];
  if (clientIds.length > mostClientIds) throw errors.quota('ClientIdsPerOpenIdConnectProvider', mostClientIds);
  state.oidcProviders.put({ ...provider, clientIds });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html */
export const RemoveClientIDFromOpenIDConnectProvider: Operation<'RemoveClientIDFromOpenIDConnectProvider'> = (
  input,
  { state },
) => {
  const provider = getOidcProvider(state, input.OpenIDConnectProviderArn);
  state.oidcProviders.put({ ...provider, clientIds: provider.clientIds.filter((id) => id !== input.ClientID) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html */
export const TagOpenIDConnectProvider: Operation<'TagOpenIDConnectProvider'> = (input, { state }) => {
  const provider = getOidcProvider(state, input.OpenIDConnectProviderArn);
  state.oidcProviders.put({ ...provider, tags: addTags(provider.tags, input.Tags) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html */
export const UntagOpenIDConnectProvider: Operation<'UntagOpenIDConnectProvider'> = (input, { state }) => {
  const provider = getOidcProvider(state, input.OpenIDConnectProviderArn);
  state.oidcProviders.put({ ...provider, tags: removeTags(provider.tags, input.TagKeys) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html */
export const ListOpenIDConnectProviderTags: Operation<'ListOpenIDConnectProviderTags'> = (input, { state }) =>
  listTags(getOidcProvider(state, input.OpenIDConnectProviderArn).tags, input);

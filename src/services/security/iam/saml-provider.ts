// SAML providers: whose assertions may be traded for a role.
import { createPrivateKey } from 'node:crypto';
import { instant, later, secondsPerDay, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { samlProvidersPerAccount } from './limits.ts';
import type { IamContext, IamState, Operation, SamlKey, SamlProvider } from './state.ts';
import { addTags, listTags, newTags, removeTags, shownTags } from './tag.ts';
import { attributeOf, descendants, elementsOf, readXml, textOf, XmlSyntaxError } from './xml-tree.ts';

const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol';
/** Days that a metadata document is valid when it does not say. */
const usualDays = 36_500;
const mostPrivateKeys = 2;

type Metadata = Pick<SamlProvider, 'metadata' | 'entityId' | 'certificates' | 'validUntil'>;

/** What of the metadata matters: who it is, and the certificates with which it signs. */
function readMetadata(metadata: string, { clock }: IamContext): Metadata {
  const refuse = () => errors.invalidInput('Could not parse metadata');
  try {
    const root = readXml(metadata);
    const descriptor = descendants(root, 'IDPSSODescriptor')[0];
    const entityId = attributeOf(descendants(root, 'EntityDescriptor')[0], 'entityID');
    const speaks = attributeOf(descriptor, 'protocolSupportEnumeration')?.split(/\s+/).includes(protocol);
    if (descriptor === undefined || entityId === undefined || speaks !== true) throw refuse();
    const certificates = elementsOf(descriptor, 'KeyDescriptor')
      .filter((keyDescriptor) => attributeOf(keyDescriptor, 'use') !== 'encryption')
      .flatMap((keyDescriptor) => descendants(keyDescriptor, 'X509Certificate'))
      .map((certificate) => textOf(certificate).replaceAll(/\s/g, ''));
    if (certificates.length === 0) throw refuse();
    const said = Date.parse(attributeOf(root, 'validUntil') ?? '');
    const validUntil = Number.isNaN(said) ? later(clock.now(), usualDays * secondsPerDay) : instant(said);
    return { metadata, entityId, certificates, validUntil };
  } catch (error) {
    if (error instanceof XmlSyntaxError) throw refuse();
    throw error;
  }
}

export function getSamlProvider(state: IamState, arn: string): SamlProvider {
  const name = /^arn:[a-z0-9-]+:iam::\d{12}:saml-provider\/([\w._-]+)$/.exec(arn)?.[1];
  if (name === undefined) throw errors.invalidInput(`Invalid ARN: ${arn}`);
  const provider = state.samlProviders.find(name);
  if (provider === undefined || provider.arn !== arn) throw errors.noSuch(`Manifest not found for arn ${arn}`);
  return provider;
}

function readKey(pem: string, { ids, clock }: IamContext): SamlKey {
  try {
    createPrivateKey(pem);
  } catch {
    throw errors.invalidInput('The private key is not valid.');
  }
  return { id: ids.unique('', 20), createdAt: clock.now(), pem };
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html */
export const CreateSAMLProvider: Operation<'CreateSAMLProvider'> = (input, context) => {
  const { state, clock, ids, account, partition } = context;
  if (state.samlProviders.has(input.Name)) throw errors.exists(`SAMLProvider with name ${input.Name} already exists.`);
  if (state.samlProviders.size >= samlProvidersPerAccount)
    throw errors.quota('SAMLProvidersPerAccount', samlProvidersPerAccount);
  const provider: SamlProvider = {
    name: input.Name,
    arn: `arn:${partition}:iam::${account}:saml-provider/${input.Name}`,
    uuid: ids.unique('', 22),
    ...readMetadata(input.SAMLMetadataDocument, context),
    createdAt: clock.now(),
    tags: newTags(input.Tags),
    encryption: input.AssertionEncryptionMode === 'Required' ? 'Required' : input.AssertionEncryptionMode && 'Allowed',
    privateKeys: input.AddPrivateKey === undefined ? [] : [readKey(input.AddPrivateKey, context)],
  };
  state.samlProviders.put(provider);
  return { SAMLProviderArn: provider.arn, ...shownTags(provider.tags) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html */
export const GetSAMLProvider: Operation<'GetSAMLProvider'> = (input, { state }) => {
  const provider = getSamlProvider(state, input.SAMLProviderArn);
  const keys = provider.privateKeys.map(({ id, createdAt }) => ({ KeyId: id, Timestamp: toDate(createdAt) }));
  return {
    SAMLProviderUUID: provider.uuid,
    SAMLMetadataDocument: provider.metadata,
    CreateDate: toDate(provider.createdAt),
    ValidUntil: toDate(provider.validUntil),
    Tags: [...provider.tags],
    ...(provider.encryption === undefined ? {} : { AssertionEncryptionMode: provider.encryption }),
    ...(keys.length === 0 ? {} : { PrivateKeyList: keys }),
  };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviders.html */
export const ListSAMLProviders: Operation<'ListSAMLProviders'> = (_input, { state }) => ({
  SAMLProviderList: state.samlProviders.list().map(({ arn, validUntil, createdAt }) => ({
    Arn: arn,
    ValidUntil: toDate(validUntil),
    CreateDate: toDate(createdAt),
  })),
});

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSAMLProvider.html */
export const UpdateSAMLProvider: Operation<'UpdateSAMLProvider'> = (input, context) => {
  const { state } = context;
  const provider = getSamlProvider(state, input.SAMLProviderArn);
  const metadata = input.SAMLMetadataDocument === undefined ? {} : readMetadata(input.SAMLMetadataDocument, context);
  const kept = provider.privateKeys.filter(({ id }) => id !== input.RemovePrivateKey);
  const privateKeys = input.AddPrivateKey === undefined ? kept : [...kept, readKey(input.AddPrivateKey, context)];
  if (privateKeys.length > mostPrivateKeys) throw errors.quota('PrivateKeysPerSAMLProvider', mostPrivateKeys);
  const encryption =
    input.AssertionEncryptionMode === undefined
      ? provider.encryption
      : input.AssertionEncryptionMode === 'Required'
        ? 'Required'
        : 'Allowed';
  state.samlProviders.put({ ...provider, ...metadata, encryption, privateKeys });
  return { SAMLProviderArn: provider.arn };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSAMLProvider.html */
export const DeleteSAMLProvider: Operation<'DeleteSAMLProvider'> = (input, { state }) => {
  state.samlProviders.delete(getSamlProvider(state, input.SAMLProviderArn).name);
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagSAMLProvider.html */
export const TagSAMLProvider: Operation<'TagSAMLProvider'> = (input, { state }) => {
  const provider = getSamlProvider(state, input.SAMLProviderArn);
  state.samlProviders.put({ ...provider, tags: addTags(provider.tags, input.Tags) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagSAMLProvider.html */
export const UntagSAMLProvider: Operation<'UntagSAMLProvider'> = (input, { state }) => {
  const provider = getSamlProvider(state, input.SAMLProviderArn);
  state.samlProviders.put({ ...provider, tags: removeTags(provider.tags, input.TagKeys) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviderTags.html */
export const ListSAMLProviderTags: Operation<'ListSAMLProviderTags'> = (input, { state }) =>
  listTags(getSamlProvider(state, input.SAMLProviderArn).tags, input);

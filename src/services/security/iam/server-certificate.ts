// Server certificates, for load balancers and distributions in Regions without ACM.
import { toDate } from '../../../kernel/units.ts';
import { checkChain, checkPrivateKey, readCertificate } from './certificate.ts';
import { errors } from './errors.ts';
import { serverCertificatesPerAccount } from './limits.ts';
import { arnOf, makeId } from './name.ts';
import { page } from './page.ts';
import { type IamState, lower, type Operation, type ServerCertificate } from './state.ts';
import { addTags, listTags, newTags, removeTags, shownTags } from './tag.ts';

const shownMetadata = (certificate: ServerCertificate) => ({
  Path: certificate.path,
  ServerCertificateName: certificate.name,
  ServerCertificateId: certificate.id,
  Arn: certificate.arn,
  UploadDate: toDate(certificate.uploadedAt),
  Expiration: toDate(certificate.expiresAt),
});

function getCertificate(state: IamState, name: string): ServerCertificate {
  const certificate = state.serverCertificates.find(lower(name));
  if (certificate === undefined) throw errors.noSuch(`The Server Certificate with name ${name} cannot be found.`);
  return certificate;
}

const taken = (name: string) => errors.exists(`The Server Certificate with name ${name} already exists.`);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadServerCertificate.html */
export const UploadServerCertificate: Operation<'UploadServerCertificate'> = (input, context) => {
  const { state, clock, ids } = context;
  const { ServerCertificateName: name } = input;
  if (state.serverCertificates.has(lower(name))) throw taken(name);
  if (state.serverCertificates.size >= serverCertificatesPerAccount)
    throw errors.quota('ServerCertificatesPerAccount', serverCertificatesPerAccount);
  const read = readCertificate(input.CertificateBody);
  checkPrivateKey(input.PrivateKey, read);
  checkChain(input.CertificateChain);
  const path = input.Path ?? '/';
  const certificate: ServerCertificate = {
    name,
    path,
    id: makeId(ids, 'serverCertificate'),
    arn: arnOf(context, 'server-certificate', path, name),
    uploadedAt: clock.now(),
    expiresAt: read.expiresAt,
    // Answers show them without the line break at their end.
    body: input.CertificateBody.trimEnd(),
    chain: input.CertificateChain?.trimEnd(),
    privateKey: input.PrivateKey,
    tags: newTags(input.Tags),
  };
  state.serverCertificates.put(certificate);
  return { ServerCertificateMetadata: shownMetadata(certificate), ...shownTags(certificate.tags) };
};

/** The private key is never shown. @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServerCertificate.html */
export const GetServerCertificate: Operation<'GetServerCertificate'> = (input, { state }) => {
  const certificate = getCertificate(state, input.ServerCertificateName);
  return {
    ServerCertificate: {
      ServerCertificateMetadata: shownMetadata(certificate),
      CertificateBody: certificate.body,
      ...(certificate.chain === undefined ? {} : { CertificateChain: certificate.chain }),
      ...shownTags(certificate.tags),
    },
  };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html */
export const ListServerCertificates: Operation<'ListServerCertificates'> = (input, { state }) => {
  const certificates = state.serverCertificates.list().filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
  const { items, rest } = page(certificates, input, ({ name }) => lower(name));
  return { ServerCertificateMetadataList: items.map(shownMetadata), ...rest };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServerCertificate.html */
export const UpdateServerCertificate: Operation<'UpdateServerCertificate'> = (input, context) => {
  const { state } = context;
  const certificate = getCertificate(state, input.ServerCertificateName);
  const name = input.NewServerCertificateName ?? certificate.name;
  const path = input.NewPath ?? certificate.path;
  if (lower(name) !== lower(certificate.name) && state.serverCertificates.has(lower(name))) throw taken(name);
  state.serverCertificates.delete(lower(certificate.name));
  state.serverCertificates.put({ ...certificate, name, path, arn: arnOf(context, 'server-certificate', path, name) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServerCertificate.html */
export const DeleteServerCertificate: Operation<'DeleteServerCertificate'> = (input, { state }) => {
  state.serverCertificates.delete(lower(getCertificate(state, input.ServerCertificateName).name));
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagServerCertificate.html */
export const TagServerCertificate: Operation<'TagServerCertificate'> = (input, { state }) => {
  const certificate = getCertificate(state, input.ServerCertificateName);
  state.serverCertificates.put({ ...certificate, tags: addTags(certificate.tags, input.Tags) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagServerCertificate.html */
export const UntagServerCertificate: Operation<'UntagServerCertificate'> = (input, { state }) => {
  const certificate = getCertificate(state, input.ServerCertificateName);
  state.serverCertificates.put({ ...certificate, tags: removeTags(certificate.tags, input.TagKeys) });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificateTags.html */
export const ListServerCertificateTags: Operation<'ListServerCertificateTags'> = (input, { state }) =>
  listTags(getCertificate(state, input.ServerCertificateName).tags, input);

// X.509 signing certificates of users.
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { readCertificate } from './certificate.ts';
import { errors } from './errors.ts';
import { userOrCaller } from './find.ts';
import { signingCertificatesPerUser } from './limits.ts';
import { page } from './page.ts';
import { type IamContext, type IamState, lower, type Operation, type SigningCertificate } from './state.ts';

const shownCertificate = (certificate: SigningCertificate) => ({
  UserName: certificate.user,
  CertificateId: certificate.id,
  CertificateBody: certificate.body,
  Status: certificate.status,
  UploadDate: toDate(certificate.uploadedAt),
});

const ownerOf = (given: string | undefined, context: IamContext): string =>
  userOrCaller(given, context)?.name ?? 'root';

export const signingCertificatesOf = (state: IamState, user: string): SigningCertificate[] =>
  state.signingCertificates.list({ prefix: key(lower(user)) });

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html */
export const UploadSigningCertificate: Operation<'UploadSigningCertificate'> = (input, context) => {
  const { state, clock, ids } = context;
  const user = ownerOf(input.UserName, context);
  const existing = signingCertificatesOf(state, user);
  const { certificate: parsed } = readCertificate(input.CertificateBody);
  if (existing.some(({ body }) => readCertificate(body).certificate.fingerprint256 === parsed.fingerprint256))
    throw errors.duplicateCertificate(`The certificate is already associated with the user ${user}.`);
  if (existing.length >= signingCertificatesPerUser)
    throw errors.quota('SigningCertificatesPerUser', signingCertificatesPerUser);
  const certificate: SigningCertificate = {
    id: ids.unique('', 32),
    user,
    body: input.CertificateBody,
    status: 'Active',
    uploadedAt: clock.now(),
  };
  state.signingCertificates.put(certificate);
  return { Certificate: shownCertificate(certificate) };
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html */
export const ListSigningCertificates: Operation<'ListSigningCertificates'> = (input, context) => {
  const certificates = signingCertificatesOf(context.state, ownerOf(input.UserName, context));
  const { items, rest } = page(certificates, input, ({ id }) => id);
  return { Certificates: items.map(shownCertificate), ...rest };
};

function getCertificate(id: string, given: string | undefined, context: IamContext): SigningCertificate {
  const certificate = context.state.signingCertificates.find(key(lower(ownerOf(given, context)), id));
  if (certificate === undefined) throw errors.noSuch(`The Certificate with id ${id} cannot be found.`);
  return certificate;
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSigningCertificate.html */
export const UpdateSigningCertificate: Operation<'UpdateSigningCertificate'> = (input, context) => {
  const certificate = getCertificate(input.CertificateId, input.UserName, context);
  context.state.signingCertificates.put({ ...certificate, status: input.Status === 'Active' ? 'Active' : 'Inactive' });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSigningCertificate.html */
export const DeleteSigningCertificate: Operation<'DeleteSigningCertificate'> = (input, context) => {
  const certificate = getCertificate(input.CertificateId, input.UserName, context);
  context.state.signingCertificates.delete(key(lower(certificate.user), certificate.id));
  return {};
};

// Reads certificates and keys that users upload.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Instant, instant } from '../../../kernel/units.ts';
import { errors } from './errors.ts';

export interface ReadCertificate {
  readonly certificate: X509Certificate;
  readonly expiresAt: Instant;
}

/** A PEM certificate. @throws MalformedCertificate */
export function readCertificate(pem: string): ReadCertificate {
  try {
    const certificate = new X509Certificate(pem.trim());
    return { certificate, expiresAt: instant(Date.parse(certificate.validTo)) };
  } catch {
    throw errors.malformedCertificate('Unable to parse certificate. Please ensure the certificate is in PEM format.');
  }
}

/** The certificate's own private key, unencrypted, in PEM. @throws KeyPairMismatch */
export function checkPrivateKey(pem: string, { certificate }: ReadCertificate): void {
  let matches: boolean;
  try {
    matches = certificate.checkPrivateKey(createPrivateKey(pem.trim()));
  } catch {
    throw errors.malformedCertificate('Unable to parse private key. Please ensure the key is in PEM format.');
  }
  if (!matches) throw errors.keyPairMismatch('The private key does not match the certificate public key.');
}

/** A chain of PEM certificates. */
export function checkChain(pem: string | undefined): void {
  for (const part of pem?.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [])
    readCertificate(part);
  if (pem !== undefined && !pem.includes('-----BEGIN CERTIFICATE-----'))
    throw errors.malformedCertificate('Unable to parse certificate. Please ensure the certificate is in PEM format.');
}

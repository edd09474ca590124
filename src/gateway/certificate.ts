// X.509 certificates of the local certificate authority and of the names for which it speaks. Keys are of the curve P-256, which every
// client of the last ten years knows.
import 'reflect-metadata'; // The library asks for it before it is loaded itself.
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { entropy } from '../kernel/random.ts';

type CryptoKey = webcrypto.CryptoKey;
type Keys = webcrypto.CryptoKeyPair;

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
const { subtle } = webcrypto;

export interface Signer {
  /** Its distinguished name. */
  readonly name: string;
  readonly keys: Keys;
}

interface Terms {
  readonly subject: string;
  readonly publicKey: CryptoKey;
  readonly signer: Signer;
  readonly from: Date;
  readonly until: Date;
}

export const makeKeys = (): Promise<Keys> => subtle.generateKey(curve, true, ['sign', 'verify']);

export async function writeKey(key: CryptoKey): Promise<string> {
  const lines = Buffer.from(await subtle.exportKey('pkcs8', key))
    .toString('base64')
    .replaceAll(/.{64}(?!$)/g, '$&\n');
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

/** @param pem a private key in PKCS #8, with whatever stands around it */
export async function readKeys(pem: string): Promise<Keys> {
  const base64 = /-----BEGIN PRIVATE KEY-----([\s\S]*?)-----END/.exec(pem)?.[1] ?? '';
  const privateKey = await subtle.importKey('pkcs8', Buffer.from(base64, 'base64'), curve, true, ['sign']);
  const { d: _secret, ...shared } = await subtle.exportKey('jwk', privateKey);
  return {
    privateKey,
    publicKey: await subtle.importKey('jwk', { ...shared, key_ops: ['verify'] }, curve, true, ['verify']),
  };
}

async function write({ subject, publicKey, signer, from, until }: Terms, extensions: Extension[]): Promise<string> {
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: `4${entropy(31)}`,
      subject,
      issuer: signer.name,
      notBefore: from,
      notAfter: until,
      publicKey,
      signingKey: signer.keys.privateKey,
      signingAlgorithm,
      extensions: [
        await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto as never),
        await AuthorityKeyIdentifierExtension.create(signer.keys.publicKey, false, webcrypto as never),
        ...extensions,
      ],
    },
    webcrypto as never,
  );
  return `${certificate.toString('pem')}\n`;
}

/** PEM of a certificate authority's own certificate. It may sign servers, and no other authority. */
export const writeAuthority = (signer: Signer, from: Date, until: Date): Promise<string> =>
  write({ subject: signer.name, publicKey: signer.keys.publicKey, signer, from, until }, [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]);

/** PEM of a server's certificate, for names and addresses. */
export const writeServer = (
  names: readonly string[],
  publicKey: CryptoKey,
  signer: Signer,
  from: Date,
  until: Date,
): Promise<string> =>
  write({ subject: distinguishedName((names[0] ?? '').slice(0, 64)), publicKey, signer, from, until }, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      names.map((name) => (isIP(name) === 0 ? { type: 'dns', value: name } : { type: 'ip', value: name })),
    ),
  ]);

/** Names that hosts may have need no escape but for what a hostile client sends. */
export const distinguishedName = (common: string): string =>
  `O=Hakoniwa, CN=${common.replaceAll(/[^\w.*:-]/g, (letter) => `\\${letter}`)}`;

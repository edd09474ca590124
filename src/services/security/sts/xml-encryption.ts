// Encrypted assertions: the identity provider encrypts with the public half of a private key that was uploaded to the SAML provider.
// @see https://www.w3.org/TR/xmlenc-core1/
import { constants, createDecipheriv, privateDecrypt } from 'node:crypto';
import { attributeOf, descendants, elementsOf, readXml, textOf, type XmlElement } from '../iam/xml-tree.ts';

const xmlenc = 'http://www.w3.org/2001/04/xmlenc#';
const xmlenc11 = 'http://www.w3.org/2009/xmlenc11#';
const blocks: Readonly<Record<string, 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc'>> = {
  [`${xmlenc}aes128-cbc`]: 'aes-128-cbc',
  [`${xmlenc}aes192-cbc`]: 'aes-192-cbc',
  [`${xmlenc}aes256-cbc`]: 'aes-256-cbc',
};
const sealed: Readonly<Record<string, 'aes-128-gcm' | 'aes-256-gcm'>> = {
  [`${xmlenc11}aes128-gcm`]: 'aes-128-gcm',
  [`${xmlenc11}aes256-gcm`]: 'aes-256-gcm',
};

const methodOf = (element: XmlElement): XmlElement | undefined => elementsOf(element, 'EncryptionMethod')[0];
const algorithmOf = (element: XmlElement): string => attributeOf(methodOf(element), 'Algorithm') ?? '';
const cipherOf = (element: XmlElement): Buffer =>
  Buffer.from(textOf(elementsOf(elementsOf(element, 'CipherData')[0] ?? element, 'CipherValue')[0]), 'base64');

/** The content key, opened with a private key. */
function openKey(encryptedKey: XmlElement, pem: string): Buffer {
  const algorithm = algorithmOf(encryptedKey);
  if (algorithm !== `${xmlenc}rsa-oaep-mgf1p` && algorithm !== `${xmlenc11}rsa-oaep`)
    throw new Error('unknown key transport');
  const digest = attributeOf(elementsOf(methodOf(encryptedKey) ?? encryptedKey, 'DigestMethod')[0], 'Algorithm') ?? '';
  const oaepHash = /sha(256|384|512)$/.test(digest) ? digest.slice(-6) : 'sha1';
  return privateDecrypt({ key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, cipherOf(encryptedKey));
}

function openData(data: XmlElement, contentKey: Buffer): string {
  const bytes = cipherOf(data);
  const block = blocks[algorithmOf(data)];
  if (block !== undefined) {
    const decipher = createDecipheriv(block, contentKey, bytes.subarray(0, 16));
    decipher.setAutoPadding(false); // only the last byte of XML's padding has a meaning
    const padded = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]);
    return padded.subarray(0, padded.length - (padded.at(-1) ?? 0)).toString('utf8');
  }
  const seal = sealed[algorithmOf(data)];
  if (seal === undefined) throw new Error('unknown cipher');
  const decipher = createDecipheriv(seal, contentKey, bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
}

/** The element inside `EncryptedAssertion`; undefined when none of the keys opens it. */
export function openAssertion(encrypted: XmlElement, privateKeys: readonly string[]): XmlElement | undefined {
  const [data] = elementsOf(encrypted, 'EncryptedData');
  const [encryptedKey] = descendants(encrypted, 'EncryptedKey');
  if (data === undefined || encryptedKey === undefined) return undefined;
  for (const pem of privateKeys)
    try {
      return readXml(openData(data, openKey(encryptedKey, pem)));
    } catch {
      // The next key, then.
    }
  return undefined;
}

// XML signatures as SAML uses them: enveloped, over the element whose ID they name.
// @see https://www.w3.org/TR/xmldsig-core1/
import { createHash, verify, X509Certificate } from 'node:crypto';
import { attributeOf, descendants, elementsOf, textOf, type XmlElement } from '../iam/xml-tree.ts';
import { type Canonicalization, canonicalXml } from './xml-canonical.ts';

const dsig = 'http://www.w3.org/2000/09/xmldsig#';
const enveloped = `${dsig}enveloped-signature`;
const forms: Readonly<Record<string, boolean>> = {
  'http://www.w3.org/2001/10/xml-exc-c14n#': true,
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315': false,
};
const hashes: Readonly<Record<string, string>> = {
  [`${dsig}sha1`]: 'sha1',
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#sha384': 'sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
};
const methods: Readonly<Record<string, string>> = {
  [`${dsig}rsa-sha1`]: 'sha1',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384': 'sha384',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'sha512',
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384': 'sha384',
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512': 'sha512',
};

const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element && elementsOf(element, name)[0];
const algorithm = (element: XmlElement | undefined): string => attributeOf(element, 'Algorithm') ?? '';
const bytesOf = (element: XmlElement | undefined): Buffer => Buffer.from(textOf(element), 'base64');

/** How a `CanonicalizationMethod` or `Transform` writes; undefined when it is no canonicalization that we know. */
function formOf(element: XmlElement | undefined): Canonicalization | undefined {
  const exclusive = forms[algorithm(element)];
  if (exclusive === undefined) return undefined;
  const listed = attributeOf(child(element, 'InclusiveNamespaces'), 'PrefixList') ?? '';
  const prefixes = listed.split(/\s+/).filter((prefix) => prefix !== '');
  return { exclusive, inclusivePrefixes: prefixes.map((prefix) => (prefix === '#default' ? '' : prefix)) };
}

/** Does the reference's digest fit the element, and the element alone? */
function digestHolds(signature: XmlElement, element: XmlElement): boolean {
  const references = elementsOf(child(signature, 'SignedInfo') ?? signature, 'Reference');
  const [reference] = references;
  if (references.length !== 1 || attributeOf(reference, 'URI') !== `#${attributeOf(element, 'ID')}`) return false;
  let form: Canonicalization = { exclusive: false, inclusivePrefixes: [] };
  for (const transform of descendants(child(reference, 'Transforms') ?? signature, 'Transform')) {
    if (algorithm(transform) === enveloped) continue;
    const known = formOf(transform);
    if (known === undefined) return false;
    form = known;
  }
  const hash = hashes[algorithm(child(reference, 'DigestMethod'))];
  if (hash === undefined) return false;
  const digest = createHash(hash)
    .update(canonicalXml(element, form, signature))
    .digest();
  return digest.equals(bytesOf(child(reference, 'DigestValue')));
}

function signedBy(signature: XmlElement, certificate: string): boolean {
  const info = child(signature, 'SignedInfo');
  const form = formOf(child(info, 'CanonicalizationMethod'));
  const method = algorithm(child(info, 'SignatureMethod'));
  const hash = methods[method];
  if (info === undefined || form === undefined || hash === undefined) return false;
  try {
    const key = new X509Certificate(Buffer.from(certificate, 'base64')).publicKey;
    const encoding = method.includes('ecdsa') ? { dsaEncoding: 'ieee-p1363' as const } : {};
    const value = bytesOf(child(signature, 'SignatureValue'));
    return verify(hash, Buffer.from(canonicalXml(info, form)), { key, ...encoding }, value);
  } catch {
    return false; // a certificate that cannot be read signs nothing
  }
}

/** Is the element signed, by a signature that stands in it, with one of the certificates (base 64, DER)? */
export function isSigned(element: XmlElement, certificates: readonly string[]): boolean {
  const signature = elementsOf(element, 'Signature').find(({ uri }) => uri === dsig);
  if (signature === undefined || attributeOf(element, 'ID') === undefined) return false;
  return digestHolds(signature, element) && certificates.some((certificate) => signedBy(signature, certificate));
}

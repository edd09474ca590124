// An identity provider of the company: makes SAML responses and signs them, for the tests.
import { constants, createCipheriv, createHash, createPublicKey, publicEncrypt, sign } from 'node:crypto';
import { certificatePem, privateKeyPem } from '../iam/certificate.fixture.ts';

export const entityId = 'https://idp.example.com/saml';
export const recipient = 'https://signin.aws.amazon.com/saml';
const attributes = 'https://aws.amazon.com/SAML/Attributes/';
const dsig = 'http://www.w3.org/2000/09/xmldsig#';
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const names = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';

export const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">
<KeyInfo xmlns="${dsig}"><X509Data><X509Certificate>${certificatePem.replaceAll(/-----.*?-----/g, '')}</X509Certificate></X509Data></KeyInfo>
</KeyDescriptor></IDPSSODescriptor></EntityDescriptor>`;

export interface Said {
  readonly issuer?: string;
  readonly issued?: string;
  readonly until?: string;
  readonly recipient?: string;
  readonly audience?: string;
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  readonly sessionEnds?: string;
}

const attribute = ([name, values]: readonly [string, readonly string[]]): string =>
  `<saml:Attribute Name="${attributes}${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`;

/** An assertion in its canonical form; `signature` stands behind the issuer. */
const assertionText = (said: Said, signature = ''): string => {
  const { issued = '2026-03-01T12:00:00Z', until = '2026-03-01T12:05:00Z' } = said;
  const ends = said.sessionEnds === undefined ? '' : ` SessionNotOnOrAfter="${said.sessionEnds}"`;
  return (
    `<saml:Assertion ${names} ID="_a1" IssueInstant="${issued}" Version="2.0">` +
    `<saml:Issuer>${said.issuer ?? entityId}</saml:Issuer>${signature}` +
    `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ann&amp;co</saml:NameID>` +
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${until}" Recipient="${said.recipient ?? recipient}"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${issued}" NotOnOrAfter="${until}"><saml:AudienceRestriction><saml:Audience>${said.audience ?? 'urn:amazon:webservices'}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${issued}"${ends}></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${Object.entries(said.attributes ?? {})
      .map(attribute)
      .join('')}</saml:AttributeStatement></saml:Assertion>`
  );
};

/** A signature over a canonical text whose ID it names. */
function signatureOver(text: string, id: string, key: string): string {
  const digest = createHash('sha256').update(text).digest('base64');
  const info = (declared: string): string =>
    `<ds:SignedInfo${declared}><ds:CanonicalizationMethod Algorithm="${exclusive}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>` +
    `<ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${dsig}enveloped-signature"></ds:Transform>` +
    `<ds:Transform Algorithm="${exclusive}"></ds:Transform></ds:Transforms>` +
    `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const value = sign('sha256', Buffer.from(info(` xmlns:ds="${dsig}"`)), key).toString('base64');
  return `<ds:Signature xmlns:ds="${dsig}">${info('')}<ds:SignatureValue>${value}</ds:SignatureValue></ds:Signature>`;
}

export const signedAssertion = (said: Said, key = privateKeyPem): string =>
  assertionText(said, signatureOver(assertionText(said), '_a1', key));

const open = '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0">';
const status = `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>`;

/** A response around whatever stands in it. */
export const responseText = (inside: string): string => `${open}${status}${inside}</samlp:Response>`;

/** A response that is signed as a whole, and not its assertion. */
export function wholeSigned(said: Said): string {
  const text = responseText(assertionText(said));
  return text.replace(open, `${open}${signatureOver(text, '_r1', privateKeyPem)}`);
}

/** The assertion encrypted for whoever has the private key. */
export function encrypted(said: Said, privateKey: string): string {
  const contentKey = Buffer.alloc(32, 7);
  const vector = Buffer.alloc(12, 9);
  const cipher = createCipheriv('aes-256-gcm', contentKey, vector);
  const body = Buffer.concat([vector, cipher.update(signedAssertion(said)), cipher.final(), cipher.getAuthTag()]);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const sealedKey = publicEncrypt({ key: createPublicKey(privateKey), padding, oaepHash: 'sha1' }, contentKey);
  const value = (bytes: Buffer): string =>
    `<xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>`;
  return responseText(
    `<saml:EncryptedAssertion ${names}><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"><xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>` +
      `<ds:KeyInfo xmlns:ds="${dsig}"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>${value(sealedKey)}</xenc:EncryptedKey></ds:KeyInfo>` +
      `${value(body)}</xenc:EncryptedData></saml:EncryptedAssertion>`,
  );
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

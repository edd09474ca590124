// A SAML response: who vouches for whom, for which roles, and until when. It is believed when the provider's certificate signed it.
//
// Unknown: the sentences of a few refusals, which AWS's pages do not list; the codes are documented.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html
import { type Instant, later } from '../../../kernel/units.ts';
import type { SamlProvider, Tag } from '../iam/state.ts';
import {
  attributeOf,
  descendants,
  elementsOf,
  readXml,
  textOf,
  type XmlElement,
  XmlSyntaxError,
} from '../iam/xml-tree.ts';
import { errors } from './errors.ts';
import { openAssertion } from './xml-encryption.ts';
import { isSigned } from './xml-signature.ts';

const attributePrefix = 'https://aws.amazon.com/SAML/Attributes/';
const success = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const endpoint =
  /^https:\/\/(?:[\w-]+\.)*(?:signin\.aws\.amazon\.com|signin\.aws|amazonaws-us-gov\.com|amazonaws\.cn)\/(?:platform\/)?saml(?:\/.*)?$/;
const serviceProvider = 'urn:amazon:webservices';
/** Seconds in which a response must be used. */
const redeemSeconds = 300;

export interface SamlIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** `persistent`, `transient`, or the format as it stands. */
  readonly subjectType: string;
  /** Where the response was meant to go: the `Recipient`. */
  readonly audience: string;
  /** Pairs of role and provider, as the attribute lists them. */
  readonly roles: readonly (readonly string[])[];
  readonly sessionName: string;
  readonly tags: readonly Tag[];
  readonly transitiveKeys: readonly string[] | undefined;
  readonly sourceIdentity: string | undefined;
  /** The end of the provider's own session, if it says so. */
  readonly endsAt: Instant | undefined;
}

const invalid = (text: string) => errors.invalidIdentityToken(text);
const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element && elementsOf(element, name)[0];

function readResponse(base64: string): XmlElement {
  try {
    const root = readXml(Buffer.from(base64, 'base64').toString('utf8'));
    if (root.name === 'Response') return root;
  } catch (error) {
    if (!(error instanceof XmlSyntaxError)) throw error;
  }
  throw invalid('Your request included an invalid SAML response.');
}

/** The one assertion of a response, signed itself or with the response as a whole. */
function signedAssertion(response: XmlElement, provider: SamlProvider): XmlElement {
  const privateKeys = provider.privateKeys.map(({ pem }) => pem);
  const [encrypted] = elementsOf(response, 'EncryptedAssertion');
  if (encrypted === undefined && provider.encryption === 'Required') throw invalid('SAML assertion must be encrypted');
  const [plain, another] = elementsOf(response, 'Assertion');
  const assertion = encrypted === undefined ? plain : openAssertion(encrypted, privateKeys);
  if (assertion === undefined && encrypted !== undefined) throw invalid('SAML assertion could not be decrypted');
  if (assertion === undefined || another !== undefined)
    throw invalid('Your request included an invalid SAML response.');
  if (!isSigned(assertion, provider.certificates) && !isSigned(response, provider.certificates))
    throw invalid('Response signature invalid');
  return assertion;
}

const timeOf = (element: XmlElement | undefined, name: string): Instant | undefined => {
  const said = Date.parse(attributeOf(element, name) ?? '');
  return Number.isNaN(said) ? undefined : (said as Instant);
};

function checkTimes(assertion: XmlElement, confirmation: XmlElement | undefined, now: Instant): void {
  const conditions = child(assertion, 'Conditions');
  const issued = timeOf(assertion, 'IssueInstant');
  if (issued === undefined || now >= later(issued, redeemSeconds))
    throw errors.expiredToken('Token must be redeemed within 5 minutes of issuance');
  for (const element of [conditions, confirmation]) {
    const until = timeOf(element, 'NotOnOrAfter');
    if (until !== undefined && now >= until) throw errors.expiredToken('SAML Assertion is expired');
    const from = timeOf(element, 'NotBefore');
    if (from !== undefined && later(now, redeemSeconds) < from) throw invalid('SAML Assertion is not yet valid');
  }
}

/** Audience and recipient: the response was made for AWS. */
function checkAudience(assertion: XmlElement, confirmation: XmlElement | undefined): string {
  const recipient = attributeOf(confirmation, 'Recipient') ?? '';
  if (!endpoint.test(recipient)) throw invalid('Recipient in SubjectConfirmationData is not valid');
  const audiences = descendants(child(assertion, 'Conditions') ?? assertion, 'Audience').map((audience) =>
    textOf(audience).trim(),
  );
  if (!audiences.some((audience) => audience === serviceProvider || endpoint.test(audience)))
    throw invalid('Audience in SAML Assertion is not valid');
  return recipient;
}

/** Values by the attribute's name. */
function attributesOf(assertion: XmlElement): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const statement of elementsOf(assertion, 'AttributeStatement'))
    for (const attribute of elementsOf(statement, 'Attribute')) {
      const name = attributeOf(attribute, 'Name') ?? '';
      const values = elementsOf(attribute, 'AttributeValue').map((value) => textOf(value).trim());
      found.set(name, [...(found.get(name) ?? []), ...values]);
    }
  return found;
}

function sessionNameOf(attributes: ReadonlyMap<string, readonly string[]>): string {
  const [name] = attributes.get(`${attributePrefix}RoleSessionName`) ?? [];
  if (name === undefined || name === '') throw invalid('RoleSessionName is required in AuthnResponse');
  if (!/^[a-zA-Z_0-9+=,.@-]{2,64}$/.test(name))
    throw invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}');
  return name;
}

const format = 'urn:oasis:names:tc:SAML:2.0:nameid-format:';

/** Reads a response and believes nothing: signature, issuer, times and audience must hold. */
export function readSamlResponse(base64: string, provider: SamlProvider, now: Instant): SamlIdentity {
  const response = readResponse(base64);
  const status = attributeOf(child(child(response, 'Status'), 'StatusCode'), 'Value');
  if (status !== undefined && status !== success)
    throw errors.rejectedClaim('The identity provider did not authenticate the user.');
  if (now >= provider.validUntil) throw invalid('Metadata of the specified provider is expired');
  const assertion = signedAssertion(response, provider);
  const issuer = textOf(child(assertion, 'Issuer')).trim();
  if (issuer !== provider.entityId) throw invalid('Issuer not present in specified provider');
  const subject = child(assertion, 'Subject');
  const confirmation = child(child(subject, 'SubjectConfirmation'), 'SubjectConfirmationData');
  checkTimes(assertion, confirmation, now);
  const audience = checkAudience(assertion, confirmation);
  const attributes = attributesOf(assertion);
  const nameId = child(subject, 'NameID');
  const tagPrefix = `${attributePrefix}PrincipalTag:`;
  const nameFormat = attributeOf(nameId, 'Format') ?? '';
  return {
    issuer,
    audience,
    subject: textOf(nameId).trim(),
    subjectType: nameFormat.startsWith(format) ? nameFormat.slice(format.length) : nameFormat,
    roles: (attributes.get(`${attributePrefix}Role`) ?? []).map((pair) => pair.split(',').map((arn) => arn.trim())),
    sessionName: sessionNameOf(attributes),
    tags: [...attributes].flatMap(([name, [Value = '']]) =>
      name.startsWith(tagPrefix) ? [{ Key: name.slice(tagPrefix.length), Value }] : [],
    ),
    transitiveKeys: attributes.get(`${attributePrefix}TransitiveTagKeys`),
    sourceIdentity: attributes.get(`${attributePrefix}SourceIdentity`)?.[0],
    endsAt: timeOf(child(assertion, 'AuthnStatement'), 'SessionNotOnOrAfter'),
  };
}

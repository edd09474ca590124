// Names, paths, ARNs, and unique ids of IAM's entities.
import type { Ids } from '../../../kernel/ids.ts';
import { errors } from './errors.ts';

interface Place {
  readonly account: string;
  readonly partition: string;
}

/** `arn:aws:iam::123456789012:role/service/app`; the path starts and ends with a slash. */
export const arnOf = ({ account, partition }: Place, kind: string, path: string, name: string): string =>
  `arn:${partition}:iam::${account}:${kind}${path}${name}`;

/** First letters of unique ids. */
export const idPrefix = {
  user: 'AIDA',
  group: 'AGPA',
  role: 'AROA',
  policy: 'ANPA',
  instanceProfile: 'AIPA',
  serverCertificate: 'ASCA',
  sshPublicKey: 'APKA',
  serviceCredential: 'ACCA',
} as const;

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
export const makeId = (ids: Ids, kind: keyof typeof idPrefix): string => ids.unique(idPrefix[kind], 21);

const policyArnForm = /^arn:[a-z0-9-]+:iam::(\d{12}|aws):policy(\/[\u0021-\u007e]*)?\/[\w+=,.@-]+$/;

/** Refuses a text that is no ARN of a managed policy. */
export function checkPolicyArn(arn: string): void {
  if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/.test(arn)) throw errors.validation('Invalid ARN:  Could not be parsed!');
  if (!policyArnForm.test(arn)) throw errors.validation(`ARN ${arn} is not valid.`);
}

export const isAwsPolicyArn = (arn: string): boolean => /^arn:[a-z0-9-]+:iam::aws:policy\//.test(arn);

/** Percent-encoded as RFC 3986 has it: how IAM hands policy documents out. */
export const encodeDocument = (document: string): string =>
  encodeURIComponent(document).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

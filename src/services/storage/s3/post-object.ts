// A browser's upload by an HTML form: its fields say what PutObject's headers say, and a signed policy says what they may be.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
import { createHmac } from 'node:crypto';
import { withStatus } from '../../../kernel/status.ts';
import type { Principal } from '../../../kernel/service.ts';
import { findBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import { type Form, readBoundary, readForm } from './form.ts';
import { encodeKey } from './listing.ts';
import { writeObject } from './object-write.ts';
import type { Input, Output, S3Context } from './operation.ts';
import { judgeFields, judgeSize, type PostPolicy, readPostPolicy } from './post-policy.ts';

interface PostInput {
  readonly Bucket: string;
  readonly ContentType?: string | undefined;
  readonly Body?: unknown;
}

type Fields = Form['fields'];

const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const missing = (field: string) =>
  errors.invalidArgument(
    `Bucket POST must contain a field named '${field}'.  If it is specified, please check the order of the fields.`,
    field,
    '',
  );

/** Who signed the form's policy; nobody when it has none. @throws SignatureDoesNotMatch */
function signerOf(fields: Fields, context: S3Context): Principal {
  const { policy, 'x-amz-credential': credential, 'x-amz-date': date } = fields;
  const signature = fields['x-amz-signature'];
  const old = fields['awsaccesskeyid'];
  if (policy === undefined || (credential === undefined && old === undefined))
    return context.identify(undefined).principal;
  if (credential === undefined && old !== undefined) return byOldSignature(fields, old, policy, context);
  if (signature === undefined) throw missing('X-Amz-Signature');
  if (date === undefined) throw missing('X-Amz-Date');
  if (fields['x-amz-algorithm'] !== 'AWS4-HMAC-SHA256')
    throw errors.invalidArgument(
      'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"',
      'X-Amz-Algorithm',
      fields['x-amz-algorithm'],
    );
  const [accessKeyId, day, region, service, end, more] = (credential ?? '').split('/');
  if (!accessKeyId || !day || !region || service !== 's3' || end !== 'aws4_request' || more !== undefined)
    throw errors.invalidArgument(
      'The Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      'X-Amz-Credential',
      credential,
    );
  const { principal, secretAccessKey } = context.identify({
    accessKeyId,
    sessionToken: fields['x-amz-security-token'],
  });
  if (secretAccessKey === undefined) return principal;
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), 's3'), 'aws4_request');
  if (hmac(key, policy).toString('hex') !== signature)
    throw errors.signatureMismatch({ AWSAccessKeyId: accessKeyId, StringToSign: policy, SignatureProvided: signature });
  return principal;
}

/** The form of signature before version 4: HMAC-SHA1 with the secret key itself. */
function byOldSignature(fields: Fields, accessKeyId: string, policy: string, context: S3Context): Principal {
  const { signature } = fields;
  if (signature === undefined) throw missing('Signature');
  const { principal, secretAccessKey } = context.identify({
    accessKeyId,
    sessionToken: fields['x-amz-security-token'],
  });
  if (secretAccessKey === undefined) return principal;
  const expected = createHmac('sha1', secretAccessKey).update(policy).digest('base64');
  if (expected !== signature)
    throw errors.signatureMismatch({ AWSAccessKeyId: accessKeyId, StringToSign: policy, SignatureProvided: signature });
  return principal;
}

/** Fields that are headers of PutObject. */
const members: Readonly<Record<string, string>> = {
  acl: 'ACL',
  'cache-control': 'CacheControl',
  'content-type': 'ContentType',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'x-amz-storage-class': 'StorageClass',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  'x-amz-server-side-encryption-customer-algorithm': 'SSECustomerAlgorithm',
  'x-amz-server-side-encryption-customer-key': 'SSECustomerKey',
  'x-amz-server-side-encryption-customer-key-md5': 'SSECustomerKeyMD5',
  'x-amz-website-redirect-location': 'WebsiteRedirectLocation',
  'x-amz-checksum-crc32': 'ChecksumCRC32',
  'x-amz-checksum-crc32c': 'ChecksumCRC32C',
  'x-amz-checksum-crc64nvme': 'ChecksumCRC64NVME',
  'x-amz-checksum-sha1': 'ChecksumSHA1',
  'x-amz-checksum-sha256': 'ChecksumSHA256',
};

/** `<Tagging><TagSet><Tag><Key>a</Key>…` → `a=1&b=2`. */
const taggingHeader = (xml: string): string =>
  [...xml.matchAll(/<Tag>\s*<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>\s*<\/Tag>/g)]
    .map(
      ([, name = '', value = '']) =>
        `${encodeURIComponent(unescapeXml(name))}=${encodeURIComponent(unescapeXml(value))}`,
    )
    .join('&');

const unescapeXml = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

/** What the form asks for, as PutObject's input. */
function writeInput(fields: Fields, bucket: string, file: NonNullable<Form['file']>) {
  const key = fields['key'];
  if (key === undefined) throw missing('key');
  const metadata: Record<string, string> = {};
  const input: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    const member = members[field];
    if (member !== undefined) input[member] = value;
    if (field.startsWith('x-amz-meta-')) metadata[field.slice('x-amz-meta-'.length)] = value;
    if (field === 'expires' && !Number.isNaN(Date.parse(value))) input['Expires'] = new Date(Date.parse(value));
    if (field === 'tagging') input['Tagging'] = taggingHeader(value);
  }
  // The name of the file takes the place of this word, wherever the key has it.
  const Key = key.replaceAll('${filename}', file.name.split(/[\\/]/).at(-1) ?? '');
  if (Key === '') throw errors.invalidArgument('User key must have a length greater than 0.', 'key', '');
  return { ...input, Bucket: bucket, Key, Metadata: metadata };
}

/**
 * Takes a browser's form upload.
 *
 * Default: 204; `success_action_status` 200 or 201 and `success_action_redirect` change the answer.
 */
export async function PostObject(input: PostInput, context: S3Context) {
  const boundary = readBoundary(input.ContentType);
  if (boundary === undefined) throw errors.malformedPost();
  const bucket = findBucket(context, input.Bucket);
  if (bucket === undefined) throw errors.noSuchBucket(input.Bucket);
  const form = await readForm(input.Body as AsyncIterable<Uint8Array> | Uint8Array, boundary);
  if (form.file === undefined)
    throw errors.invalidArgument('POST requires exactly one file upload per request.', 'file', '0');
  const { fields, file } = form;
  const wanted = writeInput(fields, input.Bucket, file);
  const signer = signerOf(fields, context);
  const policy = fields['policy'] === undefined ? undefined : readPostPolicy(fields['policy']);
  if (policy !== undefined) judgeFields(policy, { ...fields, bucket: input.Bucket }, context.clock.now());
  const written = await context.aws.call<object, Output<'PutObject'>>(
    's3',
    'WritePostedObject',
    { ...wanted, Body: file.content, Policy: policy },
    { as: signer, account: signer.kind === 'anonymous' ? context.account : signer.account, region: bucket.region },
  );
  return answerOf(fields, wanted, written, context);
}

function answerOf(
  fields: Fields,
  { Bucket, Key }: { Bucket: string; Key: string },
  written: Output<'PutObject'>,
  { origin }: S3Context,
) {
  const location = `${origin.endpoint}/${Bucket}/${encodeKey(Key)}`;
  const told = { ETag: written.ETag, VersionId: written.VersionId, ServerSideEncryption: written.ServerSideEncryption };
  const redirect = fields['success_action_redirect'] ?? fields['redirect'];
  if (redirect !== undefined && URL.canParse(redirect)) {
    const url = new URL(redirect);
    url.searchParams.set('bucket', Bucket);
    url.searchParams.set('key', Key);
    url.searchParams.set('etag', written.ETag ?? '');
    return withStatus(303, { ...told, Location: url.toString() });
  }
  const status = fields['success_action_status'];
  if (status === '201')
    return withStatus(201, {
      ...told,
      Location: location,
      Response: { Location: location, Bucket, Key, ETag: written.ETag },
    });
  return withStatus(status === '200' ? 200 : 204, { ...told, Location: location });
}

type Posted = Omit<Input<'PutObject'>, 'Body'> & {
  readonly Body: AsyncIterable<Uint8Array>;
  readonly Policy?: PostPolicy | undefined;
};

/** The writing behind `PostObject`: on the road by itself, so that IAM judges the form's signer as it judges PutObject. */
export const WritePostedObject = ({ Policy: policy, ...input }: Posted, context: S3Context) =>
  writeObject(input, context, {
    event: 'Post',
    reason: 'PostObject',
    judge: ({ sizeBytes }) => {
      if (policy !== undefined) judgeSize(policy, sizeBytes);
    },
  });

// S3's object operations: the action depends on whether a version is named, and some need more than one.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html (each operation's permissions)
import type { Permission } from '../../../kernel/service.ts';

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly partition: string;
}

type Input = Record<string, unknown>;
const isObject = (value: unknown): value is Input => typeof value === 'object' && value !== null;
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Operations on an object whose action has `Version` in its name when one version is meant. */
const versioned: Readonly<Record<string, readonly [action: string, withVersion: string]>> = {
  GetObject: ['GetObject', 'GetObjectVersion'],
  HeadObject: ['GetObject', 'GetObjectVersion'],
  DeleteObject: ['DeleteObject', 'DeleteObjectVersion'],
  GetObjectAcl: ['GetObjectAcl', 'GetObjectVersionAcl'],
  PutObjectAcl: ['PutObjectAcl', 'PutObjectVersionAcl'],
  GetObjectTagging: ['GetObjectTagging', 'GetObjectVersionTagging'],
  PutObjectTagging: ['PutObjectTagging', 'PutObjectVersionTagging'],
  DeleteObjectTagging: ['DeleteObjectTagging', 'DeleteObjectVersionTagging'],
};

/** Further actions of operations that write an object, by the member that asks for them. */
const writing: readonly (readonly [member: string, action: string])[] = [
  ['Tagging', 'PutObjectTagging'],
  ['ACL', 'PutObjectAcl'],
  ['GrantFullControl', 'PutObjectAcl'],
  ['GrantRead', 'PutObjectAcl'],
  ['GrantReadACP', 'PutObjectAcl'],
  ['GrantWriteACP', 'PutObjectAcl'],
  ['ObjectLockMode', 'PutObjectRetention'],
  ['ObjectLockLegalHoldStatus', 'PutObjectLegalHold'],
];

/** `/bucket/key?versionId=x`, encoded, or an access point's ARN before `/object/`. */
function copySource(
  source: unknown,
): { readonly bucket: string; readonly key: string; readonly version: string | undefined } | undefined {
  const [path = '', query = ''] = (text(source) ?? '').split('?', 2);
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // The service refuses it.
  }
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded) ?? [];
  if (bucket === undefined || key === undefined) return undefined;
  return { bucket, key, version: /(?:^|&)versionId=([^&]+)/.exec(query)?.[1] };
}

function actionsOn(operation: string, input: Input): string[] | undefined {
  const pair = Object.hasOwn(versioned, operation) ? versioned[operation] : undefined;
  const isVersion = text(input.VersionId) !== undefined;
  if (pair !== undefined) return [pair[isVersion ? 1 : 0]];
  switch (operation) {
    case 'GetObjectAttributes':
      return isVersion ? ['GetObjectVersion', 'GetObjectVersionAttributes'] : ['GetObject', 'GetObjectAttributes'];
    case 'PutObject':
    case 'CopyObject':
    case 'CreateMultipartUpload':
      return ['PutObject', ...writing.flatMap(([member, action]) => (input[member] === undefined ? [] : [action]))];
    case 'UploadPartCopy':
      return ['PutObject'];
    default:
      return undefined;
  }
}

/** Undefined for another service, and for operations that the tables tell. */
export function s3Permissions({ service, operation, input, partition }: Call): Permission[] | undefined {
  if (service !== 's3' || !isObject(input)) return undefined;
  const bucket = text(input.Bucket) ?? '*';
  const bucketArn = bucket.startsWith('arn:') ? bucket : `arn:${partition}:s3:::${bucket}`;
  const objectArn = (key: unknown) =>
    `${bucketArn}${bucketArn.includes(':accesspoint/') ? '/object' : ''}/${text(key) ?? '*'}`;
  if (operation === 'DeleteObjects') {
    const { Objects: objects } = isObject(input.Delete) ? input.Delete : {};
    return (Array.isArray(objects) ? objects.filter(isObject) : []).map((object) => ({
      action: text(object.VersionId) === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion',
      resource: objectArn(object.Key),
    }));
  }
  const actions = actionsOn(operation, input);
  if (actions === undefined) return undefined;
  const permissions = [...new Set(actions)].map((action) => ({
    action: `s3:${action}`,
    resource: objectArn(input.Key),
  }));
  const source = copySource(input.CopySource);
  if (source === undefined) return permissions;
  const resource = source.bucket.startsWith('arn:')
    ? `${source.bucket}/${source.key}`
    : `arn:${partition}:s3:::${source.bucket}/${source.key}`;
  return [{ action: source.version === undefined ? 's3:GetObject' : 's3:GetObjectVersion', resource }, ...permissions];
}

// What an account chose for its disks in a Region: encryption by default, the default key, no public snapshots.
import { errors } from './errors.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { diskErrors } from './volume-error.ts';
import type { DiskSettingsRow } from './volume-state.ts';

const untouched: DiskSettingsRow = { id: 'disks', encryptByDefault: false, blockPublicSharing: 'unblocked' };

export const settingsOf = ({ state }: Ec2Context): DiskSettingsRow => state.diskSettings.find('disks') ?? untouched;

const change = (context: Ec2Context, values: Partial<DiskSettingsRow>): DiskSettingsRow => {
  const row = { ...settingsOf(context), ...values };
  context.state.diskSettings.put(row);
  return row;
};

/** The key that AWS keeps for EBS, by its alias. */
export const awsKeyAlias = 'alias/aws/ebs';

const keyForm = /^(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|alias\/[\w/-]+)$/;
const keyArn = /^arn:[\w-]+:kms:[\w-]+:\d{12}:(?:key|alias)\/[\w/-]+$/;

/**
 * The ARN of a key named by ID, alias or ARN.
 * Differs: whether there is such a key is not asked, and an alias stays an alias, where AWS shows the key behind it.
 */
export function keyArnOf({ partition, region, account }: Ec2Context, id: string): string {
  if (keyArn.test(id)) return id;
  if (!keyForm.test(id)) throw diskErrors.keyMalformed(id);
  return `arn:${partition}:kms:${region}:${account}:${id.startsWith('alias/') ? id : `key/${id}`}`;
}

export interface Encryption {
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
}

/**
 * Whether something new is encrypted, and by which key: asked for, by default of the account, or as its source is.
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
 */
export function encryptionOf(
  context: Ec2Context,
  wanted: { readonly encrypted?: boolean | undefined; readonly kmsKeyId?: string | undefined },
  source?: Encryption,
): Encryption {
  if (source?.encrypted === true && wanted.encrypted === false) throw diskErrors.encryptedSource();
  const settings = settingsOf(context);
  const encrypted = wanted.encrypted === true || source?.encrypted === true || settings.encryptByDefault;
  if (!encrypted) {
    if (wanted.kmsKeyId !== undefined) throw diskErrors.unencrypted();
    return { encrypted, kmsKeyId: undefined };
  }
  const own = wanted.kmsKeyId ?? (source?.encrypted === true ? source.kmsKeyId : undefined);
  return { encrypted, kmsKeyId: keyArnOf(context, own ?? settings.kmsKeyId ?? awsKeyAlias) };
}

export const EnableEbsEncryptionByDefault: Operation<'EnableEbsEncryptionByDefault'> = (_input, context) => ({
  EbsEncryptionByDefault: change(context, { encryptByDefault: true }).encryptByDefault,
});

export const DisableEbsEncryptionByDefault: Operation<'DisableEbsEncryptionByDefault'> = (_input, context) => ({
  EbsEncryptionByDefault: change(context, { encryptByDefault: false }).encryptByDefault,
});

export const GetEbsEncryptionByDefault: Operation<'GetEbsEncryptionByDefault'> = (_input, context) => ({
  EbsEncryptionByDefault: settingsOf(context).encryptByDefault,
  SseType: settingsOf(context).encryptByDefault ? 'sse-kms' : 'none',
});

export const GetEbsDefaultKmsKeyId: Operation<'GetEbsDefaultKmsKeyId'> = (_input, context) => ({
  KmsKeyId: settingsOf(context).kmsKeyId ?? awsKeyAlias,
});

export const ModifyEbsDefaultKmsKeyId: Operation<'ModifyEbsDefaultKmsKeyId'> = ({ KmsKeyId }, context) => ({
  KmsKeyId: change(context, { kmsKeyId: keyArnOf(context, KmsKeyId) }).kmsKeyId,
});

export const ResetEbsDefaultKmsKeyId: Operation<'ResetEbsDefaultKmsKeyId'> = (_input, context) => ({
  KmsKeyId: change(context, { kmsKeyId: undefined }).kmsKeyId ?? keyArnOf(context, awsKeyAlias),
});

/**
 * Keeps the account's snapshots from being shared with everybody; with `block-all-sharing` those that are public already are hidden, too.
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html
 */
export const EnableSnapshotBlockPublicAccess: Operation<'EnableSnapshotBlockPublicAccess'> = ({ State }, context) => {
  if (State !== 'block-all-sharing' && State !== 'block-new-sharing')
    throw errors.valueOf(State, 'State', 'Expecting block-all-sharing or block-new-sharing.');
  return { State: change(context, { blockPublicSharing: State }).blockPublicSharing };
};

export const DisableSnapshotBlockPublicAccess: Operation<'DisableSnapshotBlockPublicAccess'> = (_input, context) => ({
  State: change(context, { blockPublicSharing: 'unblocked' }).blockPublicSharing,
});

export const GetSnapshotBlockPublicAccessState: Operation<'GetSnapshotBlockPublicAccessState'> = (_input, context) => ({
  State: settingsOf(context).blockPublicSharing,
  ManagedBy: 'account',
});

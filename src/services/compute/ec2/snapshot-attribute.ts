// Sharing: who besides the owner may make volumes of a snapshot.
import type { CreateVolumePermission } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { awsKeyAlias, settingsOf } from './disk-setting.ts';
import { errors } from './errors.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { getOwnSnapshot } from './snapshot-make.ts';
import { diskErrors } from './volume-error.ts';
import type { SnapshotRow } from './volume-state.ts';

const accountForm = /^\d{12}$/;

/** Accounts, and `all` for everybody. */
function viewersOf(permissions: readonly CreateVolumePermission[] | undefined): string[] {
  return (permissions ?? []).map(({ UserId, Group }) => {
    if (Group !== undefined && Group !== 'all')
      throw errors.other('InvalidGroup.NotFound', `The group '${Group}' does not exist`);
    if (Group === undefined && !accountForm.test(UserId ?? ''))
      throw errors.other('InvalidUserID.Malformed', `Invalid user id: "${UserId ?? ''}"`);
    return Group ?? String(UserId);
  });
}

function share(context: Ec2Context, row: SnapshotRow, viewers: ReadonlySet<string>): void {
  const { state } = context;
  const before = new Set([...row.sharedWith, ...(row.isPublic ? ['all'] : [])]);
  for (const viewer of before) if (!viewers.has(viewer)) state.snapshotShares.delete(key(viewer, row.region, row.id));
  for (const viewer of viewers) state.snapshotShares.put({ viewer, region: row.region, snapshotId: row.id });
  const sharedWith = [...viewers].filter((viewer) => viewer !== 'all');
  state.snapshots.put({ ...row, sharedWith, isPublic: viewers.has('all') });
}

function checkShare(context: Ec2Context, row: SnapshotRow, added: readonly string[]): void {
  if (added.length === 0) return;
  if (row.encrypted && row.kmsKeyId?.endsWith(awsKeyAlias) === true) throw diskErrors.shareDefaultKey();
  if (!added.includes('all')) return;
  if (row.encrypted) throw diskErrors.sharePublicEncrypted();
  if (settingsOf(context).blockPublicSharing !== 'unblocked') throw diskErrors.publicBlocked();
}

const checkAttribute = (attribute: string | undefined): void => {
  if (attribute !== undefined && attribute !== 'createVolumePermission') throw errors.unknownAttribute(attribute);
};

/**
 * Gives or takes the right to make volumes of a snapshot.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
 */
export const ModifySnapshotAttribute: Operation<'ModifySnapshotAttribute'> = (input, context) => {
  checkAttribute(input.Attribute);
  const row = getOwnSnapshot(context, input.SnapshotId);
  const named = [
    ...(input.UserIds ?? []).map((UserId) => ({ UserId })),
    ...(input.GroupNames ?? []).map((Group) => ({ Group: Group as 'all' })),
  ];
  if (named.length > 0 && input.OperationType !== 'add' && input.OperationType !== 'remove')
    throw errors.missingParameter('operationType');
  const isAdding = input.OperationType === 'add';
  const added = viewersOf([...(input.CreateVolumePermission?.Add ?? []), ...(isAdding ? named : [])]);
  const removed = viewersOf([...(input.CreateVolumePermission?.Remove ?? []), ...(isAdding ? [] : named)]);
  if (added.length + removed.length === 0)
    throw errors.combination('No CreateVolumePermission, UserIds or GroupNames specified.');
  checkShare(context, row, added);
  const viewers = new Set([...row.sharedWith, ...(row.isPublic ? ['all'] : []), ...added]);
  for (const viewer of removed) viewers.delete(viewer);
  share(context, row, viewers);
  return {};
};

/** Shares a snapshot with nobody. */
export const ResetSnapshotAttribute: Operation<'ResetSnapshotAttribute'> = ({ Attribute, SnapshotId }, context) => {
  checkAttribute(Attribute);
  share(context, getOwnSnapshot(context, SnapshotId), new Set());
  return {};
};

export const DescribeSnapshotAttribute: Operation<'DescribeSnapshotAttribute'> = (
  { Attribute, SnapshotId },
  context,
) => {
  const row = getOwnSnapshot(context, SnapshotId);
  if (Attribute === 'productCodes') return { SnapshotId: row.id, ProductCodes: [] };
  checkAttribute(Attribute);
  return {
    SnapshotId: row.id,
    CreateVolumePermissions: [
      ...(row.isPublic ? [{ Group: 'all' as const }] : []),
      ...row.sharedWith.map((UserId) => ({ UserId })),
    ],
  };
};

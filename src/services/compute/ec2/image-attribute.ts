// Attributes of an image: who may launch it, what is said of it, how long it is offered.
import type { LaunchPermission } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { instant, secondsPerDay, toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { getImage, getOwnImage, showMapping } from './image-find.ts';
import type { ImageRow } from './image-state.ts';
import type { Ec2Context, Input, Operation } from './operation.ts';

const value = (Value: string | undefined) => ({ Value });

function showPermissions(row: ImageRow): LaunchPermission[] {
  const shown = row.sharedWith.map((one): LaunchPermission => {
    if (!one.startsWith('arn:')) return { UserId: one };
    return one.includes(':ou/') ? { OrganizationalUnitArn: one } : { OrganizationArn: one };
  });
  return row.isPublic ? [{ Group: 'all' }, ...shown] : shown;
}

/** One attribute of an image of one's own. */
export const DescribeImageAttribute: Operation<'DescribeImageAttribute'> = (input, context) => {
  const row = getImage(context, input.ImageId);
  if (row.account !== context.account) throw errors.other('AuthFailure', `Not authorized for image:${row.id}`);
  const ImageId = row.id;
  switch (input.Attribute) {
    case 'description':
      return { ImageId, Description: value(row.description) };
    case 'kernel':
      return { ImageId, KernelId: value(row.kernelId) };
    case 'ramdisk':
      return { ImageId, RamdiskId: value(row.ramdiskId) };
    case 'launchPermission':
      return { ImageId, LaunchPermissions: showPermissions(row) };
    case 'productCodes':
      return {
        ImageId,
        ProductCodes: row.productCodes.map(({ id, type }) => ({ ProductCodeId: id, ProductCodeType: type })),
      };
    case 'blockDeviceMapping':
      return { ImageId, BlockDeviceMappings: row.mappings.map(showMapping) };
    case 'sriovNetSupport':
      return { ImageId, SriovNetSupport: value(row.sriov) };
    case 'bootMode':
      return { ImageId, BootMode: value(row.bootMode) };
    case 'tpmSupport':
      return { ImageId, TpmSupport: value(row.tpmSupport) };
    case 'uefiData':
      return { ImageId, UefiData: value(row.uefiData) };
    case 'lastLaunchedTime':
      return {
        ImageId,
        LastLaunchedTime: value(
          row.lastLaunchedAt === undefined ? undefined : toDate(row.lastLaunchedAt).toISOString(),
        ),
      };
    case 'imdsSupport':
      return { ImageId, ImdsSupport: value(row.imdsSupport) };
    case 'deregistrationProtection':
      return { ImageId, DeregistrationProtection: value(row.deregistrationProtection) };
    default:
      throw errors.unknownAttribute(input.Attribute);
  }
};

interface Sharing {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

const nameOf = ({ Group, UserId, OrganizationArn, OrganizationalUnitArn }: LaunchPermission): string =>
  Group ?? UserId ?? OrganizationArn ?? OrganizationalUnitArn ?? '';

function sharingOf(input: Input<'ModifyImageAttribute'>): Sharing {
  if (input.LaunchPermission !== undefined) {
    const { Add = [], Remove = [] } = input.LaunchPermission;
    return { add: Add.map(nameOf), remove: Remove.map(nameOf) };
  }
  const named = [
    ...(input.UserIds ?? []),
    ...(input.UserGroups ?? []),
    ...(input.OrganizationArns ?? []),
    ...(input.OrganizationalUnitArns ?? []),
  ];
  return input.OperationType === 'remove' ? { add: [], remove: named } : { add: named, remove: [] };
}

function checkViewers(names: readonly string[], groups: readonly (string | undefined)[]): void {
  const invalid = (name: string, type: 'userId' | 'userGroup') =>
    errors.other('InvalidAMIAttributeItemValue', `Invalid attribute item value "${name}" for ${type} item type.`);
  for (const name of names) {
    if (name === 'all' || name.startsWith('arn:')) continue;
    if (groups.includes(name)) throw invalid(name, 'userGroup');
    if (!/^\d{12}$/.test(name)) throw invalid(name, 'userId');
  }
}

/** Writes who may launch an image, and the rows by which they find it. */
export function share(context: Ec2Context, row: ImageRow, isPublic: boolean, sharedWith: readonly string[]): void {
  const { state } = context;
  const viewers = (open: boolean, list: readonly string[]) => [...(open ? ['all'] : []), ...list];
  for (const viewer of viewers(row.isPublic, row.sharedWith)) state.imageShares.delete(key(viewer, row.region, row.id));
  for (const viewer of viewers(isPublic, sharedWith))
    state.imageShares.put({ viewer, region: row.region, imageId: row.id });
  state.images.put({ ...row, isPublic, sharedWith });
}

/**
 * Changes the description, the launch permissions, or the metadata version of an image of one's own.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyImageAttribute.html
 */
export const ModifyImageAttribute: Operation<'ModifyImageAttribute'> = (input, context) => {
  const row = getOwnImage(context, input.ImageId);
  if (input.ProductCodes !== undefined && input.ProductCodes.length > 0) {
    throw errors.unsupported('Product codes are for sellers at AWS Marketplace.');
  }
  const description = input.Description?.Value ?? (input.Attribute === 'description' ? input.Value : undefined);
  const imds = input.ImdsSupport?.Value ?? (input.Attribute === 'imdsSupport' ? input.Value : undefined);
  if (imds !== undefined && imds !== 'v2.0') throw errors.valueOf(imds, 'imdsSupport', 'It must be v2.0.');
  const changed: ImageRow = {
    ...row,
    description: description ?? row.description,
    imdsSupport: imds === 'v2.0' ? imds : row.imdsSupport,
  };
  const { add, remove } = sharingOf(input);
  const { Add = [], Remove = [] } = input.LaunchPermission ?? {};
  checkViewers([...add, ...remove], [...(input.UserGroups ?? []), ...[...Add, ...Remove].map(({ Group }) => Group)]);
  const isBlocked = context.state.imageSettings.find('images')?.blockPublicSharing === 'block-new-sharing';
  if (add.includes('all') && isBlocked) {
    throw errors.operationNotPermitted('Public sharing of AMIs is blocked for this account in this Region.');
  }
  const isPublic = (row.isPublic || add.includes('all')) && !remove.includes('all');
  const others = [...new Set([...row.sharedWith, ...add.filter((name) => name !== 'all')])];
  share(
    context,
    changed,
    isPublic,
    others.filter((name) => !remove.includes(name)),
  );
  return {};
};

/** Takes all launch permissions away. */
export const ResetImageAttribute: Operation<'ResetImageAttribute'> = (input, context) => {
  share(context, getOwnImage(context, input.ImageId), false, []);
  return {};
};

/** An account gives up an image that was shared with it. */
export const CancelImageLaunchPermission: Operation<'CancelImageLaunchPermission'> = ({ ImageId }, context) => {
  const row = getImage(context, ImageId);
  if (!row.sharedWith.includes(context.account)) {
    throw errors.other('InvalidAMIID.NotFound', `The image id '[${ImageId}]' is not shared with your account.`);
  }
  share(
    context,
    row,
    row.isPublic,
    row.sharedWith.filter((name) => name !== context.account),
  );
  return { Return: true };
};

/** Limit: ten years ahead; for public images two years after they were made. */
const deprecationDaysMax = 3_652;

export const EnableImageDeprecation: Operation<'EnableImageDeprecation'> = ({ ImageId, DeprecateAt }, context) => {
  const row = getOwnImage(context, ImageId);
  const now = context.clock.now();
  const ahead = DeprecateAt.getTime() - now;
  if (ahead < 0) throw errors.valueOf(DeprecateAt.toISOString(), 'deprecateAt', 'The date must be in the future.');
  if (ahead > deprecationDaysMax * secondsPerDay * 1000) {
    throw errors.valueOf(DeprecateAt.toISOString(), 'deprecateAt', 'The date must be within 10 years.');
  }
  // To the minute.
  context.state.images.put({ ...row, deprecatedAt: instant(Math.round(DeprecateAt.getTime() / 60_000) * 60_000) });
  return { Return: true };
};

export const DisableImageDeprecation: Operation<'DisableImageDeprecation'> = ({ ImageId }, context) => {
  context.state.images.put({ ...getOwnImage(context, ImageId), deprecatedAt: undefined });
  return { Return: true };
};

/** Nobody can launch a disabled image, and nobody else sees it: launch permissions go. */
export const DisableImage: Operation<'DisableImage'> = ({ ImageId }, context) => {
  const row = getOwnImage(context, ImageId);
  share(context, { ...row, disabled: true }, false, []);
  return { Return: true };
};

export const EnableImage: Operation<'EnableImage'> = ({ ImageId }, context) => {
  context.state.images.put({ ...getOwnImage(context, ImageId), disabled: undefined });
  return { Return: true };
};

export const EnableImageDeregistrationProtection: Operation<'EnableImageDeregistrationProtection'> = (
  { ImageId, WithCooldown },
  context,
) => {
  const deregistrationProtection = WithCooldown === true ? 'enabled-with-cooldown' : 'enabled-without-cooldown';
  context.state.images.put({ ...getOwnImage(context, ImageId), deregistrationProtection });
  return { Return: deregistrationProtection };
};

/** Differs: a cool-down of 24 hours is not kept; protection ends at once. */
export const DisableImageDeregistrationProtection: Operation<'DisableImageDeregistrationProtection'> = (
  { ImageId },
  context,
) => {
  context.state.images.put({ ...getOwnImage(context, ImageId), deregistrationProtection: 'disabled' });
  return { Return: 'disabled' };
};

export const EnableImageBlockPublicAccess: Operation<'EnableImageBlockPublicAccess'> = (_input, { state }) => {
  state.imageSettings.put({ id: 'images', blockPublicSharing: 'block-new-sharing' });
  return { ImageBlockPublicAccessState: 'block-new-sharing' };
};

export const DisableImageBlockPublicAccess: Operation<'DisableImageBlockPublicAccess'> = (_input, { state }) => {
  state.imageSettings.put({ id: 'images', blockPublicSharing: 'unblocked' });
  return { ImageBlockPublicAccessState: 'unblocked' };
};

export const GetImageBlockPublicAccessState: Operation<'GetImageBlockPublicAccessState'> = (_input, { state }) => ({
  ImageBlockPublicAccessState: state.imageSettings.find('images')?.blockPublicSharing ?? 'unblocked',
  ManagedBy: 'account',
});

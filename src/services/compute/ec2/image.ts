// What images there are: `DescribeImages`, over those that AWS and vendors publish, one's own, and shared ones.
import type { Image } from '@aws-sdk/client-ec2';
import { toDate } from '../../../kernel/units.ts';
import { errors, kinds } from './errors.ts';
import { findImage, getImage, showMapping, visibleImages } from './image-find.ts';
import type { ImageRow } from './image-state.ts';
import { type Filters, list } from './list.ts';
import type { Ec2Context, Operation } from './operation.ts';
import { anyTagsOf } from './tag.ts';

const stateOf = (row: ImageRow, { clock }: Ec2Context): 'pending' | 'available' | 'disabled' =>
  row.disabled === true ? 'disabled' : row.availableAt > clock.now() ? 'pending' : 'available';

export const imageArn = ({ partition, region }: Ec2Context, id: string): string =>
  `arn:${partition}:ec2:${region}::image/${id}`;

const dateText = (at: ImageRow['createdAt'] | undefined): string | undefined =>
  at === undefined ? undefined : toDate(at).toISOString();

/** Who the owner sees launched it last is told to the owner alone. */
export const showImage = (row: ImageRow, context: Ec2Context): Image => ({
  ImageId: row.id,
  Name: row.name,
  Description: row.description,
  ImageLocation: row.location,
  ImageType: 'machine',
  State: stateOf(row, context),
  OwnerId: row.account,
  ImageOwnerAlias: row.ownerAlias,
  Public: row.isPublic,
  CreationDate: dateText(row.createdAt),
  Architecture: row.architecture as Image['Architecture'],
  // As it is on the wire; the model spells it otherwise.
  Platform: row.platform as Image['Platform'],
  PlatformDetails: row.platformDetails,
  UsageOperation: row.usageOperation,
  Hypervisor: 'xen',
  VirtualizationType: row.virtualization,
  RootDeviceName: row.rootDevice,
  RootDeviceType: 'ebs',
  BlockDeviceMappings: row.mappings.map(showMapping),
  EnaSupport: row.enaSupport ? true : undefined,
  SriovNetSupport: row.sriov,
  KernelId: row.kernelId,
  RamdiskId: row.ramdiskId,
  BootMode: row.bootMode,
  TpmSupport: row.tpmSupport,
  ImdsSupport: row.imdsSupport,
  ProductCodes: row.productCodes.map(({ id, type }) => ({ ProductCodeId: id, ProductCodeType: type })),
  DeprecationTime: dateText(row.deprecatedAt),
  SourceInstanceId: row.sourceInstanceId,
  SourceImageId: row.sourceImage?.id,
  SourceImageRegion: row.sourceImage?.region,
  DeregistrationProtection: row.account === context.account ? row.deregistrationProtection : undefined,
  LastLaunchedTime: row.account === context.account ? dateText(row.lastLaunchedAt) : undefined,
  FreeTierEligible: undefined,
  Tags: anyTagsOf(context, row.id),
});

const filtersOf = (context: Ec2Context): Filters<ImageRow> => {
  const disks =
    (of: (disk: NonNullable<ImageRow['mappings'][number]['ebs']>) => string | number | boolean | undefined) =>
    (row: ImageRow) =>
      row.mappings.map(({ ebs }) => (ebs === undefined ? undefined : of(ebs)));
  return {
    architecture: (row) => row.architecture,
    'block-device-mapping.delete-on-termination': disks(({ deleteOnTermination }) => deleteOnTermination),
    'block-device-mapping.device-name': (row) => row.mappings.map(({ device }) => device),
    'block-device-mapping.encrypted': disks(({ encrypted }) => encrypted ?? false),
    'block-device-mapping.snapshot-id': disks(({ snapshotId }) => snapshotId),
    'block-device-mapping.volume-size': disks(({ sizeGib }) => sizeGib),
    'block-device-mapping.volume-type': disks(({ type }) => type),
    'boot-mode': (row) => row.bootMode,
    'creation-date': (row) => dateText(row.createdAt),
    description: (row) => row.description,
    'ena-support': (row) => row.enaSupport,
    'free-tier-eligible': () => false,
    hypervisor: () => 'xen',
    'image-allowed': () => true,
    'image-id': (row) => row.id,
    'image-type': () => 'machine',
    'imds-support': (row) => row.imdsSupport,
    'is-public': (row) => row.isPublic,
    'kernel-id': (row) => row.kernelId,
    'manifest-location': (row) => row.location,
    name: (row) => row.name,
    'owner-alias': (row) => row.ownerAlias,
    'owner-id': (row) => row.account,
    platform: (row) => row.platform,
    'platform-details': (row) => row.platformDetails,
    'product-code': (row) => row.productCodes.map(({ id }) => id),
    'product-code.type': (row) => row.productCodes.map(({ type }) => type),
    'ramdisk-id': (row) => row.ramdiskId,
    'root-device-name': (row) => row.rootDevice,
    'root-device-type': () => 'ebs',
    'source-image-id': (row) => row.sourceImage?.id,
    'source-image-region': (row) => row.sourceImage?.region,
    'source-instance-id': (row) => row.sourceInstanceId,
    'sriov-net-support': (row) => row.sriov,
    state: (row) => stateOf(row, context),
    'state-reason-code': () => undefined,
    'state-reason-message': () => undefined,
    'tpm-support': (row) => row.tpmSupport,
    'usage-operation': (row) => row.usageOperation,
    'virtualization-type': (row) => row.virtualization,
  };
};

const isOwnedBy = (owner: string, row: ImageRow, account: string): boolean =>
  owner === 'self' ? row.account === account : row.account === owner || row.ownerAlias === owner;

const canExecute = (user: string, row: ImageRow, account: string): boolean =>
  user === 'all'
    ? row.isPublic
    : user === 'self'
      ? row.sharedWith.includes(account) || row.isPublic
      : row.sharedWith.includes(user);

/** One's own that are deprecated are always there. */
function isShown(row: ImageRow, deprecated: boolean, disabled: boolean, { clock, account }: Ec2Context): boolean {
  const isPast = row.deprecatedAt !== undefined && row.deprecatedAt <= clock.now();
  return (deprecated || !isPast || row.account === account) && (disabled || row.disabled !== true);
}

function getImages(context: Ec2Context, ids: readonly string[]): ImageRow[] {
  const unknown = ids.filter((id) => findImage(context, id) === undefined);
  if (unknown.length > 1 && unknown.every((id) => /^ami-[0-9a-f]{8,17}$/.test(id))) {
    throw errors.other('InvalidAMIID.NotFound', `The image ids '[${unknown.join(', ')}]' do not exist`);
  }
  return [...new Set(ids)].map((id) => getImage(context, id));
}

/**
 * Describes images by ID, owner, who may launch them, and filters.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html
 */
export const DescribeImages: Operation<'DescribeImages'> = (input, context) => {
  const { account } = context;
  const { ImageIds: ids = [], Owners: owners = [], ExecutableUsers: users = [] } = input;
  const isAsked = (row: ImageRow): boolean =>
    (owners.length === 0 || owners.some((owner) => isOwnedBy(owner, row, account))) &&
    (users.length === 0 || users.some((user) => canExecute(user, row, account))) &&
    (ids.length > 0 || isShown(row, input.IncludeDeprecated === true, input.IncludeDisabled === true, context));
  const { rows, NextToken } = list({ ...input, MaxResults: input.MaxResults ?? 1_000 }, context, {
    rows: () => (ids.length > 0 ? getImages(context, ids) : visibleImages(context)).filter(isAsked),
    id: (row) => row.id,
    kind: kinds.image,
    filters: filtersOf(context),
    least: 1,
  });
  return { Images: rows.map((row) => showImage(row, context)), NextToken };
};

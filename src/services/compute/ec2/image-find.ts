// Finding images: public ones, one's own, shared ones.
import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { errors, kinds } from './errors.ts';
import type { ImageMapping, ImageRow } from './image-state.ts';
import type { Ec2Context } from './operation.ts';
import { publicImages } from './public-image.ts';

/** Whether the caller's account may launch it. */
export const canLaunch = ({ account }: Ec2Context, row: ImageRow): boolean =>
  row.account === account || row.isPublic || row.sharedWith.includes(account);

export function findImage(context: Ec2Context, id: string): ImageRow | undefined {
  const published = publicImages(context.region).get(id);
  if (published !== undefined) return published;
  const row = context.state.images.find(id);
  return row !== undefined && row.region === context.region && canLaunch(context, row) ? row : undefined;
}

/** @throws InvalidAMIID.NotFound, InvalidAMIID.Malformed */
export function getImage(context: Ec2Context, id: string): ImageRow {
  const row = findImage(context, id);
  if (row !== undefined) return row;
  if (!/^ami-[0-9a-f]{8,17}$/.test(id)) {
    throw errors.other('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`);
  }
  throw kinds.image.missing(id);
}

/** An image that is the caller's own. @throws AuthFailure for another's */
export function getOwnImage(context: Ec2Context, id: string): ImageRow {
  const row = getImage(context, id);
  if (row.account !== context.account) {
    throw errors.other('AuthFailure', `Not authorized for image:${id}`);
  }
  return row;
}

/** All images that the caller sees. */
export function visibleImages(context: Ec2Context): ImageRow[] {
  const { state, account, region } = context;
  const own = state.images.index('owner').list({ prefix: key(account, region) });
  const shared = [account, 'all']
    .flatMap((viewer) => state.imageShares.list({ prefix: key(viewer, region) }))
    .flatMap(({ imageId }) => state.images.find(imageId) ?? [])
    .filter((row) => row.account !== account && canLaunch(context, row));
  return [...new Map([...publicImages(region).values(), ...own, ...shared].map((row) => [row.id, row])).values()];
}

/** Mappings as the wire shows them, and as a launch takes them. */
export const showMapping = ({ device, virtualName, noDevice, ebs }: ImageMapping): BlockDeviceMapping => ({
  DeviceName: device,
  VirtualName: virtualName,
  NoDevice: noDevice,
  Ebs:
    ebs === undefined
      ? undefined
      : {
          DeleteOnTermination: ebs.deleteOnTermination,
          SnapshotId: ebs.snapshotId,
          VolumeSize: ebs.sizeGib,
          VolumeType: ebs.type as 'gp3' | undefined,
          Iops: ebs.iops,
          Throughput: ebs.throughput,
          Encrypted: ebs.encrypted ?? false,
          KmsKeyId: ebs.kmsKeyId,
        },
});

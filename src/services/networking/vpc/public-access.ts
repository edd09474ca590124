// Block public access: one switch over all internet gateways of a Region, and what is left out of it.
// @see https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
import type { VpcBlockPublicAccessExclusion, VpcBlockPublicAccessOptions } from '@aws-sdk/client-ec2';
import { toDate } from '../../../kernel/units.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import { arnOf, type Ec2Context, type Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import type { PublicAccessExclusionRow } from './state.ts';

function showOptions({ state, account, region, clock }: Ec2Context, isNew: boolean): VpcBlockPublicAccessOptions {
  const row = state.publicAccessBlocks.find('region');
  return {
    AwsAccountId: account,
    AwsRegion: region,
    State: row === undefined ? 'default-state' : isNew ? 'update-in-progress' : 'update-complete',
    InternetGatewayBlockMode: row?.mode ?? 'off',
    LastUpdateTimestamp: toDate(row?.updatedAt ?? clock.now()),
    ManagedBy: 'account',
    ExclusionsAllowed: 'allowed',
  };
}

export const DescribeVpcBlockPublicAccessOptions: Operation<'DescribeVpcBlockPublicAccessOptions'> = (
  _input,
  context,
) => ({ VpcBlockPublicAccessOptions: showOptions(context, false) });

export const ModifyVpcBlockPublicAccessOptions: Operation<'ModifyVpcBlockPublicAccessOptions'> = (input, context) => {
  const mode = input.InternetGatewayBlockMode;
  context.state.publicAccessBlocks.put({ id: 'region', mode, updatedAt: context.clock.now() });
  return { VpcBlockPublicAccessOptions: showOptions(context, true) };
};

const typeOf = (id: string): string => (id.startsWith('subnet-') ? 'subnet' : 'vpc');

const showExclusion = (
  row: PublicAccessExclusionRow,
  context: Ec2Context,
  state: PublicAccessExclusionRow['state'] | 'update-in-progress' | 'delete-in-progress' = row.state,
): VpcBlockPublicAccessExclusion => ({
  ExclusionId: row.id,
  InternetGatewayExclusionMode: row.mode,
  ResourceArn: arnOf(context, typeOf(row.resourceId), row.resourceId),
  State: state,
  CreationTimestamp: toDate(row.createdAt),
  LastUpdateTimestamp: row.updatedAt === undefined ? undefined : toDate(row.updatedAt),
  DeletionTimestamp: row.deletedAt === undefined ? undefined : toDate(row.deletedAt),
  Tags: tagsOf(context, row.id),
});

/** Leaves a VPC, or a subnet, out of the block. Limit: 50 in a Region. */
export const CreateVpcBlockPublicAccessExclusion: Operation<'CreateVpcBlockPublicAccessExclusion'> = (
  input,
  context,
) => {
  const { state, ids, clock } = context;
  const { VpcId, SubnetId } = input;
  if ((VpcId === undefined) === (SubnetId === undefined))
    throw errors.combination('Exactly one of VpcId and SubnetId must be specified.');
  const resourceId =
    VpcId === undefined ? get(state.subnets, kinds.subnet, SubnetId ?? '').id : get(state.vpcs, kinds.vpc, VpcId).id;
  const twin = state.publicAccessExclusions.list().some((row) => row.resourceId === resourceId);
  if (twin)
    throw errors.other('VpcBlockPublicAccessExclusionAlreadyExists', `An exclusion for ${resourceId} already exists.`);
  const row: PublicAccessExclusionRow = {
    id: ids.resource('vpcbpa-exclude'),
    resourceId,
    mode: input.InternetGatewayExclusionMode,
    state: 'create-complete',
    createdAt: clock.now(),
  };
  state.publicAccessExclusions.put(row);
  tagNew(context, kinds.publicAccessExclusion, row.id, input.TagSpecifications);
  return { VpcBlockPublicAccessExclusion: showExclusion(row, context, 'create-in-progress') };
};

const getExclusion = ({ state }: Ec2Context, id: string): PublicAccessExclusionRow =>
  get(state.publicAccessExclusions, kinds.publicAccessExclusion, id);

export const ModifyVpcBlockPublicAccessExclusion: Operation<'ModifyVpcBlockPublicAccessExclusion'> = (
  input,
  context,
) => {
  const row: PublicAccessExclusionRow = {
    ...getExclusion(context, input.ExclusionId),
    mode: input.InternetGatewayExclusionMode,
    state: 'update-complete',
    updatedAt: context.clock.now(),
  };
  context.state.publicAccessExclusions.put(row);
  return { VpcBlockPublicAccessExclusion: showExclusion(row, context, 'update-in-progress') };
};

export const DeleteVpcBlockPublicAccessExclusion: Operation<'DeleteVpcBlockPublicAccessExclusion'> = (
  input,
  context,
) => {
  const row = getExclusion(context, input.ExclusionId);
  const shown = showExclusion({ ...row, deletedAt: context.clock.now() }, context, 'delete-in-progress');
  context.state.publicAccessExclusions.delete(row.id);
  dropTags(context, row.id);
  return { VpcBlockPublicAccessExclusion: shown };
};

export const DescribeVpcBlockPublicAccessExclusions: Operation<'DescribeVpcBlockPublicAccessExclusions'> = (
  input,
  context,
) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.publicAccessExclusions,
    id: (row) => row.id,
    ids: input.ExclusionIds,
    kind: kinds.publicAccessExclusion,
    filters: {
      'resource-arn': (row) => arnOf(context, typeOf(row.resourceId), row.resourceId),
      'internet-gateway-exclusion-mode': (row) => row.mode,
      state: (row) => row.state,
    },
  });
  return { VpcBlockPublicAccessExclusions: rows.map((row) => showExclusion(row, context)), NextToken };
};

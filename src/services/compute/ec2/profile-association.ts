// The IAM instance profile of an instance: joined, replaced, taken away while it runs.
import type { IamInstanceProfileAssociation } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import type { Asked } from './around.ts';
import { errors } from './errors.ts';
import { getLiving } from './instance.ts';
import type { InstanceRow, ProfileAssociation } from './instance-state.ts';
import { list } from './list.ts';
import type { Ec2Context, Input, Operation, Output } from './operation.ts';
import { askProfile, type FoundProfile } from './profile-lookup.ts';

const show = (row: InstanceRow, profile: ProfileAssociation, State = profile.state): IamInstanceProfileAssociation => ({
  AssociationId: profile.associationId,
  InstanceId: row.id,
  IamInstanceProfile: { Arn: profile.arn, Id: profile.id },
  State,
  Timestamp: toDate(profile.at),
});

function getAssociation({ state }: Ec2Context, id: string): { row: InstanceRow; profile: ProfileAssociation } {
  const row = state.instances.index('association').first({ prefix: key(id) });
  if (row?.profile === undefined) {
    throw errors.other('InvalidAssociationID.NotFound', `An invalid association-id of '${id}' was given`);
  }
  return { row, profile: row.profile };
}

function join(context: Ec2Context, row: InstanceRow, found: FoundProfile | undefined): ProfileAssociation {
  if (found === undefined) throw errors.missingParameter('iamInstanceProfile');
  const associationId = context.ids.resource('iip-assoc');
  const profile: ProfileAssociation = { ...found, associationId, state: 'associated', at: context.clock.now() };
  context.state.instances.put({ ...row, profile });
  return profile;
}

export const askAssociate: Asked<'AssociateIamInstanceProfile', FoundProfile> = ({ IamInstanceProfile }, context) =>
  askProfile(context, IamInstanceProfile);

/** Gives an instance a profile. It is `associating` in the answer, and `associated` from then on. */
export const associate = (
  input: Input<'AssociateIamInstanceProfile'>,
  context: Ec2Context,
  found: FoundProfile | undefined,
): Output<'AssociateIamInstanceProfile'> => {
  const row = getLiving(context, input.InstanceId);
  if (row.profile !== undefined) {
    throw errors.incorrectState(`There is an existing association for instance ${row.id}`);
  }
  return { IamInstanceProfileAssociation: show(row, join(context, row, found), 'associating') };
};

export const askReplace: Asked<'ReplaceIamInstanceProfileAssociation', FoundProfile> = (input, context) =>
  askProfile(context, input.IamInstanceProfile);

/** Gives it another profile in place of the one it has; the association is a new one. */
export const replace = (
  input: Input<'ReplaceIamInstanceProfileAssociation'>,
  context: Ec2Context,
  found: FoundProfile | undefined,
): Output<'ReplaceIamInstanceProfileAssociation'> => {
  const { row } = getAssociation(context, input.AssociationId);
  return { IamInstanceProfileAssociation: show(row, join(context, row, found), 'associating') };
};

export const DisassociateIamInstanceProfile: Operation<'DisassociateIamInstanceProfile'> = (
  { AssociationId },
  context,
) => {
  const { row, profile } = getAssociation(context, AssociationId);
  context.state.instances.put({ ...row, profile: undefined });
  return { IamInstanceProfileAssociation: show(row, profile, 'disassociating') };
};

export const DescribeIamInstanceProfileAssociations: Operation<'DescribeIamInstanceProfileAssociations'> = (
  input,
  context,
) => {
  const ids = input.AssociationIds ?? [];
  const named = ids.map((id) => getAssociation(context, id).row);
  const { rows, NextToken } = list(
    { Filters: input.Filters, MaxResults: input.MaxResults, NextToken: input.NextToken },
    context,
    {
      rows: () =>
        (ids.length > 0 ? named : context.state.instances.index('association').list()).filter(
          (row) => row.state !== 'terminated',
        ),
      id: (row) => row.id,
      filters: { 'instance-id': (row) => row.id, state: (row) => row.profile?.state },
    },
  );
  const IamInstanceProfileAssociations = rows.flatMap((row) =>
    row.profile === undefined ? [] : [show(row, row.profile)],
  );
  return { IamInstanceProfileAssociations, NextToken };
};

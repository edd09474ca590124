// Permissions boundaries: a managed policy that limits what a user or role can be granted.
import { findManagedPolicy } from './managed-policy-lookup.ts';
import { errors } from './errors.ts';
import { getOwnRole, getUser } from './find.ts';
import { checkPolicyArn } from './name.ts';
import type { IamContext, Operation } from './state.ts';

export const shownBoundary = (arn: string | undefined) =>
  arn === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
          PermissionsBoundaryArn: arn,
        },
      };

/** Refuses a boundary that is no managed policy. */
export function checkBoundary(arn: string | undefined, { state }: IamContext): void {
  if (arn === undefined) return;
  checkPolicyArn(arn);
  if (findManagedPolicy(state, arn) === undefined) throw errors.noSuchBoundary(arn);
}

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html */
export const PutUserPermissionsBoundary: Operation<'PutUserPermissionsBoundary'> = (input, context) => {
  const user = getUser(context.state, input.UserName);
  checkBoundary(input.PermissionsBoundary, context);
  context.state.users.put({ ...user, boundary: input.PermissionsBoundary });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html */
export const DeleteUserPermissionsBoundary: Operation<'DeleteUserPermissionsBoundary'> = (input, { state }) => {
  const user = getUser(state, input.UserName);
  if (user.boundary === undefined)
    throw errors.noSuch(`The user with name ${user.name} does not have a permissions boundary.`);
  state.users.put({ ...user, boundary: undefined });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html */
export const PutRolePermissionsBoundary: Operation<'PutRolePermissionsBoundary'> = (input, context) => {
  const role = getOwnRole(context.state, input.RoleName);
  checkBoundary(input.PermissionsBoundary, context);
  context.state.roles.put({ ...role, boundary: input.PermissionsBoundary });
  return {};
};

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html */
export const DeleteRolePermissionsBoundary: Operation<'DeleteRolePermissionsBoundary'> = (input, { state }) => {
  const role = getOwnRole(state, input.RoleName);
  if (role.boundary === undefined)
    throw errors.noSuch(`The role with name ${role.name} does not have a permissions boundary.`);
  state.roles.put({ ...role, boundary: undefined });
  return {};
};

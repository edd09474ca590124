// Finds the role that an ARN names, in whichever account it is.
import { type IamContext, lower, type Role } from '../iam/state.ts';
import { errors } from './errors.ts';

const roleArnForm = /^arn:[a-z0-9-]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;

/** The role's account and name. @throws ValidationError in the words that were recorded. */
export function readRoleArn(arn: string): { readonly account: string; readonly name: string } {
  const [, account, name] = roleArnForm.exec(arn) ?? [];
  if (account === undefined || name === undefined) throw errors.validation(`${arn} is invalid`);
  return { account, name };
}

/** The role, when there is one whose ARN is exactly this. */
export function findRole(
  arn: string,
  context: IamContext,
): { readonly role: Role | undefined; readonly home: IamContext } {
  const { account, name } = readRoleArn(arn);
  const home = context.elsewhere(account, context.region);
  const role = home.state.roles.find(lower(name));
  return { role: role?.arn === arn ? role : undefined, home };
}

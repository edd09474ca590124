// Target accounts of a template: in which accounts a multi-account experiment acts, and by which role in each.
// @see https://docs.aws.amazon.com/fis/latest/userguide/multi-account.html
import { key } from '../../../kernel/key.ts';
import { errors } from './errors.ts';
import { targetAccountsMax } from './limits.ts';
import type { FisContext, Operation } from './operation.ts';
import { pageOf } from './page.ts';
import { accountOf } from './role.ts';
import type { TargetAccount, TargetAccountRow } from './state.ts';
import { getTemplate, targetAccountsOf } from './template.ts';

export const plainAccount = ({ accountId, roleArn, description }: TargetAccount): TargetAccount => ({
  accountId,
  roleArn,
  description,
});

const show = (row: TargetAccountRow) => ({ targetAccountConfiguration: plainAccount(row) });

function checkRole(roleArn: string, accountId: string): void {
  if (accountOf(roleArn) !== accountId)
    throw errors.invalid(`The roleArn is not of the target account ${accountId}: ${roleArn}.`);
}

function getTargetAccount(context: FisContext, templateId: string, accountId: string): TargetAccountRow {
  getTemplate(context, templateId);
  const row = context.state.targetAccounts.find(key(templateId, accountId));
  if (row === undefined) throw errors.noTargetAccount(accountId);
  return row;
}

/** @see https://docs.aws.amazon.com/fis/latest/APIReference/API_CreateTargetAccountConfiguration.html */
export const CreateTargetAccountConfiguration: Operation<'CreateTargetAccountConfiguration'> = (input, context) => {
  const { experimentTemplateId: templateId, accountId, roleArn, description } = input;
  if (getTemplate(context, templateId).accountTargeting !== 'multi-account')
    throw errors.invalid('The experiment template is not for multi-account experiments.');
  checkRole(roleArn, accountId);
  const clientToken = input.clientToken ?? context.ids.uuid();
  const known = context.state.targetAccounts.find(key(templateId, accountId));
  if (known?.clientToken === clientToken) return show(known);
  if (known !== undefined)
    throw errors.conflict(`The template already has a target account configuration for account ${accountId}.`);
  if (targetAccountsOf(context, templateId).length >= targetAccountsMax)
    throw errors.quota(`An experiment template can have up to ${targetAccountsMax} target account configurations.`);
  const row: TargetAccountRow = { templateId, accountId, roleArn, description, clientToken };
  context.state.targetAccounts.put(row);
  return show(row);
};

export const GetTargetAccountConfiguration: Operation<'GetTargetAccountConfiguration'> = (input, context) =>
  show(getTargetAccount(context, input.experimentTemplateId, input.accountId));

export const ListTargetAccountConfigurations: Operation<'ListTargetAccountConfigurations'> = (input, context) => {
  const { id } = getTemplate(context, input.experimentTemplateId);
  const { items, nextToken } = pageOf(input, targetAccountsOf(context, id));
  return { targetAccountConfigurations: items.map(plainAccount), nextToken };
};

export const UpdateTargetAccountConfiguration: Operation<'UpdateTargetAccountConfiguration'> = (input, context) => {
  const row = getTargetAccount(context, input.experimentTemplateId, input.accountId);
  const changed: TargetAccountRow = {
    ...row,
    roleArn: input.roleArn ?? row.roleArn,
    description: input.description ?? row.description,
  };
  checkRole(changed.roleArn, row.accountId);
  context.state.targetAccounts.put(changed);
  return show(changed);
};

export const DeleteTargetAccountConfiguration: Operation<'DeleteTargetAccountConfiguration'> = (input, context) => {
  const row = getTargetAccount(context, input.experimentTemplateId, input.accountId);
  context.state.targetAccounts.delete(key(row.templateId, row.accountId));
  return show(row);
};

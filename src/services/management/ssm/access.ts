// What IAM must allow for a parameter: the action on its ARN.
import type { Permissions } from '../../../kernel/service.ts';
import type { SsmContext } from './operation.ts';
import { arnOf, readName } from './parameter-name.ts';
import { isPublicName } from './public-parameter.ts';
import type { SsmState } from './state.ts';

const resourceOf = (context: SsmContext, given: string): string => {
  const { name } = readName(context, given);
  const { partition, region } = context;
  return isPublicName(name) ? `arn:${partition}:ssm:${region}::parameter${name}` : arnOf(context, name);
};

const onName =
  (action: string): Permissions<SsmState> =>
  ({ Name }: { readonly Name: string }, context) => [{ action: `ssm:${action}`, resource: resourceOf(context, Name) }];

const onNames =
  (action: string): Permissions<SsmState> =>
  ({ Names }: { readonly Names: readonly string[] }, context) =>
    Names.map((name) => ({ action: `ssm:${action}`, resource: resourceOf(context, name) }));

export const permissions: Readonly<Record<string, Permissions<SsmState>>> = {
  PutParameter: onName('PutParameter'),
  GetParameter: onName('GetParameter'),
  GetParameterHistory: onName('GetParameterHistory'),
  DeleteParameter: onName('DeleteParameter'),
  LabelParameterVersion: onName('LabelParameterVersion'),
  UnlabelParameterVersion: onName('UnlabelParameterVersion'),
  GetParameters: onNames('GetParameters'),
  DeleteParameters: onNames('DeleteParameters'),
  GetParametersByPath: ({ Path, Recursive }: { readonly Path: string; readonly Recursive?: boolean }, context) => [
    {
      action: 'ssm:GetParametersByPath',
      resource: resourceOf(context, Path),
      conditions: { 'ssm:Recursive': String(Recursive === true) },
    },
  ],
};

// STS: temporary credentials, and who I am.
import { defineService } from '../../../kernel/service.ts';
import { iamTables } from '../iam/state.ts';
import { AssumeRole, assumeRolePermissions } from './assume-role.ts';
import {
  DecodeAuthorizationMessage,
  GetAccessKeyInfo,
  GetCallerIdentity,
  GetFederationToken,
  GetSessionToken,
} from './caller.ts';

/** These need no permission: whoever has credentials may ask. */
const free = (): readonly [] => [];

export default defineService({
  name: 'sts',
  state: iamTables,
  stateOf: 'iam',
  operations: {
    AssumeRole, // assume-role.ts
    GetCallerIdentity, // caller.ts
    GetAccessKeyInfo,
    DecodeAuthorizationMessage,
    GetSessionToken,
    GetFederationToken,
  },
  permissions: {
    AssumeRole: assumeRolePermissions,
    GetCallerIdentity: free,
    GetSessionToken: free,
    GetAccessKeyInfo: () => [{ action: 'sts:GetAccessKeyInfo', resource: '*' }],
    DecodeAuthorizationMessage: () => [{ action: 'sts:DecodeAuthorizationMessage', resource: '*' }],
    GetFederationToken: (input: { readonly Name: string }, { account, partition }) => [
      { action: 'sts:GetFederationToken', resource: `arn:${partition}:sts::${account}:federated-user/${input.Name}` },
    ],
  },
});

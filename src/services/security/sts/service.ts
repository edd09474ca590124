// STS: temporary credentials, and who I am.
import { defineService } from '../../../kernel/service.ts';
import { iamTables } from '../iam/state.ts';
import { AssumeRole, assumeRolePermissions } from './assume-role.ts';
import { AssumeRoleWithSAML } from './assume-role-with-saml.ts';
import { AssumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';
import { AssumeRoot, assumeRootPermissions } from './assume-root.ts';
import {
  DecodeAuthorizationMessage,
  GetAccessKeyInfo,
  GetCallerIdentity,
  GetFederationToken,
  GetSessionToken,
} from './caller.ts';
import { getWebIdentityTokenPermissions, GetWebIdentityToken, issuerDoor } from './get-web-identity-token.ts';

/** These need no permission: whoever has credentials may ask. */
const free = (): readonly [] => [];

export default defineService({
  name: 'sts',
  state: iamTables,
  stateOf: 'iam',
  operations: {
    AssumeRole, // assume-role.ts
    AssumeRoleWithSAML, // assume-role-with-saml.ts
    AssumeRoleWithWebIdentity, // assume-role-with-web-identity.ts
    AssumeRoot, // assume-root.ts
    GetCallerIdentity, // caller.ts
    GetAccessKeyInfo,
    DecodeAuthorizationMessage,
    GetSessionToken,
    GetFederationToken,
    GetWebIdentityToken, // get-web-identity-token.ts
  },
  // The token in them says who comes.
  unsigned: ['AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'],
  door: issuerDoor,
  permissions: {
    AssumeRole: assumeRolePermissions,
    AssumeRoot: assumeRootPermissions,
    GetWebIdentityToken: getWebIdentityTokenPermissions,
    GetCallerIdentity: free,
    GetSessionToken: free,
    GetAccessKeyInfo: () => [{ action: 'sts:GetAccessKeyInfo', resource: '*' }],
    DecodeAuthorizationMessage: () => [{ action: 'sts:DecodeAuthorizationMessage', resource: '*' }],
    GetFederationToken: (input: { readonly Name: string }, { account, partition }) => [
      { action: 'sts:GetFederationToken', resource: `arn:${partition}:sts::${account}:federated-user/${input.Name}` },
    ],
  },
});

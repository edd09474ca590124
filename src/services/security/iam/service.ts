// IAM: users, groups, roles, policies, and the credentials of them all. Global: one set per account, whatever the Region.
import { defineService, operationsIn } from '../../../kernel/service.ts';
import * as accessKeys from './access-key.ts';
import * as accounts from './account.ts';
import * as attachments from './attachment.ts';
import * as authorizationDetails from './authorization-detail.ts';
import * as boundaries from './boundary.ts';
import * as credentialReports from './credential-report.ts';
import * as customerPolicies from './customer-policy.ts';
import * as groups from './group.ts';
import * as inlinePolicies from './inline-policy.ts';
import * as instanceProfiles from './instance-profile.ts';
import * as lastAccessed from './last-accessed.ts';
import * as loginProfiles from './login-profile.ts';
import * as mfaDevices from './mfa-device.ts';
import * as oidcProviders from './oidc-provider.ts';
import * as passwordPolicies from './password-policy.ts';
import * as roles from './role.ts';
import * as samlProviders from './saml-provider.ts';
import * as serverCertificates from './server-certificate.ts';
import * as serviceCredentials from './service-credential.ts';
import * as serviceLinkedRoles from './service-linked-role.ts';
import * as signingCertificates from './signing-certificate.ts';
import * as simulations from './simulate.ts';
import * as sshKeys from './ssh-key.ts';
import * as users from './user.ts';
import * as webIdentityFederation from './web-identity-federation.ts';
import { permissionOf } from './permission.ts';
import { iamTables } from './state.ts';

const operations = operationsIn(
  accessKeys,
  accounts,
  attachments,
  authorizationDetails,
  boundaries,
  credentialReports,
  customerPolicies,
  groups,
  inlinePolicies,
  instanceProfiles,
  lastAccessed,
  loginProfiles,
  mfaDevices,
  oidcProviders,
  passwordPolicies,
  roles,
  samlProviders,
  serverCertificates,
  serviceCredentials,
  serviceLinkedRoles,
  signingCertificates,
  simulations,
  sshKeys,
  users,
  webIdentityFederation,
);

export default defineService({
  name: 'iam',
  state: iamTables,
  operations,
  jobs: { deleteServiceLinkedRole: serviceLinkedRoles.deleteServiceLinkedRole },
  permissions: Object.fromEntries(Object.keys(operations).map((name) => [name, permissionOf(name)])),
});

// What IAM keeps. Everything belongs to an account and to no Region; access keys and account aliases are unique in the whole cloud.
//
// Names are unique without regard to case, so keys hold them in lower case.
import type * as Iam from '@aws-sdk/client-iam';
import { key } from '../../../kernel/key.ts';
import type { Context, Handler, OperationName } from '../../../kernel/service.ts';
import { type StateOf, table } from '../../../kernel/table.ts';
import type { Instant } from '../../../kernel/units.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface User {
  readonly name: string;
  readonly path: string;
  /** `AIDA…`. */
  readonly id: string;
  readonly arn: string;
  readonly createdAt: Instant;
  readonly passwordLastUsed?: Instant | undefined;
  /** ARN of the permissions boundary. */
  readonly boundary?: string | undefined;
  readonly tags: readonly Tag[];
}

export interface Group {
  readonly name: string;
  readonly path: string;
  /** `AGPA…`. */
  readonly id: string;
  readonly arn: string;
  readonly createdAt: Instant;
}

export interface Role {
  readonly name: string;
  readonly path: string;
  /** `AROA…`. */
  readonly id: string;
  readonly arn: string;
  readonly createdAt: Instant;
  /** The trust policy, as it was given. */
  readonly trust: string;
  readonly description?: string | undefined;
  readonly maxSessionSeconds: number;
  readonly boundary?: string | undefined;
  readonly tags: readonly Tag[];
  /** The service whose service-linked role this is. */
  readonly linkedService?: string | undefined;
}

/** When and where the credentials of an entity were last seen. Rows of their own, so that use does not rewrite the entity. */
export interface Use {
  /** Access key id, or `role/AROA…`. */
  readonly id: string;
  readonly at: Instant;
  readonly region: string;
  readonly service: string;
}

/** A customer managed policy. */
export interface ManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  /** `ANPA…`. */
  readonly id: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly description?: string | undefined;
  /** Number of the default version: 3 for `v3`. */
  readonly defaultVersion: number;
  readonly nextVersion: number;
  readonly tags: readonly Tag[];
}

export interface PolicyVersion {
  readonly arn: string;
  readonly version: number;
  readonly document: string;
  readonly createdAt: Instant;
}

export type EntityKind = 'user' | 'group' | 'role';

export interface InlinePolicy {
  readonly kind: EntityKind;
  readonly owner: string;
  readonly name: string;
  readonly document: string;
}

export interface Attachment {
  readonly kind: EntityKind;
  readonly owner: string;
  readonly policyArn: string;
  readonly policyName: string;
}

export interface Membership {
  readonly user: string;
  readonly group: string;
}

export interface InstanceProfile {
  readonly name: string;
  readonly path: string;
  /** `AIPA…`. */
  readonly id: string;
  readonly arn: string;
  readonly createdAt: Instant;
  readonly role?: string | undefined;
  readonly tags: readonly Tag[];
}

export interface AccessKey {
  /** `AKIA…`. */
  readonly id: string;
  readonly account: string;
  /** Undefined: the root user's. */
  readonly user: string | undefined;
  readonly secret: string;
  /** A deleted key is remembered, so that it is refused rather than unknown. */
  readonly status: 'Active' | 'Inactive' | 'Deleted';
  readonly createdAt: Instant;
}

/** A password: salted and hashed. */
export interface PasswordHash {
  readonly salt: string;
  readonly hash: string;
}

export interface LoginProfile {
  readonly user: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  readonly password: PasswordHash;
  readonly resetRequired: boolean;
  /** Earlier passwords, the latest first: for `PasswordReusePrevention`. */
  readonly earlier: readonly PasswordHash[];
}

export interface MfaDevice {
  /** ARN. */
  readonly serial: string;
  /** Base 32. */
  readonly seed: string;
  readonly createdAt: Instant;
  /** Undefined: assigned to nobody. `''` is the root user. */
  readonly user?: string | undefined;
  readonly enabledAt?: Instant | undefined;
  /** Steps by which the device's clock is off, as found when it was enabled or resynchronized. */
  readonly driftSteps: number;
  /** The last step whose code was taken: no code is taken twice. */
  readonly lastStep: number;
  readonly tags: readonly Tag[];
}

export interface SamlKey {
  readonly id: string;
  readonly createdAt: Instant;
  readonly pem: string;
}

export interface SamlProvider {
  readonly name: string;
  readonly arn: string;
  readonly uuid: string;
  readonly metadata: string;
  readonly entityId: string;
  /** Base64 DER of the certificates that sign assertions. */
  readonly certificates: readonly string[];
  readonly createdAt: Instant;
  readonly validUntil: Instant;
  readonly tags: readonly Tag[];
  readonly encryption: 'Required' | 'Allowed' | undefined;
  readonly privateKeys: readonly SamlKey[];
}

export interface OidcProvider {
  readonly arn: string;
  /** Without `https://`. */
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly createdAt: Instant;
  readonly tags: readonly Tag[];
}

export interface ServerCertificate {
  readonly name: string;
  readonly path: string;
  /** `ASCA…`. */
  readonly id: string;
  readonly arn: string;
  readonly uploadedAt: Instant;
  readonly expiresAt: Instant;
  readonly body: string;
  readonly chain?: string | undefined;
  readonly privateKey: string;
  readonly tags: readonly Tag[];
}

export interface SigningCertificate {
  readonly id: string;
  readonly user: string;
  readonly body: string;
  readonly status: 'Active' | 'Inactive';
  readonly uploadedAt: Instant;
}

export interface SshPublicKey {
  /** `APKA…`. */
  readonly id: string;
  readonly user: string;
  readonly fingerprint: string;
  /** `ssh-rsa AAAA…`. */
  readonly body: string;
  readonly status: 'Active' | 'Inactive';
  readonly uploadedAt: Instant;
}

export interface ServiceCredential {
  /** `ACCA…`. */
  readonly id: string;
  readonly user: string;
  readonly service: string;
  readonly serviceUserName?: string | undefined;
  readonly password?: string | undefined;
  readonly alias?: string | undefined;
  readonly secret?: string | undefined;
  readonly status: 'Active' | 'Inactive' | 'Expired';
  readonly createdAt: Instant;
  readonly expiresAt?: Instant | undefined;
}

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly symbols: boolean;
  readonly numbers: boolean;
  readonly uppercase: boolean;
  readonly lowercase: boolean;
  readonly usersMayChange: boolean;
  readonly maxAgeDays?: number | undefined;
  readonly reusePrevention?: number | undefined;
  readonly hardExpiry?: boolean | undefined;
}

/** What an account has one of. */
export interface AccountSettings {
  readonly name: 'account';
  readonly passwordPolicy?: PasswordPolicy | undefined;
  readonly globalTokenVersion?: 'v1Token' | 'v2Token' | undefined;
  readonly report?: { readonly content: string; readonly generatedAt: Instant; readonly readyAt: Instant } | undefined;
  readonly webIdentityFederation?: boolean | undefined;
  /** Names the account as an issuer of web identity tokens. */
  readonly issuerId?: string | undefined;
}

export interface AccountAlias {
  readonly alias: string;
  readonly account: string;
}

export interface DeletionTask {
  readonly id: string;
  readonly role: string;
  readonly doneAt: Instant;
}

/** One service that an entity was allowed to use and used. */
export interface Access {
  readonly entityArn: string;
  /** Service prefix: `s3`. */
  readonly service: string;
  /** Empty for the service as a whole. */
  readonly action: string;
  readonly at: Instant;
  readonly region: string;
  readonly by: string;
}

export interface AccessReport {
  readonly id: string;
  readonly arn: string;
  readonly granularity: 'SERVICE_LEVEL' | 'ACTION_LEVEL';
  readonly requestedAt: Instant;
}

/** Keys of the cloud itself: what session tokens and encoded messages are sealed with. */
export interface CloudSecret {
  readonly name: 'seal';
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/** The public keys with which an identity provider signs, as they were given to the cloud. */
export interface IssuerKeys {
  /** Without `https://`, without a slash at the end. */
  readonly issuer: string;
  /** JSON Web Keys. */
  readonly keys: readonly object[];
}

/** Whose issuer of web identity tokens an address is. */
export interface TokenIssuer {
  readonly id: string;
  readonly account: string;
}

/** Key pairs that sign web identity tokens of an account. */
export interface TokenSigningKey {
  readonly name: 'RS256' | 'ES384';
  readonly keyId: string;
  /** JSON Web Key. */
  readonly privateKey: object;
}

const scope = 'account';
export const lower = (name: string): string => name.toLowerCase();
export const entityKey = (kind: EntityKind, owner: string): string => key(kind, lower(owner));

export const iamTables = {
  users: table<User>()({ key: (user) => lower(user.name), scope }),
  groups: table<Group>()({ key: (group) => lower(group.name), scope }),
  roles: table<Role>()({ key: (role) => lower(role.name), scope, indexes: { id: (role) => role.id } }),
  policies: table<ManagedPolicy>()({
    key: (policy) => policy.arn,
    scope,
    indexes: { name: (policy) => lower(policy.name) },
  }),
  policyVersions: table<PolicyVersion>()({ key: (version) => key(version.arn, version.version), scope }),
  inlinePolicies: table<InlinePolicy>()({ key: (policy) => key(policy.kind, lower(policy.owner), policy.name), scope }),
  attachments: table<Attachment>()({
    key: (attachment) => key(attachment.kind, lower(attachment.owner), attachment.policyArn),
    scope,
    indexes: { policy: (attachment) => key(attachment.policyArn) },
  }),
  memberships: table<Membership>()({
    key: (membership) => key(lower(membership.user), lower(membership.group)),
    scope,
    indexes: { group: (membership) => key(lower(membership.group)) },
  }),
  instanceProfiles: table<InstanceProfile>()({
    key: (profile) => lower(profile.name),
    scope,
    indexes: { role: (profile) => (profile.role === undefined ? undefined : lower(profile.role)) },
  }),
  accessKeys: table<AccessKey>()({
    key: (accessKey) => accessKey.id,
    scope: 'cloud',
    indexes: {
      owner: ({ status, account, user }) => (status === 'Deleted' ? undefined : key(account, lower(user ?? ''))),
    },
  }),
  uses: table<Use>()({ key: (use) => use.id, scope: 'cloud' }),
  loginProfiles: table<LoginProfile>()({ key: (profile) => lower(profile.user), scope }),
  mfaDevices: table<MfaDevice>()({
    key: (device) => device.serial,
    scope,
    indexes: { user: (device) => (device.user === undefined ? undefined : key(lower(device.user))) },
  }),
  samlProviders: table<SamlProvider>()({ key: (provider) => provider.name, scope }),
  oidcProviders: table<OidcProvider>()({ key: (provider) => provider.arn, scope }),
  serverCertificates: table<ServerCertificate>()({ key: (certificate) => lower(certificate.name), scope }),
  signingCertificates: table<SigningCertificate>()({
    key: (certificate) => key(lower(certificate.user), certificate.id),
    scope,
  }),
  sshPublicKeys: table<SshPublicKey>()({ key: (sshKey) => key(lower(sshKey.user), sshKey.id), scope }),
  serviceCredentials: table<ServiceCredential>()({
    key: (credential) => key(lower(credential.user), credential.id),
    scope,
  }),
  settings: table<AccountSettings>()({ key: (settings) => settings.name, scope }),
  aliases: table<AccountAlias>()({
    key: (alias) => alias.alias,
    scope: 'cloud',
    indexes: { account: ({ account }) => account },
  }),
  deletionTasks: table<DeletionTask>()({ key: (task) => task.id, scope }),
  accesses: table<Access>()({ key: (access) => key(access.entityArn, access.service, access.action), scope }),
  accessReports: table<AccessReport>()({ key: (report) => report.id, scope }),
  secrets: table<CloudSecret>()({ key: (secret) => secret.name, scope: 'cloud' }),
  signingKeys: table<TokenSigningKey>()({ key: (signingKey) => signingKey.name, scope }),
  issuerKeys: table<IssuerKeys>()({ key: ({ issuer }) => issuer, scope: 'cloud' }),
  tokenIssuers: table<TokenIssuer>()({ key: (issuer) => issuer.id, scope: 'cloud' }),
};

export type IamState = StateOf<typeof iamTables>;
export type IamContext = Context<IamState>;
export type Operation<Name extends OperationName<typeof Iam>> = Handler<typeof Iam, IamState, Name>;

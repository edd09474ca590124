// Every number that AWS states for IAM and STS.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

export const usersPerAccount = 5_000;
export const groupsPerAccount = 300;
export const rolesPerAccount = 1_000;
export const instanceProfilesPerAccount = 1_000;
export const policiesPerAccount = 1_500;
export const serverCertificatesPerAccount = 20;
export const samlProvidersPerAccount = 100;
export const oidcProvidersPerAccount = 100;

export const groupsPerUser = 10;
export const accessKeysPerUser = 2;
export const mfaDevicesPerUser = 8;
export const signingCertificatesPerUser = 2;
export const sshKeysPerUser = 5;
export const serviceCredentialsPerUserAndService = 2;
export const attachedPoliciesPerEntity = 10;
export const versionsPerPolicy = 5;
export const tagsPerResource = 50;
export const rolesPerInstanceProfile = 1;

/** Characters of a managed policy, white space not counted. */
export const managedPolicySize = 6_144;
/** Characters of all inline policies of one entity together, white space not counted. */
export const inlinePolicySize = { user: 2_048, role: 10_240, group: 5_120 } as const;
export const trustPolicySize = 2_048;
/** Characters of a session policy. */
export const sessionPolicySize = 2_048;
export const sessionPolicyArns = 10;

/** Page size when `MaxItems` is not given. */
export const pageItems = 100;

/** Seconds. */
export const roleSession = { shortest: 900, usual: 3_600, longest: 43_200, chained: 3_600 } as const;
export const userSession = { shortest: 900, usual: 43_200, longest: 129_600, rootLongest: 3_600 } as const;
export const rootTaskSession = { shortest: 0, usual: 900, longest: 900 } as const;

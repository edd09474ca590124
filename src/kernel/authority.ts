// What the road asks of IAM. The IAM service fills this in; a cloud without it knows root users only.
import { AwsError } from './errors.ts';
import type { Place } from './place.ts';
import type { Origin, Permission, Principal } from './service.ts';

/** Credentials as a request shows them, not yet believed. */
export interface Credential {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
}

/** Whose credentials they are. */
export interface Identity {
  readonly principal: Principal;
  /** The key to check the signature with. Undefined: the cloud did not issue the key, and takes it as it comes. */
  readonly secretAccessKey?: string | undefined;
}

/** A call about to be judged. */
export interface Question extends Place {
  readonly service: string;
  readonly operation: string;
  readonly principal: Principal;
  readonly origin: Origin;
  readonly requestId: string;
  readonly permissions: readonly Permission[];
}

export interface Authority {
  /** @throws AwsError for keys that are inactive, expired or do not match their token. */
  authenticate(credential: Credential | undefined, service: string): Identity;
  /** False when nothing could deny the call, so that its permissions need not be worked out. */
  mayDeny(principal: Principal, service: string): boolean;
  /** @throws AwsError `AccessDenied` and its kin. */
  authorize(question: Question): void;
}

/** The root user of an account. */
export const rootOf = (account: string, partition: string, accessKeyId?: string): Principal => ({
  kind: 'root',
  arn: `arn:${partition}:iam::${account}:root`,
  account,
  userId: account,
  accessKeyId,
});

export const anonymous: Principal = { kind: 'anonymous', arn: '*', account: 'anonymous', userId: 'anonymous' };

const accountId = /^\d{12}$/;

/** Knows root users only: a key of twelve digits is that account's, any other the default account's. */
export const rootsOnly = (defaultAccount: string, partition: string): Authority => ({
  authenticate: (credential) => {
    if (credential === undefined) return { principal: anonymous };
    const account = accountId.test(credential.accessKeyId) ? credential.accessKeyId : defaultAccount;
    return { principal: rootOf(account, partition, credential.accessKeyId) };
  },
  mayDeny: (principal) => principal.kind === 'anonymous',
  authorize: ({ principal }) => {
    if (principal.kind === 'anonymous')
      throw new AwsError('MissingAuthenticationToken', 403, 'Missing Authentication Token');
  },
});

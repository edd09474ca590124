// What the tests of IAM and STS share: a cloud, clients of several callers, and small policies.
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { type Credentials, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import { type CloudOptions, type RunningCloud, startCloud } from '../../../embed/index.ts';

export const account = '000000000000';

export const open = (options: CloudOptions = {}): Promise<RunningCloud> =>
  startCloud({
    strict: true,
    seed: 1,
    clock: { kind: 'frozen' },
    startAt: new Date('2026-03-01T12:00:00Z'),
    ...options,
  });

export const policyText = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const allowText = (Action: string | string[], Resource: string | string[] = '*', more: object = {}): string =>
  policyText({ Effect: 'Allow', Action, Resource, ...more });

export const trustText = (Principal: unknown, more: object = {}): string =>
  policyText({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more });

interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export const keyPair = (credentials: Credentials | undefined): KeyPair => ({
  accessKeyId: credentials?.AccessKeyId ?? '',
  secretAccessKey: credentials?.SecretAccessKey ?? '',
  sessionToken: credentials?.SessionToken ?? '',
});

/** A user with a key, and optionally an inline policy. */
export async function makeUser(
  cloud: RunningCloud,
  UserName: string,
  policy?: string,
  in_: string = account,
): Promise<KeyPair> {
  const iam = cloud.client(IAMClient, { credentials: { accessKeyId: in_, secretAccessKey: 'x' } });
  await iam.send(new CreateUserCommand({ UserName }));
  if (policy !== undefined)
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'inline', PolicyDocument: policy }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

export async function makePolicy(
  cloud: RunningCloud,
  PolicyName: string,
  document: string,
  user?: string,
): Promise<string> {
  const iam = cloud.client(IAMClient);
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: document }));
  const arn = Policy?.Arn ?? '';
  if (user !== undefined) await iam.send(new AttachUserPolicyCommand({ UserName: user, PolicyArn: arn }));
  return arn;
}

export const iamAs = (cloud: RunningCloud, credentials: KeyPair): IAMClient => cloud.client(IAMClient, { credentials });
export const stsAs = (cloud: RunningCloud, credentials: KeyPair): STSClient => cloud.client(STSClient, { credentials });

/** Expects an AWS error by name and, when given, by message. */
export async function refused(call: Promise<unknown>, name: string, message?: string | RegExp): Promise<void> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown as Error,
  );
  expect(error?.name).toBe(name);
  if (typeof message === 'string') expect(error?.message).toBe(message);
  else if (message !== undefined) expect(error?.message).toMatch(message);
}

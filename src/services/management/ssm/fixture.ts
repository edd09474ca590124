// What the tests of `ssm` share: a fresh cloud with a frozen clock, and a real SDK client of it.
import { SSM } from '@aws-sdk/client-ssm';
import { type RunningCloud, startCloud } from '../../../embed/index.ts';

export interface Fixture {
  readonly cloud: RunningCloud;
  readonly ssm: SSM;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFixture(): Promise<Fixture> {
  const cloud = await startCloud({ strict: true, seed: 1, clock: { kind: 'frozen' }, startAt: new Date('2026-01-01') });
  return { cloud, ssm: cloud.client(SSM), [Symbol.asyncDispose]: () => cloud.close() };
}

/** Code and message of what a call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<readonly [string, string]> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return [name, message];
  }
  return ['', 'it was not refused'];
}

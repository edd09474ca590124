// What the tests of `ec2` share: a fresh cloud with a frozen clock, and a real SDK client of it.
import { EC2, type InstanceNetworkInterface, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { type RunningCloud, startCloud } from '../../../embed/index.ts';

export interface Fixture {
  readonly cloud: RunningCloud;
  readonly ec2: EC2;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFixture(seed = 1): Promise<Fixture> {
  const cloud = await startCloud({ strict: true, seed, clock: { kind: 'frozen' }, startAt: new Date('2026-01-01') });
  return { cloud, ec2: clientOf(cloud), [Symbol.asyncDispose]: () => cloud.close() };
}

/** A client of the root user of an account. */
export const clientOf = (cloud: RunningCloud, account = '000000000000', region = 'us-east-1'): EC2 =>
  cloud.client(EC2, { region, credentials: { accessKeyId: account, secretAccessKey: 'test' } });

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

export async function makeVpc(ec2: EC2, cidr = '10.0.0.0/16'): Promise<string> {
  const { Vpc } = await ec2.createVpc({ CidrBlock: cidr });
  return Vpc?.VpcId as string;
}

export async function makeSubnet(ec2: EC2, vpcId: string, cidr: string, zone = 'us-east-1a'): Promise<string> {
  const { Subnet } = await ec2.createSubnet({ VpcId: vpcId, CidrBlock: cidr, AvailabilityZone: zone });
  return Subnet?.SubnetId as string;
}

/** Amazon Linux 2023 for x86, in us-east-1. */
const image = 'ami-0ed094fb1304fd857';

/** A running instance in a subnet; its interface. */
export async function launchIn(
  { cloud, ec2 }: Fixture,
  SubnetId: string,
  more: Omit<RunInstancesCommandInput, 'MinCount' | 'MaxCount'> & { readonly client?: EC2 } = {},
): Promise<InstanceNetworkInterface> {
  const { client = ec2, ...input } = more;
  const { Instances } = await client.runInstances({
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    SubnetId,
    ...input,
  });
  await cloud.clock.advance(60);
  const { Reservations } = await client.describeInstances({ InstanceIds: [Instances?.[0]?.InstanceId ?? ''] });
  return Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces?.[0] as InstanceNetworkInterface;
}

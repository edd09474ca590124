// For tests only: a cloud with servers in two zones, and a role for experiments.
import { EC2 } from '@aws-sdk/client-ec2';
import { Fis, type CreateExperimentTemplateCommandInput, type Experiment } from '@aws-sdk/client-fis';
import { IAM } from '@aws-sdk/client-iam';
import { type RunningCloud, startCloud } from '../../../embed/index.ts';

export interface Fixture extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly fis: Fis;
  readonly ec2: EC2;
  readonly roleArn: string;
  readonly subnetIds: readonly string[];
  readonly vpcId: string;
  /** Running servers with the tag `role=web`, in the subnet of a zone. */
  launch(zone: number, count: number, more?: object): Promise<string[]>;
  /** Makes a template with this fixture's role and no stop condition, and starts it; the experiment as it is a second later. */
  start(
    template: Partial<CreateExperimentTemplateCommandInput> & Pick<CreateExperimentTemplateCommandInput, 'actions'>,
  ): Promise<Experiment>;
  experiment(id: string | undefined): Promise<Experiment>;
}

export const arn = (type: string, id: string | undefined): string =>
  `arn:aws:ec2:us-east-1:000000000000:${type}/${id ?? ''}`;

/** @param allowed what the experiments' role may do. Default: everything */
export async function startFixture(
  allowed: readonly string[] = ['*'],
  iam: 'enforce' | 'off' = 'enforce',
): Promise<Fixture> {
  const cloud = await startCloud({
    strict: true,
    seed: 7,
    clock: { kind: 'frozen' },
    startAt: new Date('2026-01-01'),
    iam,
  });
  const [fis, ec2, iamClient] = [cloud.client(Fis), cloud.client(EC2), cloud.client(IAM)];
  const policy = (statement: object): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const { Role } = await iamClient.createRole({
    RoleName: 'experiments',
    AssumeRolePolicyDocument: policy({ Principal: { Service: 'fis.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  });
  await iamClient.putRolePolicy({
    RoleName: 'experiments',
    PolicyName: 'break',
    PolicyDocument: policy({ Action: allowed, Resource: '*' }),
  });
  const roleArn = Role?.Arn as string;
  const vpcId = (await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId as string;
  const subnetIds: string[] = [];
  for (const [at, AvailabilityZone] of ['us-east-1a', 'us-east-1b'].entries()) {
    const { Subnet } = await ec2.createSubnet({ VpcId: vpcId, CidrBlock: `10.0.${at}.0/24`, AvailabilityZone });
    subnetIds.push(Subnet?.SubnetId as string);
  }
  const experiment: Fixture['experiment'] = async (id) =>
    (await fis.getExperiment({ id: id as string })).experiment as Experiment;
  return {
    cloud,
    fis,
    ec2,
    roleArn,
    subnetIds,
    vpcId,
    launch: async (zone, count, more = {}) => {
      const { Instances = [] } = await ec2.runInstances({
        ImageId: 'ami-0ed094fb1304fd857',
        InstanceType: 't3.micro',
        MinCount: count,
        MaxCount: count,
        SubnetId: subnetIds[zone],
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'role', Value: 'web' }] }],
        ...more,
      });
      await cloud.clock.advance(10);
      return Instances.map(({ InstanceId }) => InstanceId as string);
    },
    start: async (template) => {
      const { experimentTemplate } = await fis.createExperimentTemplate({
        description: 'drill',
        roleArn,
        stopConditions: [{ source: 'none' }],
        ...template,
      });
      const { experiment: started } = await fis.startExperiment({
        experimentTemplateId: experimentTemplate?.id as string,
      });
      await cloud.clock.advance(1);
      return experiment(started?.id);
    },
    experiment,
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

/** States of instances, by ID. */
export async function statesOf(ec2: EC2): Promise<Record<string, string | undefined>> {
  const { Reservations = [] } = await ec2.describeInstances();
  return Object.fromEntries(
    Reservations.flatMap(({ Instances = [] }) => Instances).map(({ InstanceId, State }) => [InstanceId, State?.Name]),
  );
}

// A cloud with a launch template, for tests of groups.
import { AutoScaling, type CreateAutoScalingGroupCommandInput } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { startCloud, type RunningCloud } from '../../../embed/index.ts';

export const image = 'ami-0ed094fb1304fd857';
export const zones = ['us-east-1a', 'us-east-1b'];

export interface Fixture extends AsyncDisposable {
  readonly cloud: RunningCloud;
  readonly scaling: AutoScaling;
  readonly ec2: EC2;
  readonly templateId: string;
  /** Makes a group of two zones and lets it launch. */
  makeGroup(input?: Partial<CreateAutoScalingGroupCommandInput>): Promise<void>;
  /** `i-… us-east-1a InService Healthy`, in order of launch. */
  members(): Promise<Member[]>;
  advance(seconds: number): Promise<void>;
}

export interface Member {
  readonly id: string;
  readonly zone: string;
  readonly state: string;
  readonly health: string;
  readonly version: string | undefined;
}

export async function startFixture(seed = 'groups'): Promise<Fixture> {
  const cloud = await startCloud({
    clock: { kind: 'frozen' },
    startAt: new Date('2026-03-02T09:00:00Z'),
    seed,
    strict: true,
  });
  const scaling = cloud.client(AutoScaling);
  const ec2 = cloud.client(EC2);
  const { LaunchTemplate } = await ec2.createLaunchTemplate({
    LaunchTemplateName: 'web',
    LaunchTemplateData: { ImageId: image, InstanceType: 't3.micro' },
  });
  const templateId = LaunchTemplate?.LaunchTemplateId as string;
  return {
    cloud,
    scaling,
    ec2,
    templateId,
    makeGroup: async (input = {}) => {
      await scaling.createAutoScalingGroup({
        AutoScalingGroupName: 'web',
        MinSize: 0,
        MaxSize: 10,
        DesiredCapacity: 2,
        AvailabilityZones: zones,
        ...(input.LaunchConfigurationName === undefined && input.MixedInstancesPolicy === undefined
          ? { LaunchTemplate: { LaunchTemplateId: templateId, Version: '$Latest' } }
          : {}),
        ...input,
      });
      await cloud.clock.advance(10);
    },
    members: async () => {
      const { AutoScalingGroups = [] } = await scaling.describeAutoScalingGroups({ AutoScalingGroupNames: ['web'] });
      return (AutoScalingGroups[0]?.Instances ?? []).map((one) => ({
        id: one.InstanceId as string,
        zone: one.AvailabilityZone as string,
        state: one.LifecycleState as string,
        health: one.HealthStatus as string,
        version: one.LaunchTemplate?.Version,
      }));
    },
    advance: async (seconds) => {
      await cloud.clock.advance(seconds);
    },
    [Symbol.asyncDispose]: () => cloud.close(),
  };
}

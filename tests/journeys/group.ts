// An Auto Scaling group behind the load balancer of the small site.
import { AutoScaling, type CreateAutoScalingGroupCommandInput } from '@aws-sdk/client-auto-scaling';
import { image, makeSite, type Site } from './site.ts';

export interface GroupSite extends Site {
  readonly scaling: AutoScaling;
  readonly templateId: string;
  readonly loadBalancer: string;
  members(): Promise<{ readonly id: string; readonly zone: string; readonly version: string | undefined }[]>;
}

export const groupName = 'web';

/** A site with a group; `zones` are the indexes of its subnets. */
export async function makeGroupSite(
  seed: string,
  input: Partial<CreateAutoScalingGroupCommandInput> = {},
  { zones = [0, 1], tags = {} }: { readonly zones?: readonly number[]; readonly tags?: Record<string, string> } = {},
): Promise<GroupSite> {
  const site = await makeSite(seed);
  const scaling = site.cloud.client(AutoScaling);
  const { LaunchTemplate } = await site.ec2.createLaunchTemplate({
    LaunchTemplateName: 'web',
    LaunchTemplateData: {
      ImageId: image,
      InstanceType: 't3.micro',
      SecurityGroupIds: [site.serverGroupId],
      Monitoring: { Enabled: true },
    },
  });
  await scaling.createAutoScalingGroup({
    AutoScalingGroupName: groupName,
    LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: '$Latest' },
    MinSize: 2,
    MaxSize: 8,
    VPCZoneIdentifier: zones.map((at) => site.subnetIds[at]).join(),
    TargetGroupARNs: [site.groupArn],
    HealthCheckType: 'ELB',
    HealthCheckGracePeriod: 60,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value, PropagateAtLaunch: true })),
    ...input,
  });
  await site.cloud.clock.advance(120);
  const members: GroupSite['members'] = async () => {
    const { AutoScalingGroups = [] } = await scaling.describeAutoScalingGroups({});
    return (AutoScalingGroups[0]?.Instances ?? [])
      .filter(({ LifecycleState }) => LifecycleState === 'InService')
      .map((one) => ({
        id: one.InstanceId as string,
        zone: one.AvailabilityZone as string,
        version: one.LaunchTemplate?.Version,
      }));
  };
  return {
    ...site,
    scaling,
    templateId: LaunchTemplate?.LaunchTemplateId as string,
    loadBalancer: 'web',
    members,
    [Symbol.asyncDispose]: () => site.cloud.close(),
  };
}

// Launch configurations: what came before launch templates.
import type { LaunchConfiguration } from '@aws-sdk/client-auto-scaling';
import type { DescribeInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../kernel/errors.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors } from './errors.ts';
import { asScaling } from './find.ts';
import { configurationsMax } from './limits.ts';
import { pageOf } from './page.ts';
import type { ConfigurationRow, Operation, ScalingContext } from './state.ts';

const arnFor = ({ partition, region, account, ids }: ScalingContext, name: string): string =>
  `arn:${partition}:autoscaling:${region}:${account}:launchConfiguration:${ids.uuid()}:launchConfigurationName/${name}`;

/** A launch configuration that launches what an instance is. */
export async function configurationOf(
  context: ScalingContext,
  name: string,
  InstanceId: string,
): Promise<ConfigurationRow> {
  const { Reservations } = await context.aws
    .call<object, DescribeInstancesCommandOutput>('ec2', 'DescribeInstances', { InstanceIds: [InstanceId] }, asScaling)
    .catch((error: unknown) => {
      throw error instanceof AwsError ? errors.validation(error.message) : error;
    });
  const instance = Reservations?.[0]?.Instances?.[0];
  return {
    name,
    arn: arnFor(context, name),
    createdAt: context.clock.now(),
    settings: {
      ImageId: instance?.ImageId,
      InstanceType: instance?.InstanceType,
      KeyName: instance?.KeyName,
      SecurityGroups: instance?.SecurityGroups?.flatMap(({ GroupId }) => GroupId ?? []),
      KernelId: instance?.KernelId,
      RamdiskId: instance?.RamdiskId,
      IamInstanceProfile: instance?.IamInstanceProfile?.Arn,
      InstanceMonitoring: { Enabled: instance?.Monitoring?.State === 'enabled' },
      EbsOptimized: instance?.EbsOptimized,
    },
  };
}

/**
 * The image and the key pair must be there. Seen in reports of users.
 *
 * Unknown: whether more of what a configuration names is asked for.
 */
async function checkNamed({ aws }: ScalingContext, { ImageId, KeyName }: ConfigurationRow['settings']): Promise<void> {
  const ask = (operation: string, input: object, words: string) =>
    aws.call<object, object>('ec2', operation, input, asScaling).catch((error: unknown) => {
      throw error instanceof AwsError ? errors.validation(`${words}${error.message}`) : error;
    });
  if (ImageId !== undefined) await ask('DescribeImages', { ImageIds: [ImageId] }, `AMI ${ImageId} is invalid: `);
  if (KeyName !== undefined && KeyName !== '') await ask('DescribeKeyPairs', { KeyNames: [KeyName] }, '');
}

/**
 * Makes a launch configuration.
 *
 * Differs: AWS refuses them to accounts that are new since October 2024.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html
 */
export const CreateLaunchConfiguration: Operation<'CreateLaunchConfiguration'> = async (input, context) => {
  const { state, clock } = context;
  const { LaunchConfigurationName: name, InstanceId, ...settings } = input;
  if (state.configurations.has(name)) throw errors.configurationExists(name);
  if (state.configurations.size >= configurationsMax)
    throw errors.limit('The maximum number of launch configurations for this account has been reached.');
  const like = InstanceId === undefined ? undefined : await configurationOf(context, name, InstanceId);
  if (like === undefined && (settings.ImageId === undefined || settings.InstanceType === undefined))
    throw errors.validation(
      'Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.',
    );
  await checkNamed(context, settings);
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const row: ConfigurationRow = {
    name,
    arn: like?.arn ?? arnFor(context, name),
    createdAt: clock.now(),
    settings: { ...like?.settings, ...given },
  };
  return context.transact(() => {
    if (state.configurations.has(name)) throw errors.configurationExists(name);
    state.configurations.put(row);
    return {};
  });
};

export const DeleteLaunchConfiguration: Operation<'DeleteLaunchConfiguration'> = (input, { state }) => {
  const name = input.LaunchConfigurationName;
  if (!state.configurations.has(name)) throw errors.configurationNotFound(name);
  const user = state.groups.list().find(({ source }) => source.configuration === name);
  if (user !== undefined)
    throw errors.inUse(
      `Cannot delete launch configuration ${name} because it is attached to AutoScalingGroup ${user.name}`,
    );
  state.configurations.delete(name);
  return {};
};

const show = (row: ConfigurationRow): LaunchConfiguration => ({
  ...row.settings,
  LaunchConfigurationName: row.name,
  LaunchConfigurationARN: row.arn,
  CreatedTime: toDate(row.createdAt),
  ImageId: row.settings.ImageId,
  KeyName: row.settings.KeyName ?? '',
  KernelId: row.settings.KernelId ?? '',
  RamdiskId: row.settings.RamdiskId ?? '',
  UserData: row.settings.UserData ?? '',
  InstanceType: row.settings.InstanceType,
  SecurityGroups: row.settings.SecurityGroups ?? [],
  ClassicLinkVPCSecurityGroups: [],
  BlockDeviceMappings: row.settings.BlockDeviceMappings ?? [],
  InstanceMonitoring: { Enabled: row.settings.InstanceMonitoring?.Enabled ?? true },
  EbsOptimized: row.settings.EbsOptimized ?? false,
});

export const DescribeLaunchConfigurations: Operation<'DescribeLaunchConfigurations'> = (input, { state }) => {
  const names = input.LaunchConfigurationNames ?? [];
  const rows =
    names.length === 0
      ? state.configurations.list()
      : [...new Set(names)].flatMap((name) => state.configurations.find(name) ?? []);
  const page = pageOf(rows, input, { usual: 50, most: 100 });
  return { LaunchConfigurations: page.rows.map(show), NextToken: page.NextToken };
};

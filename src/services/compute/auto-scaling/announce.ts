// Who is told: topics that a group names, and EventBridge.
import type { AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import { AwsError } from '../../../kernel/errors.ts';
import { key } from '../../../kernel/key.ts';
import type { Principal } from '../../../kernel/service.ts';
import { showMember } from './member.ts';
import { asScaling, findGroup } from './find.ts';
import type { AutoScalingEvent } from './facts.ts';
import type { ActivityRow, GroupRow, MemberRow, ScalingContext } from './state.ts';

export const notificationTypes = [
  'autoscaling:EC2_INSTANCE_LAUNCH',
  'autoscaling:EC2_INSTANCE_LAUNCH_ERROR',
  'autoscaling:EC2_INSTANCE_TERMINATE',
  'autoscaling:EC2_INSTANCE_TERMINATE_ERROR',
  'autoscaling:TEST_NOTIFICATION',
] as const;

const events: Readonly<Record<string, AutoScalingEvent['type']>> = {
  'autoscaling:EC2_INSTANCE_LAUNCH': 'EC2 Instance Launch Successful',
  'autoscaling:EC2_INSTANCE_LAUNCH_ERROR': 'EC2 Instance Launch Unsuccessful',
  'autoscaling:EC2_INSTANCE_TERMINATE': 'EC2 Instance Terminate Successful',
  'autoscaling:EC2_INSTANCE_TERMINATE_ERROR': 'EC2 Instance Terminate Unsuccessful',
};

const titles: Readonly<Record<string, string>> = {
  'autoscaling:EC2_INSTANCE_LAUNCH': 'launch',
  'autoscaling:EC2_INSTANCE_LAUNCH_ERROR': 'failed launch',
  'autoscaling:EC2_INSTANCE_TERMINATE': 'termination',
  'autoscaling:EC2_INSTANCE_TERMINATE_ERROR': 'failed termination',
};

export const instanceArn = ({ partition, region, account }: ScalingContext, id: string): string =>
  `arn:${partition}:ec2:${region}:${account}:instance/${id}`;

export function publishEvent(
  context: ScalingContext,
  type: AutoScalingEvent['type'],
  resources: readonly string[],
  detail: object,
): void {
  const event: AutoScalingEvent = { type, resources, at: context.clock.now(), detail };
  context.facts.publish('autoscaling.Event', event);
}

/** An activity ended: tells the group's topics and EventBridge. */
export function announce(
  context: ScalingContext,
  type: (typeof notificationTypes)[number],
  activityId: string,
  member: MemberRow | undefined,
): void {
  const { state } = context;
  const activity = state.activities.find(activityId);
  const group = activity && findGroup(context, activity.group);
  if (activity === undefined || group === undefined) return;
  const detail = detailOf(context, activity, group, member);
  const event = events[type];
  const resources = [group.arn, ...(member === undefined ? [] : [instanceArn(context, member.id)])];
  if (event !== undefined) publishEvent(context, event, resources, detail);
  for (const { topicArn } of topicsFor(context, group.name, type)) {
    const message = { Service: 'AWS Auto Scaling', Event: type, Time: new Date(context.clock.now()).toISOString() };
    send(context, {
      topicArn,
      subject: `Auto Scaling: ${titles[type]} for group "${group.name}"`,
      message: { ...message, AccountId: context.account, AutoScalingGroupName: group.name, ...detail },
    });
  }
}

const topicsFor = ({ state }: ScalingContext, group: string, type: string) =>
  state.notifications.list({ prefix: key(group) }).filter((row) => row.type === type);

const detailOf = (
  context: ScalingContext,
  activity: ActivityRow,
  group: GroupRow,
  member: MemberRow | undefined,
): object => ({
  StatusCode: activity.code === 'Successful' ? 'InProgress' : activity.code,
  Description: activity.description,
  AutoScalingGroupName: group.name,
  ActivityId: activity.id,
  Details: JSON.parse(activity.details) as object,
  RequestId: activity.id,
  StatusMessage: activity.message ?? '',
  StartTime: new Date(activity.startAt).toISOString(),
  EndTime: new Date(activity.endAt ?? context.clock.now()).toISOString(),
  EC2InstanceId: member?.id ?? '',
  Cause: activity.cause,
  Origin: 'EC2',
  Destination: member === undefined ? 'AutoScalingGroup' : destinationOf(member),
});

const destinationOf = (member: MemberRow): string =>
  showMember(member).LifecycleState?.startsWith('Warmed') === true ? 'WarmPool' : 'AutoScalingGroup';

export interface Letter {
  /** A topic, or a queue. */
  readonly topicArn: string;
  readonly subject: string;
  readonly message: object;
  /** In whose name it is sent; default: the service-linked role. */
  readonly roleArn?: string | undefined;
}

/** Inside a transaction: sends in a job of its own. */
export const send = (context: ScalingContext, letter: Letter): void => {
  context.jobs.at(context.clock.now(), 'sendLetter', letter);
};

/** A session of a role, which has to trust Auto Scaling. */
async function actorFor(context: ScalingContext, roleArn: string): Promise<Principal> {
  const { Credentials } = await context.aws.call<object, AssumeRoleCommandOutput>(
    'sts',
    'AssumeRole',
    { RoleArn: roleArn, RoleSessionName: 'AutoScaling' },
    asScaling,
  );
  const accessKeyId = Credentials?.AccessKeyId ?? '';
  return context.identify({ accessKeyId, sessionToken: Credentials?.SessionToken }).principal;
}

/** Sends now. @throws what the target or the role says */
export async function deliver(context: ScalingContext, letter: Letter): Promise<void> {
  const { topicArn, subject, message } = letter;
  const [, , service, region, account, name] = topicArn.split(':');
  const as = await actorFor(context, letter.roleArn ?? roleArnOf(context));
  const text = JSON.stringify(message);
  if (service === 'sqs') {
    const QueueUrl = `https://sqs.${region}.amazonaws.com/${account}/${name}`;
    await context.aws.call('sqs', 'SendMessage', { QueueUrl, MessageBody: text }, { as, region });
  } else
    await context.aws.call('sns', 'Publish', { TopicArn: topicArn, Subject: subject, Message: text }, { as, region });
}

/** Job: a topic or queue that is not there any more, or that refuses, stops nobody: AWS drops the message, too. */
export async function sendLetter(letter: Letter, context: ScalingContext): Promise<void> {
  try {
    await deliver(context, letter);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

/** The service-linked role. */
export const roleArnOf = ({ partition, account }: ScalingContext): string =>
  `arn:${partition}:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;

/**
 * Makes the service-linked role with the first group of an account that names no other.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html
 */
export async function linkRole(context: ScalingContext): Promise<void> {
  try {
    await context.aws.call(
      'iam',
      'CreateServiceLinkedRole',
      { AWSServiceName: 'autoscaling.amazonaws.com' },
      asScaling,
    );
  } catch (error) {
    // It is there already.
    if (!(error instanceof AwsError)) throw error;
  }
}

// Topics that a group tells of its launches and terminations.
import { key } from '../../../kernel/key.ts';
import { notificationTypes, send } from './announce.ts';
import { errors } from './errors.ts';
import { findGroup, getGroup } from './find.ts';
import { topicsPerGroupMax } from './limits.ts';
import { pageOf } from './page.ts';
import type { Operation } from './state.ts';

/** Replaces what a topic is told of a group; a test message goes to it at once. */
export const PutNotificationConfiguration: Operation<'PutNotificationConfiguration'> = (input, context) => {
  const { state, clock, ids } = context;
  const group = getGroup(context, input.AutoScalingGroupName);
  const { TopicARN: topicArn, NotificationTypes } = input;
  const known: readonly string[] = notificationTypes;
  for (const type of NotificationTypes)
    if (!known.includes(type)) throw errors.validation(`Invalid notification type: ${type}`);
  if (!/^arn:[^:]*:sns:/.test(topicArn)) throw errors.validation(`Invalid Topic ARN: ${topicArn}`);
  const topics = new Set(state.notifications.list({ prefix: key(group.name) }).map((row) => row.topicArn));
  if (!topics.has(topicArn) && topics.size >= topicsPerGroupMax)
    throw errors.limit('The maximum number of notification topics for this group has been reached.');
  state.notifications.deleteAll({ prefix: key(group.name, topicArn) });
  for (const type of NotificationTypes) state.notifications.put({ group: group.name, topicArn, type });
  const message = {
    AccountId: context.account,
    RequestId: ids.uuid(),
    AutoScalingGroupARN: group.arn,
    AutoScalingGroupName: group.name,
    Service: 'AWS Auto Scaling',
    Event: 'autoscaling:TEST_NOTIFICATION',
    Time: new Date(clock.now()).toISOString(),
  };
  send(context, { topicArn, subject: `Auto Scaling: test notification for group "${group.name}"`, message });
  return {};
};

export const DeleteNotificationConfiguration: Operation<'DeleteNotificationConfiguration'> = (input, context) => {
  const group = getGroup(context, input.AutoScalingGroupName);
  context.state.notifications.deleteAll({ prefix: key(group.name, input.TopicARN) });
  return {};
};

export const DescribeNotificationConfigurations: Operation<'DescribeNotificationConfigurations'> = (input, context) => {
  const { state } = context;
  const names = input.AutoScalingGroupNames ?? [];
  const rows =
    names.length === 0
      ? state.notifications.list()
      : names.flatMap((name) => state.notifications.list({ prefix: key(findGroup(context, name)?.name ?? name) }));
  const page = pageOf(rows, input, { usual: 50, most: 100 });
  const NotificationConfigurations = page.rows.map(({ group, topicArn, type }) => ({
    AutoScalingGroupName: group,
    TopicARN: topicArn,
    NotificationType: type,
  }));
  return { NotificationConfigurations, NextToken: page.NextToken };
};

export const DescribeAutoScalingNotificationTypes: Operation<'DescribeAutoScalingNotificationTypes'> = () => ({
  AutoScalingNotificationTypes: [...notificationTypes],
});

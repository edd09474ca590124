// What an alarm does when it comes to a state.
//
// Actions with an API are called as a service would, each in a job of its own; what comes of it is written in the alarm's history, failures
// too. Auto Scaling policies and `recover` have none, so they are facts that those services listen to.
import type { Alarm } from './alarm-row.ts';
import { configurationDetail, stateDetail, topicMessage } from './alarm-detail.ts';
import { keepHistory } from './alarm-history.ts';
import { longTime } from './alarm-reason.ts';
import type { AlarmAction, AlarmState, StateDetail } from './facts.ts';
import { isMuted } from './mute.ts';
import type { CloudWatchContext } from './state.ts';

export const actionsOf = (alarm: Alarm, state: AlarmState): readonly string[] =>
  state === 'ALARM' ? alarm.alarmActions : state === 'OK' ? alarm.okActions : alarm.insufficientDataActions;

const isScaling = (arn: string): boolean => /^arn:[^:]*:autoscaling:/.test(arn);

/** Actions that are repeated every minute while the state lasts. */
export function repeatedActions(alarm: Alarm): readonly string[] {
  if (!alarm.actionsEnabled) return none;
  const actions = actionsOf(alarm, alarm.state);
  return actions.some(isScaling) ? actions.filter(isScaling) : none;
}

const none: readonly string[] = [];

/** `stop`, `terminate`, `reboot` or `recover`, when the action is one of EC2's; both forms of ARN are in use. */
export function instanceAction(arn: string): string | undefined {
  const parts = arn.split(':');
  if (parts[2] === 'automate' && parts[4] === 'ec2') return parts[5];
  return /action\/actions\/AWS_EC2\.InstanceId\.(Stop|Terminate|Reboot|Recover)\/1\.0$/.exec(arn)?.[1]?.toLowerCase();
}

export function actionFact(
  alarm: Alarm,
  actionArn: string,
  at: AlarmAction['at'],
  value: number | undefined,
): AlarmAction {
  const { metric } = alarm;
  return {
    actionArn,
    alarmArn: alarm.arn,
    alarmName: alarm.name,
    newState: alarm.state,
    at,
    value,
    threshold: metric?.Threshold,
    namespace: metric?.Namespace,
    metricName: metric?.MetricName,
    dimensions: metric?.Dimensions,
  };
}

/**
 * Inside a transaction: begins all actions of the alarm's state.
 *
 * Differs: the history tells a scaling action or `recover` as executed once it has been announced; what becomes of it is told by the service
 * that hears of it (`DescribeScalingActivities`).
 */
export function act(context: CloudWatchContext, alarm: Alarm, previous: StateDetail, value: number | undefined): void {
  if (!alarm.actionsEnabled || isMuted(context, alarm)) return;
  for (const arn of actionsOf(alarm, alarm.state)) {
    if (isScaling(arn) || instanceAction(arn) === 'recover') {
      context.facts.publish('cloudwatch.AlarmAction', actionFact(alarm, arn, context.clock.now(), value));
      keepAction(context, alarm, arn, undefined);
    } else context.jobs.at(context.clock.now(), 'runAction', { arn, alarm, previous } satisfies Run);
  }
}

interface Run {
  readonly arn: string;
  /** As it was when it changed: what it says and asks for is of that moment. */
  readonly alarm: Alarm;
  readonly previous: StateDetail;
}

/** Job: does one action. */
export const runAction = async ({ arn, alarm, previous }: Run, context: CloudWatchContext): Promise<void> => {
  let failure: string | undefined;
  try {
    await callAction(arn, alarm, previous, context);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  await context.transact(() =>
    keepAction(context, alarm, arn, failure, topicMessage(context, alarm, previous.value).message),
  );
};

function keepAction(
  context: CloudWatchContext,
  alarm: Alarm,
  arn: string,
  failure: string | undefined,
  message?: string,
): void {
  const data = {
    actionState: failure === undefined ? 'Succeeded' : 'Failed',
    stateUpdateTimestamp: alarm.stateAt,
    notificationResource: arn,
    publishedMessage:
      arn.split(':')[2] === 'sns' && failure === undefined ? JSON.stringify({ default: message }) : null,
    error: failure ?? null,
  };
  keepHistory(context, alarm, {
    type: 'Action',
    summary:
      failure === undefined
        ? `Successfully executed action ${arn}`
        : `Failed to execute action ${arn}. Received error: "${failure}"`,
    data: JSON.stringify(data),
  });
}

const instanceOperations: Readonly<Record<string, string>> = {
  stop: 'StopInstances',
  terminate: 'TerminateInstances',
  reboot: 'RebootInstances',
};

async function callAction(arn: string, alarm: Alarm, previous: StateDetail, context: CloudWatchContext): Promise<void> {
  const { account } = context;
  const asAlarms = (service: string) => ({ as: { service }, sourceArn: alarm.arn, sourceAccount: account });
  const [, , service, region] = arn.split(':');
  const operation = instanceOperations[instanceAction(arn) ?? ''];
  if (operation !== undefined) {
    const instance = instanceOf(alarm);
    if (instance === undefined) throw new Error('The alarm has no InstanceId dimension');
    await context.aws.call('ec2', operation, { InstanceIds: [instance] }, asAlarms('events.amazonaws.com'));
  } else if (service === 'sns') {
    const { subject, message } = topicMessage(context, alarm, previous.value);
    const input = { TopicArn: arn, Subject: subject, Message: message };
    await context.aws.call('sns', 'Publish', input, { ...asAlarms('cloudwatch.amazonaws.com'), region });
  } else if (service === 'lambda') {
    const Payload = Buffer.from(JSON.stringify(functionEvent(context, alarm, previous)));
    const input = { FunctionName: arn, InvocationType: 'Event', Payload };
    await context.aws.call('lambda', 'Invoke', input, {
      ...asAlarms('lambda.alarms.cloudwatch.amazonaws.com'),
      region,
    });
  } else if (service === 'ssm') {
    const input = {
      Source: 'CloudWatch',
      Title: `CloudWatch alarm - '${alarm.name}' is in ${alarm.state} state`,
      Description: alarm.reason,
    };
    await context.aws.call('ssm', 'CreateOpsItem', input, asAlarms('ssm.alarms.cloudwatch.amazonaws.com'));
  } else throw new Error(`Actions of this kind are not executed: ${arn}`);
}

/** The instance that an alarm watches: a dimension of its metric. */
export const instanceOf = ({ metric }: Pick<Alarm, 'metric'>): string | undefined =>
  (metric?.Dimensions ?? metric?.Metrics?.flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions ?? []))?.find(
    ({ Name }) => Name === 'InstanceId',
  )?.Value;

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html */
const functionEvent = (context: CloudWatchContext, alarm: Alarm, previousState: StateDetail): object => ({
  source: 'aws.cloudwatch',
  alarmArn: alarm.arn,
  accountId: context.account,
  time: longTime(alarm.stateAt),
  region: context.region,
  alarmData: {
    alarmName: alarm.name,
    state: stateDetail(alarm),
    previousState,
    configuration: configurationDetail(context, alarm),
  },
});

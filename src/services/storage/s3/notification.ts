// Event notifications: whom a bucket tells, of what, and the telling.
//
// Queues are told by a job each, as `s3.amazonaws.com`; topics, functions and EventBridge hear of the fact `s3.Event`.
import type { NotificationConfiguration } from '@aws-sdk/client-s3';
import { AwsError } from '../../../kernel/errors.ts';
import { bucketArn, changeBucket, getBucket } from './bucket-find.ts';
import { errors } from './errors.ts';
import { bridgeEvent, eventRecord, type Happening, hostId } from './event.ts';
import type { S3Event } from './facts.ts';
import type { Operation, S3Context } from './operation.ts';
import type { BucketRow } from './state.ts';

const eventNames = [
  'ReducedRedundancyLostObject',
  'ObjectCreated:*',
  'ObjectCreated:Put',
  'ObjectCreated:Post',
  'ObjectCreated:Copy',
  'ObjectCreated:CompleteMultipartUpload',
  'ObjectRemoved:*',
  'ObjectRemoved:Delete',
  'ObjectRemoved:DeleteMarkerCreated',
  'ObjectRestore:*',
  'ObjectRestore:Post',
  'ObjectRestore:Completed',
  'ObjectRestore:Delete',
  'Replication:*',
  'Replication:OperationFailedReplication',
  'Replication:OperationNotTracked',
  'Replication:OperationMissedThreshold',
  'Replication:OperationReplicatedAfterThreshold',
  'LifecycleTransition',
  'IntelligentTiering',
  'ObjectAcl:Put',
  'LifecycleExpiration:*',
  'LifecycleExpiration:Delete',
  'LifecycleExpiration:DeleteMarkerCreated',
  'ObjectTagging:*',
  'ObjectTagging:Put',
  'ObjectTagging:Delete',
].map((name) => `s3:${name}`);

interface Rule {
  readonly Id?: string | undefined;
  readonly Events: readonly string[] | undefined;
  readonly Filter?:
    | {
        readonly Key?:
          | { readonly FilterRules?: readonly { Name?: string | undefined; Value?: string | undefined }[] | undefined }
          | undefined;
      }
    | undefined;
}

const matchesEvent = (events: readonly string[] | undefined, name: string): boolean =>
  (events ?? []).some((event) => {
    const wanted = event.replace(/^s3:/, '');
    return wanted === name || (wanted.endsWith(':*') && name.startsWith(wanted.slice(0, -1)));
  });

const matchesKey = ({ Filter }: Rule, key: string): boolean =>
  (Filter?.Key?.FilterRules ?? []).every(({ Name, Value = '' }) =>
    Name?.toLowerCase() === 'prefix' ? key.startsWith(Value) : key.endsWith(Value),
  );

const matches = (rule: Rule, { name, key }: Happening): boolean =>
  matchesEvent(rule.Events, name) && matchesKey(rule, key);

interface Delivery {
  readonly queueArn: string;
  readonly bucket: string;
  readonly body: string;
  readonly trace?: string | undefined;
}

/** Inside a transaction: tells whoever the bucket's configuration names. */
export function announce(context: S3Context, bucket: BucketRow, happening: Happening): void {
  const { notification } = bucket;
  if (notification === undefined) return;
  const home = context.elsewhere(bucket.account, bucket.region);
  for (const rule of notification.QueueConfigurations ?? []) {
    if (!matches(rule, happening)) continue;
    const record = eventRecord(context, bucket, happening, rule.Id ?? '');
    const delivery: Delivery = {
      queueArn: rule.QueueArn ?? '',
      bucket: bucket.name,
      body: JSON.stringify({ Records: [record] }),
      trace: context.origin.headers['x-amzn-trace-id'],
    };
    home.jobs.at(context.clock.now(), 'deliver', delivery);
  }
  const destinations = [
    ...(notification.TopicConfigurations ?? []).flatMap((rule) =>
      matches(rule, happening)
        ? [{ kind: 'topic' as const, arn: rule.TopicArn ?? '', configurationId: rule.Id ?? '' }]
        : [],
    ),
    ...(notification.LambdaFunctionConfigurations ?? []).flatMap((rule) =>
      matches(rule, happening)
        ? [{ kind: 'function' as const, arn: rule.LambdaFunctionArn ?? '', configurationId: rule.Id ?? '' }]
        : [],
    ),
  ];
  const eventBridge =
    notification.EventBridgeConfiguration === undefined ? undefined : bridgeEvent(context, bucket, happening);
  if (destinations.length === 0 && eventBridge === undefined) return;
  const fact: S3Event = {
    name: happening.name,
    account: bucket.account,
    region: bucket.region,
    bucket: bucket.name,
    key: happening.key,
    record: eventRecord(context, bucket, happening, ''),
    destinations,
    eventBridge,
  };
  home.facts.publish('s3.Event', fact);
}

const queueArn = /^arn:([a-z-]+):sqs:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/;
const topicArn = /^arn:([a-z-]+):sns:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,256}(?:\.fifo)?)$/;
const functionArn = /^arn:([a-z-]+):lambda:([a-z0-9-]+):(\d{12}):function:([A-Za-z0-9_-]+)(?::[A-Za-z0-9_$-]+)?$/;

async function send(context: S3Context, arn: string, bucket: BucketRow, body: string, trace?: string): Promise<void> {
  const [, , region = '', account = '', name = ''] = queueArn.exec(arn) ?? [];
  const attributes =
    trace === undefined
      ? {}
      : { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } } };
  await context.aws.call(
    'sqs',
    'SendMessage',
    { QueueUrl: `${context.origin.endpoint}/${account}/${name}`, MessageBody: body, ...attributes },
    {
      as: { service: 's3.amazonaws.com' },
      account,
      region,
      sourceArn: bucketArn(bucket),
      sourceAccount: bucket.account,
    },
  );
}

/** Job: brings one event to a queue. A queue that is gone, or shut to S3, hears nothing, as with AWS. */
export async function deliver(
  { queueArn: arn, bucket: name, body, trace }: Delivery,
  context: S3Context,
): Promise<void> {
  const { partition, account, region } = context;
  try {
    await send(context, arn, { partition, name, account, region } as BucketRow, body, trace);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

const arnForms = { Queue: queueArn, Topic: topicArn, CloudFunction: functionArn };

function checkRule(rule: Rule, kind: keyof typeof arnForms, arn: string | undefined): void {
  if (arn === undefined || !rule.Events?.length) throw errors.malformedXml();
  if (!arnForms[kind].test(arn)) throw errors.invalidArgument('The ARN could not be parsed', kind, arn);
  for (const event of rule.Events) if (!eventNames.includes(event)) throw errors.malformedXml();
  const names = new Set<string>();
  for (const { Name, Value } of rule.Filter?.Key?.FilterRules ?? []) {
    if (Name === undefined || Value === undefined) throw errors.malformedXml();
    const name = Name.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix')
      throw errors.invalidArgument('filter rule name must be either prefix or suffix', 'FilterRule.Name', Name);
    if (names.has(name))
      throw errors.invalidArgument(`Cannot specify more than one ${name} rule in a filter.`, 'FilterRule.Name', Name);
    names.add(name);
  }
}

/** AWS writes filter names with a capital, whatever they came as. */
const capital = (name: string | undefined): 'prefix' =>
  (name?.toLowerCase() === 'prefix' ? 'Prefix' : 'Suffix') as 'prefix';

function readRule<R extends Rule>(rule: R, context: S3Context): R {
  const rules = rule.Filter?.Key?.FilterRules;
  return {
    ...rule,
    Id: rule.Id ?? context.ids.token(48),
    ...(rules === undefined
      ? {}
      : { Filter: { Key: { FilterRules: rules.map(({ Name, Value }) => ({ Name: capital(Name), Value })) } } }),
  };
}

function readConfiguration(configuration: NotificationConfiguration, context: S3Context): NotificationConfiguration {
  const { QueueConfigurations: queues, TopicConfigurations: topics } = configuration;
  const { LambdaFunctionConfigurations: functions, EventBridgeConfiguration: bridge } = configuration;
  for (const rule of queues ?? []) checkRule(rule, 'Queue', rule.QueueArn);
  for (const rule of topics ?? []) checkRule(rule, 'Topic', rule.TopicArn);
  for (const rule of functions ?? []) checkRule(rule, 'CloudFunction', rule.LambdaFunctionArn);
  return {
    ...(queues?.length ? { QueueConfigurations: queues.map((rule) => readRule(rule, context)) } : {}),
    ...(topics?.length ? { TopicConfigurations: topics.map((rule) => readRule(rule, context)) } : {}),
    ...(functions?.length ? { LambdaFunctionConfigurations: functions.map((rule) => readRule(rule, context)) } : {}),
    ...(bridge === undefined ? {} : { EventBridgeConfiguration: {} }),
  };
}

/** Why a queue cannot be told; undefined when the test event arrived. */
async function refusalOf(context: S3Context, arn: string, bucket: BucketRow): Promise<string | undefined> {
  const [, , region] = queueArn.exec(arn) ?? [];
  if (region !== bucket.region)
    return 'The notification destination service region is not valid for the bucket location constraint';
  const body = JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(context.clock.now()).toISOString(),
    Bucket: bucket.name,
    RequestId: context.requestId,
    HostId: hostId(context.requestId),
  });
  try {
    await send(context, arn, bucket, body);
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (/NonExistentQueue|QueueDoesNotExist/.test(error.code)) return 'The destination queue does not exist';
    return 'Permissions on the destination queue do not allow S3 to publish notifications from this bucket';
  }
}

/**
 * Replaces a bucket's notification configuration; each queue gets a test event first.
 *
 * Differs: topics and functions are not tried, since their services come later.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
 */
export const PutBucketNotificationConfiguration: Operation<'PutBucketNotificationConfiguration'> = (input, context) => {
  const bucket = getBucket(input, context);
  const notification = readConfiguration(input.NotificationConfiguration, context);
  const store = (): Record<string, never> => {
    const current = getBucket(input, context);
    const empty = Object.keys(notification).length === 0;
    changeBucket(context, current, { notification: empty ? undefined : notification });
    return {};
  };
  const queues = notification.QueueConfigurations ?? [];
  if (input.SkipDestinationValidation === true || queues.length === 0) return store();
  return validated(
    queues.map(({ QueueArn = '' }) => QueueArn),
    bucket,
    context,
  ).then(() => context.transact(store));
};

async function validated(arns: readonly string[], bucket: BucketRow, context: S3Context): Promise<void> {
  const refusals: [string, string][] = [];
  for (const arn of arns) {
    const refusal = await refusalOf(context, arn, bucket);
    if (refusal !== undefined) refusals.push([arn, refusal]);
  }
  if (refusals.length === 0) return;
  throw errors.argument(
    'Unable to validate the following destination configurations',
    Object.fromEntries(
      refusals.flatMap(([arn, refusal], at) => [
        [`ArgumentName${at + 1}`, arn],
        [`ArgumentValue${at + 1}`, refusal],
      ]),
    ),
  );
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html */
export const GetBucketNotificationConfiguration: Operation<'GetBucketNotificationConfiguration'> = (
  input,
  context,
) => ({
  ...getBucket(input, context).notification,
});

// Flow logs: who wants to know of which traffic, and where it is to be written.
import type { FlowLog } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { toDate } from '../../../kernel/units.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Input, Operation, Output } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { bucketOf, startDelivery } from './flow-log-delivery.ts';
import { defaultFormat, defaultTransitFormat, readFormat } from './flow-log-format.ts';
import type { FlowLogRow } from './state.ts';

const statusOf = ({ failure }: FlowLogRow): string => (failure === undefined ? 'SUCCESS' : 'FAILED');

const showFlowLog = (row: FlowLogRow, context: Ec2Context): FlowLog => ({
  FlowLogId: row.id,
  FlowLogStatus: 'ACTIVE',
  ResourceId: row.resourceId,
  TrafficType: row.traffic,
  LogDestinationType: row.destinationType,
  LogDestination: row.destination,
  LogGroupName: row.logGroup,
  LogFormat: row.format,
  MaxAggregationInterval: row.intervalSeconds,
  DeliverLogsPermissionArn: row.roleArn,
  DeliverCrossAccountRole: row.crossAccountRoleArn,
  DeliverLogsStatus: statusOf(row),
  DeliverLogsErrorMessage: row.failure,
  CreationTime: toDate(row.createdAt),
  DestinationOptions:
    row.destinationType === 's3'
      ? { FileFormat: row.fileFormat, HiveCompatiblePartitions: row.hive, PerHourPartition: row.perHour }
      : undefined,
  Tags: tagsOf(context, row.id),
});

type Request = Input<'CreateFlowLogs'>;
type Wanted = Omit<FlowLogRow, 'id' | 'resourceId' | 'createdAt'>;

function destinationOf(
  input: Request,
  context: Ec2Context,
): Pick<Wanted, 'destinationType' | 'destination' | 'logGroup'> {
  const { LogGroupName, LogDestination } = input;
  const destinationType = input.LogDestinationType ?? 'cloud-watch-logs';
  if (LogGroupName !== undefined && LogDestination !== undefined)
    throw errors.invalidParameter('Please only provide LogGroupName or only provide LogDestination.');
  if (LogGroupName !== undefined && destinationType !== 'cloud-watch-logs')
    throw errors.invalidParameter('LogDestination type must be cloud-watch-logs if LogGroupName is provided.');
  if (LogGroupName === undefined && LogDestination === undefined)
    throw errors.invalidParameter("LogDestination can't be empty if LogGroupName is not provided.");
  if (destinationType !== 'cloud-watch-logs') {
    const form =
      destinationType === 's3' ? /^arn:[^:]+:s3:::.+/ : /^arn:[^:]+:firehose:[^:]+:\d{12}:deliverystream\/.+/;
    if (!form.test(LogDestination ?? ''))
      throw errors.invalidParameter(`LogDestination: ${LogDestination} is not valid`);
    return { destinationType, destination: LogDestination };
  }
  const { partition, region, account } = context;
  const given = LogDestination?.replace(/:\*$/, '');
  const logGroup = LogGroupName ?? /^arn:[^:]+:logs:[^:]+:\d{12}:log-group:(.+)$/.exec(given ?? '')?.[1];
  if (logGroup === undefined) throw errors.invalidParameter(`LogDestination: ${LogDestination} is not valid`);
  if (input.DeliverLogsPermissionArn === undefined)
    throw errors.invalidParameter("DeliverLogsPermissionArn can't be empty.");
  return {
    destinationType,
    destination: given ?? `arn:${partition}:logs:${region}:${account}:log-group:${logGroup}`,
    logGroup,
  };
}

function readRequest(input: Request, context: Ec2Context): Wanted {
  const where = destinationOf(input, context);
  const transit = input.ResourceType.startsWith('TransitGateway');
  if (transit && input.TrafficType !== undefined)
    throw errors.invalidParameter('TrafficType cannot be specified for transit gateway flow logs.');
  if (!transit && input.TrafficType === undefined) throw errors.missingParameter('TrafficType');
  const intervalSeconds = input.MaxAggregationInterval ?? (transit ? 60 : 600);
  if (intervalSeconds !== 60 && (transit || intervalSeconds !== 600))
    throw errors.invalidParameter(`MaxAggregationInterval ${intervalSeconds} is not valid.`);
  const format = input.LogFormat ?? (transit ? defaultTransitFormat : defaultFormat);
  if (readFormat(format, transit) === undefined) throw errors.invalidParameter(`LogFormat: ${format} is not valid`);
  const { DestinationOptions } = input;
  if (DestinationOptions !== undefined && where.destinationType !== 's3')
    throw errors.invalidParameter('DestinationOptions can only be specified for the destination type s3.');
  return {
    ...where,
    traffic: input.TrafficType,
    roleArn: input.DeliverLogsPermissionArn,
    crossAccountRoleArn: input.DeliverCrossAccountRole,
    format,
    intervalSeconds,
    fileFormat: DestinationOptions?.FileFormat ?? 'plain-text',
    hive: DestinationOptions?.HiveCompatiblePartitions ?? false,
    perHour: DestinationOptions?.PerHourPartition ?? false,
  };
}

const finders: Readonly<Record<string, (context: Ec2Context, id: string) => unknown>> = {
  VPC: ({ state }, id) => get(state.vpcs, kinds.vpc, id),
  Subnet: ({ state }, id) => get(state.subnets, kinds.subnet, id),
  NetworkInterface: ({ state }, id) => get(state.interfaces, kinds.networkInterface, id),
  TransitGateway: ({ state }, id) => get(state.transitGateways, kinds.transitGateway, id),
  TransitGatewayAttachment: ({ state }, id) => get(state.transitAttachments, kinds.transitGatewayAttachment, id),
};

/** Why a resource gets no flow log; undefined when it can. */
function failureOf(context: Ec2Context, type: string, id: string, wanted: Wanted, bucket: BucketFound | undefined) {
  if (bucket?.exists === false) return { Code: '400', Message: `LogDestination: ${bucket.name} does not exist` };
  try {
    const find = finders[type];
    if (find === undefined) throw errors.invalidParameter(`ResourceType ${type} is not valid.`);
    find(context, id);
  } catch (error) {
    if (error instanceof AwsError) return { Code: error.code, Message: error.message };
    throw error;
  }
  const twin = context.state.flowLogs
    .index('resource')
    .list({ prefix: key(id) })
    .some(
      (row) => row.destination === wanted.destination && row.traffic === wanted.traffic && row.format === wanted.format,
    );
  if (!twin) return undefined;
  return {
    Code: 'FlowLogAlreadyExists',
    Message: 'Error. There is an existing Flow Log with the same configuration and log destination.',
  };
}

interface BucketFound {
  readonly name: string;
  readonly exists: boolean;
}

/** Is the bucket there? A bucket of somebody else counts. */
export function askCreateFlowLogs(input: Request, { aws }: Ec2Context): Promise<BucketFound> | undefined {
  const name = input.LogDestinationType === 's3' ? bucketOf(input.LogDestination ?? '')?.name : undefined;
  if (name === undefined) return undefined;
  return aws.call('s3', 'HeadBucket', { Bucket: name }).then(
    () => ({ name, exists: true }),
    (error: unknown) => ({
      name,
      exists: !(error instanceof AwsError && ['NotFound', 'NoSuchBucket'].includes(error.code)),
    }),
  );
}

/**
 * Makes a flow log for each resource; what can not have one is told, and the others get theirs.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
 */
export function createFlowLogs(
  input: Request,
  context: Ec2Context,
  bucket: BucketFound | undefined,
): Output<'CreateFlowLogs'> {
  const wanted = readRequest(input, context);
  const made: string[] = [];
  const Unsuccessful = input.ResourceIds.flatMap((resourceId) => {
    const failure = failureOf(context, input.ResourceType, resourceId, wanted, bucket);
    if (failure !== undefined) return [{ ResourceId: resourceId, Error: failure }];
    const row: FlowLogRow = { ...wanted, id: context.ids.resource('fl'), resourceId, createdAt: context.clock.now() };
    context.state.flowLogs.put(row);
    startDelivery(row, context);
    tagNew(context, kinds.flowLog, row.id, input.TagSpecifications);
    made.push(row.id);
    return [];
  });
  return { FlowLogIds: made, Unsuccessful, ClientToken: input.ClientToken ?? context.ids.uuid() };
}

export const DeleteFlowLogs: Operation<'DeleteFlowLogs'> = ({ FlowLogIds }, context) => {
  const unknown = FlowLogIds.filter((id) => !context.state.flowLogs.delete(id));
  for (const id of FlowLogIds) dropTags(context, id);
  return {
    Unsuccessful: unknown.map((id) => ({
      ResourceId: id,
      Error: {
        Code: 'InvalidFlowLogId.NotFound',
        Message: `These flow log ids in the input list are not found: [TotalCount: 1] ${id}`,
      },
    })),
  };
};

/** Flow logs end with what they watch. */
export function dropFlowLogs(context: Ec2Context, resourceId: string): void {
  for (const { id } of context.state.flowLogs.index('resource').list({ prefix: key(resourceId) })) {
    context.state.flowLogs.delete(id);
    dropTags(context, id);
  }
}

export const DescribeFlowLogs: Operation<'DescribeFlowLogs'> = (input, context) => {
  const wanted = input.FlowLogIds;
  const all = context.state.flowLogs.list();
  const { rows, NextToken } = list({ ...input, Filters: input.Filter }, context, {
    rows: wanted === undefined || wanted.length === 0 ? all : all.filter(({ id }) => wanted.includes(id)),
    id: (row) => row.id,
    least: 1,
    filters: {
      'deliver-log-status': statusOf,
      'flow-log-id': (row) => row.id,
      'log-destination-type': (row) => row.destinationType,
      'log-group-name': (row) => row.logGroup,
      'resource-id': (row) => row.resourceId,
      'traffic-type': (row) => row.traffic,
    },
  });
  return { FlowLogs: rows.map((row) => showFlowLog(row, context)), NextToken };
};

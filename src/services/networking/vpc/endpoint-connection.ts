// Endpoints of others at one's own service: who asks, who is let in, and who is told of it.
import type { ConnectionNotification, VpcEndpointConnection } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { later, toDate } from '../../../kernel/units.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { tagsOf } from '../../compute/ec2/tag.ts';
import type { OfferedService } from './endpoint-service-find.ts';
import type { EndpointConnectionRow, EndpointNotificationRow, EndpointRow, EndpointServiceRow } from './state.ts';

/** Differs: a minute or more at AWS; here short, since clients wait for it in real time. */
const acceptSeconds = 5;

/** A service of this account and Region. */
export function getOwnService({ state, account, region }: Ec2Context, id: string): EndpointServiceRow {
  const row = get(state.endpointServices, kinds.vpcEndpointService, id);
  if (row.account !== account || row.region !== region) throw kinds.vpcEndpointService.missing(id);
  return row;
}

/** The first state of an endpoint: its service's owner may want to be asked. */
export const connectionState = ({ row }: OfferedService): EndpointRow['state'] =>
  row?.acceptanceRequired === true ? 'pendingAcceptance' : 'pending';

/** Tells a service of somebody about a new endpoint. */
export function openConnection(context: Ec2Context, endpoint: EndpointRow, { row }: OfferedService): void {
  if (row === undefined) return;
  context.state.endpointConnections.put({
    id: context.ids.resource('vpce-svc-con'),
    serviceId: row.id,
    endpointId: endpoint.id,
    account: context.account,
    region: context.region,
    state: row.acceptanceRequired ? 'pendingAcceptance' : 'available',
    createdAt: endpoint.createdAt,
  });
}

function showConnection(row: EndpointConnectionRow, context: Ec2Context): VpcEndpointConnection {
  const service = context.state.endpointServices.find(row.serviceId);
  const endpoint = context.elsewhere(row.account, row.region).state.endpoints.find(row.endpointId);
  const isGateway = service?.kind === 'GatewayLoadBalancer';
  return {
    ServiceId: row.serviceId,
    VpcEndpointId: row.endpointId,
    VpcEndpointConnectionId: row.id,
    VpcEndpointOwner: row.account,
    VpcEndpointRegion: row.region,
    VpcEndpointState: row.state as 'Available',
    CreationTimestamp: toDate(row.createdAt),
    DnsEntries: endpoint?.dnsNames.map(({ name, zoneId }) => ({ DnsName: name, HostedZoneId: zoneId })),
    NetworkLoadBalancerArns: isGateway ? undefined : [...(service?.loadBalancerArns ?? [])],
    GatewayLoadBalancerArns: isGateway ? [...(service?.loadBalancerArns ?? [])] : undefined,
    IpAddressType: endpoint?.ipAddressType,
    Tags: tagsOf(context, row.id),
  };
}

export const DescribeVpcEndpointConnections: Operation<'DescribeVpcEndpointConnections'> = (input, context) => {
  const { state, account, region } = context;
  const services = state.endpointServices.index('place').list({ prefix: key(account, region) });
  const { rows, NextToken } = list(input, context, {
    rows: services.flatMap(({ id }) => state.endpointConnections.list({ prefix: key(id) })),
    id: (row) => row.id,
    least: 1,
    filters: {
      'ip-address-type': (row) => showConnection(row, context).IpAddressType,
      'service-id': (row) => row.serviceId,
      'vpc-endpoint-id': (row) => row.endpointId,
      'vpc-endpoint-owner': (row) => row.account,
      'vpc-endpoint-region': (row) => row.region,
      'vpc-endpoint-state': (row) => row.state,
    },
  });
  return { VpcEndpointConnections: rows.map((row) => showConnection(row, context)), NextToken };
};

type Verdict = 'available' | 'rejected';

/** The owner's word on each endpoint; those that are not there are told. */
function decide(context: Ec2Context, serviceId: string, ids: readonly string[], verdict: Verdict) {
  const service = getOwnService(context, serviceId);
  const unknown = ids.filter((id) => !judge(context, service, id, verdict));
  return {
    Unsuccessful: unknown.map((id) => ({
      ResourceId: id,
      Error: { Code: 'InvalidVpcEndpoint.NotFound', Message: `The Vpc Endpoint Id '${id}' does not exist` },
    })),
  };
}

function judge(context: Ec2Context, service: EndpointServiceRow, endpointId: string, verdict: Verdict): boolean {
  const { state } = context;
  const row = state.endpointConnections.find(key(service.id, endpointId));
  if (row === undefined) return false;
  if (row.state === verdict) return true;
  state.endpointConnections.put({ ...row, state: verdict });
  const there = context.elsewhere(row.account, row.region);
  const endpoint = there.state.endpoints.find(endpointId);
  if (endpoint === undefined) return true;
  there.state.endpoints.put({ ...endpoint, state: verdict === 'available' ? 'pending' : 'rejected' });
  if (verdict === 'available')
    there.jobs.at(later(context.clock.now(), acceptSeconds), 'stateReached', {
      table: 'endpoints',
      id: endpointId,
      from: 'pending',
      to: 'available',
    });
  return true;
}

export const AcceptVpcEndpointConnections: Operation<'AcceptVpcEndpointConnections'> = (input, context) =>
  decide(context, input.ServiceId, input.VpcEndpointIds, 'available');

export const RejectVpcEndpointConnections: Operation<'RejectVpcEndpointConnections'> = (input, context) =>
  decide(context, input.ServiceId, input.VpcEndpointIds, 'rejected');

// ── notifications ──

const showNotification = (row: EndpointNotificationRow, { region }: Ec2Context): ConnectionNotification => ({
  ConnectionNotificationId: row.id,
  ServiceId: row.serviceId,
  VpcEndpointId: row.endpointId,
  ConnectionNotificationType: 'Topic',
  ConnectionNotificationArn: row.topicArn,
  ConnectionEvents: [...row.events],
  ConnectionNotificationState: 'Enabled',
  ServiceRegion: region,
});

const knownEvents = ['Accept', 'Connect', 'Delete', 'Reject'];

function checkNotice(arn: string, events: readonly string[]): void {
  if (!/^arn:[^:]+:sns:[^:]+:\d{12}:.+$/.test(arn))
    throw errors.invalidParameter(`The notification ARN ${arn} is not valid: it must be of an SNS topic.`);
  if (events.length === 0) throw errors.missingParameter('ConnectionEvents');
  const wrong = events.find((event) => !knownEvents.includes(event));
  if (wrong !== undefined) throw errors.invalidParameter(`The connection event ${wrong} is not valid.`);
}

/** Unknown: whether AWS tries the topic. Notifications are kept; none is sent as long as nothing changes but by one's own calls. */
export const CreateVpcEndpointConnectionNotification: Operation<'CreateVpcEndpointConnectionNotification'> = (
  input,
  context,
) => {
  const { ServiceId, VpcEndpointId } = input;
  if ((ServiceId === undefined) === (VpcEndpointId === undefined))
    throw errors.combination('Exactly one of ServiceId and VpcEndpointId must be specified.');
  if (ServiceId !== undefined) getOwnService(context, ServiceId);
  if (VpcEndpointId !== undefined) get(context.state.endpoints, kinds.vpcEndpoint, VpcEndpointId);
  checkNotice(input.ConnectionNotificationArn, input.ConnectionEvents);
  const row: EndpointNotificationRow = {
    id: context.ids.resource('vpce-nfn'),
    serviceId: ServiceId,
    endpointId: VpcEndpointId,
    topicArn: input.ConnectionNotificationArn,
    events: [...input.ConnectionEvents].sort(),
  };
  context.state.endpointNotifications.put(row);
  return { ConnectionNotification: showNotification(row, context), ClientToken: input.ClientToken };
};

const noNotification = (id: string) =>
  errors.other('InvalidConnectionNotification', `The connection notification '${id}' does not exist`);

export const ModifyVpcEndpointConnectionNotification: Operation<'ModifyVpcEndpointConnectionNotification'> = (
  input,
  context,
) => {
  const row = context.state.endpointNotifications.find(input.ConnectionNotificationId);
  if (row === undefined) throw noNotification(input.ConnectionNotificationId);
  const topicArn = input.ConnectionNotificationArn ?? row.topicArn;
  const events = input.ConnectionEvents === undefined ? row.events : [...input.ConnectionEvents].sort();
  checkNotice(topicArn, events);
  context.state.endpointNotifications.put({ ...row, topicArn, events });
  return { ReturnValue: true };
};

export const DeleteVpcEndpointConnectionNotifications: Operation<'DeleteVpcEndpointConnectionNotifications'> = (
  { ConnectionNotificationIds },
  { state },
) => {
  const unknown = ConnectionNotificationIds.filter((id) => !state.endpointNotifications.delete(id));
  return {
    Unsuccessful: unknown.map((id) => ({
      ResourceId: id,
      Error: { Code: 'InvalidConnectionNotification', Message: `The connection notification '${id}' does not exist` },
    })),
  };
};

export const DescribeVpcEndpointConnectionNotifications: Operation<'DescribeVpcEndpointConnectionNotifications'> = (
  input,
  context,
) => {
  const wanted = input.ConnectionNotificationId;
  if (wanted !== undefined && !context.state.endpointNotifications.has(wanted)) throw noNotification(wanted);
  const { rows, NextToken } = list(input, context, {
    rows: context.state.endpointNotifications.list().filter(({ id }) => wanted === undefined || id === wanted),
    id: (row) => row.id,
    least: 1,
    filters: {
      'connection-notification-arn': (row) => row.topicArn,
      'connection-notification-id': (row) => row.id,
      'connection-notification-state': () => 'Enabled',
      'connection-notification-type': () => 'Topic',
      'service-id': (row) => row.serviceId,
      'vpc-endpoint-id': (row) => row.endpointId,
    },
  });
  return { ConnectionNotificationSet: rows.map((row) => showNotification(row, context)), NextToken };
};

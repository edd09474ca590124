// Paths of Reachability Analyzer: from what, to what, by which protocol.
import type { NetworkInsightsPath, PathRequestFilter } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { toDate } from '../../../kernel/units.ts';
import { findAddress } from '../../../network/address.ts';
import { errors, get, type Kind, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import { arnOf, type Ec2Context, type Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import type { InsightsPathRow } from './state.ts';

/** What a path can begin or end at: how its IDs begin, and where it is kept. */
const ends: readonly (readonly [Kind, (context: Ec2Context, id: string) => unknown])[] = [
  [kinds.instance, ({ state }, id) => get(state.instances, kinds.instance, id)],
  [kinds.networkInterface, ({ state }, id) => get(state.interfaces, kinds.networkInterface, id)],
  [kinds.internetGateway, ({ state }, id) => get(state.internetGateways, kinds.internetGateway, id)],
  [
    kinds.transitGatewayAttachment,
    ({ state }, id) => get(state.transitAttachments, kinds.transitGatewayAttachment, id),
  ],
  [kinds.transitGateway, ({ state }, id) => get(state.transitGateways, kinds.transitGateway, id)],
  [kinds.vpcEndpoint, ({ state }, id) => get(state.endpoints, kinds.vpcEndpoint, id)],
  [kinds.peering, ({ state }, id) => get(state.peerings, kinds.peering, id)],
  [kinds.vpnGateway, ({ state }, id) => get(state.vpnGateways, kinds.vpnGateway, id)],
];

const idOf = (idOrArn: string): string =>
  idOrArn.startsWith('arn:') ? (idOrArn.split('/').at(-1) ?? idOrArn) : idOrArn;

/** The ID of an end, which must be there. */
function readEnd(context: Ec2Context, given: string, parameter: string): string {
  const id = idOf(given);
  const found = ends.find(([{ prefix }]) => id.startsWith(`${prefix}-`));
  if (found === undefined) throw errors.valueOf(given, parameter, 'The resource type is not supported.');
  found[1](context, id);
  return id;
}

/** The ARN of an end, by the kind that its ID tells. */
export function arnOfEnd(context: Ec2Context, id: string): string | undefined {
  const found = ends.find(([{ prefix }]) => id.startsWith(`${prefix}-`));
  return found === undefined ? undefined : arnOf(context, found[0].type, id);
}

export const getPath = ({ state }: Ec2Context, id: string): InsightsPathRow =>
  get(state.insightsPaths, kinds.networkInsightsPath, id);

/** Addresses and port that a path names by themselves; where a filter says them, it alone does. */
const plainOf = ({ sourceIp, destinationIp, port, filterAtSource, filterAtDestination }: InsightsPathRow) => ({
  SourceIp: filterAtSource === undefined ? sourceIp : undefined,
  DestinationIp: filterAtSource === undefined && filterAtDestination === undefined ? destinationIp : undefined,
  DestinationPort: filterAtSource === undefined && filterAtDestination === undefined ? port : undefined,
});

const showPath = (row: InsightsPathRow, context: Ec2Context): NetworkInsightsPath => ({
  NetworkInsightsPathId: row.id,
  NetworkInsightsPathArn: arnOf(context, 'network-insights-path', row.id),
  CreatedDate: toDate(row.createdAt),
  Source: row.source,
  SourceArn: arnOfEnd(context, row.source),
  Destination: row.destination,
  DestinationArn: row.destination === undefined ? undefined : arnOfEnd(context, row.destination),
  ...plainOf(row),
  Protocol: row.protocol,
  FilterAtSource: row.filterAtSource,
  FilterAtDestination: row.filterAtDestination,
  Tags: tagsOf(context, row.id),
});

function readIp(text: string | undefined, parameter: string): string | undefined {
  if (text === undefined) return undefined;
  const address = findAddress(text);
  if (address === undefined) throw errors.valueOf(text, parameter, 'Invalid IP address.');
  return address.text;
}

const portOf = (filter: PathRequestFilter | undefined): number | undefined => filter?.DestinationPortRange?.FromPort;

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInsightsPath.html */
export const CreateNetworkInsightsPath: Operation<'CreateNetworkInsightsPath'> = (input, context) => {
  const { state, ids, clock } = context;
  if (
    input.Destination === undefined &&
    input.DestinationIp === undefined &&
    input.FilterAtSource?.DestinationAddress === undefined
  )
    throw errors.missingParameter('Destination');
  const port = input.DestinationPort ?? portOf(input.FilterAtSource) ?? portOf(input.FilterAtDestination);
  if (port !== undefined && (port < 0 || port > 65_535))
    throw errors.valueOf(port, 'destinationPort', 'It must be between 0 and 65535.');
  const row: InsightsPathRow = {
    id: ids.resource('nip'),
    source: readEnd(context, input.Source, 'source'),
    destination: input.Destination === undefined ? undefined : readEnd(context, input.Destination, 'destination'),
    sourceIp: readIp(input.SourceIp ?? input.FilterAtSource?.SourceAddress, 'sourceIp'),
    destinationIp: readIp(input.DestinationIp ?? input.FilterAtSource?.DestinationAddress, 'destinationIp'),
    protocol: input.Protocol,
    port,
    filterAtSource: input.FilterAtSource,
    filterAtDestination: input.FilterAtDestination,
    createdAt: clock.now(),
  };
  state.insightsPaths.put(row);
  tagNew(context, kinds.networkInsightsPath, row.id, input.TagSpecifications);
  return { NetworkInsightsPath: showPath(row, context) };
};

/** Limit: its analyses must have been deleted before. */
export const DeleteNetworkInsightsPath: Operation<'DeleteNetworkInsightsPath'> = (
  { NetworkInsightsPathId },
  context,
) => {
  const { state } = context;
  const row = getPath(context, NetworkInsightsPathId);
  if (state.insightsAnalyses.index('path').first({ prefix: key(row.id) }) !== undefined) {
    throw errors.other(
      'AnalysisExistsForNetworkInsightsPath',
      `The path '${row.id}' cannot be deleted, since it has analyses.`,
    );
  }
  state.insightsPaths.delete(row.id);
  dropTags(context, row.id);
  return { NetworkInsightsPathId: row.id };
};

export const DescribeNetworkInsightsPaths: Operation<'DescribeNetworkInsightsPaths'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: context.state.insightsPaths,
    id: (row) => row.id,
    ids: input.NetworkInsightsPathIds,
    kind: kinds.networkInsightsPath,
    least: 1,
    filters: {
      destination: (row) => row.destination,
      'filter-at-source.source-address': (row) => row.sourceIp,
      'filter-at-source.destination-address': (row) => row.destinationIp,
      protocol: (row) => row.protocol,
      source: (row) => row.source,
    },
  });
  return { NetworkInsightsPaths: rows.map((row) => showPath(row, context)), NextToken };
};

// Peerings of two VPCs, of one account or two, of one Region or two. Both sides see one row.
// @see https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
import type { PeeringConnectionOptionsRequest, VpcPeeringConnection } from '@aws-sdk/client-ec2';
import { key } from '../../../kernel/key.ts';
import { isRegionName } from '../../../kernel/region.ts';
import { later, secondsPerDay, secondsPerHour, toDate } from '../../../kernel/units.ts';
import { overlap, readPrefix } from '../../../network/address.ts';
import { errors, get, kinds } from '../../compute/ec2/errors.ts';
import { list } from '../../compute/ec2/list.ts';
import type { Ec2Context, Operation } from '../../compute/ec2/operation.ts';
import { dropTags, tagNew, tagsOf } from '../../compute/ec2/tag.ts';
import { peeringRequestsMax, peeringsMax } from './limits.ts';
import type { PeeringRow, PeeringSide } from './state.ts';
import { getVpc } from './vpc.ts';

/** A request is answered within a week, or it expires. */
const acceptDays = 7;
/** How long an ended one stays listed. */
const endedSeconds = 2 * secondsPerHour;
const expiredSeconds = 2 * secondsPerDay;

const isHere = ({ account, region }: PeeringSide, context: Ec2Context): boolean =>
  account === context.account && region === context.region;

/** A side as it is now: a VPC may have got more blocks. */
function liveSide(side: PeeringSide, context: Ec2Context): PeeringSide {
  const vpc = context.elsewhere(side.account, side.region).state.vpcs.find(side.vpcId);
  if (vpc === undefined) return side;
  return { ...side, cidrs: vpc.cidrs.map(({ cidr }) => cidr), ipv6Cidrs: vpc.ipv6Cidrs.map(({ cidr }) => cidr) };
}

/** Until it accepts, nothing is told of the accepter but who it is. */
function showSide(side: PeeringSide, known: boolean, context: Ec2Context): VpcPeeringConnection['AccepterVpcInfo'] {
  const { account, region, vpcId, remoteDns, cidrs, ipv6Cidrs } = known ? liveSide(side, context) : side;
  const place = { OwnerId: account, Region: region, VpcId: vpcId };
  if (!known) return place;
  return {
    ...place,
    CidrBlock: cidrs[0],
    CidrBlockSet: cidrs.map((cidr) => ({ CidrBlock: cidr })),
    Ipv6CidrBlockSet: ipv6Cidrs.length === 0 ? undefined : ipv6Cidrs.map((cidr) => ({ Ipv6CidrBlock: cidr })),
    PeeringOptions: {
      AllowDnsResolutionFromRemoteVpc: remoteDns,
      AllowEgressFromLocalClassicLinkToRemoteVpc: false,
      AllowEgressFromLocalVpcToRemoteClassicLink: false,
    },
  };
}

const isOpen = ({ status }: PeeringRow): boolean => status === 'initiating-request' || status === 'pending-acceptance';

const showPeering = (row: PeeringRow, context: Ec2Context): VpcPeeringConnection => ({
  VpcPeeringConnectionId: row.id,
  Status: { Code: row.status, Message: row.message },
  ExpirationTime: isOpen(row) ? toDate(row.expiresAt) : undefined,
  RequesterVpcInfo: showSide(row.requester, true, context),
  AccepterVpcInfo: showSide(row.accepter, row.status === 'active', context),
  Tags: tagsOf(context, row.id),
});

/** The peerings of an account's Region, on either side. */
function peeringsHere({ state, account, region }: Ec2Context, vpcId?: string): PeeringRow[] {
  const prefix = vpcId === undefined ? key(account, region) : key(account, region, vpcId);
  const rows = [
    ...state.peerings.index('requester').list({ prefix }),
    ...state.peerings.index('accepter').list({ prefix }),
  ];
  return [...new Map(rows.map((row) => [row.id, row])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A peering in which this account and Region has a part. */
export function getPeering(context: Ec2Context, id: string): PeeringRow {
  const row = get(context.state.peerings, kinds.peering, id);
  if (!isHere(row.requester, context) && !isHere(row.accepter, context)) throw kinds.peering.missing(id);
  return row;
}

function checkLimits(context: Ec2Context, vpcId: string): void {
  const rows = peeringsHere(context, vpcId);
  if (rows.filter(({ status }) => status === 'active').length >= peeringsMax)
    throw errors.other(
      'VpcPeeringConnectionsPerVpcLimitExceeded',
      'The maximum number of peerings of the VPC has been reached.',
    );
  if (rows.filter(isOpen).length >= peeringRequestsMax)
    throw errors.other(
      'OutstandingVpcPeeringConnectionLimitExceeded',
      'The maximum number of outstanding requests has been reached.',
    );
}

const sideOf = (
  { account, region }: Ec2Context,
  vpc: { id: string; cidrs: readonly { cidr: string }[]; ipv6Cidrs: readonly { cidr: string }[] },
): PeeringSide => ({
  account,
  region,
  vpcId: vpc.id,
  cidrs: vpc.cidrs.map(({ cidr }) => cidr),
  ipv6Cidrs: vpc.ipv6Cidrs.map(({ cidr }) => cidr),
  remoteDns: false,
});

const collide = (a: readonly string[], b: readonly string[]): boolean =>
  a.some((one) => b.some((other) => overlap(readPrefix(one), readPrefix(other))));

/**
 * Asks another VPC for a peering. With overlapping blocks, or when there is no such VPC there, it fails by itself.
 *
 * Limit: a request expires after 7 days.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcPeeringConnection.html
 */
export const CreateVpcPeeringConnection: Operation<'CreateVpcPeeringConnection'> = (input, context) => {
  const { state, ids, clock } = context;
  if (input.PeerVpcId === undefined) throw errors.missingParameter('peerVpcId');
  const vpc = getVpc(context, input.VpcId);
  const account = input.PeerOwnerId ?? context.account;
  const region = input.PeerRegion ?? context.region;
  if (!isRegionName(region)) throw errors.invalidValue(`Invalid region name: ${region}`);
  const there = context.elsewhere(account, region);
  const other = there.state.vpcs.find(input.PeerVpcId);
  if (other === undefined && account === context.account && region === context.region)
    throw kinds.vpc.missing(input.PeerVpcId);
  if (other?.id === vpc.id) throw errors.invalidValue('Invalid peer VPC: a VPC cannot be peered with itself.');
  const twice = peeringsHere(context, vpc.id).find(
    (row) =>
      (isOpen(row) || row.status === 'active') &&
      [row.requester.vpcId, row.accepter.vpcId].includes(input.PeerVpcId ?? ''),
  );
  if (twice !== undefined)
    throw errors.other(
      'VpcPeeringConnectionAlreadyExists',
      `A VPC peering connection between ${vpc.id} and ${input.PeerVpcId} already exists: ${twice.id}`,
    );
  checkLimits(context, vpc.id);
  const requester = sideOf(context, vpc);
  const accepter =
    other === undefined
      ? { account, region, vpcId: input.PeerVpcId, cidrs: [], ipv6Cidrs: [], remoteDns: false }
      : sideOf(there, other);
  const failed =
    other === undefined || collide(requester.cidrs, accepter.cidrs) || collide(requester.ipv6Cidrs, accepter.ipv6Cidrs);
  const row: PeeringRow = {
    id: ids.resource('pcx'),
    requester,
    accepter,
    status: failed ? 'failed' : 'pending-acceptance',
    message: failed
      ? 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range'
      : `Pending Acceptance by ${account}`,
    expiresAt: later(clock.now(), acceptDays * secondsPerDay),
  };
  state.peerings.put(row);
  tagNew(context, kinds.peering, row.id, input.TagSpecifications);
  if (failed) forget(context, row.id, endedSeconds);
  else context.jobs.at(row.expiresAt, 'peeringExpired', { id: row.id });
  const asked = { ...row, status: 'initiating-request' as const, message: `Initiating Request to ${account}` };
  return { VpcPeeringConnection: showPeering(asked, context) };
};

const forget = ({ jobs, clock }: Ec2Context, id: string, seconds: number): void => {
  jobs.at(later(clock.now(), seconds), 'peeringForgotten', { id });
};

export function peeringForgotten({ id }: { readonly id: string }, context: Ec2Context): void {
  const row = context.state.peerings.find(id);
  if (row === undefined) return;
  context.state.peerings.delete(id);
  for (const { account, region } of [row.requester, row.accepter]) dropTags(context.elsewhere(account, region), id);
}

export function peeringExpired({ id }: { readonly id: string }, context: Ec2Context): void {
  const row = context.state.peerings.find(id);
  if (row === undefined || !isOpen(row)) return;
  context.state.peerings.put({ ...row, status: 'expired', message: 'Expired' });
  forget(context, id, expiredSeconds);
}

/** Only who was asked can answer, and in the Region where he was asked. */
function getAsked(context: Ec2Context, id: string, verb: 'accepted' | 'rejected'): PeeringRow {
  const row = get(context.state.peerings, kinds.peering, id);
  const { account, region } = row.accepter;
  if (account !== context.account) {
    if (row.requester.account !== context.account) throw kinds.peering.missing(id);
    throw errors.operationNotPermitted(
      `User ${context.account} cannot ${verb === 'accepted' ? 'accept' : 'reject'} peering ${id}`,
    );
  }
  if (region !== context.region) {
    if (row.requester.region !== context.region || row.requester.account !== context.account)
      throw kinds.peering.missing(id);
    throw errors.operationNotPermitted(
      `Incorrect region (${context.region}) specified for this request. VPC peering connection ${id} must be ${verb} in region ${region}`,
    );
  }
  if (!isOpen(row)) {
    const to = verb === 'accepted' ? 'active' : 'rejected';
    throw errors.other(
      'InvalidStateTransition',
      `Invalid state transition for ${id}, attempted to transition from ${row.status} to ${to}`,
    );
  }
  return row;
}

export const AcceptVpcPeeringConnection: Operation<'AcceptVpcPeeringConnection'> = (input, context) => {
  const row = getAsked(context, input.VpcPeeringConnectionId, 'accepted');
  checkLimits(context, row.accepter.vpcId);
  const next: PeeringRow = { ...row, status: 'active', message: 'Active' };
  context.state.peerings.put(next);
  return {
    VpcPeeringConnection: { ...showPeering(next, context), Status: { Code: 'provisioning', Message: 'Provisioning' } },
  };
};

export const RejectVpcPeeringConnection: Operation<'RejectVpcPeeringConnection'> = (input, context) => {
  const row = getAsked(context, input.VpcPeeringConnectionId, 'rejected');
  context.state.peerings.put({ ...row, status: 'rejected', message: `Rejected by ${context.account}` });
  forget(context, row.id, endedSeconds);
  return { Return: true };
};

/** Either side ends an active one; a request that waits is taken back by who made it. */
export const DeleteVpcPeeringConnection: Operation<'DeleteVpcPeeringConnection'> = (input, context) => {
  const row = getPeering(context, input.VpcPeeringConnectionId);
  const mayDelete = row.status === 'active' || (isOpen(row) && isHere(row.requester, context));
  if (!mayDelete)
    throw errors.other(
      'InvalidStateTransition',
      `Invalid state transition for ${row.id}, attempted to transition from ${row.status} to deleting`,
    );
  context.state.peerings.put({ ...row, status: 'deleted', message: `Deleted by ${context.account}` });
  forget(context, row.id, endedSeconds);
  return { Return: true };
};

export const DescribeVpcPeeringConnections: Operation<'DescribeVpcPeeringConnections'> = (input, context) => {
  const { rows, NextToken } = list(input, context, {
    rows: peeringsHere(context),
    id: (row) => row.id,
    ids: input.VpcPeeringConnectionIds,
    kind: kinds.peering,
    filters: {
      'accepter-vpc-info.cidr-block': (row) => liveSide(row.accepter, context).cidrs,
      'accepter-vpc-info.owner-id': (row) => row.accepter.account,
      'accepter-vpc-info.vpc-id': (row) => row.accepter.vpcId,
      'expiration-time': (row) => (isOpen(row) ? toDate(row.expiresAt).toISOString() : undefined),
      'requester-vpc-info.cidr-block': (row) => liveSide(row.requester, context).cidrs,
      'requester-vpc-info.owner-id': (row) => row.requester.account,
      'requester-vpc-info.vpc-id': (row) => row.requester.vpcId,
      'status-code': (row) => row.status,
      'status-message': (row) => row.message,
      'vpc-peering-connection-id': (row) => row.id,
    },
  });
  return { VpcPeeringConnections: rows.map((row) => showPeering(row, context)), NextToken };
};

function withOptions(
  side: PeeringSide,
  given: PeeringConnectionOptionsRequest | undefined,
  noun: 'accepter' | 'requester',
  context: Ec2Context,
): PeeringSide {
  if (given === undefined) return side;
  if (!isHere(side, context))
    throw errors.operationNotPermitted(
      `User ${context.account} cannot modify ${noun} options of the peering in region ${context.region}`,
    );
  return { ...side, remoteDns: given.AllowDnsResolutionFromRemoteVpc ?? side.remoteDns };
}

/** Each side sets its own options, on an active peering. ClassicLink is gone: its options are read and stay off. */
export const ModifyVpcPeeringConnectionOptions: Operation<'ModifyVpcPeeringConnectionOptions'> = (input, context) => {
  const row = getPeering(context, input.VpcPeeringConnectionId);
  const { AccepterPeeringConnectionOptions: forAccepter, RequesterPeeringConnectionOptions: forRequester } = input;
  if (forAccepter === undefined && forRequester === undefined)
    throw errors.missingParameter('accepterPeeringConnectionOptions');
  if (row.status !== 'active') {
    throw errors.operationNotPermitted(
      `Peering ${row.id} is not active. Peering options can be added only to active peerings.`,
    );
  }
  const accepter = withOptions(row.accepter, forAccepter, 'accepter', context);
  const requester = withOptions(row.requester, forRequester, 'requester', context);
  context.state.peerings.put({ ...row, accepter, requester });
  const answer = ({ remoteDns }: PeeringSide) => ({
    AllowDnsResolutionFromRemoteVpc: remoteDns,
    AllowEgressFromLocalClassicLinkToRemoteVpc: false,
    AllowEgressFromLocalVpcToRemoteClassicLink: false,
  });
  return {
    AccepterPeeringConnectionOptions: forAccepter === undefined ? undefined : answer(accepter),
    RequesterPeeringConnectionOptions: forRequester === undefined ? undefined : answer(requester),
  };
};

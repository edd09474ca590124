// Routes of transit gateways as they are in force: static ones, prefix lists', and what attachments propagate.
import { key } from '../../../kernel/key.ts';
import type { Ec2State } from '../../compute/ec2/state.ts';
import { announcedBy, isCarrying } from './site.ts';
import type { TransitAttachmentRow, TransitRouteTableRow } from './state.ts';

export interface LiveTransitRoute {
  readonly cidr: string;
  readonly isStatic: boolean;
  /** Undefined: a blackhole. */
  readonly attachmentId?: string | undefined;
  readonly prefixListId?: string | undefined;
}

/** Attachments of a transit gateway that are not gone. */
export const attachmentsOf = (state: Ec2State, transitGatewayId: string): TransitAttachmentRow[] =>
  state.transitAttachments
    .index('gateway')
    .list({ prefix: key(transitGatewayId) })
    .filter((row) => !['deleted', 'rejected', 'failed'].includes(row.state));

/** What an attachment tells the tables that it propagates to. */
export function propagatedBy(state: Ec2State, row: TransitAttachmentRow): readonly string[] {
  if (row.state !== 'available' && row.state !== 'modifying') return [];
  if (row.kind === 'vpc') {
    const vpc = state.vpcs.find(row.resourceId);
    return [...(vpc?.cidrs ?? []), ...(row.ipv6 ? (vpc?.ipv6Cidrs ?? []) : [])].map(({ cidr }) => cidr);
  }
  if (row.kind === 'peering') return [];
  const connection = state.vpnConnections.find(row.resourceId);
  return connection === undefined || !isCarrying(connection) ? [] : announcedBy(state, connection);
}

/** All routes of a table. A static route hides a propagated one of the same block. */
export function transitRoutesOf(state: Ec2State, table: TransitRouteTableRow): LiveTransitRoute[] {
  const live = attachmentsOf(state, table.transitGatewayId);
  const standing = (id: string | undefined) => (live.some((row) => row.id === id) ? id : undefined);
  const fixed: LiveTransitRoute[] = table.routes.map(({ cidr, attachmentId }) => ({
    cidr,
    isStatic: true,
    attachmentId: standing(attachmentId),
  }));
  const listed = table.prefixLists.flatMap(({ id, attachmentId }) =>
    (state.prefixLists.find(id)?.entries ?? []).map(
      ({ cidr }): LiveTransitRoute => ({
        cidr,
        isStatic: true,
        attachmentId: standing(attachmentId),
        prefixListId: id,
      }),
    ),
  );
  const statics = [...fixed, ...listed.filter(({ cidr }) => !fixed.some((one) => one.cidr === cidr))];
  const hidden = new Set(statics.map(({ cidr }) => cidr));
  const learned = live
    .filter(({ propagatesTo }) => propagatesTo.includes(table.id))
    .flatMap((row) => propagatedBy(state, row).map((cidr) => ({ cidr, isStatic: false, attachmentId: row.id })))
    .filter(({ cidr }) => !hidden.has(cidr));
  return [...statics, ...learned];
}

// Networks of one's own at the other end of a VPN: AWS knows of them only what is announced, by static routes or by BGP.
//
// There is no device out there to speak BGP, so what a site announces stands in a tag of its customer gateway:
// `hakoniwa:networks` = `192.168.0.0/16 10.9.0.0/24`. Which of its addresses answer may stand in `hakoniwa:hosts`; default: all.
import { key } from '../../../kernel/key.ts';
import { findAddress, findPrefix } from '../../../network/address.ts';
import type { Ec2State } from '../../compute/ec2/state.ts';
import type { VpnConnectionRow } from './state.ts';

/** The words of a tag that tells Hakoniwa what AWS does not know; undefined when there is no such tag. */
export const taggedWords = (state: Ec2State, id: string, tag: string): string[] | undefined =>
  state.tags
    .find(key(id, tag))
    ?.value.split(/[\s,]+/)
    .filter((word) => word !== '');

/** Networks that a customer gateway's tag names, in canonical form. */
export const networksOf = (state: Ec2State, customerGatewayId: string): string[] =>
  taggedWords(state, customerGatewayId, 'hakoniwa:networks')?.flatMap((word) => findPrefix(word)?.text ?? []) ?? [];

/** The addresses that answer at a site; undefined: all. */
export const hostsOf = (state: Ec2State, customerGatewayId: string): string[] | undefined =>
  taggedWords(state, customerGatewayId, 'hakoniwa:hosts')?.flatMap((word) => findAddress(word)?.text ?? []);

/** What a connection tells AWS about the site: its static routes, or what the site announces. */
export const announcedBy = (state: Ec2State, row: VpnConnectionRow): readonly string[] =>
  row.staticRoutesOnly ? row.routes : [...new Set([...networksOf(state, row.customerGatewayId)])];

/** True while packets can go through. */
export const isCarrying = (row: VpnConnectionRow): boolean =>
  (row.state === 'available' || row.state === 'modifying') && row.tunnels.some(({ up }) => up);

// The configuration of a VPN connection as AWS gives it for the device at the other end: XML in its native format.
// @see https://docs.aws.amazon.com/vpn/latest/s2svpn/your-cgw.html
import { address4, readPrefix } from '../../../network/address.ts';
import type { CustomerGatewayRow, VpnConnectionRow, VpnTunnelRow } from './state.ts';

interface Ends {
  readonly connection: VpnConnectionRow;
  readonly customer: CustomerGatewayRow | undefined;
  readonly amazonAsn: number;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const text = (value: string): string => value.replaceAll(/[&<>]/g, (found) => escapes[found] as string);

const addressIn = (cidr: string, at: number): string => address4(Number(readPrefix(cidr).bits) + at).text;

/** Of the /30 inside a tunnel AWS takes the first address, the device the second. */
const end = (outside: string, inside: string, asn: string | undefined): string => `
      <tunnel_outside_address>
        <ip_address>${outside}</ip_address>
      </tunnel_outside_address>
      <tunnel_inside_address>
        <ip_address>${inside}</ip_address>
        <network_mask>255.255.255.252</network_mask>
        <network_cidr>30</network_cidr>
      </tunnel_inside_address>${
        asn === undefined
          ? ''
          : `
      <bgp>
        <asn>${asn}</asn>
        <hold_time>30</hold_time>
      </bgp>`
      }`;

function tunnel(row: VpnTunnelRow, { connection, customer, amazonAsn }: Ends): string {
  const byBgp = !connection.staticRoutesOnly;
  const outside = customer?.ip ?? '';
  return `
  <ipsec_tunnel>
    <customer_gateway>${end(outside, addressIn(row.insideCidr, 2), byBgp ? customer?.asn : undefined)}
    </customer_gateway>
    <vpn_gateway>${end(row.outsideIp, addressIn(row.insideCidr, 1), byBgp ? String(amazonAsn) : undefined)}
    </vpn_gateway>
    <ike>
      <authentication_protocol>sha1</authentication_protocol>
      <encryption_protocol>aes-128-cbc</encryption_protocol>
      <lifetime>28800</lifetime>
      <perfect_forward_secrecy>group2</perfect_forward_secrecy>
      <mode>main</mode>
      <pre_shared_key>${text(row.presharedKey)}</pre_shared_key>
    </ike>
    <ipsec>
      <protocol>esp</protocol>
      <authentication_protocol>hmac-sha1-96</authentication_protocol>
      <encryption_protocol>aes-128-cbc</encryption_protocol>
      <lifetime>3600</lifetime>
      <perfect_forward_secrecy>group2</perfect_forward_secrecy>
      <mode>tunnel</mode>
      <clear_df_bit>true</clear_df_bit>
      <fragmentation_before_encryption>true</fragmentation_before_encryption>
      <tcp_mss_adjustment>1379</tcp_mss_adjustment>
      <dead_peer_detection>
        <interval>10</interval>
        <retries>3</retries>
      </dead_peer_detection>
    </ipsec>
  </ipsec_tunnel>`;
}

export function writeConfiguration(ends: Ends): string {
  const { connection } = ends;
  const attributes = connection.staticRoutesOnly
    ? '\n  <vpn_connection_attributes>NoBGPVPNConnection</vpn_connection_attributes>'
    : '';
  return `<?xml version="1.0" encoding="UTF-8"?>
<vpn_connection id="${connection.id}">
  <customer_gateway_id>${connection.customerGatewayId}</customer_gateway_id>
  <vpn_gateway_id>${connection.vpnGatewayId ?? ''}</vpn_gateway_id>
  <vpn_connection_type>ipsec.1</vpn_connection_type>${attributes}${connection.tunnels.map((row) => tunnel(row, ends)).join('')}
</vpn_connection>
`;
}

// DNS names that a VPC gives to addresses. @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
import type { Ec2Context } from '../../compute/ec2/operation.ts';

const dashed = (ip: string): string => ip.replaceAll('.', '-');

/** `ip-10-0-0-7.ec2.internal` in us-east-1, else `ip-10-0-0-7.eu-west-1.compute.internal`; none without `enableDnsHostnames`. */
export function privateName({ state, region }: Ec2Context, vpcId: string, ip: string): string | undefined {
  if (state.vpcs.find(vpcId)?.dnsHostnames !== true) return undefined;
  return hostName(region, ip);
}

/** As `privateName`, whatever the VPC's attributes: instances have one always. */
export const hostName = (region: string, ip: string): string =>
  `ip-${dashed(ip)}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`;

/** `ec2-54-1-2-3.compute-1.amazonaws.com` in us-east-1, else with the Region; empty without both DNS attributes. */
export function publicName({ state, region }: Pick<Ec2Context, 'state' | 'region'>, vpcId: string, ip: string): string {
  const vpc = state.vpcs.find(vpcId);
  if (vpc === undefined || !vpc.dnsHostnames || !vpc.dnsSupport) return '';
  return `ec2-${dashed(ip)}.${region === 'us-east-1' ? 'compute-1' : `${region}.compute`}.amazonaws.com`;
}

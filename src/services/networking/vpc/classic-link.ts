// ClassicLink joined instances of EC2-Classic to VPCs. AWS retired both; what is left of them refuses.
// @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/vpc-classiclink.html
import { errors } from '../../compute/ec2/errors.ts';
import type { Operation } from '../../compute/ec2/operation.ts';

/** Seen by clients in Regions that never had EC2-Classic; older providers of Terraform ask for it with every VPC. */
function refuse(): never {
  throw errors.unsupported('The functionality you requested is not available in this region.');
}

export const AttachClassicLinkVpc: Operation<'AttachClassicLinkVpc'> = refuse;
export const DetachClassicLinkVpc: Operation<'DetachClassicLinkVpc'> = refuse;
export const DescribeClassicLinkInstances: Operation<'DescribeClassicLinkInstances'> = refuse;
export const DescribeVpcClassicLink: Operation<'DescribeVpcClassicLink'> = refuse;
export const DescribeVpcClassicLinkDnsSupport: Operation<'DescribeVpcClassicLinkDnsSupport'> = refuse;
export const EnableVpcClassicLink: Operation<'EnableVpcClassicLink'> = refuse;
export const EnableVpcClassicLinkDnsSupport: Operation<'EnableVpcClassicLinkDnsSupport'> = refuse;
export const DisableVpcClassicLink: Operation<'DisableVpcClassicLink'> = refuse;
export const DisableVpcClassicLinkDnsSupport: Operation<'DisableVpcClassicLinkDnsSupport'> = refuse;

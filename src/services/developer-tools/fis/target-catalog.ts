// The types of resources that can be targets.
// @see https://docs.aws.amazon.com/fis/latest/userguide/targets.html

export interface CatalogTarget {
  readonly description: string;
  readonly parameters?: Readonly<Record<string, { readonly description: string; readonly required?: true }>>;
}

const zone = { availabilityZoneIdentifier: { description: 'The Availability Zone, by name or ID.' } };

export const targetTypes: Readonly<Record<string, CatalogTarget>> = {
  'aws:arc:zonal-shift-managed-resource': { description: 'A resource that zonal shift manages' },
  'aws:ec2:autoscaling-group': { description: 'An Amazon EC2 Auto Scaling group' },
  'aws:ec2:ebs-volume': { description: 'An Amazon EBS volume', parameters: zone },
  'aws:ec2:instance': { description: 'An Amazon EC2 instance' },
  'aws:ec2:spot-instance': { description: 'An Amazon EC2 Spot Instance' },
  'aws:ec2:subnet': {
    description: 'An Amazon VPC subnet',
    parameters: { ...zone, vpc: { description: 'The VPC that contains the subnets.' } },
  },
  'aws:ec2:transit-gateway': { description: 'A transit gateway' },
  'aws:iam:role': { description: 'An IAM role' },
  'aws:rds:cluster': { description: 'An Amazon Aurora DB cluster' },
  'aws:rds:db': { description: 'An Amazon RDS DB instance' },
};
